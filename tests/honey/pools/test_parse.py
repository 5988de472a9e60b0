"""One line of beacons.csv: the forms it may take, and what is said of every other."""

import pytest

from honey.errors import InputError
from honey.model.beacon import E164, Beacon, BeaconKind, BeaconRole
from honey.pools.parse import parse_address, parse_beacon, warning
from honey.pools.phone import allowed_by_plan, parse_phone


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("phone", "+86 140-1234 (5678)", "+8614012345678"),
        ("phone", "+86 14012345{000-199}", "+8614012345{000-199}"),
        ("address", "浙江省/杭州市/余杭区/文一西路969号{1-4}栋", "浙江省/杭州市/余杭区/文一西路969号{1-4}栋"),
        ("address", "/Springfield//12 Example Street/B", "/Springfield//12 Example Street/B"),
        ("mail_domain", "Mail.Example.COM.", "mail.example.com"),
        ("dns_zone", "t.example.net", "t.example.net"),
        ("web_host", "HTTPS://Track.Example.net:8443/p/", "https://track.example.net:8443/p"),
        ("waybill_number", "YT80000000{00000-99999}", "YT80000000{00000-99999}"),
    ],
)
def test_a_good_value_is_brought_into_one_form(kind: str, value: str, expected: str) -> None:
    found = parse_beacon(kind, f" {value} ", " decoy ", " twilio ")
    assert found == Beacon(BeaconKind(kind), expected, BeaconRole.DECOY, "twilio")
    assert parse_beacon(kind, found.value, "decoy", "twilio") == found


@pytest.mark.parametrize(
    ("kind", "value", "role"),
    [
        ("pigeon", "x", "decoy"), ("phone", "+8614012345678", "bait"), ("phone", "14012345678", "decoy"),
        ("phone", "+86140", "decoy"), ("phone", "+" + "9" * 16, "decoy"), ("phone", "+861401234567{8-12}", "decoy"),
        ("phone", "+86 140 1234 567a", "decoy"), ("phone", "+86{00000000000-99999999999}", "decoy"),
        ("phone", "+８６14012345678", "decoy"), ("address", "杭州市文一西路", "decoy"), ("address", "///x", "decoy"),
        ("address", "a/b/c/", "decoy"), ("address", "a/b/c/{1-", "decoy"), ("address", "a/b/c/{0-9999999}", "control"),
        ("mail_domain", "localhost", "decoy"), ("mail_domain", "a b.example", "decoy"),
        ("mail_domain", "-x.example", "decoy"), ("dns_zone", f"{'x' * 64}.example", "decoy"),
        ("dns_zone", "1.2.3.4", "decoy"), ("web_host", "track.example.net", "decoy"),
        ("web_host", "ftp://track.example.net", "decoy"), ("web_host", "https://", "decoy"),
        ("web_host", "https://[::1", "decoy"), ("web_host", "https://x.example:port", "decoy"),
        ("web_host", "https://x.example/{1-", "decoy"), ("web_host", "https://u:p@x.example", "decoy"),
        ("web_host", "https://x.example/?q=1", "decoy"), ("web_host", "https://x .example", "decoy"),
        ("waybill_number", "YT", "decoy"), ("waybill_number", "YT 123456", "decoy"),
        ("waybill_number", "单号123456", "decoy"), ("waybill_number", "x" * 41, "decoy"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_one_line(kind: str, value: str, role: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_beacon(kind, value, role)
    assert "\n" not in str(raised.value)


def test_an_address_is_split_into_four_and_keeps_slashes_in_its_detail() -> None:
    found = parse_address("浙江省/杭州市/余杭区/文一西路969号/3栋")
    assert (found.province, found.city, found.district, found.detail) == (
        "浙江省",
        "杭州市",
        "余杭区",
        "文一西路969号/3栋",
    )


def test_a_number_nobody_can_call_is_accepted_with_a_warning() -> None:
    told = warning(parse_beacon("phone", "+8614012345678", "decoy"))
    assert told
    assert "numbering plan" in told
    assert warning(parse_beacon("phone", "+12025550147", "decoy")) is None
    assert "one decoy" in str(warning(parse_beacon("waybill_number", "YT80000000", "decoy")))
    assert warning(parse_beacon("waybill_number", "YT8{0-9}000000", "decoy")) is None


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("+8614012345678", False), ("+8612345678", False), ("+864001234567", True), ("+12025550147", True),
        ("+441632960001", True),
    ],
)  # fmt: skip
def test_only_chinas_plan_is_known(number: str, allowed: bool) -> None:
    assert allowed_by_plan(E164(number)) is allowed
    assert parse_phone(number) == number
