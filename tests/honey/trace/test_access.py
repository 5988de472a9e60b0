"""The tripwire: who touched decoys outside its own outlet, and who is at home everywhere."""

from datetime import UTC, datetime

from honey.model.access import Touch
from honey.model.account import Account, AccountId, ExportId
from honey.model.decoy import DecoyId
from honey.trace.access import foreign_reads

AT = datetime(2026, 11, 21, tzinfo=UTC)
ACCOUNTS = {
    AccountId(name): Account(AccountId(name), "courier", name, outlet)
    for name, outlet in (("HOME", "OUT-1"), ("AWAY", "OUT-2"), ("HQ", ""))
}
OUTLETS = {DecoyId("d1"): "OUT-1", DecoyId("d2"): "OUT-1", DecoyId("d3"): "OUT-3", DecoyId("d0"): ""}


def touch(account: str, decoy: str, export: str | None = None) -> Touch:
    return Touch(AT, AccountId(account), "export" if export else "read", ExportId(export) if export else None,
                 DecoyId(decoy))  # fmt: skip


def test_the_own_outlet_and_head_office_are_no_foreign_reads() -> None:
    assert foreign_reads([touch("HOME", "d1"), touch("HQ", "d1"), touch("HQ", "d3")], OUTLETS, ACCOUNTS) == []


def test_foreign_decoys_are_counted_once_each_with_their_outlets_and_exports() -> None:
    touches = [touch("AWAY", "d1"), touch("AWAY", "d1", "E2"), touch("AWAY", "d2", "E1"), touch("AWAY", "d3")]
    assert [one.to_json() for one in foreign_reads(touches, OUTLETS, ACCOUNTS)] == [
        {"account": "AWAY", "outlet": "OUT-2", "decoys": 3, "outlets": ["OUT-1", "OUT-3"], "exports": ["E1", "E2"]}
    ]


def test_an_account_nobody_imported_is_foreign_everywhere() -> None:
    (found,) = foreign_reads([touch("STRANGER", "d1")], OUTLETS, ACCOUNTS)
    assert (found.account, found.outlet, found.decoys) == ("STRANGER", "", 1)


def test_a_decoy_whose_outlet_is_not_known_is_foreign_to_nobody() -> None:
    touches = [touch("HOME", "d0"), touch("STRANGER", "d0"), touch("HOME", "no such decoy")]
    assert foreign_reads(touches, OUTLETS, ACCOUNTS) == []


def test_the_most_foreign_decoys_come_first_then_the_name() -> None:
    touches = [touch("Z", "d1"), touch("AWAY", "d1"), touch("HOME", "d3"), touch("Z", "d3"), touch("Z", "d2")]
    assert [one.account for one in foreign_reads(touches, OUTLETS, ACCOUNTS)] == ["Z", "AWAY", "HOME"]
