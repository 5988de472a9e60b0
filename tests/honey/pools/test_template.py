"""Brace ranges: every value once, in order, found again; and whether two templates share one."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from honey.errors import InputError
from honey.pools.overlap import common_value
from honey.pools.template import MAX_RANGES, MAX_TEMPLATE_CHARACTERS, Template

literals = st.text("YT栋0室-8", max_size=3)


@st.composite
def texts(draw: st.DrawFn) -> str:
    text = draw(literals)
    for _ in range(draw(st.integers(0, 3))):
        first, size, width = draw(st.integers(0, 12)), draw(st.integers(0, 4)), draw(st.integers(1, 3))
        text += f"{{{str(first).zfill(width)}-{first + size}}}" + draw(literals)
    return text


def parsed(text: str) -> Template:
    try:
        return Template.parse(text)
    except InputError:
        assume(False)
        raise


def values(template: Template) -> list[str]:
    return [template.value(at) for at in range(template.count)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ["plain"]),
        ("{1-3}栋", ["1栋", "2栋", "3栋"]),
        ("{08-11}", ["08", "09", "10", "11"]),
        ("{8-11}", ["8", "9", "10", "11"]),
        ("{1-2}单元{01-02}", ["1单元01", "1单元02", "2单元01", "2单元02"]),
        ("{7-7}", ["7"]),
    ],
)
def test_a_range_keeps_the_width_it_was_given_and_the_last_turns_fastest(text: str, expected: list[str]) -> None:
    assert values(Template.parse(text)) == expected


@settings(max_examples=150, deadline=None)
@given(texts())
def test_every_value_comes_once_and_is_found_at_its_own_place(text: str) -> None:
    template = parsed(text)
    found = values(template)
    assert len(set(found)) == len(found) == template.count
    assert [template.index_of(one) for one in found] == list(range(template.count))


@settings(max_examples=150, deadline=None)
@given(texts(), st.text("YT栋0123室-8", max_size=8))
def test_no_other_value_is_found(text: str, other: str) -> None:
    template = parsed(text)
    assert (template.index_of(other) is not None) == (other in values(template))


@settings(max_examples=200, deadline=None)
@given(texts(), texts())
def test_a_common_value_is_found_exactly_when_there_is_one(one: str, other: str) -> None:
    left, right = parsed(one), parsed(other)
    shared = set(values(left)) & set(values(right))
    found = common_value(left, right)
    assert found in shared if shared else found is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{1-", "not closed"), ("1-2}", "not closed"), ("{{1-2}}", "not closed"), ("{}", "not a range"),
        ("{a-b}", "not a range"), ("{1}", "not a range"), ("{-1-2}", "not a range"), ("{5-1}", "runs backwards"),
        ("{1-9999999999999}", "not a range"), ("{1-2}" * (MAX_RANGES + 1), "more than 8"),
        ("x" * (MAX_TEMPLATE_CHARACTERS + 1), "longer than"), ("{1-11}{1-11}", "twice"), ("{1-11}1{1-11}", "twice"),
    ],
)  # fmt: skip
def test_a_template_that_is_none_is_refused_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Template.parse(text)


@pytest.mark.parametrize("text", ["{1-18}{01-04}室", "{1-11}栋{1-11}室", "{01-11}{01-11}", "{1-9}{1-11}"])
def test_ranges_that_can_be_told_apart_are_fine(text: str) -> None:
    found = values(Template.parse(text))
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_outside_is_a_programming_error(index: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        Template.parse("{1-3}").value(index)


def test_a_block_of_a_billion_costs_nothing_to_hold_or_to_compare_with_its_neighbour() -> None:
    block, following = Template.parse("YT8{000000000-499999999}"), Template.parse("YT8{500000000-999999999}")
    assert block.value(block.count - 1) == "YT8499999999"
    assert common_value(block, following) is None
    assert common_value(block, Template.parse("YT8{400000000-400000001}")) == "YT8400000000"
    with pytest.raises(InputError, match="cannot be compared"):
        common_value(block, Template.parse("YT80{00000000-99999999}"))
