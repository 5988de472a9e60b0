"""Reading single values of a TOML section, each refused with one line that names its key."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

from collector.certificates import TlsFiles
from collector.errors import ConfigError
from collector.translation import _

T = TypeVar("T")

MAX_SECRET_FILE_BYTES = 64 << 10  # keys are tens of bytes, PEM keys a few thousand
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address and port to listen on; port 0 picks a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.host).is_loopback


class Secret:
    """A key or token that does not show itself in messages, tracebacks or logs."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret; call it only where it is used."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"


class Noted(Mapping[str, str]):
    """An environment that knows which of its variables were asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        """Return a variable, and note its name."""
        self.names.add(name)
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._environ)

    def __len__(self) -> int:
        """Count the variables."""
        return len(self._environ)


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the file with its name, so that every message can say where it stands."""

    name: str
    table: Mapping[str, Any]
    environ: Mapping[str, str]

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that nothing reads."""
        for key in self.table:
            if key not in known:
                raise ConfigError(
                    _("{key} is not known; known here: {known}", key=self._key(key), known=", ".join(known))
                )

    def section(self, key: str) -> "Section | None":
        """Return a table below this one, or None where it is missing."""
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise ConfigError(_("{key} must be a section: [{key}]", key=self._key(key)))
        return Section(self._key(key), value, self.environ)

    def sections(self, key: str) -> list[tuple[str, "Section"]]:
        """Return the named tables below a table."""
        parent = self.section(key)
        if parent is None:
            return []
        found = ((name, parent.section(name)) for name in parent.table)
        return [(name, section) for name, section in found if section is not None]

    def text(self, key: str, default: str = _MISSING) -> str:
        """Return a text; an empty one only where there is a default."""
        value = self._get(key, default)
        if not isinstance(value, str) or (not value and default is _MISSING):
            raise ConfigError(_("{key} must be text", key=self._key(key)))
        return value

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """Return one of `allowed`; the first is the default."""
        value = self.text(key, allowed[0])
        if value not in allowed:
            raise ConfigError(_("{key} must be one of {allowed}", key=self._key(key), allowed=", ".join(allowed)))
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self._get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ConfigError(
                _("{key} must be a whole number from {least} to {most}", key=self._key(key), least=least, most=most)
            )
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise ConfigError(_("{key} must be true or false", key=self._key(key)))
        return value

    def texts(self, key: str, *, required: bool = False, most: int = 1000) -> tuple[str, ...]:
        """Return a list of texts; one text alone stands for a list of one."""
        value = self._get(key, _MISSING if required else [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed) or len(listed) > most:
            raise ConfigError(_("{key} must be a list of at most {most} texts", key=self._key(key), most=most))
        if required and not listed:
            raise ConfigError(_("{key} must not be empty", key=self._key(key)))
        return tuple(str(item) for item in listed)

    def values(self, key: str, read: Callable[[str], T], what: str, *, most: int = 1000) -> tuple[T, ...]:
        """Return a list of texts, each turned into a value."""
        values = []
        for item in self.texts(key, most=most):
            try:
                values.append(read(item))
            except ValueError as exc:
                raise ConfigError(
                    _("{key}: {item!r} is not right: it takes {what}", key=self._key(key), item=item, what=what)
                ) from exc
        return tuple(values)

    def names(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return host or domain names in lower case, without a final dot."""
        self.texts(key, required=required)
        return self.values(key, _domain_name, _("domain names such as t.example.net"))

    def networks(self, key: str) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return IP networks; a single address is a network of one."""
        return self.values(key, ipaddress.ip_network, _("networks such as 192.0.2.0/24"))

    def addresses(self, key: str) -> tuple[Address, ...]:
        """Return addresses to listen on."""
        self.texts(key, required=True)
        return self.values(key, _listen_address, 'an IP address and a port such as "127.0.0.1:8080" or "[::1]:8080"')

    def tls(self) -> TlsFiles | None:
        """Return where `certificate` and `key` are, or None where both are left out; "acme" stands for both."""
        certificate, key = (self.text(name, "") for name in ("certificate", "key"))
        if certificate == "acme" and not key:
            return TlsFiles(self.name, Path(), Path(), is_acme=True)  # `config.acme` says where they lie
        if bool(certificate) != bool(key):
            missing = "key" if certificate else "certificate"
            raise ConfigError(_("{key} is missing: TLS takes both, as PEM files", key=self._key(missing)))
        return TlsFiles(self.name, Path(certificate), Path(key)) if certificate else None

    @overload
    def secret(self, key: str, *, required: Literal[True], plain: bool = False) -> Secret: ...
    @overload
    def secret(self, key: str, *, required: Literal[False], plain: bool = False) -> Secret | None: ...
    def secret(self, key: str, *, required: bool, plain: bool = False) -> Secret | None:
        """Return a secret named by {env = "NAME"} or {file = "PATH"}; `plain` allows it in the file itself."""
        value = self.table.get(key)
        if plain and isinstance(value, str):
            return Secret(value) if value else None
        if value is None:
            if required:
                raise ConfigError(
                    _('{key} is missing: set it to {{ env = "NAME" }} or {{ file = "PATH" }}', key=self._key(key))
                )
            return None
        if not isinstance(value, dict) or len(value) != 1 or not {"env", "file"} & set(value):
            raise ConfigError(
                _('{key} must be {{ env = "NAME" }} or {{ file = "PATH" }}, not the secret itself', key=self._key(key))
            )
        return Secret(self._secret_text(key, value))

    def _secret_text(self, key: str, source: Mapping[str, Any]) -> str:
        ((kind, name),) = source.items()
        if not isinstance(name, str):
            raise ConfigError(_("{key}: {kind} must be text", key=self._key(key), kind=kind))
        if kind == "env":
            secret = self.environ.get(name, "")
            if not secret:
                raise ConfigError(_("{key}: the environment variable {name} is not set", key=self._key(key), name=name))
            return secret
        try:
            with Path(name).open("rb") as file:
                content = file.read(MAX_SECRET_FILE_BYTES)
            secret = content.decode().strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(_("{key}: cannot read the file {name}", key=self._key(key), name=name)) from exc
        if not secret:
            raise ConfigError(_("{key}: the file {name} is empty", key=self._key(key), name=name))
        return secret

    def _key(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _get(self, key: str, default: object) -> object:
        value = self.table.get(key, default)
        if value is _MISSING:
            raise ConfigError(_("{key} is missing", key=self._key(key)))
        return value


def _domain_name(text: str) -> str:
    name = text.lower().removesuffix(".")
    try:
        name = name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError as exc:
        raise ValueError("not a domain name") from exc
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError("not a domain name")
    return name


def _listen_address(text: str) -> Address:
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if host == "localhost":
        host = "127.0.0.1"
    number = int(port or "0") if not port or (port.isascii() and port.isdigit()) else -1
    if not colon or not 0 <= number <= 65_535:
        raise ValueError("not a port")
    return Address(str(ipaddress.ip_address(host)), number)
