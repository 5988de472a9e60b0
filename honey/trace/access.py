"""Who touched decoys that lie outside their own outlet: unusual, worth a look, and no proof of a leak. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from honey.model.access import Touch
from honey.model.account import Account, AccountId
from honey.model.decoy import DecoyId


@dataclass(frozen=True, slots=True)
class ForeignReads:
    """One account's accesses to decoys of other outlets."""

    account: AccountId
    outlet: str  # its own; empty for an account we do not know
    decoys: int
    outlets: tuple[str, ...]
    exports: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values."""
        return {
            "account": self.account,
            "outlet": self.outlet,
            "decoys": self.decoys,
            "outlets": list(self.outlets),
            "exports": list(self.exports),
        }


def foreign_reads(
    touches: Iterable[Touch], outlets: Mapping[DecoyId, str], accounts: Mapping[AccountId, Account]
) -> list[ForeignReads]:
    """Return accounts by the number of foreign decoys they touched, most first.

    An account without an outlet (head office) is at home everywhere, a decoy without one is foreign to nobody.
    """
    found: dict[AccountId, list[Touch]] = defaultdict(list)
    for touch in touches:
        account = accounts.get(touch.account)
        home = account.outlet if account else ""
        if (home or account is None) and outlets.get(touch.decoy, "") not in ("", home):
            found[touch.account].append(touch)
    reads = [
        ForeignReads(
            account=name,
            outlet=accounts[name].outlet if name in accounts else "",
            decoys=len({one.decoy for one in touched}),
            outlets=tuple(sorted({outlets[one.decoy] for one in touched})),
            exports=tuple(sorted({one.export for one in touched if one.export})),
        )
        for name, touched in found.items()
    ]
    return sorted(reads, key=lambda one: (-one.decoys, one.account))
