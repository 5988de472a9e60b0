"""SHA-256 of files: the name of a piece of evidence."""

import hashlib
from pathlib import Path

from honey.errors import InputError
from honey.translation import _


def sha256_file(path: Path) -> str:
    """Return the hex digest of a file's bytes; raises InputError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(_("{path}: {reason}: give a readable file", path=path, reason=error.strerror)) from error
