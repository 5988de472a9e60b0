"""Which targets there are, where their seeds lie, and how one is loaded."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, cast

HERE = Path(__file__).parent
CORPUS = HERE.parent / "tests" / "vectors" / "fuzz"  # a folder for each target: seeds, and inputs that once broke it
_NO_TARGETS = ("__main__", "decoys", "recordable", "targets")
NAMES = sorted(one.name for one in pkgutil.iter_modules([str(HERE)]) if one.name not in _NO_TARGETS)


class Target(Protocol):
    """A module of this folder."""

    check: Callable[[bytes], None]
    seeds: Callable[[], Mapping[str, bytes]]


def load(name: str) -> Target:
    """Return one target."""
    return cast("Target", importlib.import_module(f"fuzz.{name}"))


def corpus(name: str) -> list[Path]:
    """Return the stored inputs of a target."""
    return sorted(path for path in (CORPUS / name).iterdir() if path.is_file())
