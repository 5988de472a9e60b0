"""What the host's access record says about leaked rows, as arrays: the input of the ranking. Values only.

A *release* is one export of one account, or all it read one by one. A *stratum* is one outlet on one day: the rows
first accessed there and then. Rows are numbered from 0; so are accounts, releases and strata.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from honey.model.account import AccountId, ExportId

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

UNPLACED = -1  # the stratum of a row whose outlet is unknown: it ranks accounts and proves nothing
SOMEONE = -1  # the holder of rows in a stratum that accessed no leaked row


@dataclass(frozen=True, slots=True)
class Stratum:
    """One outlet, and the start of one day (or part of a day) as it is counted there."""

    outlet: str
    from_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """How many rows of a stratum each holder (an account, or a release) accessed; arrays of one length."""

    stratum: Ints
    holder: Ints
    rows: Ints

    @classmethod
    def of(cls, entries: list[tuple[int, int, int]]) -> "Held":
        """Build from (stratum, holder, rows)."""
        columns = np.array(entries, dtype=np.int64).reshape(-1, 3)
        return cls(columns[:, 0], columns[:, 1], columns[:, 2])


@dataclass(frozen=True, slots=True, eq=False)
class AccessEvidence:
    """The leaked rows that the record knows, everybody who accessed one, and how much else they accessed.

    `accounts` and `releases` hold those with at least one leaked row. `by_account` also holds everybody else who was
    active in a stratum of a leaked row (holder SOMEONE): they tell how popular rows are there. `access_*` are distinct
    pairs of release and row.
    """

    accounts: tuple[AccountId, ...]
    account_rows: Ints  # distinct rows each accessed in the whole record
    account_releases: Ints  # its exports, and one for what it read
    releases: tuple[ExportId | None, ...]  # None: rows read one by one
    release_account: Ints
    release_rows: Ints  # distinct rows of each release
    access_release: Ints
    access_row: Ints
    row_popularity: Ints  # accounts that accessed the row
    row_stratum: Ints  # or UNPLACED
    strata: tuple[Stratum, ...]
    stratum_rows: Ints
    by_account: Held
    by_release: Held
    record_accesses: int  # of all accounts to all rows
    population: int  # accounts that could be accused
    rows_unknown: int = 0  # leaked numbers the record does not hold

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        pairs = (
            (self.account_rows, self.accounts),
            (self.account_releases, self.accounts),
            (self.release_account, self.releases),
            (self.release_rows, self.releases),
            (self.access_release, self.access_row),
            (self.row_popularity, self.row_stratum),
            (self.stratum_rows, self.strata),
        )
        if any(len(first) != len(second) for first, second in pairs):
            raise ValueError("arrays of different lengths")
        if self.population < max(1, len(self.accounts)) or self.record_accesses < len(self.access_row):
            raise ValueError("population and record are at least as large as what is named of them")
        if len(self.account_rows) and (self.account_rows.min() < 1 or self.release_rows.min() < 1):
            raise ValueError("who accessed a leaked row accessed a row")

    @property
    def rows(self) -> int:
        """Leaked rows that the record knows."""
        return len(self.row_popularity)
