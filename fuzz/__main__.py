"""`python -m fuzz [NAME ...] [--seconds 20] [--keep FOLDER]` runs targets one after the other under atheris.

`--seeds` writes the seeds of the targets to tests/vectors/fuzz instead. Each target has a process of its own, so that
what ends one, a crash in a C library included, is told and the others still run.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.targets import CORPUS, NAMES, load

MAX_INPUT_BYTES = 16384  # every format's structure fits; longer inputs only make it slower
MAX_MEMORY_MEBIBYTES = 4096
MAX_INPUT_SECONDS = 60  # for one input: a hang
# Packages whose branches guide the fuzzer.
GUIDING = ["collector", "honey", "dns", "email", "dkim", "json", "pdfminer", "spf", "tarfile", "werkzeug", "zipfile"]
_CHILD = "--fuzz-one"


def main() -> int:
    """Return 1 if any target found something."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"targets: {', '.join(NAMES)}; all if none is named")
    parser.add_argument("--seconds", type=int, default=20, help="for each target")
    parser.add_argument("--keep", type=Path, help="folder for what the fuzzer grows and finds; else a temporary one")
    parser.add_argument("--seeds", action="store_true", help="write the seeds instead")
    chosen = parser.parse_args()
    names = chosen.names or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"unknown: {', '.join(unknown)}; targets are {', '.join(NAMES)}")
    if chosen.seeds:
        for name in names:
            _write_seeds(name)
        return 0
    keep = chosen.keep or Path(tempfile.mkdtemp(prefix="honey-fuzz-"))
    failed = [name for name in names if _run(name, chosen.seconds, keep / name)]
    print(
        f"\n{len(names)} targets, {chosen.seconds} s each: " + (f"FOUND in {', '.join(failed)}" if failed else "clean")
    )
    return 1 if failed else 0


def _write_seeds(name: str) -> None:
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()
    for seed, data in load(name).seeds().items():
        (folder / f"seed-{seed}").write_bytes(data)


def _run(name: str, seconds: int, folder: Path) -> bool:
    """Run one target and return whether it found something; the input is left in `folder`."""
    print(f"\n== {name}", flush=True)
    grown = folder / "corpus"
    grown.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-max_len={MAX_INPUT_BYTES}", f"-timeout={MAX_INPUT_SECONDS}"]
    options = [*limits, f"-rss_limit_mb={MAX_MEMORY_MEBIBYTES}", f"-artifact_prefix={folder}/", "-print_final_stats=1"]
    command = [sys.executable, "-m", "fuzz", _CHILD, name, *options, str(grown), str(CORPUS / name)]
    done = subprocess.run(command, check=False)
    return done.returncode != 0


def _fuzz_one(name: str, arguments: list[str]) -> None:
    import atheris  # noqa: PLC0415  # the seeds are written, and replayed, without it

    with atheris.instrument_imports(include=GUIDING, enable_loader_override=False):
        target = load(name)
    atheris.Setup([sys.argv[0], *arguments], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == [_CHILD]:
        _fuzz_one(sys.argv[2], sys.argv[3:])
    else:
        raise SystemExit(main())
