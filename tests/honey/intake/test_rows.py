"""Files the operator gives: bounded, checked, a bad row never costs a good one."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from honey.errors import InputError
from honey.intake.rows import MAX_FIELD_CHARACTERS, MAX_LINE_CHARACTERS, InputRow, Reject, read_rows

REQUIRED = ("account", "name")


def rows(path: Path, content: bytes) -> list[InputRow]:
    path.write_bytes(content)
    return list(read_rows(path, REQUIRED))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_usual_encoding_and_line_ending_reads_alike(tmp_path: Path, encoding: str, newline: str) -> None:
    text = newline.join([" Account ,NAME,extra", "HB-1,王女士, x ", "", 'HB-2,"a, b"'])
    assert rows(tmp_path / "f.csv", text.encode(encoding)) == [
        InputRow(2, {"account": "HB-1", "name": "王女士", "extra": "x"}),
        InputRow(4, {"account": "HB-2", "name": "a, b", "extra": ""}),
    ]


def test_json_lines_read_like_csv(tmp_path: Path) -> None:
    lines = [{"Account": "HB-1", "name": None, "n": 7}, {"account": " HB-2 ", "name": "王"}]
    found = rows(tmp_path / "f.jsonl", "\n\n".join(json.dumps(one) for one in lines).encode())
    assert found == [
        InputRow(1, {"account": "HB-1", "name": "", "n": "7"}), InputRow(3, {"account": "HB-2", "name": "王"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "empty", id="an empty file"),
        pytest.param(b"a,b\n1,2\n", "lacks account, name", id="another header"),
        pytest.param(b"account,name,name\n", "names a column twice", id="a column twice"),
        pytest.param(b"\xff\xff\xff\xff", "UTF-8", id="bytes of no encoding"),
        pytest.param(b"account,name\n" + b"\0" * 10, "zero bytes", id="zero bytes"),
        pytest.param(b"account,name\n" + b"x" * (MAX_LINE_CHARACTERS + 9), "line 2 is longer", id="one endless line"),
        pytest.param(b"account,name\n" + b"a,b\n" * 40_000 + b"\xff,\xff\n", "save it as UTF-8", id="late bad bytes"),
    ],
)
def test_a_file_that_cannot_be_used_as_a_whole_is_one_clear_error(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as raised:
        rows(tmp_path / "f.csv", content)
    assert "f.csv" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_or_a_folder_is_one_clear_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match="give a readable file"):
            list(read_rows(path, REQUIRED))


BAD_CSV = {
    "too many cells": "a,b,c\n",
    "a field beyond the cap": "a," + "x" * (MAX_FIELD_CHARACTERS + 1) + "\n",
    "text after a closing quote": 'a,"b"c\n',
}


@pytest.mark.parametrize("bad", [pytest.param(text, id=name) for name, text in BAD_CSV.items()])
def test_a_bad_csv_row_is_named_and_its_neighbours_stand(tmp_path: Path, bad: str) -> None:
    found = rows(tmp_path / "f.csv", f"account,name\nHB-1,x\n{bad}HB-2,y\n".encode())
    assert [one.cells.get("account") for one in found] == ["HB-1", None, "HB-2"]
    assert (found[1].number, bool(found[1].problem)) == (3, True)


BAD_JSON = {
    "no JSON": "{",
    "a list": "[1]",
    "a key missing": '{"account": "x"}',
    "endless nesting": "[" * 100_000,
    "an endless number": '{"account": ' + "9" * 5000 + ', "name": ""}',
    "half a character": '{"account": "x", "name": "\\ud800"}',
}


@pytest.mark.parametrize("bad", [pytest.param(text, id=name) for name, text in BAD_JSON.items()])
def test_a_bad_json_line_is_named_and_its_neighbours_stand(tmp_path: Path, bad: str) -> None:
    good = '{"account": "HB-%d", "name": "x"}'
    found = rows(tmp_path / "f.ndjson", "\n".join([good % 1, bad, good % 2]).encode())
    assert [(one.number, bool(one.problem)) for one in found] == [(1, False), (2, True), (3, False)]


def test_a_reject_names_file_row_and_reason() -> None:
    reject = Reject("staff.csv", 7, "the account is empty")
    assert str(reject) == "staff.csv row 7: the account is empty"
    assert reject.to_json() == {"file": "staff.csv", "row": 7, "reason": "the account is empty"}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["f.csv", "f.jsonl"]))
def test_whatever_the_bytes_only_rows_or_one_stated_error_come_out(tmp_path: Path, tail: bytes, name: str) -> None:
    start = b"account,name\n" if name == "f.csv" else b""
    try:
        found = rows(tmp_path / name, start + tail)
    except InputError:
        return
    assert all(one.problem or set(REQUIRED) <= set(one.cells) for one in found)
    for one in found:
        "".join(one.cells.values()).encode()
