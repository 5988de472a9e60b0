"""[mailroom]: who may enter parcels and letters, and where. Read by `collector.config.file` alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from zoneinfo import ZoneInfo

from collector.certificates import TlsFiles
from collector.config.value import Address, Secret, Section
from collector.errors import ConfigError
from collector.translation import _

KEYS = ("listen", "certificate", "key", "trusted_proxies", "insecure_remote", "timezone", "users", "sites")
MAX_SITE_ADDRESS_CHARS = 200
MIN_PASSWORD_CHARS = 12  # guessing is slowed to ten tries a minute and source; short ones fall all the same

# No colon: HTTP Basic ends the name there (RFC 7617).
_USER = re.compile(r"[A-Za-z0-9._@-]{1,64}", re.ASCII)
_SITE = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MailroomConfig:
    """[mailroom]: a page for the people who take parcels in, on an address of its own."""

    listen: tuple[Address, ...]
    users: Mapping[str, Secret]  # name: password; at least one
    sites: Mapping[str, str] = field(default_factory=dict)  # mail room: the part of its address that every label has
    timezone: ZoneInfo | None = None  # of the times people enter; None: UTC
    tls: TlsFiles | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()


def mailroom(section: Section) -> MailroomConfig:
    """Read [mailroom]."""
    section.only(KEYS)
    zones = section.values("timezone", _zone, 'a time zone such as "Asia/Shanghai"', most=1)
    config = MailroomConfig(
        listen=section.addresses("listen"),
        users=_users(section),
        sites=_sites(section),
        timezone=zones[0] if zones else None,
        tls=section.tls(),
        trusted_proxies=section.networks("trusted_proxies"),
    )
    if config.tls is None and not section.flag("insecure_remote", default=False):
        for address in config.listen:
            if not address.is_loopback:
                raise ConfigError(
                    _(
                        "mailroom.listen: {address} is not loopback, so passwords would cross the network "
                        "unencrypted: add certificate and key, use 127.0.0.1 behind a TLS proxy, or set "
                        "insecure_remote = true",
                        address=address,
                    )
                )
    return config


def _users(section: Section) -> dict[str, Secret]:
    table = section.section("users")
    if table is None or not table.table:
        raise ConfigError(
            _('[mailroom.users] is missing: add a line for each person: wang = {{ env = "MAILROOM_WANG" }}')
        )
    users = {}
    for name in table.table:
        if not _USER.fullmatch(name):
            raise ConfigError(_("mailroom.users: {name!r} must be at most 64 letters, digits and . _ @ -", name=name))
        users[name] = table.secret(name, required=True)
        if len(users[name].reveal()) < MIN_PASSWORD_CHARS:
            raise ConfigError(
                _(
                    "mailroom.users.{name}: use at least {min_password_chars} characters",
                    name=name,
                    min_password_chars=MIN_PASSWORD_CHARS,
                )
            )
    return users


def _sites(section: Section) -> dict[str, str]:
    table = section.section("sites")
    sites = {name: table.text(name, "") for name in table.table} if table else {}
    for name, address in sites.items():
        if not _SITE.fullmatch(name):
            raise ConfigError(
                _("mailroom.sites: {name!r} is part of the page's address: use letters, digits, - and _", name=name)
            )
        if len(address) > MAX_SITE_ADDRESS_CHARS or not (address.isprintable() or not address):
            raise ConfigError(
                _(
                    "mailroom.sites.{name}: one line of at most {max_site_address_chars} characters",
                    name=name,
                    max_site_address_chars=MAX_SITE_ADDRESS_CHARS,
                )
            )
    return sites


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, OSError) as exc:  # not in the system's tables; or a folder of them
        raise ValueError("not a time zone") from exc
