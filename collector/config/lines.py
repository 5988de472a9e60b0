"""The typed sections of our own lines: [sip], [smpp], [cdr], [ami] and [ari]. Read by `collector.config.file` alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.certificates import TlsFiles
from collector.config.value import Address, Secret, Section
from collector.errors import ConfigError
from collector.translation import _

SIP_ANSWERS = (486, 480, 404, 410, 600, 603)
CDR_FORMATS = ("asterisk", "freeswitch-csv", "freeswitch-json")
MAX_PASSWORD_BYTES = 64  # SMPP 3.4 says 8; many operators take more
MAX_SYSTEM_ID_BYTES = 15  # SMPP 3.4 4.1.1, without the final zero
DEFAULT_PORTS = {"smpp": 2775, "ami": 5038, "ari": 8088}
ARI_APPLICATION = "waybill-collector"

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]", re.ASCII)
_NUMBER = re.compile(r"\+?[0-9]{2,20}\*?", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9_.~/-]{0,64}", re.ASCII)
_APPLICATION = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_COLUMN = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Remote:
    """A server we connect to."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SipConfig:
    """[sip]: a line that rings and never picks up."""

    listen: tuple[Address, ...]  # UDP and TCP
    trusted_peers: tuple[IPv4Network | IPv6Network, ...] = ()  # our trunks: their P-Asserted-Identity is believed
    numbers: tuple[str, ...] = ()  # ours, E.164 or prefixes with a final "*"; empty: every called number is recorded
    country: str = ""  # calling code of numbers that have none; empty: they stay as received
    answer: int = 486  # the final answer
    ring_seconds: int = 4
    listen_tls: tuple[Address, ...] = ()
    tls: TlsFiles | None = None  # for listen_tls


@dataclass(frozen=True, slots=True)
class SmppConfig:
    """[smpp]: receives messages from an operator's message centre, one session for each address."""

    connect: tuple[Remote, ...]
    system_id: str
    password: Secret
    system_type: str = ""
    bind: str = "receiver"  # or transceiver; nothing is ever sent
    version: str = "3.4"  # or 5.0
    tls: bool = False
    alphabet: str = "gsm7"  # what data_coding 0 means at this operator
    numbers: tuple[str, ...] = ()
    country: str = ""
    enquire_seconds: int = 30  # between signs of life
    part_wait_seconds: int = 300  # for the rest of a message in parts


@dataclass(frozen=True, slots=True)
class CdrConfig:
    """[cdr]: follows the call records of a telephone exchange."""

    paths: tuple[Path, ...]  # files, or folders for freeswitch-json
    format: str = "asterisk"
    columns: tuple[str, ...] = ()  # in order; empty: the exchange's own
    contexts: tuple[str, ...] = ()  # where calls come in; empty: any
    numbers: tuple[str, ...] = ()
    country: str = ""
    timezone: ZoneInfo | None = None  # of times without zone; None: they stay a claim
    state: Path | None = None  # what was read; None: beside the hit log


@dataclass(frozen=True, slots=True)
class AmiConfig:
    """[ami]: events of an Asterisk Manager Interface, the earliest notice of a call."""

    connect: Remote
    username: str
    secret: Secret
    tls: bool = False
    contexts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    country: str = ""


@dataclass(frozen=True, slots=True)
class AriConfig:
    """[ari]: events of an Asterisk REST Interface: calls as [ami] has them, and texts."""

    connect: Remote
    username: str
    password: Secret
    application: str = ARI_APPLICATION  # Asterisk sends events to one program of a name
    prefix: str = ""  # of http.conf
    tls: bool = False
    contexts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    country: str = ""


def sip(section: Section) -> SipConfig:
    """Read [sip]."""
    section.only(
        (
            *("listen", "listen_tls", "certificate", "key", "trusted_peers"),
            *("numbers", "country", "answer", "ring_seconds"),
        )
    )
    answer = section.number("answer", 486, 400, 699)
    if answer not in SIP_ANSWERS:
        raise ConfigError(
            _("sip.answer must be one of {codes}: 486 is busy, 480 no answer", codes=", ".join(map(str, SIP_ANSWERS)))
        )
    tls = section.tls()
    if ("listen_tls" in section.table) != (tls is not None):
        raise ConfigError(_("sip.listen_tls, sip.certificate and sip.key belong together: add what is missing"))
    return SipConfig(
        listen=section.addresses("listen") if "listen" in section.table or tls is None else (),
        listen_tls=section.addresses("listen_tls") if tls is not None else (),
        tls=tls,
        trusted_peers=section.networks("trusted_peers"),
        numbers=_numbers(section),
        country=_country(section),
        answer=answer,
        ring_seconds=section.number("ring_seconds", 4, 0, 120),
    )


def smpp(section: Section) -> SmppConfig:
    """Read [smpp]."""
    section.only(
        (
            *("connect", "system_id", "password", "system_type", "bind", "version", "tls", "alphabet"),
            *("numbers", "country", "enquire_seconds", "part_wait_seconds"),
        )
    )
    section.texts("connect", required=True)
    password = section.secret("password", required=True)
    if len(password.reveal().encode()) > MAX_PASSWORD_BYTES or "\0" in password.reveal():
        raise ConfigError(
            _(
                "smpp.password: at most {max_password_bytes} bytes, none of them zero",
                max_password_bytes=MAX_PASSWORD_BYTES,
            )
        )
    return SmppConfig(
        connect=section.values("connect", _smpp_remote, 'a host and a port such as "smsc.example.net:2775"', most=8),
        system_id=_c_text(section, "system_id", section.text("system_id"), MAX_SYSTEM_ID_BYTES),
        password=password,
        system_type=_c_text(section, "system_type", section.text("system_type", ""), 12),
        bind=section.choice("bind", ("receiver", "transceiver")),
        version=section.choice("version", ("3.4", "5.0")),
        tls=section.flag("tls", default=False),
        alphabet=section.choice("alphabet", ("gsm7", "latin-1", "ascii", "utf-8")),
        numbers=_numbers(section),
        country=_country(section),
        enquire_seconds=section.number("enquire_seconds", 30, 1, 3600),
        part_wait_seconds=section.number("part_wait_seconds", 300, 1, 86_400),
    )


def cdr(section: Section) -> CdrConfig:
    """Read [cdr]."""
    section.only(("paths", "format", "columns", "contexts", "numbers", "country", "timezone", "state"))
    state = section.text("state", "")
    zones = section.values("timezone", _zone, 'a time zone such as "Asia/Shanghai"', most=1)
    columns = section.values("columns", _column, "column names", most=64)
    kind = section.choice("format", CDR_FORMATS)
    if kind == "freeswitch-json" and columns:
        raise ConfigError(_("cdr.columns: JSON records name their fields: leave columns out"))
    return CdrConfig(
        paths=tuple(Path(one) for one in section.texts("paths", required=True, most=16)),
        format=kind,
        columns=columns,
        contexts=section.texts("contexts"),
        numbers=_numbers(section),
        country=_country(section),
        timezone=zones[0] if zones else None,
        state=Path(state) if state else None,
    )


def ami(section: Section) -> AmiConfig:
    """Read [ami]."""
    section.only(("connect", "username", "secret", "tls", "contexts", "numbers", "country"))
    secret = section.secret("secret", required=True)
    username = _printable(section, "username", section.text("username"))
    _printable(section, "secret", secret.reveal())
    return AmiConfig(
        connect=_connect(section, _ami_remote),
        username=username,
        secret=secret,
        tls=section.flag("tls", default=False),
        contexts=section.texts("contexts"),
        numbers=_numbers(section),
        country=_country(section),
    )


def ari(section: Section) -> AriConfig:
    """Read [ari]."""
    section.only(
        ("connect", "username", "password", "application", "prefix", "tls", "contexts", "numbers", "country"),
    )
    password = section.secret("password", required=True)
    _printable(section, "password", password.reveal())
    username = _printable(section, "username", section.text("username"))
    if ":" in username:  # RFC 7617 2
        raise ConfigError(_("ari.username must not hold a colon"))
    application = section.text("application", ARI_APPLICATION)
    if not _APPLICATION.fullmatch(application):
        raise ConfigError(_("ari.application: at most 64 letters, digits, dots, hyphens and underscores"))
    prefix = section.text("prefix", "").strip("/")
    if not _PREFIX.fullmatch(prefix):
        raise ConfigError(_('ari.prefix must be the prefix of http.conf, such as "asterisk"'))
    return AriConfig(
        connect=_connect(section, _ari_remote),
        username=username,
        password=password,
        application=application,
        prefix=prefix,
        tls=section.flag("tls", default=False),
        contexts=section.texts("contexts"),
        numbers=_numbers(section),
        country=_country(section),
    )


# --- inside ----------------------------------------------------------------------------------------------------------


def _numbers(section: Section) -> tuple[str, ...]:
    return section.values("numbers", _number, 'numbers such as "+8614012345678", or prefixes such as "+861401*"')


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return text


def _country(section: Section) -> str:
    country = section.text("country", "").removeprefix("+")
    if country and not (country.isascii() and country.isdigit() and len(country) <= 3 and country[0] != "0"):
        raise ConfigError(_('{section}.country must be a calling code such as "86"', section=section.name))
    return country


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, OSError) as exc:  # not in the system's tables; or a folder of them
        raise ValueError("not a time zone") from exc


def _column(text: str) -> str:
    if not _COLUMN.fullmatch(text):
        raise ValueError("not a column name")
    return text


def _c_text(section: Section, key: str, text: str, most: int) -> str:
    if not text.isascii() or not (text.isprintable() or not text) or len(text) > most:
        raise ConfigError(
            _("{section}.{key}: at most {most} ASCII characters", section=section.name, key=key, most=most)
        )
    return text


def _printable(section: Section, key: str, text: str) -> str:
    if not text.isprintable():  # a line break would be an action, or a header, of its own
        raise ConfigError(_("{section}.{key} must be one line of printable text", section=section.name, key=key))
    return text


def _connect(section: Section, read: Callable[[str], Remote]) -> Remote:
    example = f'a host and a port such as "127.0.0.1:{DEFAULT_PORTS[section.name]}"'
    found = section.values("connect", read, example, most=1)
    if not found:
        raise ConfigError(_("{section}.connect is missing: set it to {example}", section=section.name, example=example))
    return found[0]


def _smpp_remote(text: str) -> Remote:
    return _remote(text, DEFAULT_PORTS["smpp"])


def _ami_remote(text: str) -> Remote:
    return _remote(text, DEFAULT_PORTS["ami"])


def _ari_remote(text: str) -> Remote:
    return _remote(text, DEFAULT_PORTS["ari"])


def _remote(text: str, default_port: int) -> Remote:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(default_port)
    if not _HOST.fullmatch(host) or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ValueError("not a host and port")
    return Remote(host.strip("[]"), int(port))
