"""[acme]: which authority certificates come from, what each is for and how its names are proven.

Read by `collector.config.file` alone. Pure: a certificate is planned from the rest of the configuration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from collector.acme.places import Places
from collector.certificates import TlsFiles
from collector.config.value import Secret, Section
from collector.errors import ConfigError
from collector.translation import _

if TYPE_CHECKING:
    from collector.config.file import Config

KEYS = (
    *("directory", "agree_to_terms", "contact", "folder", "ca_file", "challenge", "external_account"),
    "names",
)
HTTP_01, DNS_01 = "http-01", "dns-01"  # RFC 8555 8.3, 8.4
SECTIONS = ("web", "hooks", "smtp", "mailroom", "sip")  # that may say certificate = "acme"
MOST_NAMES = 100  # of one certificate, which is what Let's Encrypt allows


@dataclass(frozen=True, slots=True)
class ExternalAccount:
    """What an authority gave its customer to open an account with (RFC 8555 7.3.4)."""

    kid: str
    hmac: Secret  # base64url


@dataclass(frozen=True, slots=True)
class PlannedCertificate:
    """One certificate: the section that shows it, and its names with the challenge that proves each."""

    section: str
    names: Mapping[str, str]
    files: TlsFiles


@dataclass(frozen=True, slots=True)
class AcmeConfig:
    """[acme]: certificates are got and renewed from this authority (RFC 8555)."""

    directory: str  # https URL; no default, so that nobody is contacted whom the operator did not name
    places: Places
    contact: str = ""  # a mail address; empty: none is told
    ca_file: Path | None = None  # what signs the authority's own TLS; None: the usual roots
    challenge: str = "auto"  # or HTTP_01 or DNS_01 for every name
    external_account: ExternalAccount | None = None
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by section, where not the section's own
    certificates: tuple[PlannedCertificate, ...] = ()


def acme(section: Section) -> AcmeConfig:
    """Read [acme]; its certificates are planned by `with_certificates`."""
    section.only(KEYS)
    directory = section.text("directory")
    try:
        parts = urlsplit(directory)
        is_usable = parts.scheme == "https" and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigError(
            _(
                "acme.directory must be the https address of the authority's directory; Let's Encrypt's is "
                "https://acme-v02.api.letsencrypt.org/directory, to try things out "
                "https://acme-staging-v02.api.letsencrypt.org/directory"
            )
        )
    if not section.flag("agree_to_terms", default=False):
        raise ConfigError(
            _("acme.agree_to_terms must be true: read the authority's terms of service, then say so here")
        )
    contact, ca_file = section.text("contact", ""), section.text("ca_file", "")
    if contact and ("@" not in contact or any(sign in contact for sign in " ,?:")):
        raise ConfigError(_("acme.contact must be one mail address"))
    return AcmeConfig(
        directory=directory,
        places=Places(Path(section.text("folder"))),
        contact=contact,
        ca_file=Path(ca_file) if ca_file else None,
        challenge=section.choice("challenge", ("auto", HTTP_01, DNS_01)),
        external_account=_external_account(section.section("external_account")),
        names=_names(section.section("names")),
    )


def _external_account(section: Section | None) -> ExternalAccount | None:
    if section is None:
        return None
    section.only(("kid", "hmac"))
    return ExternalAccount(section.text("kid"), section.secret("hmac", required=True))


def _names(section: Section | None) -> dict[str, tuple[str, ...]]:
    if section is None:
        return {}
    section.only(SECTIONS)
    return {key: _checked(section.name, key, section.texts(key, required=True)) for key in section.table}


def _checked(section: str, key: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return host names as they stand in a certificate, each once; they may begin with a star."""
    bare = Section(section, {key: [text.removeprefix("*.") for text in texts]}, {}).names(key)
    pairs = zip(texts, bare, strict=True)
    return tuple(dict.fromkeys(f"*.{name}" if text.startswith("*.") else name for text, name in pairs))


def with_certificates(config: "Config") -> "Config":
    """Return the configuration with its [acme] certificates planned, and the listeners knowing where answers lie.

    Raises:
        ConfigError: a section wants a certificate that cannot be planned; the message names the key.
    """
    wanted = [name for name in SECTIONS if (part := getattr(config, name)) and part.tls and part.tls.is_acme]
    acme = config.acme
    if acme is None:
        if wanted:
            raise ConfigError(_('{wanted}.certificate = "acme" needs the section [acme]: add it', wanted=wanted[0]))
        return config
    planned = tuple(_planned(config, acme, section) for section in wanted)
    parts = {one.section: replace(getattr(config, one.section), tls=one.files) for one in planned}
    if config.web is not None:
        parts["web"] = replace(parts.get("web", config.web), acme_answers=acme.places.challenges)
    if config.dns is not None:
        parts["dns"] = replace(config.dns, acme_answers=acme.places.challenges)
    return replace(config, acme=replace(acme, certificates=planned), **parts)


def _planned(config: "Config", acme: AcmeConfig, section: str) -> PlannedCertificate:
    names = acme.names.get(section) or _checked(section, "certificate", _own_names(config, section))
    if not names:
        raise ConfigError(
            _(
                '{section}.certificate = "acme": for which names? {where_names}',
                section=section,
                where_names=_WHERE_NAMES[section],
            )
        )
    if len(names) > MOST_NAMES:
        raise ConfigError(
            _(
                "{section}: one certificate is for at most {most_names} names, not {count}",
                section=section,
                most_names=MOST_NAMES,
                count=len(names),
            )
        )
    path = acme.places.certificate(section)
    files = TlsFiles(section, path, path, is_acme=True)
    return PlannedCertificate(section, {name: _challenge(config, acme, section, name) for name in names}, files)


_WHERE_NAMES = {
    "web": _('set web.hosts, or [acme.names] web = ["track.example.net"]'),
    "hooks": _('set public_url of the webhooks, or [acme.names] hooks = ["hooks.example.net"]'),
    "smtp": _('set smtp.domains, or [acme.names] smtp = ["mail.example.net"]'),
    "mailroom": _('set [acme.names] mailroom = ["post.example.net"]'),
    "sip": _('set [acme.names] sip = ["sip.example.net"]'),
}


def _own_names(config: "Config", section: str) -> Sequence[str]:
    """Return the names by which the world reaches a section."""
    if section == "smtp" and config.smtp is not None:
        return (config.smtp.hostname,) if config.smtp.hostname else config.smtp.domains
    if section == "web" and config.web is not None:
        return (*config.web.hosts, *(() if config.hooks else _hook_hosts(config)))
    return _hook_hosts(config) if section == "hooks" else ()


def _hook_hosts(config: "Config") -> tuple[str, ...]:
    hosts = (urlsplit(hook.public_url).hostname for hook in config.webhooks)
    return tuple(host for host in hosts if host and not _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _challenge(config: "Config", acme: AcmeConfig, section: str, name: str) -> str:
    """Return how a name is proven: by our own name server where the name is its own, else by plain HTTP."""
    bare = name.removeprefix("*.")
    zones = config.dns.zones if config.dns else ()
    is_ours = any(bare == zone or bare.endswith(f".{zone}") for zone in zones)
    if acme.challenge != HTTP_01 and (is_ours or (acme.challenge == DNS_01 and config.dns)):
        return DNS_01
    where = _("{section}.certificate for {name}", section=section, name=name)
    if acme.challenge == DNS_01:
        raise ConfigError(_("{where}: dns-01 is answered by [dns], which is missing", where=where))
    if name != bare:
        raise ConfigError(
            _(
                "{where}: a wildcard is proven by DNS alone: {bare} must lie in one of [dns] zones",
                where=where,
                bare=bare,
            )
        )
    if config.web is None or (config.web.tls is not None and not config.web.listen_http):
        raise ConfigError(
            _(
                '{where}: the authority looks for it on port 80: set web.listen_http = ["0.0.0.0:80"] (or '
                "let the name lie in one of [dns] zones)",
                where=where,
            )
        )
    return HTTP_01
