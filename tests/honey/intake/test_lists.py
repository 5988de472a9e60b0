"""accounts.csv, beacons.csv and the access record: each field checked, each reject with its row and reason."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from honey.intake.access import AccessEvent, read_access
from honey.intake.accounts import read_accounts
from honey.intake.beacons import read_beacons
from honey.intake.rows import Reject
from honey.model.account import Account, AccountId, ExportId

SHANGHAI = ZoneInfo("Asia/Shanghai")
ACCESS = "at,account,action,export_id,waybill_number,rows,outlet\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_good_accounts_are_taken_and_bad_ones_listed(tmp_path: Path) -> None:
    text = "account,kind,name,outlet,mail\nHB-1,courier,王,OUT-1,x\n,courier,x,\nHB-1,courier,李,OUT-2,\nHB-2,shop,,,\n"
    found, rejects = read_accounts(written(tmp_path / "staff.csv", text))
    assert found == [Account(AccountId("HB-1"), "courier", "王", "OUT-1"), Account(AccountId("HB-2"), "shop", "", "")]
    assert [(one.row, one.reason) for one in rejects] == [
        (3, "the account is empty"), (4, "account 'HB-1' stands in row 2 already: remove one of the two"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{'x' * 121},courier,x,", "account of more than 120"),
        (f"HB-1,{'x' * 41},x,", "kind of more than 40"),
        (f"HB-1,courier,{'x' * 201},", "name of more than 200"),
        (f"HB-1,courier,x,{'x' * 121}", "outlet of more than 120"),
        ("HB-\x1b[2J,courier,x,", "control character"),
    ],
)
def test_an_account_the_registry_could_not_hold_is_rejected(tmp_path: Path, row: str, reason: str) -> None:
    found, rejects = read_accounts(written(tmp_path / "staff.csv", f"account,kind,name,outlet\n{row}\n"))
    assert found == []
    assert reason in rejects[0].reason


def test_good_beacons_are_taken_warned_about_or_listed(tmp_path: Path) -> None:
    text = (
        "kind,value,role,provider\nphone,+86 140 1234 5678,decoy,twilio\nphone,+8614012345678,control,\n"
        "pigeon,x,decoy,\nmail_domain,Mail.Example.com.,decoy,\naddress,somewhere,decoy,\n"
    )
    found, warnings, rejects = read_beacons(written(tmp_path / "b.csv", text))
    assert [one.value for one in found] == ["+8614012345678", "mail.example.com"]
    assert len(warnings) == 1
    assert "row 2" in warnings[0]
    assert [one.row for one in rejects] == [3, 4, 6]


def test_access_events_are_read_with_their_zone(tmp_path: Path) -> None:
    text = ACCESS + "2026-11-21 08:00:00,HB-1,READ,,YT1,,\n2026-11-21T08:00:00Z,HB-2,export,E-1,,400,OUT-1\n"
    found = list(read_access(written(tmp_path / "a.csv", text), SHANGHAI))
    assert found == [
        AccessEvent(2, datetime(2026, 11, 21, 0, tzinfo=UTC), AccountId("HB-1"), "read", None, "YT1", None, None),
        AccessEvent(
            3, datetime(2026, 11, 21, 8, tzinfo=UTC), AccountId("HB-2"), "export", ExportId("E-1"), None, 400, "OUT-1"
        ),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("yesterday,HB-1,read,,YT1,,", "is no time"),
        ("0001-01-01T00:00:00+08:00,HB-1,read,,YT1,,", "outside every record"),
        ("9999-12-31T23:59:59-08:00,HB-1,read,,YT1,,", "outside every record"),
        ("2026-11-21,,read,,YT1,,", "account is empty"),
        ("2026-11-21,HB-1,delete,,YT1,,", "neither read nor export"),
        ("2026-11-21,HB-1,read,,,,", "neither a waybill_number nor an outlet"),
        ("2026-11-21,HB-1,export,,YT1,,", "without an export_id"),
        ("2026-11-21,HB-1,read,,,many,OUT-1", "is no count"),
        ("2026-11-21,HB-1,read,,,-1,OUT-1", "is no count"),
        (f"2026-11-21,HB-1,read,,,{'9' * 400},OUT-1", "is no count"),
        (f"2026-11-21,{'x' * 121},read,,YT1,,", "account of more than 120"),
        (f"2026-11-21,HB-1,read,,{'9' * 65},,", "waybill_number of more than 64"),
        ("2026-11-21,HB-1,read,,YT1,,,,,", "cells under"),
    ],
)
def test_a_bad_access_row_is_rejected_and_the_next_is_read(tmp_path: Path, row: str, reason: str) -> None:
    good = "2026-11-21T08:00:00Z,HB-2,read,,YT1,,"
    bad, after = read_access(written(tmp_path / "a.csv", f"{ACCESS}{row}\n{good}\n"), SHANGHAI)
    assert isinstance(bad, Reject)
    assert bad.row == 2
    assert reason in bad.reason
    assert isinstance(after, AccessEvent)
