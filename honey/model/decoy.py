"""A fake customer: the identity that is planted, and nothing of the row it is planted in."""

from dataclasses import asdict, dataclass
from typing import Any, NewType

from honey.model.beacon import E164, PostalAddress

DecoyId = NewType("DecoyId", str)


@dataclass(frozen=True, slots=True)
class Decoy:
    """A fake waybill customer carrying beacons.

    The phone number is shared with other decoys; name, address, mailbox, waybill number and link are not: each of
    them alone names this decoy. A part is None where the host or the export has no column for it.
    """

    id: DecoyId
    name: str
    phone: E164 | None = None
    address: PostalAddress | None = None
    email: str | None = None
    waybill_number: str | None = None
    link: str | None = None
    goods: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a dict of plain JSON values; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Decoy":
        """Read what `to_json` wrote."""
        address = document.get("address")
        return cls(**{**document, "address": PostalAddress(**address) if address else None})
