"""What the host's access record tells about decoys."""

from dataclasses import dataclass
from datetime import datetime

from honey.model.account import AccountId, ExportId
from honey.model.decoy import DecoyId


@dataclass(frozen=True, slots=True)
class Touch:
    """One recorded access to one resident decoy."""

    at: datetime
    account: AccountId
    action: str  # read or export
    export: ExportId | None
    decoy: DecoyId
