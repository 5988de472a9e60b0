"""What is simulated: the counts of a plan and the settings of a verdict. Pure values with stated defaults."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from honey.errors import ConfigError
from honey.translation import _

MAX_ACCOUNTS = 100_000  # arrays of one simulated world stay below 1 GB
SERVICE_SHARE = 0.02  # of the accounts are customer service or head office, reading everywhere


@dataclass(frozen=True, slots=True)
class SimulatedPlan:
    """Counts of one plan; the defaults are a small company with the configuration honey starts with."""

    accounts: int = 200
    outlets: int = 20
    numbers: int = 200  # phone numbers in the pool, controls included
    control_share: float = 0.2  # of the numbers are never planted
    numbers_per_account: int = 4  # honey.plan.assign.PHONES_PER_ACCOUNT
    decoys: int = 3  # resident decoys per account
    export_decoys: int = 4  # per export that passes through honey
    days: int = 10  # of waybills in the host; each outlet's manager exports every day
    threshold: float = 0.999
    no_leak_prior: float = 0.5
    unrecorded_prior: float = 0.001
    alpha: float = 1e-6  # of one case

    def __post_init__(self) -> None:
        """Refuse counts that make no world; raises ConfigError naming the count."""
        if not 2 <= self.accounts <= MAX_ACCOUNTS:
            raise ConfigError(
                _(
                    "accounts = {accounts:,}: between 2 and {max_accounts:,}",
                    accounts=self.accounts,
                    max_accounts=MAX_ACCOUNTS,
                )
            )
        if not 1 <= self.outlets <= self.accounts:
            raise ConfigError(
                _(
                    "outlets = {outlets:,}: between 1 and the {accounts:,} accounts",
                    outlets=self.outlets,
                    accounts=self.accounts,
                )
            )
        if not 0 <= self.control_share < 1:
            raise ConfigError(_("control share = {control_share}: from 0 to below 1", control_share=self.control_share))
        if not 1 <= self.numbers_per_account <= self.planted_numbers:
            raise ConfigError(
                _(
                    "numbers per account = {numbers_per_account}: between 1 and the {planted_numbers:,} "
                    "numbers left of {numbers:,} after the controls: use more numbers or fewer per account",
                    numbers_per_account=self.numbers_per_account,
                    planted_numbers=self.planted_numbers,
                    numbers=self.numbers,
                )
            )
        if min(self.decoys, self.export_decoys, self.days) < 1:
            raise ConfigError(_("decoys, export decoys and days must each be at least 1"))
        if not 0 < self.alpha < 1:
            raise ConfigError(_("alpha = {alpha}: between 0 and 1, both excluded", alpha=self.alpha))
        if not 0.5 < self.threshold < 1:
            raise ConfigError(_("threshold = {threshold}: between 0.5 and 1, both excluded", threshold=self.threshold))

    @property
    def planted_numbers(self) -> int:
        """Numbers that decoys carry; the first ones of the pool."""
        return self.numbers - round(self.numbers * self.control_share)

    @property
    def residents(self) -> int:
        """Resident decoys in the whole host."""
        return self.accounts * self.decoys

    @property
    def service_accounts(self) -> int:
        """Accounts of customer service: the last ones."""
        return max(1, round(self.accounts * SERVICE_SHARE))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return dataclasses.asdict(self)
