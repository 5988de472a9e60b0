"""JSON lines keep every habit of their writer."""

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.errors import InputError
from honey.seed.passthrough.jsonl import Lines, flatten, leaves
from honey.seed.passthrough.table import Record

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


def records(raw: bytes, *names: str) -> list[Record]:
    return list(Lines(names, "utf-8")(io.BytesIO(raw)))


@given(st.dictionaries(TEXT, JSON, max_size=5), st.booleans(), st.sampled_from([(",", ":"), (", ", ": ")]))
def test_leaves_and_flatten_tell_the_same(
    value: dict[str, object], ascii_only: bool, separators: tuple[str, str]
) -> None:
    line = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
    assert {leaf.path: leaf.text for leaf in leaves(line)} == flatten(line)


@given(st.dictionaries(TEXT, JSON, min_size=1, max_size=5), st.booleans())
def test_an_unchanged_row_is_composed_to_the_same_bytes(value: dict[str, object], ascii_only: bool) -> None:
    line = json.dumps(value, ensure_ascii=ascii_only)
    names = tuple(flatten(line))
    lines = Lines(names, "utf-8")
    record = next(lines(io.BytesIO(line.encode() + b"\r\n")))
    assert lines.compose(record.cells, record, [record]) == line.encode()


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused_in_one_line(raw: bytes) -> None:
    fault = ""
    try:
        found = records(raw, "a")
    except InputError as exc:
        fault = str(exc)
    assert re.fullmatch("row .*", fault) if fault else b"".join(record.raw for record in found) == raw


@pytest.mark.parametrize(
    ("donor", "cells", "expected"),
    [
        pytest.param('{"p":"1","n":"a"}', ["2", "b"], '{"p":"2","n":"b"}', id="tight separators"),
        pytest.param('{ "p" : "1" , "n" : "a" }', ["2", "b"], '{ "p" : "2" , "n" : "b" }', id="any spacing"),
        pytest.param('{"p":1,"n":"a"}', ["2", "b"], '{"p":2,"n":"b"}', id="a number stays a number"),
        pytest.param('{"p":"1","n":"a"}', ["2", "b"], '{"p":"2","n":"b"}', id="digits as text stay text"),
        pytest.param('{"p":1,"n":"a"}', ["+2", "b"], '{"p":"+2","n":"b"}', id="what is no number becomes text"),
        pytest.param('{"p":1,"n":"a"}', ["", "b"], '{"p":null,"n":"b"}', id="no number is null"),
        pytest.param('{"p":"1","n":"\\u738b"}', ["2", "李"], '{"p":"2","n":"\\u674e"}', id="escaped where escaped"),
        pytest.param('{"p":"1","n":"王"}', ["2", "李"], '{"p":"2","n":"李"}', id="plain where plain"),
        pytest.param('{"p":"1","n":"a\\/b"}', ["2", "c/d"], '{"p":"2","n":"c\\/d"}', id="PHP's slashes"),
        pytest.param('{"x":"own","p":"1","n":"a","y":7}', ["2", "b"], '{"x":"","p":"2","n":"b","y":null}',
                     id="what is no column is blanked, for it is a customer's"),
        pytest.param('{"w":1.50,"p":"1","n":"a"}', ["2", "b"], '{"w":null,"p":"2","n":"b"}', id="numbers too"),
    ],
)  # fmt: skip
def test_a_line_is_its_donor_with_values_exchanged(donor: str, cells: list[str], expected: str) -> None:
    lines = Lines(("p", "n"), "utf-8")
    record = next(lines(io.BytesIO(donor.encode())))
    assert lines.compose(cells, record, [record]).decode() == expected


def test_number_style_is_kept() -> None:
    lines = Lines(("w", "id"), "utf-8")
    record = next(lines(io.BytesIO(b'{"w":1.50,"id":12345678901234567890}')))
    assert record.cells == ["1.50", "12345678901234567890"]
    assert lines.compose(["1.50", "1"], record, [record]) == b'{"w":1.50,"id":1}'


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"[1, 2]", id="an array"),
        pytest.param(b'{"a": 1', id="half an object"),
        pytest.param(b'{"a": 1} {"a": 2}', id="two on a line"),
        pytest.param(b'{"a": ' + b"[" * 100_000, id="nested to exhaust the stack"),
        pytest.param(b"word", id="no JSON"),
    ],
)
def test_what_is_no_object_is_named(line: bytes) -> None:
    with pytest.raises(InputError, match="row 2: not one JSON object"):
        records(b'{"a": 1}\n' + line + b"\n", "a")
