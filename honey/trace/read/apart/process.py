"""The parent's end of a reader in a process apart: start it, take its frames, stop it.

Owns the child process. A child that dies, talks nonsense or runs out of its limits ends as one UnreadableError.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import honey
from honey.trace.read.apart.frames import HEAD, MAX_FRAME_BYTES, Frame, decode
from honey.trace.read.source import UnreadableError
from honey.translation import _

_ROOT = str(Path(next(iter(honey.__path__))).parent)
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
_KILLED = {
    signal.SIGPROF: _("took too long to read; save it as CSV, or as text, and trace that"),
    signal.SIGKILL: _("needed more memory to read than there is; save it as CSV and trace that"),
    signal.SIGABRT: _("needed more memory to read than is allowed, or is broken; save it as CSV and trace that"),
}


class Apart:
    """One reader process and its frames, in order; a context manager that leaves no process behind."""

    def __init__(self, job: str, path: Path) -> None:
        # -P: the current folder may be the dump itself, and hold a json.py.
        command = [sys.executable, "-P", "-m", "honey.trace.read.apart.worker", job, str(path.absolute())]
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {"PYTHONPATH": _ROOT, "ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONUTF8": "1"}
        environment |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")  # each takes address space
        self._process = subprocess.Popen(  # noqa: S603  # our own module; the path is an argument, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            bufsize=1 << 20,
        )
        self._next: Frame | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    @property
    def _out(self) -> IO[bytes]:
        if self._process.stdout is None:  # it was opened as a pipe
            raise RuntimeError("the reader has no output")
        return self._process.stdout

    @property
    def process_id(self) -> int:
        """The child's."""
        return self._process.pid

    def peek(self) -> Frame | None:
        """Return the next frame and leave it; None at the end.

        Raises:
            UnreadableError: the reader died, or what it says makes no sense.
        """
        if self._next is None:
            self._next = self._read()
        return self._next

    def take(self) -> Frame | None:
        """Return the next frame; None at the end. Raises UnreadableError as `peek` does."""
        frame, self._next = self.peek(), None
        return frame

    def _read(self) -> Frame | None:
        head = self._out.read(HEAD.size)
        if not head:
            self._ended()
            return None
        if len(head) == HEAD.size:
            tag, length = HEAD.unpack(head)
            payload = self._out.read(length) if length <= MAX_FRAME_BYTES else b""
            if len(payload) == length:
                try:
                    return decode(tag, payload)
                except (ValueError, TypeError, KeyError):
                    pass
        self._ended()
        raise UnreadableError(_("is broken in a way its reader did not survive; save it again and trace that"))

    def _ended(self) -> None:
        if code := self._process.wait():
            reason = next((said for number, said in _KILLED.items() if code == -number), None)
            raise UnreadableError(
                reason or _("is broken in a way its reader did not survive; save it again and trace that")
            )
