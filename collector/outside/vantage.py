"""The thin edge of the checks from outside: names, connections, times. Nothing here knows the collector.

Every wait is bounded; what fails raises `UnreachableError` with what was tried.
"""

import http.client
import secrets
import smtplib
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import dns.resolver

from collector.config.value import Address
from collector.errors import CollectorError
from collector.translation import _

WAIT_SECONDS = 5.0
MAX_BODY_BYTES = 4096
_NTP_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)  # RFC 5905
_NTP_ASK = bytes([0x23]) + bytes(47)  # version 4, client


class UnreachableError(CollectorError):
    """Something did not answer as it must; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the Internet knocks."""

    dns: int = 53
    http: int = 80
    https: int = 443
    smtp: int = 25
    ntp: int = 123


@dataclass(frozen=True, slots=True)
class Vantage:
    """How to look from here."""

    resolver: Address  # a recursive one that is not ours
    ports: Ports = field(default_factory=Ports)
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    wait_seconds: float = WAIT_SECONDS

    def look_up(self, name: str, kind: str) -> list[str]:
        """Ask the resolver; no such name or no such record is an empty list."""
        asked = dns.resolver.Resolver(configure=False)
        asked.nameservers, asked.port, asked.lifetime = [self.resolver.host], self.resolver.port, self.wait_seconds
        try:
            return [record.to_text() for record in asked.resolve(name, kind)]
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            return []
        except dns.exception.DNSException as exc:
            said = " ".join(str(exc).split())
            raise UnreachableError(
                _(
                    "{resolver} says nothing of {name} {kind} ({said})",
                    resolver=self.resolver,
                    name=name,
                    kind=kind,
                    said=said,
                )
            ) from exc

    def addresses(self, host: str) -> list[str]:
        """Return the addresses of a host name."""
        return [address for kind in ("A", "AAAA") for address in self.look_up(host, kind)]

    def ask_server(self, server: str, name: str, *, over_tcp: bool) -> dns.message.Message:
        """Ask an authoritative server itself."""
        ask = dns.query.tcp if over_tcp else dns.query.udp
        query = dns.message.make_query(name, "A")
        query.flags &= ~dns.flags.RD
        try:
            return ask(query, server, timeout=self.wait_seconds, port=self.ports.dns)
        except (dns.exception.DNSException, OSError, EOFError) as exc:
            way = "TCP" if over_tcp else "UDP"
            raise UnreachableError(
                _(
                    "{server} does not answer on {way} port {dns}: open it in the firewall, and see that [dns] "
                    "listens on that address",
                    server=server,
                    way=way,
                    dns=self.ports.dns,
                )
            ) from exc

    @contextmanager
    def connected(self, host: str, address: str, *, tls: bool) -> Iterator[http.client.HTTPConnection]:
        """Connect to one address of a host, by TLS with its name checked if asked."""
        port = self.ports.https if tls else self.ports.http
        try:
            plain = socket.create_connection((address, port), timeout=self.wait_seconds)
        except OSError as exc:
            raise UnreachableError(
                _(
                    "{address} takes no connection on port {port} ({exc}): open it in the firewall",
                    address=address,
                    port=port,
                    exc=exc,
                )
            ) from exc
        try:
            held = self.trust.wrap_socket(plain, server_hostname=host) if tls else plain
        except (OSError, ssl.SSLError) as exc:
            plain.close()
            raise UnreachableError(
                _(
                    "TLS to {host} at {address} fails ({exc}): give the certificate with its chain for this name",
                    host=host,
                    address=address,
                    exc=exc,
                )
            ) from exc
        connection = http.client.HTTPConnection(host, port, timeout=self.wait_seconds)
        connection.sock = held
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def mail_server(self, address: str) -> Iterator[smtplib.SMTP]:
        """Connect to a mail server and greet it."""
        try:
            with smtplib.SMTP(address, self.ports.smtp, "check.invalid", timeout=self.wait_seconds) as server:
                server.ehlo()
                yield server
        except (OSError, smtplib.SMTPException) as exc:
            raise UnreachableError(
                _(
                    "{address} does not take mail on port {smtp} ({exc}): open it, and see that [smtp] listens",
                    address=address,
                    smtp=self.ports.smtp,
                    exc=exc,
                )
            ) from exc

    def clock_offset(self, server: str, now: datetime) -> timedelta:
        """Return how far this clock is ahead of a time server's (SNTP, RFC 4330)."""
        try:
            family = socket.AF_INET6 if ":" in server else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as asking:
                asking.settimeout(self.wait_seconds)
                asking.connect((server, self.ports.ntp))
                asking.send(_NTP_ASK)
                answer = asking.recv(512)
        except OSError as exc:
            raise UnreachableError(
                _("time server {server} does not answer ({exc}): name another with --ntp", server=server, exc=exc)
            ) from exc
        if len(answer) < 48 or answer[0] & 7 != 4:
            raise UnreachableError(
                _("time server {server} answers with no time: name another with --ntp", server=server)
            )
        seconds, fraction = struct.unpack("!II", answer[40:48])
        return now - (_NTP_EPOCH + timedelta(seconds=seconds + fraction / 2**32))


def nonce() -> str:
    """Return a name that nobody has asked before, so that no cache answers."""
    return f"check-{secrets.token_hex(6)}"
