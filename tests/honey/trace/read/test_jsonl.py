"""JSON is searched without its escapes, by line and by document, however large the document."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.trace.read.jsonl import json_source, jsonl_source, split_json
from honey.trace.read.source import Source

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
