"""Files on other machines, through fsspec (s3://, hdfs://, sftp://, https://), and local ones alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import fsspec

from honey.trace.read.source import UnreadableError, stated
from honey.translation import _


def is_url(name: str) -> bool:
    """Tell a URL from a path."""
    return "://" in name


@contextmanager
def opened(url: str) -> Iterator[tuple[BinaryIO, int]]:
    """Open a URL for reading anywhere in it; yields the stream and its size in bytes.

    Raises:
        UnreadableError: there is no such file, no package for such URLs, or it cannot be read.
    """
    try:
        system, path = fsspec.core.url_to_fs(url)
        size = int(system.size(path) or 0)
        stream = cast("BinaryIO", system.open(path, "rb"))
    except Exception as exc:
        raise UnreadableError(_("cannot be opened ({reason})", reason=stated(exc))) from exc
    with stream:
        yield stream, size


@contextmanager
def local(name: str) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file of this machine alike."""
    path = Path(name)
    with path.open("rb") as stream:
        yield stream, path.stat().st_size
