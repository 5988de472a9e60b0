"""Cells become text and text becomes cells."""

from datetime import datetime

import pytest

from honey.seed.passthrough import xlsx_cell


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        pytest.param("14012345678", "n", (14012345678, "n"), id="a number"),
        pytest.param("1.50", "n", (1.5, "n"), id="a fraction"),
        pytest.param("0571", "n", ("0571", "s"), id="leading zeros are text"),
        pytest.param("1234567890123456", "n", ("1234567890123456", "s"), id="sixteen digits are text"),
        pytest.param("+8614012345678", "n", ("+8614012345678", "s"), id="no number"),
        pytest.param("2026-11-01 08:00:00", "d", (datetime(2026, 11, 1, 8), "d"), id="a time"),  # noqa: DTZ001 - Excel
        pytest.param("soon", "d", ("soon", "s"), id="no time"),
        pytest.param("TRUE", "b", (True, "b"), id="a truth"),
        pytest.param("=1+1", "s", ("=1+1", "s"), id="text that looks like a formula stays text"),
    ],
)
def test_text_becomes_the_donors_kind_where_it_can(text: str, kind: str, expected: tuple[object, str]) -> None:
    assert xlsx_cell.stored(text, kind) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        pytest.param("=J17*2", ("=J20*2", "f"), id="moved with the row"),
        pytest.param("=J$1*2", ("=J$1*2", "f"), id="fixed references stay"),
        pytest.param('=IF(J17>1,"14000000001","")', (None, "n"), id="a customer's phone inside is dropped"),
        pytest.param('="14000000001"', ('="14012345678"', "f"), id="a text in a formula's clothes is exchanged"),
    ],
)
def test_formulas_follow_their_row(formula: str, expected: tuple[object, str]) -> None:
    donor = xlsx_cell.CellText(formula, "f", 0)
    assert xlsx_cell.write('="14012345678"', donor, "L17", "L20") == expected
