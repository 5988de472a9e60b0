"""One parcel or letter as somebody entered it, checked, and the contact it becomes. Pure.

What stands on a label is a claim of whoever sent it; what the clerk thinks of it (`remark`) is kept apart from that,
because attribution reads the former.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from collector.errors import CollectorError
from collector.hit import Channel, Contact, canonical_json, clean_text
from collector.mailroom.photo import Photo
from collector.translation import _

PROVIDER = "mailroom"
KINDS = ("parcel", "letter")
DEFAULT_CURRENCY = "CNY"
CLOCK_SLACK = timedelta(days=1)  # a phone set to another time zone
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

# Characters taken of each field; a label has less. Lines are kept in those of `LONG` alone.
FIELDS: Mapping[str, int] = {
    "kind": 16,
    "address": 500,
    "name": 200,
    "phone": 64,
    "sender": 320,
    "carrier": 64,
    "waybill_number": 64,
    "cod_amount": 16,
    "cod_currency": 3,
    "goods": 500,
    "text": 4000,
    "remark": 2000,
    "site": 32,
    "received": 40,
}
LONG = frozenset({"text", "remark"})
# Kept as claims of the same name. The address becomes the beacon, the sender the peer.
_CLAIMS = (
    "kind",
    "name",
    "phone",
    "carrier",
    "waybill_number",
    "cod_amount",
    "cod_currency",
    "goods",
    "text",
    "remark",
)
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_NUMBER = re.compile(r"[A-Z0-9-]{4,64}", re.ASCII)


class EntryError(CollectorError):
    """An entry cannot be recorded as it stands; the message names the field."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A parcel or letter; texts are empty where nothing was entered."""

    fields: Mapping[str, str]
    received_at: datetime | None  # by the mail room; None: when it was entered

    @classmethod
    def of(cls, stated: Mapping[str, str], *, sites: Mapping[str, str], zone: tzinfo | None, now: datetime) -> "Entry":
        """Check what was entered; `zone` is that of a time without offset.

        Raises:
            EntryError: naming the first field that cannot stand.
        """
        for key in stated:
            if key not in FIELDS:
                raise EntryError(_("{key!r} is not a field: there are {fields}", key=key, fields=", ".join(FIELDS)))
        fields = {key: _text(key, stated.get(key, "")) for key in FIELDS}
        fields["kind"] = fields["kind"] or KINDS[0]
        if fields["kind"] not in KINDS:
            raise EntryError(_("kind: must be one of {kinds}", kinds=", ".join(KINDS)))
        if not fields["address"]:
            raise EntryError(_("address: enter the address as it is written, with the room"))
        if fields["site"] and fields["site"] not in sites:
            raise EntryError(_("site: {site} is not in [mailroom.sites]", site=fields["site"]))
        if fields["address"] in sites.values():  # what the form begins with: no room, so nobody's
            raise EntryError(_("address: add the room, as it is written"))
        fields["waybill_number"] = re.sub(r"\s+", "", fields["waybill_number"]).upper()
        if fields["waybill_number"] and not _NUMBER.fullmatch(fields["waybill_number"]):
            raise EntryError(_("waybill_number: must be 4 to 64 letters, digits and -"))
        _money(fields)
        return cls(fields, _received(fields["received"], zone, now))

    def contact(self, photo: Photo | None, *, entry_id: str, entered_by: str, way: str) -> Contact:
        """Return what to record. The same entry under the same `entry_id` is the same contact, sent however often."""
        claims = {key: self.fields[key] for key in _CLAIMS if self.fields[key]}
        if photo is not None:
            claims |= photo.claims
            if "waybill_number" not in claims and photo.waybill_number:
                claims |= {"waybill_number": photo.waybill_number, "waybill_number_from": "barcode"}
        site = {"site": self.fields["site"]} if self.fields["site"] else {}
        digest = canonical_json([entry_id, dict(self.fields), photo.sha256 if photo else ""])
        return Contact(
            Channel.POST,
            beacon=self.fields["address"],
            peer=self.fields["sender"],
            occurred_at=self.received_at,
            event_id=hashlib.sha256(digest.encode()).hexdigest(),
            provider=PROVIDER,
            verified=True,  # whoever entered it showed a password, or has a shell on the collector
            claims={**claims, **site, "entered_by": entered_by, "entered_through": way},
            raw=photo.raw if photo else b"",
        ).bounded()


def _text(key: str, value: str) -> str:
    text = clean_text(value, FIELDS[key] + 1)
    if len(text) > FIELDS[key]:
        raise EntryError(_("{key}: takes at most {fields} characters", key=key, fields=FIELDS[key]))
    lines = [" ".join(line.split()) for line in text.splitlines()] if key in LONG else [" ".join(text.split())]
    text = "\n".join(lines).strip()
    if not text.replace("\n", "").isprintable():
        raise EntryError(_("{key}: holds control characters", key=key))
    return text


def _money(fields: dict[str, str]) -> None:
    amount = fields["cod_amount"] = fields["cod_amount"].replace(",", ".")
    if amount and not _AMOUNT.fullmatch(amount):
        raise EntryError(_("cod_amount: must be a number such as 199 or 199.50"))
    currency = fields["cod_currency"].upper() or DEFAULT_CURRENCY
    if not _CURRENCY.fullmatch(currency):
        raise EntryError(_("cod_currency: must be three letters such as CNY"))
    fields["cod_currency"] = currency if amount else ""


def _received(text: str, zone: tzinfo | None, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=zone or UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise EntryError(_("received: must be a time such as 2026-11-21T09:30")) from exc
    if not EARLIEST <= at <= now + CLOCK_SLACK:
        raise EntryError(_("received: lies in the future, or before 2000"))
    return at
