"""What becomes of each SIP request: the server side of RFC 3261's transactions, for a line that never picks up.

Owns the calls in progress and their timers; knows no sockets. A call is on disk before it rings and before its final
answer; if the log cannot be written the caller's network hears 503 and the loss is counted as `sip.lost`. There is no
2xx to an INVITE, so there are no dialogs and no media.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from collector import limits
from collector.config.lines import SipConfig
from collector.errors import CollectorError
from collector.listeners.linenumber import Numbering
from collector.listeners.sipcall import Source, called_number, contact_of
from collector.listeners.sipwire import SipError, SipRequest, Via, name_and_uri, parameters, parse, response, top_via
from collector.listeners.sourcelimit import SourceLimits
from collector.recorder import Hits, Recorder

Send = Callable[[bytes, Via], None]
Key = tuple[object, ...]

LOST = "sip.lost"
T1_SECONDS = 0.5  # RFC 3261 17: estimate of the round trip
T2_SECONDS = 4.0  # longest wait between retransmissions
T4_SECONDS = 5.0  # how long a message stays in the network
TIMER_H_SECONDS = 64 * T1_SECONDS  # how long an ACK is waited for
STRANGER_SENDS = 3  # of a final answer: an INVITE with a forged source must not draw a dozen packets on its victim
MAX_CALLS = 16_384  # in progress, 2 to 5 KiB each
MAX_STRANGER_CALLS = 32  # in progress from one address that is no trusted peer
STRANGER_BURST = 60  # requests at once from such an address; a call takes two or three
STRANGER_PER_SECOND = 10.0
RETRY_AFTER = "Retry-After: 10"
ALLOW = "Allow: INVITE, ACK, CANCEL, OPTIONS"
OTHER_METHODS = {"OPTIONS": 200, "REGISTER": 403, "CANCEL": 481, "BYE": 481, "PRACK": 481}  # any other: 405


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One request with the way back."""

    request: SipRequest
    via: Via
    source: Source
    send_back: Send
    message: bytes = b""

    @property
    def key(self) -> Key:
        """What an INVITE, its copies, its ACK and its CANCEL have in common (RFC 3261 17.2.3), and the sender."""
        via, source = self.via, self.source
        call_id, number = self.request.first("call-id"), self.request.cseq[0]
        return via.branch, via.host, via.port, call_id, number, source.host, source.transport

    def send(self, answer: bytes) -> None:
        """Send an answer to where it belongs."""
        self.send_back(answer, self.via)


@dataclass(slots=True, eq=False)
class _Call:
    """One INVITE server transaction."""

    key: Key
    arrival: _Arrival
    last: bytes = b""  # what a retransmitted INVITE is answered with
    is_recorded: bool = False
    is_cancelled: bool = False
    is_final: bool = False
    is_confirmed: bool = False
    sends: int = 0  # of the final answer
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class SipCalls:
    """Every call in progress. `take` is called by the transports, on the loop."""

    def __init__(self, config: SipConfig, recorder: Recorder, *, tag_key: bytes) -> None:
        self._config = config
        self._numbering = Numbering(config.country, config.numbers)
        self._recorder = recorder
        self._tag_key = tag_key  # tags that strangers cannot foretell
        self._loop = asyncio.get_running_loop()
        self._limits = SourceLimits(STRANGER_BURST, STRANGER_PER_SECOND)
        self._calls: dict[Key, _Call] = {}
        self._per_host: Counter[str] = Counter()

    def take(self, message: bytes, source: Source, send: Send) -> None:
        """Serve one message. `send` carries an answer back, given the request's topmost Via."""
        if message[:7].upper() == b"SIP/2.0":
            self._recorder.count("sip.responses_ignored")  # answering answers could go round for ever
            return
        if not source.is_trusted and not self._limits.allows(source.host):
            self._recorder.count("sip.rate_limited")
            return
        try:
            request = parse(message)
            via = top_via(request)
        except SipError as exc:
            self._refuse(exc.request, source, send)
            return
        self._dispatch(_Arrival(request, via, source, send, message))

    def close(self) -> None:
        """Give every call that rings its final answer now, and forget the rest."""
        for call in list(self._calls.values()):
            if call.is_recorded and not call.is_final:
                self._finish(call, self._config.answer)
            self._forget(call)

    # --- requests ----------------------------------------------------------------------------------------------------

    def _dispatch(self, arrival: _Arrival) -> None:
        call = self._calls.get(arrival.key)
        method = arrival.request.method
        if method == "INVITE":
            if call is None:
                self._invite(arrival)
            elif call.last and not call.is_confirmed:
                arrival.send(call.last)
            return
        if method == "ACK":
            if call is not None and call.is_final and not call.is_confirmed:
                self._confirm(call)
            return
        self._recorder.count("sip.requests_not_calls")
        if method == "CANCEL" and call is not None:
            self._answer(arrival, 200)
            call.is_cancelled = True
            if call.is_recorded:
                self._finish(call, 487)
            return
        self._answer(arrival, OTHER_METHODS.get(method, 405))

    def _invite(self, arrival: _Arrival) -> None:
        request, source = arrival.request, arrival.source
        if "tag" in parameters(name_and_uri(request.first("to"))[2]):  # inside a dialog, and we have none
            self._recorder.count("sip.requests_not_calls")
            self._answer(arrival, 481)
            return
        if not self._numbering.covers(called_number(request, self._numbering)):
            self._recorder.count("sip.other_numbers")
            self._answer(arrival, 404)
            return
        is_full = not source.is_trusted and self._per_host[source.host] >= MAX_STRANGER_CALLS
        if is_full or len(self._calls) >= MAX_CALLS:
            self._recorder.count("sip.calls_refused")
            self._answer(arrival, 503)
            return
        call = _Call(arrival.key, arrival)
        self._calls[call.key] = call
        self._per_host[source.host] += 1
        self._tell(call, 100)
        self._record(call)

    def _refuse(self, request: SipRequest | None, source: Source, send: Send) -> None:
        self._recorder.count("sip.malformed")
        if request is None or request.method == "ACK":
            return
        try:
            via = top_via(request)
        except SipError:
            return
        self._answer(_Arrival(request, via, source, send), 400)

    # --- one call ----------------------------------------------------------------------------------------------------

    def _record(self, call: _Call) -> None:
        arrival = call.arrival
        contact = contact_of(arrival.request, arrival.source, self._numbering, raw=arrival.message)
        try:
            recorded = self._recorder.record([contact])
        except CollectorError:
            self._lost(call)
            return
        call.timers.append(self._loop.call_later(limits.RECORD_WAIT_SECONDS, self._lost, call))
        recorded.add_done_callback(lambda done: self._call_soon(call, done))

    def _call_soon(self, call: _Call, done: "Future[Hits]") -> None:
        then = self._lost if done.exception() is not None else self._ring
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(then, call)

    def _ring(self, call: _Call) -> None:
        if call.is_final or self._calls.get(call.key) is not call:  # it took too long, or we stop
            return
        _stop_timers(call)
        call.is_recorded = True
        if call.is_cancelled:
            self._finish(call, 487)
        elif not self._config.ring_seconds:
            self._finish(call, self._config.answer)
        else:
            if (
                "100rel" not in call.arrival.request.first("require").lower()
            ):  # RFC 3262 3: else only a reliable 180 is allowed
                self._tell(call, 180)
            call.timers.append(
                self._loop.call_later(self._config.ring_seconds, self._finish, call, self._config.answer)
            )

    def _lost(self, call: _Call) -> None:
        if not call.is_final and self._calls.get(call.key) is call:
            self._recorder.count(LOST)
            self._finish(call, 503)

    def _finish(self, call: _Call, status: int) -> None:
        if call.is_final:
            return
        _stop_timers(call)
        call.is_final = True
        self._tell(call, status)
        call.sends = 1
        is_stranger = call.arrival.source.transport == "udp" and not call.arrival.source.is_trusted
        patience = T4_SECONDS if is_stranger else TIMER_H_SECONDS
        call.timers.append(self._loop.call_later(patience, self._forget, call))
        if call.arrival.source.transport == "udp":
            call.timers.append(self._loop.call_later(T1_SECONDS, self._send_again, call, T1_SECONDS))

    def _send_again(self, call: _Call, waited: float) -> None:
        if call.is_confirmed or (call.sends >= STRANGER_SENDS and not call.arrival.source.is_trusted):
            return
        call.arrival.send(call.last)
        call.sends += 1
        wait = min(2 * waited, T2_SECONDS)
        call.timers.append(self._loop.call_later(wait, self._send_again, call, wait))

    def _confirm(self, call: _Call) -> None:
        """The ACK came: send no more, but know the call until late copies of it have died out."""
        call.is_confirmed = True
        _stop_timers(call)
        if call.arrival.source.transport == "udp":
            call.timers.append(self._loop.call_later(T4_SECONDS, self._forget, call))
        else:
            self._forget(call)

    def _forget(self, call: _Call) -> None:
        _stop_timers(call)
        if self._calls.pop(call.key, None) is not None:
            self._per_host[call.arrival.source.host] -= 1
            if self._per_host[call.arrival.source.host] <= 0:
                del self._per_host[call.arrival.source.host]

    # --- answers -----------------------------------------------------------------------------------------------------

    def _tell(self, call: _Call, status: int) -> None:
        call.last = self._response(call.arrival, status)
        call.arrival.send(call.last)

    def _answer(self, arrival: _Arrival, status: int) -> None:
        arrival.send(self._response(arrival, status))

    def _response(self, arrival: _Arrival, status: int) -> bytes:
        request, source = arrival.request, arrival.source
        identity = "\0".join((request.first("call-id"), request.first("from"), request.first("via"), source.host))
        tag = hashlib.blake2b(identity.encode("utf-8", "replace"), key=self._tag_key, digest_size=8).hexdigest()
        extra = {200: [ALLOW, "Accept: application/sdp"], 405: [ALLOW], 503: [RETRY_AFTER]}.get(status, [])
        return response(request, status, to_tag=tag, source=(source.host, source.port), extra=extra)


def _stop_timers(call: _Call) -> None:
    for timer in call.timers:
        timer.cancel()
    call.timers.clear()
