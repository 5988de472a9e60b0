"""Compiles every catalogue beside its source; hatch_build.py calls it for wheels and editable installs."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogues(root: Path) -> list[Path]:
    """Write a .mo beside each .po of both packages, whole or not at all, and return them."""
    made = []
    for source in sorted(root.glob("*/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        fresh = target.with_name(f"{target.stem}.{os.getpid()}.tmp")  # several tests may do this at once
        try:
            with source.open("rb") as known, fresh.open("wb") as file:
                write_mo(file, read_po(known))
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        made.append(target)
    return made
