"""Run every benchmark: `python -m benchmarks`, or name some: `python -m benchmarks seed trace`."""

import importlib
import pkgutil
import sys

import benchmarks

NAMES = sorted(one.name for one in pkgutil.iter_modules(benchmarks.__path__) if not one.name.startswith("_"))

for name in sys.argv[1:] or NAMES:
    print(f"\n== {name}", flush=True)
    importlib.import_module(f"benchmarks.{name}").main()
