"""A decoy placed for an account."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from honey.model.account import AccountId, ExportId
from honey.model.decoy import DecoyId


class PlantingKind(StrEnum):
    """Resident: a row in the host, in one account's view. Export: a row added to one export of one account."""

    RESIDENT = "resident"
    EXPORT = "export"


class PlantingState(StrEnum):
    """Intended (journalled, the host perhaps touched) -> confirmed (read back) -> removed, or rejected by the host."""

    INTENDED = "intended"
    CONFIRMED = "confirmed"
    REMOVED = "removed"
    REJECTED = "rejected"


ALIVE = frozenset({PlantingState.INTENDED, PlantingState.CONFIRMED})  # may be found in a leak made now


@dataclass(frozen=True, slots=True)
class Planting:
    """Where a decoy lies.

    For an export planting `account` took the rows. For a resident planting `account` and `outlet` only say in whose
    view the row lies; who read it is known from the access record alone.
    """

    decoy: DecoyId
    kind: PlantingKind
    account: AccountId
    outlet: str
    export: ExportId | None = None
    planted_at: datetime | None = None
    removed_at: datetime | None = None

    def lay_there(self, at: datetime) -> bool:
        """Whether it could be read at that time; a planting that was only intended could not."""
        return bool(self.planted_at and self.planted_at <= at and (self.removed_at is None or at <= self.removed_at))
