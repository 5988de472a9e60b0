"""What `honey host check` finds in a host, on real SQLite files."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from honey.host.check import Severity, check
from honey.host.table import HostTable
from honey.model.waybill import Role

MakeHost = Callable[[str], str]

GOOD = {
    Role.WAYBILL_NUMBER: "waybill_no",
    Role.ACCOUNT: "courier_account",
    Role.OUTLET: "outlet_code",
    Role.RECIPIENT_NAME: "receiver_name",
    Role.RECIPIENT_PHONE: "receiver_phone",
    Role.RECIPIENT_ADDRESS: "receiver_detail_address",
    Role.CREATED_AT: "create_time",
}

SMALL = "CREATE TABLE w (id INTEGER PRIMARY KEY, phone VARCHAR(20), at DATETIME, outlet TEXT{more}); {row}"
ROW = "INSERT INTO w (phone, at, outlet) VALUES ('14000000001', '2026-11-22 10:00:00', 'O1');"
SMALL_ROLES = {
    Role.RECIPIENT_PHONE: "phone",
    Role.CREATED_AT: "at",
    Role.OUTLET: "outlet",
}


def findings(url: str, name: str, roles: dict[Role, str]) -> dict[str, Severity]:
    with HostTable.open(url, name, roles) as table:
        return {finding.message: finding.severity for finding in check(table)}


def test_a_well_mapped_host_has_no_findings(waybills: str) -> None:
    assert findings(waybills, "waybill", GOOD) == {}


def test_checking_leaves_the_host_as_it_was(waybills: str) -> None:
    def dump() -> list[str]:
        with closing(sqlite3.connect(waybills.removeprefix("sqlite:///"))) as connection:
            return list(connection.iterdump())

    before = dump()
    findings(waybills, "waybill", GOOD)
    assert dump() == before


CASES = {
    "no recipient": ("", ROW, {Role.CREATED_AT: "at"}, Severity.ERROR, "no column of the recipient"),
    "no time": ("", ROW, {Role.RECIPIENT_PHONE: "phone"}, Severity.WARNING, "created_at is not mapped"),
    "no view": ("", ROW, {Role.RECIPIENT_PHONE: "phone"}, Severity.WARNING, "neither account nor outlet"),
    "no phone": (", a TEXT", ROW, {Role.RECIPIENT_ADDRESS: "a"}, Severity.WARNING, "nobody can call"),
    "nothing unique": ("", ROW, SMALL_ROLES, Severity.WARNING, "no single column will name"),
    "one column for two roles": (
        "",
        ROW,
        SMALL_ROLES | {Role.SENDER_PHONE: "phone"},
        Severity.ERROR,
        "phone is mapped to recipient_phone and sender_phone",
    ),
    "a generated column": (
        ", g TEXT AS (phone || '!')",
        ROW,
        SMALL_ROLES | {Role.NOTE: "g"},
        Severity.ERROR,
        "the host computes this column",
    ),
    "a short column": (
        ", n VARCHAR(6)",
        ROW,
        SMALL_ROLES | {Role.WAYBILL_NUMBER: "n"},
        Severity.WARNING,
        "holds 6 characters, decoys need 8",
    ),
    "a reference": (", p INT REFERENCES w (id)", ROW, SMALL_ROLES, Severity.WARNING, "p refers to w.id"),
    "a unique column without a role": (", u TEXT UNIQUE", ROW, SMALL_ROLES, Severity.WARNING, "u must be unique"),
    "a trigger": (
        "",
        ROW + " CREATE TRIGGER t AFTER INSERT ON w BEGIN SELECT 1; END;",
        SMALL_ROLES,
        Severity.WARNING,
        "trigger t runs",
    ),
    "a trigger that refuses": (
        "",
        ROW + " CREATE TRIGGER t BEFORE INSERT ON w BEGIN SELECT RAISE(ABORT, 'outlet closed'); END;",
        SMALL_ROLES,
        Severity.ERROR,
        "refused: outlet closed",
    ),
    "an empty table": ("", "", SMALL_ROLES, Severity.WARNING, "the table is empty"),
    "an empty table with a required column": (
        ", r TEXT NOT NULL",
        "",
        SMALL_ROLES,
        Severity.ERROR,
        "r must have a value",
    ),
}


@pytest.mark.parametrize(("more", "row", "roles", "severity", "said"), CASES.values(), ids=CASES)
def test_each_obstacle_is_named(
    make_host: MakeHost, *, more: str, row: str, roles: dict[Role, str], severity: Severity, said: str
) -> None:
    found = findings(make_host(SMALL.format(more=more, row=row)), "w", roles)
    [message] = [message for message in found if said in message]
    assert found[message] is severity
    assert "\n" not in message


def test_a_host_that_cannot_be_written_is_an_error(waybills: str) -> None:
    found = findings(f"{waybills}?mode=ro", "waybill", GOOD)
    [(message, severity)] = found.items()
    assert "cannot be written" in message
    assert severity is Severity.ERROR


def test_a_table_without_a_key_is_a_warning(northwind: str) -> None:
    roles = {Role.RECIPIENT_ADDRESS: "ship_address", Role.CREATED_AT: "order_date", Role.ACCOUNT: "employee_id"}
    found = findings(northwind, "orders", roles)
    assert set(found.values()) == {Severity.WARNING}
    assert any("no primary key" in message for message in found)
