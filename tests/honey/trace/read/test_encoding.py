"""Big5 and GB18030 are told apart, UTF-16 needs no mark, and bytes that are no text are said to be none."""

import zlib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from honey.trace.read.decode import blocks
from honey.trace.read.encoding import decodes, detect
from honey.trace.read.plain import plain_source
from honey.trace.read.source import MAX_LINE_BYTES, Progress
from tests.honey.trace.read.conftest import Read

SIMPLIFIED = "收件人王小红住在浙江省杭州市余杭区文一西路的快递已经到了请您尽快来取谢谢"
TRADITIONAL = "收件人王小紅住在臺北市大同區民生西路的快遞已經到了請您盡快來取謝謝"


@given(text=st.text(alphabet=SIMPLIFIED, min_size=6, max_size=200))
@settings(derandomize=True)
def test_simplified_chinese_is_never_taken_for_big5(text: str) -> None:
    data = f"1,{text}\n".encode("gbk")
    assume(not decodes(data, "utf-8"))  # a few characters of GBK are letters in UTF-8 too
    assert detect(data) == "gb18030"


@given(text=st.text(alphabet=TRADITIONAL, min_size=6, max_size=200))
@settings(derandomize=True)
def test_traditional_chinese_in_big5_is_never_taken_for_gb18030(text: str) -> None:
    assert detect(f"1,{text}\n".encode("big5")) == "big5"


@given(text=st.text(alphabet=TRADITIONAL, min_size=12, max_size=200))
@settings(derandomize=True)
def test_traditional_chinese_in_gbk_is_gb18030(text: str) -> None:
    assert detect((SIMPLIFIED + text).encode("gbk")) == "gb18030"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [SIMPLIFIED, f"{SIMPLIFIED}\n" * 9, "name,phone\n王,14012345678\n", "plain ascii\n"])
def test_utf16_needs_no_mark(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    if 0 in data:  # without a digit, a space or a line end it could be anything
        assert detect(data) == encoding


def test_a_text_with_a_stray_nul_is_still_text() -> None:
    assert detect(b"name,phone\n" * 50 + b"\0\n") == "utf-8"


def test_a_short_text_with_a_few_damaged_bytes_is_still_text() -> None:
    assert detect("王\0\0\x01,14012345678".encode()) == "utf-8"


def test_compressed_bytes_are_no_text() -> None:
    noise = b"".join(zlib.compress(bytes([at]) * 40 + SIMPLIFIED.encode()) for at in range(200)).replace(b"\0", b"\1")
    assert detect(noise) is None


def test_parts_glued_together_in_three_encodings_are_all_read() -> None:
    filler = b"0,x\n" * 70_000  # more than a block each
    parts = [SIMPLIFIED.encode(), SIMPLIFIED.encode("gbk"), TRADITIONAL.encode("big5")]
    source = plain_source("x", b"", _Bytes(b"".join(filler + part + b"\n" for part in parts)))
    texts = [text for batch in source.batches() for text in batch.texts]
    assert [text for text in texts if text != "0,x"] == [SIMPLIFIED, SIMPLIFIED, TRADITIONAL]
    assert source.progress.encodings == {"utf-8", "gb18030", "big5"}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
def test_a_line_without_end_or_separator_is_cut_between_characters(encoding: str) -> None:
    progress = Progress()
    text = "".join(blocks(_Bytes(("王大明" * MAX_LINE_BYTES).encode(encoding)), encoding, progress))
    assert text == "王大明" * MAX_LINE_BYTES
    assert progress.encodings == {encoding}


def test_numbers_that_a_spreadsheet_shortened_are_said(read: Read) -> None:
    seen = read(stdin=b"name,phone\nWang,1.40123E+10\nLi,1.40124E+10\n")
    assert "lost their other digits" in seen.notes["-"][0]
    assert not read(stdin=b"name,phone\nWang,14012345678\n").notes["-"]


def test_a_mail_with_packed_parts_is_said(read: Read) -> None:
    seen = read(stdin=b"Subject: list\nContent-Transfer-Encoding: base64\n\nMTQwMTIzNDU2Nzg=\n")
    assert "save its attachments" in seen.notes["-"][0]


class _Bytes:
    """A stream that gives what is asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def read(self, size: int, /) -> bytes:
        taken, self._data = bytes(self._data[:size]), self._data[size:]
        return taken
