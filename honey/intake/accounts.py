"""accounts.csv: account,kind,name,outlet[,...]."""

from collections.abc import Iterable
from pathlib import Path

from honey.intake.rows import InputRow, Reject, read_rows
from honey.model.account import Account, AccountId
from honey.translation import _

HEADER = ("account", "kind", "name", "outlet")
_MAX_CHARACTERS = {"account": 120, "kind": 40, "name": 200, "outlet": 120}  # what the registry's columns hold


def read_accounts(path: Path) -> tuple[list[Account], list[Reject]]:
    """Return the accounts and the rejected rows; raises InputError when the file as a whole cannot be used."""
    return parse_accounts(read_rows(path, HEADER), str(path))


def parse_accounts(rows: Iterable[InputRow], file: str) -> tuple[list[Account], list[Reject]]:
    """Check each row; of an account named twice the first row stands."""
    accounts: dict[AccountId, tuple[Account, int]] = {}
    rejects = []
    for row in rows:
        problem = row.problem or _problem(row.cells)
        account = AccountId(row.cells.get("account", ""))
        if not problem and account in accounts:
            problem = _(
                "account {account!r} stands in row {first} already: remove one of the two",
                account=account,
                first=accounts[account][1],
            )
        if problem:
            rejects.append(Reject(file, row.number, problem))
        else:
            cells = row.cells
            accounts[account] = Account(account, cells["kind"], cells["name"], cells["outlet"]), row.number
    return [one for one, _ in accounts.values()], rejects


def _problem(cells: dict[str, str]) -> str:
    if not cells["account"]:
        return _("the account is empty")
    for name, most in _MAX_CHARACTERS.items():
        if len(cells[name]) > most:
            return _("{name} of more than {most} characters", name=name, most=most)
    if not cells["account"].isprintable():
        return _("the account holds a control character")
    return ""
