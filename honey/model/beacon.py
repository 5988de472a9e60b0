"""Contact points the operator owns."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

E164 = NewType("E164", str)  # "+" and 7 to 15 digits (ITU-T E.164)


class BeaconKind(StrEnum):
    """What a beacon is; the value is the word used in beacons.csv."""

    PHONE = "phone"
    ADDRESS = "address"
    MAIL_DOMAIN = "mail_domain"
    DNS_ZONE = "dns_zone"
    WEB_HOST = "web_host"
    WAYBILL_NUMBER = "waybill_number"


class BeaconRole(StrEnum):
    """A control is never planted anywhere: it measures background noise."""

    DECOY = "decoy"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Beacon:
    """One line of beacons.csv. `value` may hold brace ranges and then stands for many contact points."""

    kind: BeaconKind
    value: str
    role: BeaconRole
    provider: str = ""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address in four parts, as an address beacon writes it: province/city/district/detail."""

    province: str
    city: str
    district: str
    detail: str

    @property
    def full(self) -> str:
        """The address on one line, in the order its own script uses."""
        parts = [self.province, self.city, self.district, self.detail]
        if any("\u4e00" <= character <= "\u9fff" for character in self.detail):
            kept = [part for at, part in enumerate(parts) if part and part not in parts[:at]]
            return "".join(kept)
        return ", ".join(part for part in reversed(parts) if part)
