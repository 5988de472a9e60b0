"""Passwords and forms of the mail room."""

import base64

import pytest

from collector.config.value import Secret
from collector.mailroom.access import FAILURES_PER_MINUTE, MAX_SOURCES, Door, Forms

USERS = {"wang": Secret("correct horse battery"), "li": Secret("北京欢迎你北京欢迎你北京")}


def basic(text: str, scheme: str = "Basic") -> str:
    return f"{scheme} {base64.b64encode(text.encode()).decode()}"


def test_a_right_name_and_password_are_somebody() -> None:
    door = Door(USERS)
    assert door.user(basic("wang:correct horse battery")) == "wang"
    assert door.user(basic("li:北京欢迎你北京欢迎你北京", "basic")) == "li"


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "Bearer correct horse battery",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        basic("wang:correct horse batter"),
        basic("wang:"),
        basic("wang"),
        basic("li:correct horse battery"),
        basic("nobody:correct horse battery"),
        basic(":"),
        basic("nobody:"),
    ],
)
def test_anything_else_is_nobody(stated: str) -> None:
    assert Door(USERS).user(stated) is None


def test_a_source_that_guesses_is_shut_out_until_the_minute_is_over() -> None:
    """Others are let in meanwhile."""
    now = [600.0]
    door = Door(USERS, lambda: now[0])
    for _ in range(FAILURES_PER_MINUTE):
        assert not door.is_shut("192.0.2.1")
        door.failed("192.0.2.1")
    assert door.is_shut("192.0.2.1")
    assert not door.is_shut("192.0.2.2")
    now[0] = 660.0
    assert not door.is_shut("192.0.2.1")


def test_the_addresses_of_one_ipv6_network_are_one_source() -> None:
    """A customer has 2**64 of them."""
    door = Door(USERS, lambda: 0.0)
    for number in range(FAILURES_PER_MINUTE):
        door.failed(f"2001:db8::{number:x}")
    assert door.is_shut("2001:db8::ffff")
    assert not door.is_shut("2001:db8:0:1::1")


def test_what_is_kept_of_sources_is_bounded() -> None:
    """Whoever has more addresses than that is counted as one."""
    door = Door(USERS, lambda: 0.0)
    for number in range(MAX_SOURCES + FAILURES_PER_MINUTE):
        door.failed(f"source {number}")
    assert len(door._failures) == MAX_SOURCES + 1
    assert door.is_shut("one more")
    assert not door.is_shut("source 1")


def test_a_form_is_known_to_the_one_it_was_given_to_and_after_a_restart() -> None:
    mark = Forms(USERS).mark("0123abcd", "wang")
    assert Forms(USERS).entry_id(mark, "wang") == "0123abcd"
    assert Forms(USERS).entry_id(mark, "li") is None
    assert Forms({**USERS, "li": Secret("another one, longer")}).entry_id(mark, "wang") is None


@pytest.mark.parametrize("mark", ["", ".", "0123abcd", "0123abcd.", "0123abcd.00", "\ud800.\ud800", "é.é"])
def test_a_form_that_is_not_ours_is_known_to_nobody(mark: str) -> None:
    assert Forms(USERS).entry_id(mark, "wang") is None
