"""Shapes of codes and running numbers."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.host.rising import between, learn_rising
from honey.host.shape import draw_code, learn_shapes, skeleton

START = datetime(2026, 11, 20)  # noqa: DTZ001 - compared with times of tables, which have no zone


def _codes(form: str, count: int = 60) -> list[object]:
    rng = random.Random(1)
    return ["".join(str(rng.randrange(10)) if one == "0" else one for one in form) for _ in range(count)]


@pytest.mark.parametrize("form", ["SF0000000000000", "0000-0000-0000", "WB/00000000", "AB00000000CN"])
def test_new_codes_keep_literals_and_separators(form: str) -> None:
    values = _codes(form)
    (shape,) = learn_shapes(values, [None] * len(values))
    made = draw_code(random.Random(2), shape, None, set(map(str, values)))
    assert made not in values
    assert skeleton(made) == skeleton(form)
    assert all(a == b for a, b in zip(form, made, strict=True) if a != "0")


def test_hexadecimal_identifiers_stay_hexadecimal() -> None:
    rng = random.Random(1)
    values = [f"{rng.randrange(16**8):08x}-{rng.randrange(16**4):04x}" for _ in range(80)]
    (shape,) = learn_shapes(values, [None] * len(values))
    made = draw_code(random.Random(3), shape, None)
    assert len(made) == 13
    assert int(made.replace("-", ""), 16) >= 0


@pytest.mark.parametrize("form", ["%Y%m%d", "%y%m%d", "%Y%m%d%H%M%S"])
def test_a_date_inside_a_code_follows_the_new_row(form: str) -> None:
    times = [START + timedelta(hours=7 * step) for step in range(40)]
    values = [f"D{at.strftime(form)}{step:06d}" for step, at in enumerate(times)]
    (shape,) = learn_shapes(values, times)
    later = datetime(2027, 3, 4, 5, 6, 7)  # noqa: DTZ001 - as above
    assert draw_code(random.Random(1), shape, later)[1 : 1 + len(later.strftime(form))] == later.strftime(form)


def test_few_values_are_opened_until_there_are_codes_enough() -> None:
    values: list[object] = ["20180915010100000" + str(digit) for digit in range(1, 9)]
    (shape,) = learn_shapes(values, [None] * len(values))
    rng = random.Random(1)
    assert len({draw_code(rng, shape, None) for _ in range(300)}) > 290


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=20), st.integers())
def test_codes_of_any_text_keep_its_skeleton(values: list[str], seed: int) -> None:
    for shape in learn_shapes(values, [None] * len(values)):
        assert skeleton(draw_code(random.Random(seed), shape, None)) == shape.skeleton


def test_a_running_number_with_prefix_and_zeros_is_learnt_and_written_back() -> None:
    times = [START + timedelta(minutes=step) for step in range(20)]
    rising = learn_rising([f"N{step * 3:06d}" for step in range(20)], times)
    assert rising is not None
    assert (rising.prefix, rising.width, rising.step) == ("N", 6, 3)
    assert rising.write(7) == "N000007"
    assert rising.number("N000057") == 57


def test_numbers_in_no_order_are_not_rising() -> None:
    rng = random.Random(1)
    times = [START + timedelta(minutes=step) for step in range(40)]
    assert learn_rising([rng.randrange(10**6) for _ in times], times) is None


def test_without_neighbours_a_dense_number_comes_after_the_last() -> None:
    times = [START + timedelta(minutes=step) for step in range(20)]
    rising = learn_rising(list(range(20)), times)
    assert rising is not None
    assert rising.at(random.Random(1), times[3]) > 19


def test_a_sparse_number_lies_between_its_neighbours_in_time() -> None:
    times = [START + timedelta(minutes=step) for step in range(20)]
    rising = learn_rising([10**15 + step * 10**9 for step in range(20)], times)
    assert rising is not None
    made = rising.at(random.Random(1), times[3] + timedelta(seconds=5))
    assert 10**15 + 3 * 10**9 < made < 10**15 + 4 * 10**9


@pytest.mark.parametrize(("low", "high", "found"), [(1, 2, None), (5, 5, None), (1, 3, 2), (3, 1, 2), (None, 5, None)])
def test_a_number_between_two_is_strictly_between(low: int | None, high: int | None, found: int | None) -> None:
    assert between(random.Random(1), low, high) == found
