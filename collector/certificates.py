"""Server certificates from files: an SSL context that follows them when they change, and what is wrong with them.

Owns the context; reads the files, never writes them. Whoever renews the certificate (certbot, an administrator) only
replaces the files: connections that begin a second later get the new one.
"""

import logging
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from collector.errors import ConfigError
from collector.translation import _

MAX_PEM_BYTES = 1 << 20  # a chain of three has about 6 KiB
LEAST_DAYS_LEFT = 14  # certbot renews at 30: with fewer left, renewal does not work
_logger = logging.getLogger("collector")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where a certificate with its chain and its private key are, both PEM."""

    section: str  # of the configuration, for messages
    certificate: Path
    key: Path
    is_acme: bool = False  # got by [acme], both in one file


class ServerTls:
    """One SSL context for every connection of a listener.

    Raises:
        ConfigError: the files cannot be used as they are; the message says why.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._stamp = _stamp(files)
        self.context = _loaded(files, _context())

    def refresh(self) -> bool:
        """Load the files again if they changed; keep what there was, and say so, if they cannot be used now."""
        stamp = _stamp(self._files)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            _loaded(self._files, _context())  # tried on another context: a failure must not spoil the one in use
            _loaded(self._files, self.context)
        except ConfigError as exc:
            _logger.warning("the certificate in use stays: %s", exc)
            return False
        _logger.info("[%s] the new certificate is in use", self._files.section)
        return True


def certificate_of(files: TlsFiles) -> x509.Certificate:
    """Return the server's own certificate, the first of the file.

    Raises:
        ConfigError: there is none that can be read.
    """
    try:
        with files.certificate.open("rb") as file:
            return x509.load_pem_x509_certificates(file.read(MAX_PEM_BYTES))[0]
    except OSError as exc:
        raise ConfigError(_unreadable(files.section, "certificate", files.certificate, exc)) from exc
    except ValueError as exc:
        raise ConfigError(_not_pem(files.section, "certificate", files.certificate)) from exc


def look_at(files: TlsFiles, names: Sequence[str], now: datetime, *, least_days: int = LEAST_DAYS_LEFT) -> str:
    """Return one line about a usable certificate, valid for at least so many days.

    Raises:
        ConfigError: it is missing, does not fit its key, is not valid now or not for long, or not for `names`.
    """
    _loaded(files, _context())
    certificate = certificate_of(files)
    begins_at, ends_at = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    days = (ends_at - now).days
    where = f"{files.section}.certificate: {files.certificate}"
    if now < begins_at:
        raise ConfigError(
            _(
                "{where} is not valid before {begins_at:%Y-%m-%d %H:%M} UTC: is this machine's clock right?",
                where=where,
                begins_at=begins_at,
            )
        )
    if now >= ends_at:
        raise ConfigError(
            _(
                "{where} expired on {ends_at:%Y-%m-%d}: renew it (`certbot renew`); no restart is needed",
                where=where,
                ends_at=ends_at,
            )
        )
    if days < least_days:
        raise ConfigError(
            _(
                "{where} expires in {days} days, on {ends_at:%Y-%m-%d}: renew it; no restart is needed",
                where=where,
                days=days,
                ends_at=ends_at,
            )
        )
    told = _names(certificate)
    for name in names:
        if not any(_covers(pattern, name) for pattern in told):
            raise ConfigError(
                _(
                    "{where} is for {told}, not for {name}: get one for all of them",
                    where=where,
                    told=", ".join(told) or _("no name"),
                    name=name,
                )
            )
    return _("{told}; valid until {ends_at:%Y-%m-%d}, {days} days", told=", ".join(told), ends_at=ends_at, days=days)


def now_utc() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)  # TLS 1.2 and above, no client certificates
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _loaded(files: TlsFiles, context: ssl.SSLContext) -> ssl.SSLContext:
    certificate_of(files)
    try:
        with files.key.open("rb") as file:
            is_encrypted = b"ENCRYPTED" in file.read(MAX_PEM_BYTES)
    except OSError as exc:
        raise ConfigError(_unreadable(files.section, "key", files.key, exc)) from exc
    if is_encrypted:
        mend = _("`openssl pkey -in KEY -out NEW` takes the password off")
        raise ConfigError(
            _("{section}.key: {key} is encrypted: {mend}", section=files.section, key=files.key, mend=mend)
        )
    try:
        # Without a password OpenSSL would ask for one on the terminal, should the key be encrypted by now.
        context.load_cert_chain(files.certificate, files.key, password=lambda: b"")
    except (ssl.SSLError, ValueError) as exc:
        raise ConfigError(_unusable(files, exc)) from exc
    return context


def _unusable(files: TlsFiles, exc: Exception) -> str:
    reason = getattr(exc, "reason", "") or ""
    if "MISMATCH" in reason:
        return _(
            "{section}.key: {key} is not the key of {certificate}: name the pair that was issued "
            "together (certbot: privkey.pem and fullchain.pem)",
            section=files.section,
            key=files.key,
            certificate=files.certificate,
        )
    if "TOO_SMALL" in reason or "TOO_WEAK" in reason:
        return _(
            "{section}.certificate: {certificate} is too weak for today's TLS ({reason}): get a new one",
            section=files.section,
            certificate=files.certificate,
            reason=reason,
        )
    return _not_pem(files.section, "key", files.key)


def _unreadable(section: str, key: str, path: Path, exc: OSError) -> str:
    return _(
        "{section}.{key}: cannot read {path} ({reason}): mend the path, or let this user read the file",
        section=section,
        key=key,
        path=path,
        reason=exc.strerror,
    )


def _not_pem(section: str, key: str, path: Path) -> str:
    return _("{section}.{key}: {path} holds none in PEM form (-----BEGIN …)", section=section, key=key, path=path)


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [name.lower() for name in extension.value.get_values_for_type(x509.DNSName)]


def _covers(pattern: str, name: str) -> bool:
    """Say whether a name of a certificate covers a host; a star stands for one whole label (RFC 9525 6.3)."""
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return name == pattern


def _stamp(files: TlsFiles) -> tuple[tuple[int, int, int] | None, ...]:
    return tuple(_stat(path) for path in (files.certificate, files.key))


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
