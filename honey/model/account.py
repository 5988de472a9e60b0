"""A login whose exports are traced."""

from dataclasses import dataclass
from typing import NewType

AccountId = NewType("AccountId", str)
ExportId = NewType("ExportId", str)


@dataclass(frozen=True, slots=True)
class Account:
    """An employee, outlet, merchant or partner login. An account is not a person: logins are rented."""

    id: AccountId
    kind: str
    name: str
    outlet: str = ""
