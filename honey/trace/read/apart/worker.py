"""The child process: `python -m honey.trace.read.apart.worker JOB PATH` reads one file and writes frames to stdout.

It sets its own limits first: memory, no files written, and CPU seconds without a frame, so that neither a bomb nor an
endless loop reaches the scan. It must not be imported by the parent for anything but its numbers.
"""

import importlib
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from honey.trace.read.apart import told
from honey.trace.read.apart.frames import Frame, Lost
from honey.trace.read.source import UnreadableError, stated
from honey.translation import _

JOBS = ("zip", "sevenzip", "unpack", "ole", "html", "pdf", "parquet", "sqlite", "ocr")
EXTRAS = {"parquet": "Parquet file", "sevenzip": "7z archive", "ocr": "picture"}  # jobs that need an extra
MAX_READER_BYTES = 4 * 1024**3  # address space; a full sheet, 1,048,576 rows of 8 columns, takes 1 GB
_MEMORY = _("needs more than {number} GiB of memory to read; split it or save it as CSV", number=MAX_READER_BYTES >> 30)


def main() -> None:
    """Read one file as `JOB` says."""
    job, path = sys.argv[1], Path(sys.argv[2])
    limit()
    try:
        for frame in frames_of(job, path):
            told.write(frame)
    except MemoryError:
        told.write(Lost("", _MEMORY))


def frames_of(job: str, path: Path) -> Iterator[Frame]:
    """Yield what one reader tells of a file; whatever goes wrong, but for memory, is its last frame."""
    if job not in JOBS:
        raise ValueError(job)
    try:
        yield from importlib.import_module(f"honey.trace.read.apart.{job}_job").read(path)
    except UnreadableError as exc:
        yield Lost("", exc.message)
    except ModuleNotFoundError:
        if job not in EXTRAS:
            raise
        yield Lost(
            "",
            _(
                "is a {extras}; install waybill-honeytokens[{job}], or convert it and trace the result",
                extras=EXTRAS[job],
                job=job,
            ),
        )
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001  # whatever a hostile file makes a parser raise is one reason
        yield Lost(
            "", _("is broken ({reason}); open and save it again with the program that wrote it", reason=stated(exc))
        )


def limit() -> None:
    """Set the limits of this process, which nothing raises again."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # the parent has gone, or wants no more
    resource.setrlimit(resource.RLIMIT_AS, (MAX_READER_BYTES, MAX_READER_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    told.still_at_work()


if __name__ == "__main__":
    main()
