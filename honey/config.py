"""The one typed configuration of `honey`, and the only reader of its TOML file and environment.

Relative paths and SQLite files are taken from the workspace: the folder above `config/`.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from honey.errors import ConfigError
from honey.model.waybill import ColumnRoles, Role
from honey.translation import _

ENVIRONMENT_VARIABLE = "HONEY_CONFIG"
DEFAULT_PATH = Path("config/honey.toml")
_MAX_CONFIG_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class HostConfig:
    """Where decoys are planted, and what its columns mean."""

    url: str = field(repr=False)  # may hold a password
    table: str
    columns: ColumnRoles


@dataclass(frozen=True, slots=True)
class PlanConfig:
    """How many decoys are made. `epoch` re-draws every codeword when it is raised."""

    decoys_per_account: int = 3  # seed-list practice: three per counterparty (List Armor)
    decoys_per_export: int = 4
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class AttributionConfig:
    """The prior of a case and the bar for naming an account."""

    threshold: float = 0.999
    no_leak_prior: float = 0.5
    unrecorded_prior: float = (
        0.001  # share of leaks that the access record does not show; a judgement, not a measurement
    )
    alpha: float = 1e-6  # chance, over all cases for ever, that any innocent account is named


@dataclass(frozen=True, slots=True)
class CollectorConfig:
    """Where `honey hits pull` fetches hits, and the token that opens it."""

    url: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything `honey` is told by its configuration."""

    path: Path
    workspace: Path
    registry_url: str = field(repr=False)  # may hold a password
    keys: Path
    host: HostConfig | None
    plan: PlanConfig
    attribution: AttributionConfig
    collector: CollectorConfig
    access_zone: ZoneInfo

    def require_host(self) -> HostConfig:
        """Return the host section; raises ConfigError, saying how to get one, when it is missing."""
        if self.host is None:
            raise ConfigError(
                _("{path}: no [host] section: run honey host inspect URL and copy what it proposes", path=self.path)
            )
        return self.host


def find_config(option: Path | None) -> Path:
    """Return the file to read: --config, else HONEY_CONFIG, else config/honey.toml below the current folder."""
    if option:
        return option
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(named) if named else DEFAULT_PATH


def load(path: Path) -> Config:
    """Read and check the configuration; raises ConfigError naming the key."""
    try:
        if path.stat().st_size > _MAX_CONFIG_BYTES:
            raise ConfigError(
                _("{path}: larger than {max_config_bytes:,} bytes", path=path, max_config_bytes=_MAX_CONFIG_BYTES)
            )
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(_("no configuration at {path}: run honey init, or give --config FILE", path=path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(_("{path}: {error}", path=path, error=error)) from error
    path = path.resolve()
    workspace = path.parent.parent if path.parent.name == "config" else path.parent
    return _Reader(path, workspace, document).config()


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    workspace: Path
    document: Mapping[str, Any]

    def config(self) -> Config:
        self._known(
            "", self.document, {"registry", "keys", "host", "plan", "export", "attribution", "collector", "access"}
        )
        registry = self._section("registry", {"url": str})
        keys = self._section("keys", {"folder": str})
        return Config(
            path=self.path,
            workspace=self.workspace,
            registry_url=self._url("registry.url", registry.get("url", "sqlite:///var/registry.db")),
            keys=self.workspace / keys.get("folder", "keys"),
            host=self._host(),
            plan=self._plan(),
            attribution=self._attribution(),
            collector=self._collector(),
            access_zone=self._zone(),
        )

    def _host(self) -> HostConfig | None:
        if "host" not in self.document:
            return None
        section = self._section("host", {"url": str, "table": str, "columns": dict})
        for name in ("url", "table", "columns"):
            if not section.get(name):
                raise ConfigError(_("{path}: host.{name} is missing", path=self.path, name=name))
        columns = {}
        for role, column in section["columns"].items():
            try:
                known = Role(role)
            except ValueError:
                raise ConfigError(
                    _(
                        "{path}: host.columns.{role}: unknown role; the roles are {roles}",
                        path=self.path,
                        role=role,
                        roles=", ".join(Role),
                    )
                ) from None
            if not isinstance(column, str) or not column:
                raise ConfigError(_("{path}: host.columns.{role} must name a column", path=self.path, role=role))
            columns[known] = column
        return HostConfig(self._url("host.url", section["url"]), section["table"], columns)

    def _plan(self) -> PlanConfig:
        plan = self._section("plan", {"decoys_per_account": int, "epoch": int})
        export = self._section("export", {"decoys": int})
        return PlanConfig(
            decoys_per_account=self._count("plan.decoys_per_account", plan.get("decoys_per_account", 3)),
            decoys_per_export=self._count("export.decoys", export.get("decoys", 4)),
            epoch=self._count("plan.epoch", plan.get("epoch", 1)),
        )

    def _attribution(self) -> AttributionConfig:
        names = ("threshold", "no_leak_prior", "unrecorded_prior", "alpha")
        section, standard = self._section("attribution", dict.fromkeys(names, float)), AttributionConfig()
        for name in names:
            value = section.get(name, getattr(standard, name))
            if not 0 < value < 1 or (name == "threshold" and value <= 0.5):
                raise ConfigError(
                    _(
                        "{path}: attribution.{name} = {value}: a probability, the threshold above 0.5",
                        path=self.path,
                        name=name,
                        value=value,
                    )
                )
        found = AttributionConfig(**section)
        if found.no_leak_prior + found.unrecorded_prior >= 1:
            raise ConfigError(
                _("{path}: attribution: no_leak_prior and unrecorded_prior leave nothing for accounts", path=self.path)
            )
        return found

    def _collector(self) -> CollectorConfig:
        section = self._section("collector", {"url": str, "token": dict})
        url = section.get("url", "")
        if url and not url.startswith(("http://", "https://")):
            raise ConfigError(
                _("{path}: collector.url = {url!r}: write it as http://127.0.0.1:8053", path=self.path, url=url)
            )
        return CollectorConfig(url, self._secret("collector.token", section.get("token", {})))

    def _zone(self) -> ZoneInfo:
        name = self._section("access", {"time_zone": str}).get("time_zone", "Asia/Shanghai")
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigError(
                _("{path}: access.time_zone = {name!r} is no time zone", path=self.path, name=name)
            ) from None

    def _section(self, name: str, types: Mapping[str, type]) -> dict[str, Any]:
        section = self.document.get(name, {})
        if not isinstance(section, dict):
            raise ConfigError(_("{path}: {name} must be a section, [{name}]", path=self.path, name=name))
        self._known(name + ".", section, set(types))
        for key, value in section.items():
            wanted = types[key]
            fits = isinstance(value, wanted) and not (isinstance(value, bool) and wanted is not bool)
            if not fits and not (wanted is float and isinstance(value, int)):
                raise ConfigError(
                    _(
                        "{path}: {name}.{key} must be a {type}",
                        path=self.path,
                        name=name,
                        key=key,
                        type=wanted.__name__,
                    )
                )
        return dict(section)

    def _known(self, prefix: str, section: Mapping[str, Any], names: set[str]) -> None:
        for key in section:
            if key not in names:
                raise ConfigError(
                    _(
                        "{path}: unknown key {prefix}{key}; known are {names}",
                        path=self.path,
                        prefix=prefix,
                        key=key,
                        names=", ".join(sorted(names)),
                    )
                )

    def _count(self, name: str, value: int) -> int:
        if not 1 <= value <= 10_000:
            raise ConfigError(
                _("{path}: {name} = {value}: between 1 and 10,000", path=self.path, name=name, value=value)
            )
        return value

    def _url(self, name: str, value: str) -> str:
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):  # the value is not shown: it may hold a password
            raise ConfigError(
                _("{path}: {name} is no database URL, such as sqlite:///var/x.db", path=self.path, name=name)
            ) from None
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            url = url.set(database=str(self.workspace / url.database))
        return url.render_as_string(hide_password=False)

    def _secret(self, name: str, value: Mapping[str, Any]) -> str:
        match value:
            case {"env": str(variable), **rest} if not rest:
                return os.environ.get(variable, "")
            case {"file": str(file), **rest} if not rest:
                try:
                    return (self.workspace / file).read_text("utf-8").strip()
                except OSError as error:
                    raise ConfigError(
                        _(
                            "{path}: {name}: {file}: {reason}",
                            path=self.path,
                            name=name,
                            file=file,
                            reason=error.strerror,
                        )
                    ) from error
                except ValueError:
                    raise ConfigError(
                        _("{path}: {name}: {file} holds no UTF-8 text", path=self.path, name=name, file=file)
                    ) from None
            case _ if not value:
                return ""
        raise ConfigError(
            _('{path}: {name}: write {{ env = "NAME" }} or {{ file = "path" }}', path=self.path, name=name)
        )
