"""Affixes and formula safety."""

import pytest

from honey.seed.passthrough.cellstyle import Dress, defuse, learn


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param(['="14000000001"', '="14000000002"'], Dress('="', '"'), id="Excel text formulas"),
        pytest.param(["14000000001\t", "", "14000000002\t"], Dress("", "\t"), id="a trailing tab"),
        pytest.param(["'14000000001"], Dress("'", ""), id="an apostrophe"),
        pytest.param(["14000000001", "14000000002\t"], Dress(), id="not all of them"),
        pytest.param([], Dress(), id="nothing"),
    ],
)
def test_a_dress_is_learnt(cells: list[str], expected: Dress) -> None:
    found = learn(cells)
    assert found == expected
    assert [found.put_on(found.strip(cell)) for cell in cells] == cells


@pytest.mark.parametrize(
    ("cell", "neighbours", "expected"),
    [
        pytest.param("+8614012345678", ["14000000001"], "8614012345678", id="a plus nobody else writes"),
        pytest.param("+8614012345678", ["+8614000000001"], "+8614012345678", id="a plus all write"),
        pytest.param("=@-x", ["y"], "x", id="several"),
        pytest.param("-1.5", ["-2.0"], "-1.5", id="negative numbers among their like"),
        pytest.param("王芳", [], "王芳", id="nothing to do"),
    ],
)
def test_no_decoy_starts_a_formula(cell: str, neighbours: list[str], expected: str) -> None:
    assert defuse(cell, neighbours) == expected
