"""Inbound mail with aiosmtpd: "250" is said only once every recipient's contact is durable; nothing is passed on.

What is turned away (other domains, too large, not SMTP) is recorded too. If the log cannot be written the sender hears
451 and tries again; what has no such answer is counted as `smtp.lost`.
"""

import asyncio
import logging
import re
import socket
import ssl
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, AnyStr, cast

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from collector import limits
from collector.config.file import SmtpConfig
from collector.hit import Contact
from collector.later import LoopRecordings
from collector.listeners.mail import Envelope, contacts_of, is_ours, refused
from collector.listeners.mailsender import SenderChecks
from collector.listeners.sourcelimit import SourceLimits
from collector.recorder import Recorder, record_unwaited

LOST = "smtp.lost"
ACCEPTED = "250 2.0.0 OK"
TRY_AGAIN = "451 4.3.0 cannot be stored now, try again later"
RELAY_DENIED = "550 5.7.1 relaying denied"
TOO_MANY_RECIPIENTS = "452 4.5.3 too many recipients"
TOO_MANY_MESSAGES = "451 4.7.1 too many messages, try again later"
TOO_MANY_CONNECTIONS = b"421 4.3.2 too many connections\r\n"
DRAIN_FACTOR = 4  # a message that is too large is read to its end (RFC 5321 4.2.5), up to this many times the limit
COMMAND_LIMITS = {"RCPT": 4 * limits.MAX_RECIPIENTS, "*": 100}  # per session

# What nearly every sender says: <user@example.org>, perhaps with parameters. Anything else is for aiosmtpd to read.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN_ADDRESS = re.compile(
    rf"<({_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?: +([A-Za-z0-9][\x21-\x7e ]*))?"
)

# aiosmtpd logs addresses and commands as they come; the operator's log must hold no content of contacts.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


@dataclass(slots=True)
class SmtpService:
    """What all sessions of a listener share."""

    config: SmtpConfig
    recorder: Recorder
    tls: ssl.SSLContext | None = None
    sender_checks: SenderChecks | None = None
    recordings: LoopRecordings = field(default_factory=LoopRecordings)
    sessions: "set[CanarySession]" = field(default_factory=set)
    open_by_source: Counter[str] = field(default_factory=Counter)
    message_limits: SourceLimits | None = None

    def __post_init__(self) -> None:
        per_minute = self.config.max_messages_per_minute
        self.message_limits = SourceLimits(per_minute, per_minute / 60) if per_minute else None

    def has_room(self, source: str) -> bool:
        """Say whether one more connection may come from there."""
        if len(self.sessions) >= limits.MAX_SMTP_CONNECTIONS:
            return False
        is_full = self.open_by_source[source] >= self.config.max_connections_per_source
        return not is_full or not _is_limited(source)

    def has_ended(self, source: str) -> None:
        """Take note of one connection less."""
        self.open_by_source[source] -= 1
        if not self.open_by_source[source]:
            del self.open_by_source[source]

    def may_send(self, source: str) -> bool:
        """Say whether one more message may come from there now, and count it."""
        return self.message_limits is None or not _is_limited(source) or self.message_limits.allows(source)


def _is_limited(source: str) -> bool:
    """Say whether the caps of a source hold: a relay of ours on this machine has none."""
    return limits.IS_LOOPBACK_LIMITED or not _is_loopback(source)


@lru_cache(maxsize=256)
def _is_loopback(source: str) -> bool:
    try:
        return ip_address(source.partition("%")[0]).is_loopback
    except ValueError:
        return False


class CanarySession(SMTP):
    """One SMTP connection, and the handler of its own commands."""

    line_length_limit = limits.MAX_MAIL_LINE_BYTES

    def __init__(self, service: SmtpService) -> None:
        self._service = service
        self._config = config = service.config
        self._recorder = service.recorder
        self._source = ""
        self._is_surplus = False
        self._opening = bytearray()  # the first bytes of the session
        self._head = bytearray()  # the first bytes of the message being received
        self._message_bytes: int | None = None  # received since DATA; None outside a message
        self._mail_argument = ""
        self._told_malformed = False
        self._untold: list[str] = []  # recipients that were taken and have no contact yet
        self._lines: list[str] | None = None  # of an answer that goes out whole
        super().__init__(
            self,
            data_size_limit=config.max_message_bytes,
            enable_SMTPUTF8=True,
            hostname=config.hostname or config.domains[0],
            ident="ESMTP",
            timeout=limits.SMTP_IDLE_SECONDS,
            command_call_limit=COMMAND_LIMITS,
            tls_context=service.tls,
            loop=asyncio.get_running_loop(),
        )

    def __dir__(self) -> list[str]:
        """Name only what aiosmtpd looks for in each new session: going through everything takes longer than a mail."""
        return _HOOKS

    # --- hooks aiosmtpd calls ----------------------------------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, session: Session, envelope: SmtpEnvelope, address: str, options: list[str]
    ) -> str:
        """Take recipients in our domains; record the others and turn them away."""
        del session, options
        if not is_ours(address, self._config.domains):
            seen = self._envelope(envelope, b"")
            record_unwaited(self._recorder, refused(seen, address, {"relay": "refused"}), lost=LOST)
            return RELAY_DENIED
        if len(envelope.rcpt_tos) >= limits.MAX_RECIPIENTS:
            return TOO_MANY_RECIPIENTS
        envelope.rcpt_tos.append(address)
        self._untold.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802
        """Record one contact for each recipient, all in one transaction."""
        del session
        self._untold.clear()
        if not self._service.may_send(self._source):
            self._recorder.count("smtp.messages_refused")
            return TOO_MANY_MESSAGES
        seen = self._envelope(envelope, envelope.original_content or b"")
        if self._service.sender_checks is not None:
            seen = replace(seen, claims={**seen.claims, **await self._service.sender_checks.claims(seen)})
        recorded = await self._record(contacts_of(seen))
        return ACCEPTED if recorded else TRY_AGAIN

    async def handle_exception(self, error: Exception) -> str:
        """Answer a fault of ours without showing it."""
        self._recorder.count("smtp.errors")
        logging.getLogger("collector").error("mail session: %s", type(error).__name__)
        return TRY_AGAIN

    # --- what aiosmtpd has no hook for -------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a session, unless there are too many; after STARTTLS it begins anew."""
        if self in self._service.sessions:
            super().connection_made(transport)
            return
        self._source = _host_of(transport)
        if not self._service.has_room(self._source):
            self._is_surplus = True
            self._recorder.count("smtp.connections_refused")
            _say_and_close(transport, TOO_MANY_CONNECTIONS)
            return
        self._service.sessions.add(self)
        self._service.open_by_source[self._source] += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """End the session."""
        self._record_unfinished()
        if self in self._service.sessions:
            self._service.sessions.discard(self)
            self._service.has_ended(self._source)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """End the session when the peer does."""
        return None if self._is_surplus else super().eof_received()

    def data_received(self, data: bytes) -> None:
        """Keep the beginnings of the session and of the message, whatever becomes of them."""
        if self._is_surplus:
            return
        self._opening += data[: limits.MAX_OPENING_BYTES - len(self._opening)]
        if self._message_bytes is not None:
            self._head += data[: limits.MAX_HEAD_BYTES - len(self._head)]
            self._message_bytes += len(data)
            if self._message_bytes > DRAIN_FACTOR * self._config.max_message_bytes + limits.MAX_MAIL_LINE_BYTES:
                self._end_flood()
                return
        super().data_received(data)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        """Record a handshake that fails; aiosmtpd only closes the connection."""
        is_done = False
        try:
            await super().smtp_STARTTLS(arg)
            is_done = True
        finally:
            if not is_done:
                seen = self._envelope(self.envelope, bytes(self._opening))
                record_unwaited(self._recorder, refused(seen, "", {"malformed": "TLS handshake"}), lost=LOST)

    async def smtp_EHLO(self, arg: str) -> None:  # noqa: N802
        """Answer in one packet; aiosmtpd sends each line by itself."""
        lines: list[str] = []
        self._lines = lines
        try:
            await super().smtp_EHLO(arg)
        finally:
            self._lines = None
        await super().push("\r\n".join(lines))

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        """Keep what was claimed before aiosmtpd judges it."""
        self._mail_argument = arg or ""
        self._head.clear()
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """Keep the beginning of the message: aiosmtpd throws away what is too large."""
        self._head.clear()
        self._message_bytes = 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._message_bytes = None

    async def push(self, status: AnyStr) -> None:
        """Record what is about to be turned away, then say so."""
        text = status if isinstance(status, str) else status.decode("utf-8", "replace")
        if text.startswith("552") and self._message_bytes is None:
            await self._record([refused(self._envelope(self.envelope, b""), "", self._oversized(self._mail_argument))])
        elif text.startswith(("552", "500")) and self._message_bytes is not None:
            await self._record(self._oversized_contacts(text))
        elif text.startswith("5") and text != RELAY_DENIED and not self._told_malformed:
            self._told_malformed = True
            seen = self._envelope(self.envelope, bytes(self._opening))
            await self._record([refused(seen, "", {"malformed": text})])
        if self._lines is None:
            await super().push(status)
        else:
            self._lines.append(text)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Read an address; aiosmtpd builds a syntax tree and a class for each, which takes longer than all the rest."""
        plain = _PLAIN_ADDRESS.fullmatch(arg)
        return (plain[1], plain[2] or "") if plain else super()._getaddr(arg)

    def _set_post_data_state(self) -> None:
        """Begin a transaction anew, which ends the one before."""
        self._record_unfinished()
        super()._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd annotates nothing here

    # --- inside ------------------------------------------------------------------------------------------------------

    def _envelope(self, envelope: SmtpEnvelope | None, content: bytes) -> Envelope:
        peer: Any = self.session.peer if self.session else None
        host, port = peer[:2] if isinstance(peer, tuple) else ("", "")
        return Envelope(
            mail_from=(envelope.mail_from or "") if envelope else "",
            recipients=[*envelope.rcpt_tos] if envelope else [],
            content=content,
            peer=str(host),
            peer_port=str(port),
            helo=str(self.session.host_name or "") if self.session else "",
            claims=self._tls_claims(),
        )

    def _record_unfinished(self) -> None:
        """Record recipients that no message followed: address lists are tried out like that, and connections break."""
        recipients, self._untold = self._untold, []
        if recipients:
            seen = self._envelope(self.envelope, bytes(self._head))
            claims = {"message": "broke off" if self._head else "none"}
            for recipient in recipients:
                record_unwaited(self._recorder, refused(seen, recipient, claims), lost=LOST)

    def _tls_claims(self) -> dict[str, str]:
        spoken: ssl.SSLObject | None = self.transport.get_extra_info("ssl_object") if self.transport else None
        version = spoken.version() if spoken is not None else None
        return {"tls": version} if version else {}

    def _oversized(self, what: str) -> dict[str, str]:
        return {"oversized": f"more than {self._config.max_message_bytes} bytes", "declared": what}

    def _oversized_contacts(self, status: str) -> list[Contact]:
        self._recorder.count("smtp.oversized")
        self._untold.clear()
        extra = {"oversized": f"more than {self._config.max_message_bytes} bytes"}
        if status.startswith("500"):
            extra = {"malformed": "a line is too long"}
        return contacts_of(self._envelope(self.envelope, bytes(self._head)), extra)

    def _end_flood(self) -> None:
        """Stop reading a message that has no end; aiosmtpd would go on collecting it."""
        self._message_bytes = None
        for contact in self._oversized_contacts("552"):
            record_unwaited(self._recorder, contact, lost=LOST)
        if self.transport is not None:
            _say_and_close(self.transport, b"552 5.3.4 message too large\r\n")

    async def _record(self, contacts: Sequence[Contact]) -> bool:
        # aiosmtpd ends a connection by cancelling this; a cancellation that got lost here would let it answer its end
        # of file for ever, and stop every listener.
        is_recorded = await self._service.recordings.record(contacts, self._recorder)
        if not is_recorded:
            self._recorder.count(LOST, len(contacts))
        return is_recorded


_HOOKS = [name for name in dir(CanarySession) if name.startswith(("smtp_", "auth_", "handle_"))]


def _host_of(transport: asyncio.BaseTransport) -> str:
    peer: Any = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""


def _say_and_close(transport: asyncio.BaseTransport, answer: bytes) -> None:
    # uvloop's transports are no asyncio.Transport, though they do the same.
    cast("asyncio.Transport", transport).write(answer)
    transport.close()


class SmtpListener:
    """The servers of the [smtp] section."""

    def __init__(self, config: SmtpConfig, recorder: Recorder, tls: ssl.SSLContext | None = None) -> None:
        checks = SenderChecks(config.resolver) if config.resolver else None
        self._service = SmtpService(config, recorder, tls, checks)
        self._servers: list[asyncio.AbstractServer] = []

    async def start(self, endpoints: Sequence[socket.socket]) -> None:
        """Accept connections."""
        loop = asyncio.get_running_loop()
        for endpoint in endpoints:
            server = await loop.create_server(lambda: CanarySession(self._service), sock=endpoint)
            self._servers.append(server)

    async def stop(self) -> None:
        """Close everything; a message that was not acknowledged will be sent again."""
        for server in self._servers:
            server.close()
        for session in list(self._service.sessions):
            if session.transport is not None:
                session.transport.close()
        if self._service.sender_checks is not None:
            self._service.sender_checks.close()
        await asyncio.sleep(0)
