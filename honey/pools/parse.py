"""One line of beacons.csv becomes a Beacon, or one clear error."""

import re
from urllib.parse import urlsplit

from honey.errors import InputError
from honey.model.beacon import Beacon, BeaconKind, BeaconRole, PostalAddress
from honey.pools.phone import allowed_by_plan, parse_phone
from honey.pools.template import Template
from honey.translation import _

# RFC 1035 2.3.4: a label is at most 63 octets, a name at most 253 characters.
_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_ADDRESS_PARTS = 4
MAX_LISTED = 1_000_000  # values of one line that are kept in memory; no operator owns as many numbers or controls


def parse_beacon(kind: str, value: str, role: str, provider: str = "") -> Beacon:
    """Check one line and bring its value into one form; raises InputError naming the field and the mend."""
    try:
        known_kind = BeaconKind(kind.strip())
    except ValueError:
        raise InputError(_("kind {kind!r} is not one of {kinds}", kind=kind, kinds=", ".join(BeaconKind))) from None
    try:
        known_role = BeaconRole(role.strip())
    except ValueError:
        raise InputError(_("role {role!r} is neither decoy nor control", role=role)) from None
    checked = _CHECKS[known_kind](value.strip())
    listed = known_role is BeaconRole.CONTROL or known_kind not in (BeaconKind.ADDRESS, BeaconKind.WAYBILL_NUMBER)
    if listed and Template.parse(checked).count > MAX_LISTED:
        raise InputError(
            _(
                "{checked}: more than {max_listed:,} values: give the ones that are really yours",
                checked=checked,
                max_listed=MAX_LISTED,
            )
        )
    return Beacon(known_kind, checked, known_role, provider.strip())


def parse_address(value: str) -> PostalAddress:
    """Split province/city/district/detail; a slash inside the detail is kept."""
    parts = [part.strip() for part in value.split("/", _ADDRESS_PARTS - 1)]
    if len(parts) != _ADDRESS_PARTS or not parts[-1] or not (parts[0] or parts[1]):
        raise InputError(_("address {value!r}: write it as province/city/district/detail", value=value))
    return PostalAddress(*parts)


def warning(beacon: Beacon) -> str | None:
    """Return what an operator should know about an accepted beacon, or None."""
    if beacon.kind is BeaconKind.PHONE and not allowed_by_plan(parse_phone(Template.parse(beacon.value).value(0))):
        return _(
            "{beacon}: no numbering plan allows this number, so nobody can call it (fine for a trial)",
            beacon=beacon.value,
        )
    if beacon.kind is BeaconKind.WAYBILL_NUMBER and Template.parse(beacon.value).count == 1:
        return _(
            "{beacon}: one waybill number serves one decoy; give a block such as YT80000000{{00000-99999}}",
            beacon=beacon.value,
        )
    return None


def _phone(value: str) -> str:
    template = Template.parse(value)
    first, last = parse_phone(template.value(0)), parse_phone(template.value(template.count - 1))
    if len(first) != len(last):
        raise InputError(_("phone {value!r}: the numbers of a range have one length; pad it, {{000-199}}", value=value))
    return re.sub(r"[ ().\-](?![^{]*\})", "", value) if template.ranges else first


def _address(value: str) -> str:
    parse_address(value)
    Template.parse(value)
    return value


def _waybill_number(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z]{4,40}", Template.parse(value).value(0)):
        raise InputError(_("waybill number {value!r}: 4 to 40 letters and digits, with ranges in braces", value=value))
    return value


def _domain(value: str) -> str:
    name = value.lower().rstrip(".")
    if not _DOMAIN.fullmatch(name):
        raise InputError(_("{value!r} is no domain name", value=value))
    return name


def _web_host(value: str) -> str:
    Template.parse(value)
    try:
        url = urlsplit(value)
        well_formed = url.scheme in ("http", "https") and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:  # a port or bracket that is none
        well_formed = False
    if not well_formed or url.query or url.fragment or "@" in url.netloc or re.search(r"\s", value):
        raise InputError(_("web host {value!r}: write it as https://track.example.net", value=value))
    return f"{url.scheme}://{url.netloc.lower()}{url.path.rstrip('/')}"


_CHECKS = {
    BeaconKind.PHONE: _phone,
    BeaconKind.ADDRESS: _address,
    BeaconKind.MAIL_DOMAIN: _domain,
    BeaconKind.DNS_ZONE: _domain,
    BeaconKind.WEB_HOST: _web_host,
    BeaconKind.WAYBILL_NUMBER: _waybill_number,
}
