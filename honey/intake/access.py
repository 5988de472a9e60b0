"""The host's access record: at, account, action (read|export), export_id, and waybill_number or rows and outlet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, tzinfo
from pathlib import Path

from honey.errors import InputError
from honey.intake.rows import InputRow, Reject, read_rows
from honey.model.account import AccountId, ExportId
from honey.translation import _

HEADER = ("at", "account", "action")
_ACTIONS = ("read", "export")
_MAX_CHARACTERS = {"account": 120, "export_id": 120, "outlet": 120, "waybill_number": 64}  # the registry's columns
_MAX_COUNT_DIGITS = 15  # far below 64 bits
_FIRST_YEAR = 1970


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """One line of the record: a waybill read or exported, or a whole export told by its size and outlet."""

    line: int
    at: datetime
    account: AccountId
    action: str
    export: ExportId | None
    waybill_number: str | None
    rows: int | None
    outlet: str | None


def read_access(path: Path, zone: tzinfo) -> Iterator[AccessEvent | Reject]:
    """Yield events and rejected rows in file order. Times without an offset are taken to be in `zone`."""
    for row in read_rows(path, HEADER):
        try:
            yield parse_event(row, zone)
        except InputError as error:
            yield Reject(str(path), row.number, error.message)


def parse_event(row: InputRow, zone: tzinfo) -> AccessEvent:
    """Check one row; raises InputError naming the field."""
    if row.problem:
        raise InputError(row.problem)
    cells = row.cells
    if not cells["account"]:
        raise InputError(_("the account is empty"))
    if cells["action"].lower() not in _ACTIONS:
        raise InputError(_("action {action!r} is neither read nor export", action=cells["action"]))
    number, outlet, rows = cells.get("waybill_number", ""), cells.get("outlet", ""), cells.get("rows", "")
    if not number and not outlet:
        raise InputError(_("neither a waybill_number nor an outlet: one of them says which rows were touched"))
    if rows and not (rows.isascii() and rows.isdigit() and len(rows) <= _MAX_COUNT_DIGITS):
        raise InputError(_("rows {rows!r} is no count", rows=rows[:40]))
    for name, most in _MAX_CHARACTERS.items():
        if len(cells.get(name, "")) > most:
            raise InputError(_("{name} of more than {most} characters", name=name, most=most))
    if cells["action"].lower() == "export" and not cells.get("export_id"):
        raise InputError(_("an export without an export_id"))
    return AccessEvent(
        line=row.number,
        at=_time(cells["at"], zone),
        account=AccountId(cells["account"]),
        action=cells["action"].lower(),
        export=ExportId(cells["export_id"]) if cells.get("export_id") else None,
        waybill_number=number or None,
        rows=int(rows) if rows else None,
        outlet=outlet or None,
    )


def _time(text: str, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(_("at {text!r} is no time: write 2026-11-21T08:15:30Z", text=text[:40])) from None
    if not _FIRST_YEAR < at.year < MAXYEAR:
        raise InputError(_("at {text!r} lies outside every record", text=text[:40]))
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
