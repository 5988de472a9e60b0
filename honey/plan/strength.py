"""What a plan can prove, in figures that follow from the counts alone. Pure."""

import math
from dataclasses import dataclass
from typing import Any

CONFIDENCE = 0.95  # of the "smallest leak exposed"


@dataclass(frozen=True, slots=True)
class Strength:
    """A plan of `decoys` per account and `numbers_per_account` out of `numbers` for `accounts` accounts."""

    accounts: int
    decoys: int
    numbers: int
    numbers_per_account: int

    @property
    def accounts_per_number(self) -> float:
        """How many accounts share one phone number on average: why a number alone names nobody."""
        return self.accounts * self.numbers_per_account / self.numbers if self.numbers else 0.0

    @property
    def codewords(self) -> int:
        """How many different sets of numbers an account may have been given."""
        return math.comb(self.numbers, self.numbers_per_account)

    def detection(self, share: float) -> float:
        """Probability that a leak of this share of an account's rows holds at least one of its decoys."""
        return float(-math.expm1(self.decoys * math.log1p(-share))) if share < 1 else 1.0

    @property
    def smallest_share(self) -> float:
        """The share of an account's rows that, leaked, holds a decoy with probability CONFIDENCE."""
        return float(-math.expm1(math.log(1 - CONFIDENCE) / self.decoys))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "accounts": self.accounts,
            "decoys_per_account": self.decoys,
            "phone_numbers": self.numbers,
            "numbers_per_account": self.numbers_per_account,
            "accounts_per_number": round(self.accounts_per_number, 2),
            "codewords": self.codewords,
            "smallest_share_exposed": round(self.smallest_share, 4),
            "detection": {str(share): round(self.detection(share), 4) for share in (0.1, 0.3, 0.5, 1.0)},
        }
