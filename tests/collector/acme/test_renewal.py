"""When certificates are got: two thirds of a life, what the authority suggests, and patience after failures."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.acme.renewal import (
    FIRST_WAIT_SECONDS,
    JITTER,
    LONGEST_WAIT_SECONDS,
    Held,
    State,
    asks_now,
    failed,
    fingerprint,
    reason,
    renews_at,
    succeeded,
    waits_until,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = {"track.example.net": "http-01"}
CA = "https://ca.example.net/dir"
PLAN = fingerprint(CA, NAMES)


def held(*, age_days: float = 0, life_days: float = 90, names: tuple[str, ...] = tuple(NAMES)) -> Held:
    begins_at = NOW - timedelta(days=age_days)
    return Held(frozenset(names), begins_at, begins_at + timedelta(days=life_days), is_temporary=False)


REASONS = {
    "nothing is there": (None, State(), "none yet"),
    "a temporary one is there": (
        Held(frozenset(NAMES), NOW, NOW + timedelta(days=1), is_temporary=True),
        State(),
        "none",
    ),
    "a fresh one": (held(), State(directory=CA), ""),
    "just before two thirds": (held(age_days=59.9), State(directory=CA), ""),
    "two thirds": (held(age_days=60), State(directory=CA), "renewed"),
    "two thirds of a short life": (held(age_days=4, life_days=6), State(directory=CA), "renewed"),
    "another name is wanted": (held(names=("other.example.net",)), State(directory=CA), "not for track.example.net"),
    "one name more is on it": (held(names=(*NAMES, "old.example.net")), State(directory=CA), ""),
    "from another authority": (held(), State(directory="https://staging.example.net/dir"), "another authority"),
    "its state was lost": (held(), State(), ""),
    "the authority wants it earlier": (held(age_days=2), State(directory=CA, suggested_at=NOW), "renewed"),
    "the authority wants it later": (
        held(age_days=70),
        State(directory=CA, suggested_at=NOW + timedelta(days=1)),
        "",
    ),
    "the authority wants it too late": (
        held(age_days=76),
        State(directory=CA, suggested_at=NOW + timedelta(days=300)),
        "renewed",
    ),
}


@pytest.mark.parametrize(("one", "state", "expected"), REASONS.values(), ids=REASONS.keys())
def test_why_a_certificate_is_got(one: Held | None, state: State, expected: str) -> None:
    said = reason(one, state, NAMES, CA, NOW)
    assert expected in said
    assert bool(said) is bool(expected)


def test_renewal_is_at_two_thirds() -> None:
    assert renews_at(held(), State()) == NOW + timedelta(days=60)


def test_pauses_double_up_to_six_hours() -> None:
    state, pauses = State(), []
    for _ in range(8):
        state = failed(state, "no", PLAN, now=NOW, chance=0.5)
        assert state.next_try_at is not None
        pauses.append((state.next_try_at - NOW).total_seconds())
    assert pauses == [900, 1800, 3600, 7200, 14400, 21600, 21600, 21600]
    assert (state.failures, state.error, state.failed_at) == (8, "no", NOW)


@given(st.integers(0, 60), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_shorter_or_longer_than_it_may_be(failures: int, chance: float) -> None:
    state = failed(State(failures=failures), "no", PLAN, now=NOW, chance=chance)
    assert state.next_try_at is not None
    seconds = (state.next_try_at - NOW).total_seconds()
    assert FIRST_WAIT_SECONDS * (1 - JITTER) <= seconds <= LONGEST_WAIT_SECONDS * (1 + JITTER)
    assert waits_until(state, PLAN, NOW) == state.next_try_at
    assert waits_until(state, PLAN, state.next_try_at) is None


def test_another_plan_and_a_clock_that_was_put_back_wait_for_nothing() -> None:
    state = failed(State(), "no", PLAN, now=NOW, chance=0)
    assert waits_until(state, fingerprint(CA, {"track.example.net": "dns-01"}), NOW) is None
    assert waits_until(state, fingerprint("https://other.example.net/dir", NAMES), NOW) is None
    assert waits_until(state, PLAN, NOW - timedelta(days=1)) is None


@pytest.mark.parametrize(("life_days", "pause"), [(90, timedelta(days=1)), (1, timedelta(hours=8))])
def test_a_clock_that_is_wrong_does_not_order_for_ever(life_days: float, pause: timedelta) -> None:
    """What came is over already, by this clock."""
    one = held(age_days=400, life_days=life_days)
    state = succeeded(one, CA, PLAN, now=NOW)
    assert reason(one, state, NAMES, CA, NOW)
    assert waits_until(state, PLAN, NOW) == NOW + pause
    assert waits_until(state, fingerprint(CA, {"other.example.net": "http-01"}), NOW) is None
    assert waits_until(state, PLAN, NOW + pause) is None


def test_the_authority_is_asked_when_it_likes_and_not_for_what_expired() -> None:
    again = State(directory=CA, ask_again_at=NOW + timedelta(hours=1))
    assert asks_now(held(), State(directory=CA), NOW)
    assert not asks_now(held(), again, NOW)
    assert asks_now(held(), again, NOW + timedelta(hours=1))
    assert not asks_now(held(age_days=91), State(directory=CA), NOW)


def test_the_state_comes_back_from_its_file() -> None:
    state = failed(State(directory=CA, suggested_at=NOW, ask_again_at=NOW), "no", PLAN, now=NOW, chance=0.3)
    assert State.of(state.to_json()) == state


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_a_file_with_anything_in_it_is_a_state(text: str) -> None:
    assert State.of(text) == State()


def test_what_is_wrong_in_a_state_is_left_out() -> None:
    text = json.dumps(
        {"directory": 7, "failures": "x", "error": "no", "next_try_at": "soon", "failed_at": "2026-11-22"}
    )
    assert State.of(text) == State(error="no")
