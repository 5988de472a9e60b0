"""One HTTP connection as waitress serves it: keeps what is malformed, and rests while the log has not answered.

Beside `collector.http.server` the only module that knows waitress. A channel finds at its server, as
`server.shared`, whom to tell of what is malformed and who waits for the log.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]  # waitress ships no types
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped]
from waitress.task import ErrorTask, Task, WSGITask  # type: ignore[import-untyped]
from waitress.utilities import InternalServerError  # type: ignore[import-untyped]

from collector import limits
from collector.later import OFFERED, Later, Recordings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Peer address, the first bytes of the request, and why it is not HTTP. Must not wait: it may run in the I/O thread.
OnMalformed = Callable[[str, bytes, str], None]


@dataclass(frozen=True, slots=True)
class Shared:
    """What the connections of a server share."""

    on_malformed: OnMalformed
    recordings: Recordings


class _Resting(BaseException):
    """The request being served has no answer yet. Not an Exception, to which waitress would answer 500."""

    def __init__(self, later: Later) -> None:
        super().__init__()
        self.later = later


def offering(application: "WSGIApplication") -> "WSGIApplication":
    """Return the application as the channels below serve it: it may return a `Later`."""

    def front(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ[OFFERED] = True
        body = application(environ, start_response)
        if isinstance(body, Later):
            raise _Resting(body)
        return body

    return front


class _AnswerTask(Task):  # type: ignore[misc]  # waitress ships no types
    """Says what an application decided on once its contacts were recorded, or could not be."""

    complete = True

    def __init__(self, channel: HTTPChannel, request: HTTPRequestParser, later: Later, *, is_recorded: bool) -> None:
        super().__init__(channel, request)
        self._later = later
        self._is_recorded = is_recorded

    def execute(self) -> None:
        answer = self._later.answer(self._is_recorded)
        self.status = answer.status
        self.response_headers.extend(answer.headers)
        self.content_length = len(answer.body)
        head = self.build_response_header()
        has_body = self.has_body and self.request.command != "HEAD"
        self.channel.write_soon(head + answer.body if has_body else head)
        self.wrote_header = True


class _ReportingErrorTask(ErrorTask):  # type: ignore[misc]  # waitress ships no types
    """Answers what waitress refuses, after reporting it."""

    def execute(self) -> None:
        error, channel = self.request.error, self.channel
        if not isinstance(error, InternalServerError) and not channel.is_told:  # that one is ours
            channel.is_told = True  # the connection ends here; what still comes is the rest of this request
            channel.report(f"{error.code} {error.reason}: {error.body}")
        super().execute()


class RestingChannel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """Keeps the first bytes of the request being read, and rests with a request that has no answer yet.

    That request stays the first in waitress's list: meanwhile nothing more is read from the connection, and the
    connection is not idle.
    """

    error_task_class = _ReportingErrorTask
    opening = b""
    is_told = False
    _resting: Later | None = None
    _is_recorded = False  # what rests

    def received(self, data: bytes) -> bool:
        """Take what came."""
        if self.request is None:
            self.opening = b""
        self.opening += data[: limits.MAX_MALFORMED_BYTES - len(self.opening)]
        return bool(super().received(data))

    def service(self) -> None:
        """Serve the first request, in the I/O thread or another."""
        try:
            super().service()
        except _Resting as resting:
            self._resting = later = resting.later
            self.server.shared.recordings.add(later.contacts, later.recorder, self._resume)

    def _resume(self, is_recorded: bool) -> None:
        self._is_recorded = is_recorded
        super().service()

    @staticmethod
    def task_class(channel: "RestingChannel", request: HTTPRequestParser) -> Task:
        """Return how to serve a request: with the application, or with what that has decided."""
        later, channel._resting = channel._resting, None  # the next request, maybe in another thread, begins anew
        if later is None:
            return WSGITask(channel, request)
        return _AnswerTask(channel, request, later, is_recorded=channel._is_recorded)

    def report(self, reason: str) -> None:
        """Tell of a request that is malformed."""
        self.server.shared.on_malformed(str(self.addr[0]), self.opening, reason)

    def handle_close(self) -> None:
        """Report a request that broke off."""
        if self.request is not None and self.opening and self.connected and not self.is_told:
            self.report("the request broke off")
            self.opening = b""
        super().handle_close()
