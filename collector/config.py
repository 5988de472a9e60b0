"""The typed configuration of the collector, and the only reader of TOML and of the environment.

A section that is missing switches its listener off. Unknown sections and keys are refused, because a misspelt cap or
network list that is silently ignored would be worse than no start.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any, TypeVar

from collector import configlines, limits
from collector.configlines import AmiConfig, CdrConfig, SipConfig, SmppConfig
from collector.configvalue import Address, Secret, Section
from collector.errors import ConfigError

T = TypeVar("T")
IPNetwork = IPv4Network | IPv6Network

SECTIONS = ("log", "dns", "web", "smtp", "sip", "smpp", "cdr", "ami", "hooks", "webhooks", "manage")


@dataclass(frozen=True, slots=True)
class LogConfig:
    """[log]: where hits are kept."""

    path: Path  # relative paths count from the current folder
    max_bytes: int = limits.MAX_LOG_BYTES  # the file never grows beyond this; then contacts are refused and counted


@dataclass(frozen=True, slots=True)
class DnsConfig:
    """[dns]: an authoritative name server in which every name of every zone exists."""

    listen: tuple[Address, ...]  # UDP and TCP
    zones: tuple[str, ...]
    answers: tuple[IPv4Address, ...] = ()  # what A queries get
    answers6: tuple[IPv6Address, ...] = ()  # what AAAA queries get
    nameservers: tuple[str, ...] = ()  # empty: ns1.<zone>
    ttl_seconds: int = 60  # short, so that a second look-up reaches us again


@dataclass(frozen=True, slots=True)
class WebConfig:
    """[web]: canary links and a tracking page. Plain HTTP: a proxy in front ends TLS."""

    listen: tuple[Address, ...]
    hosts: tuple[str, ...] = ()  # our own host names; contacts on other names are recorded as well
    trusted_proxies: tuple[IPNetwork, ...] = ()  # whose X-Forwarded-For is believed


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    """[smtp]: takes mail for `domains`, records it and never passes it on."""

    listen: tuple[Address, ...]
    domains: tuple[str, ...]
    hostname: str = ""  # in the greeting; empty: the first domain
    max_message_bytes: int = limits.MAX_MESSAGE_BYTES


@dataclass(frozen=True, slots=True)
class HooksConfig:
    """[hooks]: an address for webhooks alone. Without it they share the [web] address, under /hooks/."""

    listen: tuple[Address, ...]
    trusted_proxies: tuple[IPNetwork, ...] = ()


@dataclass(frozen=True, slots=True)
class HookConfig:
    """[webhooks.NAME]: one provider's callbacks, at /hooks/NAME or /hooks/NAME/<secret_path>."""

    name: str
    provider: str
    key: Secret | None = None
    public_url: str = ""  # scheme, host and port as the provider calls them; part of what Twilio signs
    secret_path: Secret | None = None
    allow: tuple[IPNetwork, ...] = ()  # source networks; empty: any
    answer: str = "busy"  # what a caller hears: busy, rejected or hangup
    topics: tuple[str, ...] = ()  # ses: the ARNs that are ours, because Amazon signs for everybody's topics
    fetch: bool = False  # ses: get signing certificates and confirm subscriptions at sns.*.amazonaws.com


@dataclass(frozen=True, slots=True)
class ManageConfig:
    """[manage]: where `honey hits pull` reads. Everything recorded can be read here, so it needs a token."""

    listen: tuple[Address, ...]
    token: Secret
    insecure_remote: bool = False  # allow an address other than loopback; the token then travels unencrypted


@dataclass(frozen=True, slots=True)
class Config:
    """All of config/collector.toml."""

    log: LogConfig
    dns: DnsConfig | None = None
    web: WebConfig | None = None
    smtp: SmtpConfig | None = None
    sip: SipConfig | None = None
    smpp: SmppConfig | None = None
    cdr: CdrConfig | None = None
    ami: AmiConfig | None = None
    hooks: HooksConfig | None = None
    webhooks: tuple[HookConfig, ...] = ()
    manage: ManageConfig | None = None


def load_config(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: naming the file and the key.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as exc:
        raise ConfigError(
            f"cannot read {path} ({exc.strerror}): name the file with --config or COLLECTOR_CONFIG"
        ) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path} is not UTF-8 text") from exc
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path} is not TOML: {exc}") from exc
    try:
        return parse_config(document, environ)
    except ConfigError as exc:
        raise ConfigError(f"{path}: {exc}") from exc


def parse_config(document: Mapping[str, Any], environ: Mapping[str, str]) -> Config:
    """Turn a TOML document into a `Config`.

    Raises:
        ConfigError: naming the key.
    """
    root = Section("", document, environ)
    root.only(SECTIONS)
    log = root.section("log")
    if log is None:
        raise ConfigError('[log] is missing: add it with path = "var/hits.db"')
    config = Config(
        log=_log(log),
        dns=_optional(root, "dns", _dns),
        web=_optional(root, "web", _web),
        smtp=_optional(root, "smtp", _smtp),
        sip=_optional(root, "sip", configlines.sip),
        smpp=_optional(root, "smpp", configlines.smpp),
        cdr=_optional(root, "cdr", configlines.cdr),
        ami=_optional(root, "ami", configlines.ami),
        hooks=_optional(root, "hooks", _hooks),
        webhooks=tuple(_webhook(name, hook) for name, hook in root.sections("webhooks")),
        manage=_optional(root, "manage", _manage),
    )
    if config.webhooks and config.web is None and config.hooks is None:
        raise ConfigError('[webhooks] need an address: add [web], or [hooks] with listen = ["127.0.0.1:8081"]')
    if config.hooks and not config.webhooks:
        raise ConfigError("[hooks] has no webhooks to serve: add a [webhooks.NAME] section or leave [hooks] out")
    return config


def _optional(root: Section, name: str, build: Callable[[Section], T]) -> T | None:
    section = root.section(name)
    return None if section is None else build(section)


def _log(section: Section) -> LogConfig:
    section.only(("path", "max_bytes"))
    return LogConfig(
        path=Path(section.text("path")),
        max_bytes=section.number("max_bytes", limits.MAX_LOG_BYTES, 1 << 20, 1 << 46),
    )


def _dns(section: Section) -> DnsConfig:
    section.only(("listen", "zones", "answers", "answers6", "nameservers", "ttl_seconds"))
    return DnsConfig(
        listen=section.addresses("listen"),
        zones=section.names("zones", required=True),
        answers=section.values("answers", IPv4Address, "IPv4 addresses", most=limits.MAX_DNS_ADDRESSES),
        answers6=section.values("answers6", IPv6Address, "IPv6 addresses", most=limits.MAX_DNS_ADDRESSES),
        nameservers=section.names("nameservers"),
        ttl_seconds=section.number("ttl_seconds", 60, 0, 86_400),
    )


def _web(section: Section) -> WebConfig:
    section.only(("listen", "hosts", "trusted_proxies"))
    return WebConfig(section.addresses("listen"), section.names("hosts"), section.networks("trusted_proxies"))


def _smtp(section: Section) -> SmtpConfig:
    section.only(("listen", "domains", "hostname", "max_message_bytes"))
    return SmtpConfig(
        listen=section.addresses("listen"),
        domains=section.names("domains", required=True),
        hostname=section.text("hostname", ""),
        max_message_bytes=section.number("max_message_bytes", limits.MAX_MESSAGE_BYTES, 1024, limits.MAX_RAW_BYTES),
    )


def _hooks(section: Section) -> HooksConfig:
    section.only(("listen", "trusted_proxies"))
    return HooksConfig(section.addresses("listen"), section.networks("trusted_proxies"))


def _webhook(name: str, section: Section) -> HookConfig:
    section.only(("provider", "key", "public_url", "secret_path", "allow", "answer", "topics", "fetch"))
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise ConfigError(f"{section.name}: a webhook's name is part of its address: use letters, digits, - and _")
    return HookConfig(
        name=name,
        provider=section.text("provider"),
        key=section.secret("key", required=False),
        public_url=section.text("public_url", "").rstrip("/"),
        secret_path=section.secret("secret_path", required=False, plain=True),
        allow=section.networks("allow"),
        answer=section.choice("answer", ("busy", "rejected", "hangup")),
        topics=section.texts("topics"),
        fetch=section.flag("fetch", default=False),
    )


def _manage(section: Section) -> ManageConfig:
    section.only(("listen", "token", "insecure_remote"))
    token = section.secret("token", required=True)
    manage = ManageConfig(section.addresses("listen"), token, section.flag("insecure_remote", default=False))
    if not manage.insecure_remote:
        for address in manage.listen:
            if not address.is_loopback:
                raise ConfigError(
                    f"manage.listen: {address} is not loopback, so the token and every hit would cross the network "
                    "unencrypted: use 127.0.0.1 behind a TLS proxy or an SSH tunnel, or set insecure_remote = true"
                )
    return manage
