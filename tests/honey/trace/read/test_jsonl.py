"""JSON is searched without its escapes, by line and by document, however large the document."""

import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.trace.read.jsonl import json_source, jsonl_source, split_json
from honey.trace.read.source import Source
from honey.trace.read.text import text_source

ROWS: list[dict[str, object]] = [
    {"姓名": "王小红", "手机": 14012345678, "地址": {"城市": "杭州市"}},
    {"姓名": "李明", "手机": 1.4012345679e10},
]
CELLS = [("王小红", "14012345678", "杭州市"), ("李明", "14012345679")]


def cells(source: Source) -> list[tuple[str, ...]]:
    return [source.split(text).values for batch in source.batches() for text in batch.texts]


@pytest.mark.parametrize("escaped", [True, False])
def test_lines_are_objects(*, escaped: bool) -> None:
    data = "\n".join(json.dumps(row, ensure_ascii=escaped) for row in ROWS).encode()
    source = jsonl_source("x", io.BytesIO(data), "utf-8")
    assert cells(source) == CELLS
    assert source.split(json.dumps(ROWS[0])).columns == ("姓名", "手机", "地址.城市")


def test_escapes_are_undone_before_the_search() -> None:
    data = json.dumps(ROWS[0], ensure_ascii=True).encode()
    (batch,) = jsonl_source("x", io.BytesIO(data), "utf-8").batches()
    assert "王小红" in batch.texts[0]


@pytest.mark.parametrize(
    "document",
    [ROWS, {"data": ROWS}, {"code": 0, "data": ROWS}, [[*ROWS]]],
    ids=["a list", "a list under a key", "a list after other keys", "a list in a list"],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_gives_its_objects(document: object, indent: int | None) -> None:
    assert cells(json_source("x", io.BytesIO(json.dumps(document, indent=indent).encode()), "utf-8")) == CELLS


@pytest.mark.parametrize("start", ["[", '{"code": 0, "data": ['])
def test_a_large_document_is_read_object_by_object(start: str) -> None:
    one = json.dumps(ROWS[0])
    data = (start + ",".join([one] * 40_000) + ("]" if start == "[" else "]}")).encode()
    source = json_source("x", io.BytesIO(data), "utf-8")
    rows = [batch.row(at) for batch in source.batches() for at, _ in enumerate(batch.texts)]
    assert rows == list(range(1, 40_001))


def test_a_document_that_breaks_off_is_searched_as_far_as_it_goes() -> None:
    data = json.dumps(ROWS)[:-20].encode()
    source = json_source("x", io.BytesIO(data), "utf-8")
    texts = [text for batch in source.batches() for text in batch.texts]
    assert split_json(texts[0]).values == CELLS[0]
    assert "李明" in texts[1]


@given(st.binary(max_size=1000))
def test_any_bytes_are_read_without_failing(data: bytes) -> None:
    for build in (json_source, jsonl_source):
        source = build("x", io.BytesIO(b"[" + data), "utf-8")
        cells(source)


def test_deep_nesting_is_no_trouble() -> None:
    deep = "[" * 100_000
    assert cells(jsonl_source("x", io.BytesIO(b'{"a":' + deep.encode()), "utf-8"))
    cells(json_source("x", io.BytesIO(deep.encode()), "utf-8"))


def test_records_are_found_however_deep_and_keep_what_stands_beside_them() -> None:
    document = {"data": {"page": {"list": ROWS}}, "seller": "14008123456", "code": 0}
    found = cells(json_source("x", io.BytesIO(json.dumps(document, indent=1).encode()), "utf-8"))
    assert found == [*CELLS, ("14008123456", "0")]


def test_records_under_keys_of_their_own_keep_those_keys() -> None:
    document = {"YT1": {"n": "王", "p": "1"}, "YT2": {"n": "李", "p": "2"}}
    source = json_source("x", io.BytesIO(json.dumps(document).encode()), "utf-8")
    (first, second) = [source.split(text) for batch in source.batches() for text in batch.texts]
    assert (first.values, first.columns) == (("王", "1"), ("YT1.n", "YT1.p"))
    assert second.values == ("李", "2")


def test_a_customer_keeps_the_parcels() -> None:
    rows = [{"name": "王", "parcels": [{"no": "YT1"}, {"no": "YT2"}]}, {"name": "李", "parcels": []}]
    assert cells(json_source("x", io.BytesIO(json.dumps(rows).encode()), "utf-8")) == [("王", "YT1", "YT2"), ("李",)]


def test_pages_of_many_records_are_taken_apart() -> None:
    pages = [{"page": at, "rows": ROWS * 100} for at in range(3)]
    found = cells(json_source("x", io.BytesIO(json.dumps(pages).encode()), "utf-8"))
    assert [one for one in found if one in CELLS] == CELLS * 300


@pytest.mark.parametrize("build", [json_source, jsonl_source])
def test_json_stored_as_a_string_is_opened(build: Callable[[str, io.BytesIO, str], Source]) -> None:
    inner = json.dumps(ROWS[0], ensure_ascii=True)
    data = json.dumps({"at": "8:00", "body": json.dumps({"more": inner})}).encode()
    assert cells(build("x", io.BytesIO(data), "utf-8")) == [("8:00", *CELLS[0])]


def test_escapes_in_broken_json_and_in_logs_are_undone() -> None:
    log = b'2026 INFO {"name": "\\u738b\\u5c0f\\u7ea2", "\\\\u738b": 1'
    for build in (json_source, jsonl_source, text_source):
        (batch,) = build("x", io.BytesIO(log), "utf-8").batches()
        assert "王小红" in "".join(batch.texts)


def test_half_a_character_is_no_trouble_for_whoever_stores_it() -> None:
    data = b'{"a": "\\ud83d", "b": "\\ud83d\\ude00", "c": "\\\\ud83d"}'
    for build in (json_source, jsonl_source, text_source):
        for values in cells(build("x", io.BytesIO(data), "utf-8")):
            assert "".join(values).encode("utf-8")
    assert cells(jsonl_source("x", io.BytesIO(data), "utf-8"))[0][1] == "😀"
