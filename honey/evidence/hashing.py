"""SHA-256 of files: the name of a piece of evidence."""

import hashlib
from pathlib import Path

from honey.errors import InputError


def sha256_file(path: Path) -> str:
    """Return the hex digest of a file's bytes; raises InputError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give a readable file") from error
