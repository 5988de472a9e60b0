"""Lines found on a picture become rows, whatever the tilt, and in whatever order they were found."""

import math

import pytest

pytest.importorskip("rapidocr", reason="the extra `ocr` is not installed")
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.trace.read.apart.ocr_job import Line, rows_of

HEIGHT, STEP, WIDTH = 20.0, 30.0, 100.0


def line(text: str, left: float, top: float, degrees: float) -> Line:
    corners = np.array([(left, top), (left + WIDTH, top), (left + WIDTH, top + HEIGHT), (left, top + HEIGHT)])
    turn = math.radians(degrees)
    turned = corners @ np.array([(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))])
    return Line(text, turned, 1.0)


@settings(derandomize=True, deadline=None)
@given(
    order=st.permutations(range(9)),
    degrees=st.integers(-180, 180),
    shaking=st.lists(st.floats(-4, 4), min_size=9, max_size=9),
)
def test_rows_and_their_cells_come_in_reading_order(order: list[int], degrees: int, shaking: list[float]) -> None:
    lines = [line(str(at), 150 * (at % 3), STEP * (at // 3) + shaking[at], degrees) for at in range(9)]
    assert rows_of([lines[at] for at in order]) == [["0", "1", "2"], ["3", "4", "5"], ["6", "7", "8"]]


def test_nothing_found_is_no_row() -> None:
    assert rows_of([]) == []


def test_lines_of_no_size_are_rows_of_their_own() -> None:
    point = Line("x", np.zeros((4, 2)), 0.0)
    assert rows_of([point, point]) == [["x"], ["x"]]
