"""The typed configuration of the collector, and the only reader of TOML and of the environment.

A section that is missing switches its listener off. Unknown sections and keys are refused, because a misspelt cap or
network list that is silently ignored would be worse than no start.
"""

import os
import tomllib
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any, TypeVar

from collector import limits
from collector.certificates import TlsFiles
from collector.config import acme, alerts, lines, log, mailroom, mns
from collector.config.acme import AcmeConfig
from collector.config.alerts import AlertsConfig
from collector.config.lines import AmiConfig, AriConfig, CdrConfig, SipConfig, SmppConfig
from collector.config.log import LogConfig
from collector.config.mailroom import MailroomConfig
from collector.config.mns import MnsConfig
from collector.config.value import Address, Noted, Secret, Section
from collector.errors import ConfigError
from collector.translation import _

T = TypeVar("T")
IPNetwork = IPv4Network | IPv6Network

SECTIONS = (
    *("log", "dns", "web", "smtp", "sip", "smpp", "cdr", "ami", "ari"),
    *("hooks", "webhooks", "mns", "mailroom", "alerts", "manage", "acme", "processes"),
)


@dataclass(frozen=True, slots=True)
class DnsConfig:
    """[dns]: an authoritative name server in which every name of every zone exists."""

    listen: tuple[Address, ...]  # UDP and TCP
    zones: tuple[str, ...]
    answers: tuple[IPv4Address, ...] = ()  # what A queries get
    answers6: tuple[IPv6Address, ...] = ()  # what AAAA queries get
    nameservers: tuple[str, ...] = ()  # empty: ns1.<zone>
    ttl_seconds: int = 60  # short, so that a second look-up reaches us again
    answers_per_second: int = 100  # full UDP answers to one source; 0: any number
    acme_answers: Path | None = None  # where [acme] puts TXT records of _acme-challenge names


@dataclass(frozen=True, slots=True)
class WebConfig:
    """[web]: canary links and a tracking page. HTTPS with a certificate; without one a proxy in front ends TLS."""

    listen: tuple[Address, ...]
    hosts: tuple[str, ...] = ()  # our own host names; contacts on other names are recorded as well
    trusted_proxies: tuple[IPNetwork, ...] = ()  # whose X-Forwarded-For is believed
    tls: TlsFiles | None = None
    listen_http: tuple[Address, ...] = ()  # plain HTTP beside HTTPS
    acme_folder: Path | None = None  # what /.well-known/acme-challenge/ shows on listen_http; others write there
    acme_answers: Path | None = None  # the same, where [acme] writes


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    """[smtp]: takes mail for `domains`, records it and never passes it on."""

    listen: tuple[Address, ...]
    domains: tuple[str, ...]
    hostname: str = ""  # in the greeting; empty: the first domain
    max_message_bytes: int = limits.MAX_MESSAGE_BYTES
    tls: TlsFiles | None = None  # for STARTTLS
    resolver: Address | None = None  # asked for SPF and DKIM; None: neither is looked at
    max_connections_per_source: int = limits.MAX_SMTP_CONNECTIONS_PER_SOURCE
    max_messages_per_minute: int = limits.MAX_MESSAGES_PER_MINUTE  # of one source; 0: any number


@dataclass(frozen=True, slots=True)
class HooksConfig:
    """[hooks]: an address for webhooks alone. Without it they share the [web] address, under /hooks/."""

    listen: tuple[Address, ...]
    trusted_proxies: tuple[IPNetwork, ...] = ()
    tls: TlsFiles | None = None


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
    max_body_bytes: int = 0  # of one request; 0: what the provider's kind needs
    fetch: bool = False  # ses: get signing certificates and confirm subscriptions at sns.*.amazonaws.com


@dataclass(frozen=True, slots=True)
class ManageConfig:
    """[manage]: where `honey hits pull` reads. Everything recorded can be read here, so it needs a token."""

    listen: tuple[Address, ...]
    token: Secret
    insecure_remote: bool = False  # allow an address other than loopback; the token then travels unencrypted


@dataclass(frozen=True, slots=True)
class ProcessesConfig:
    """[processes]: how many there are, and as whom they run."""

    listeners: int = 0  # that serve DNS, mail, pages and webhooks; 0: the one that writes the log does
    user: str = ""  # who root becomes once the ports are bound; empty: root stays root


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
    mns: MnsConfig | None = None
    ami: AmiConfig | None = None
    ari: AriConfig | None = None
    hooks: HooksConfig | None = None
    webhooks: tuple[HookConfig, ...] = ()
    mailroom: MailroomConfig | None = None
    alerts: AlertsConfig | None = None
    manage: ManageConfig | None = None
    acme: AcmeConfig | None = None
    processes: ProcessesConfig = ProcessesConfig()


def load_config(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: naming the file and the key.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as exc:
        raise ConfigError(
            _(
                "cannot read {path} ({reason}): name the file with --config or COLLECTOR_CONFIG",
                path=path,
                reason=exc.strerror,
            )
        ) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(_("{path} is not UTF-8 text", path=path)) from exc
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(_("{path} is not TOML: {exc}", path=path, exc=exc)) from exc
    try:
        return parse_config(document, environ)
    except ConfigError as exc:
        raise ConfigError(_("{path}: {exc}", path=path, exc=exc)) from exc


def take_config(path: Path, environ: MutableMapping[str, str] = os.environ) -> Config:
    """Read a configuration, and take the secrets it names out of the environment, which later processes inherit.

    Raises:
        ConfigError: as `load_config`.
    """
    noted = Noted(environ)
    config = load_config(path, noted)
    for name in noted.names:
        environ.pop(name, None)
    return config


def parse_config(document: Mapping[str, Any], environ: Mapping[str, str]) -> Config:
    """Turn a TOML document into a `Config`.

    Raises:
        ConfigError: naming the key.
    """
    root = Section("", document, environ)
    root.only(SECTIONS)
    section = root.section("log")
    if section is None:
        raise ConfigError(_('[log] is missing: add it with path = "var/hits.db"'))
    config = Config(
        log=log.log(section),
        dns=_optional(root, "dns", _dns),
        web=_optional(root, "web", _web),
        smtp=_optional(root, "smtp", _smtp),
        sip=_optional(root, "sip", lines.sip),
        smpp=_optional(root, "smpp", lines.smpp),
        cdr=_optional(root, "cdr", lines.cdr),
        mns=_optional(root, "mns", mns.mns),
        ami=_optional(root, "ami", lines.ami),
        ari=_optional(root, "ari", lines.ari),
        hooks=_optional(root, "hooks", _hooks),
        webhooks=tuple(_webhook(name, hook) for name, hook in root.sections("webhooks")),
        mailroom=_optional(root, "mailroom", mailroom.mailroom),
        alerts=_optional(root, "alerts", alerts.alerts),
        manage=_optional(root, "manage", _manage),
        acme=_optional(root, "acme", acme.acme),
        processes=_optional(root, "processes", _processes) or ProcessesConfig(),
    )
    if config.webhooks and config.web is None and config.hooks is None:
        raise ConfigError(_('[webhooks] need an address: add [web], or [hooks] with listen = ["127.0.0.1:8081"]'))
    if config.hooks and not config.webhooks:
        raise ConfigError(_("[hooks] has no webhooks to serve: add a [webhooks.NAME] section or leave [hooks] out"))
    return acme.with_certificates(config)


def _optional(root: Section, name: str, build: Callable[[Section], T]) -> T | None:
    section = root.section(name)
    return None if section is None else build(section)


def _processes(section: Section) -> ProcessesConfig:
    section.only(("listeners", "user"))
    return ProcessesConfig(
        listeners=section.number("listeners", 0, 0, limits.MAX_LISTENER_PROCESSES), user=section.text("user", "")
    )


def _dns(section: Section) -> DnsConfig:
    section.only(("listen", "zones", "answers", "answers6", "nameservers", "ttl_seconds", "answers_per_second"))
    return DnsConfig(
        listen=section.addresses("listen"),
        zones=section.names("zones", required=True),
        answers=section.values("answers", IPv4Address, "IPv4 addresses", most=limits.MAX_DNS_ADDRESSES),
        answers6=section.values("answers6", IPv6Address, "IPv6 addresses", most=limits.MAX_DNS_ADDRESSES),
        nameservers=section.names("nameservers"),
        ttl_seconds=section.number("ttl_seconds", 60, 0, 86_400),
        answers_per_second=section.number("answers_per_second", 100, 0, 1_000_000),
    )


def _web(section: Section) -> WebConfig:
    section.only(("listen", "hosts", "trusted_proxies", "certificate", "key", "listen_http", "acme_folder"))
    folder = section.text("acme_folder", "")
    web = WebConfig(
        listen=section.addresses("listen"),
        hosts=section.names("hosts"),
        trusted_proxies=section.networks("trusted_proxies"),
        tls=section.tls(),
        listen_http=section.addresses("listen_http") if "listen_http" in section.table else (),
        acme_folder=Path(folder) if folder else None,
    )
    if web.tls is None and (web.listen_http or folder):
        raise ConfigError(_("web.listen_http and web.acme_folder stand beside HTTPS: add web.certificate and web.key"))
    return web


def _smtp(section: Section) -> SmtpConfig:
    limited = ("max_message_bytes", "max_connections_per_source", "max_messages_per_minute")
    section.only(("listen", "domains", "hostname", *limited, "certificate", "key", "resolver"))
    resolver = section.addresses("resolver") if "resolver" in section.table else ()
    if len(resolver) > 1:
        raise ConfigError(_('smtp.resolver takes one address, such as "127.0.0.1:53"'))
    return SmtpConfig(
        listen=section.addresses("listen"),
        domains=section.names("domains", required=True),
        hostname=section.text("hostname", ""),
        max_message_bytes=section.number("max_message_bytes", limits.MAX_MESSAGE_BYTES, 1024, limits.MAX_RAW_BYTES),
        tls=section.tls(),
        resolver=resolver[0] if resolver else None,
        max_connections_per_source=section.number(
            "max_connections_per_source", limits.MAX_SMTP_CONNECTIONS_PER_SOURCE, 1, limits.MAX_SMTP_CONNECTIONS
        ),
        max_messages_per_minute=section.number("max_messages_per_minute", limits.MAX_MESSAGES_PER_MINUTE, 0, 1_000_000),
    )


def _hooks(section: Section) -> HooksConfig:
    section.only(("listen", "trusted_proxies", "certificate", "key"))
    return HooksConfig(section.addresses("listen"), section.networks("trusted_proxies"), section.tls())


def _webhook(name: str, section: Section) -> HookConfig:
    section.only(
        ("provider", "key", "public_url", "secret_path", "allow", "answer", "topics", "fetch", "max_body_bytes")
    )
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise ConfigError(
            _("{section}: a webhook's name is part of its address: use letters, digits, - and _", section=section.name)
        )
    return HookConfig(
        name=name,
        provider=section.text("provider"),
        key=section.secret("key", required=False),
        public_url=section.text("public_url", "").rstrip("/"),
        secret_path=section.secret("secret_path", required=False, plain=True),
        allow=section.networks("allow"),
        answer=section.choice("answer", ("busy", "rejected", "hangup")),
        topics=section.texts("topics"),
        max_body_bytes=section.number("max_body_bytes", 0, 0, limits.MOST_HOOK_BODY_BYTES),
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
                    _(
                        "manage.listen: {address} is not loopback, so the token and every hit would cross the "
                        "network unencrypted: use 127.0.0.1 behind a TLS proxy or an SSH tunnel, or set "
                        "insecure_remote = true",
                        address=address,
                    )
                )
    return manage
