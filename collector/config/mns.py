"""The typed section [mns]: Alibaba Cloud's queues of receipts. Read by `collector.config.file` alone."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from collector.config.value import Secret, Section
from collector.errors import ConfigError
from collector.translation import _

# What Alibaba Cloud's documents name for the mainland: one account holds the queues of all its customers.
ENDPOINT = "https://1943695596114318.mns.cn-hangzhou.aliyuncs.com"
ISSUER = "https://dybaseapi.aliyuncs.com"  # of passes; the same for all customers
MAX_QUEUES = 16  # each has a thread
MAX_WAIT_SECONDS = 30  # BatchReceiveMessage, waitseconds
NO_CONTACTS = ("SecretRecording", "SecretAsrReport", "SmsReport", "VoiceReport")  # kinds in which nobody reaches us

_QUEUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,255}-([A-Za-z][A-Za-z0-9]{0,63})", re.ASCII)
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go: HTTPS, or HTTP on this machine."""

    host: str
    port: int
    is_tls: bool

    @property
    def authority(self) -> str:
        """Return the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MnsQueue:
    """A queue; what its messages are is the last part of its name: Alicom-Queue-1234-SecretReport."""

    name: str

    @property
    def kind(self) -> str:
        """Return the type of its messages."""
        return self.name.rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class MnsConfig:
    """[mns]: receipts of number privacy and messages, fetched instead of pushed."""

    queues: tuple[MnsQueue, ...]
    access_key_id: str
    access_key_secret: Secret
    endpoint: Endpoint
    token_endpoint: Endpoint
    wait_seconds: int = 20  # how long a request stays open while the queue is empty


def mns(section: Section) -> MnsConfig:
    """Read [mns]."""
    section.only(("queues", "access_key_id", "access_key_secret", "endpoint", "token_endpoint", "wait_seconds"))
    section.texts("queues", required=True)
    queues = section.values("queues", _queue, "names such as Alicom-Queue-1234567890-SecretReport", most=MAX_QUEUES)
    if len(set(queues)) < len(queues):
        raise ConfigError(_("mns.queues: a queue stands twice"))
    for queue in queues:
        if queue.kind in NO_CONTACTS:
            raise ConfigError(_("mns.queues: no contact comes by a queue of {kind}: leave it out", kind=queue.kind))
    key_id = section.text("access_key_id")
    if not _KEY_ID.fullmatch(key_id):
        raise ConfigError(_("mns.access_key_id: letters, digits, '.', '_' and '-', as Alibaba Cloud shows it"))
    return MnsConfig(
        queues=queues,
        access_key_id=key_id,
        access_key_secret=section.secret("access_key_secret", required=True),
        endpoint=_endpoint(section, "endpoint", ENDPOINT),
        token_endpoint=_endpoint(section, "token_endpoint", ISSUER),
        wait_seconds=section.number("wait_seconds", 20, 1, MAX_WAIT_SECONDS),
    )


# --- inside ----------------------------------------------------------------------------------------------------------


def _queue(text: str) -> MnsQueue:
    if not _QUEUE.fullmatch(text):
        raise ValueError("not a queue")
    return MnsQueue(text)


def _endpoint(section: Section, key: str, default: str) -> Endpoint:
    text = section.text(key, default)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise ConfigError(
            _("{section}.{key}: {text!r} is no address", section=section.name, key=key, text=text)
        ) from exc
    is_tls = parts.scheme == "https"
    if (
        not host
        or parts.scheme not in ("https", "http")
        or parts.path not in ("", "/")
        or parts.query
        or parts.username
    ):
        raise ConfigError(
            _(
                "{section}.{key} must be an address without a path, such as {default}",
                section=section.name,
                key=key,
                default=default,
            )
        )
    if not is_tls and not _is_loopback(host):
        raise ConfigError(
            _(
                "{section}.{key}: receipts and passes would cross the network unencrypted: use https",
                section=section.name,
                key=key,
            )
        )
    return Endpoint(host, port or (443 if is_tls else 80), is_tls)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
