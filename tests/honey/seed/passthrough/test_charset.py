"""Encodings are learnt from bytes."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honey.errors import InputError
from honey.seed.passthrough.charset import BLOCK_BYTES, Charset, FromUtf8, learn, to_utf8

SIMPLIFIED = "运单号,收件人,详细地址\n7001,王芳,杭州市余杭区文一西路969号3栋\n" * 5
TRADITIONAL = "運單號,收件人,詳細地址\n7001,陳美麗,臺北市信義區松高路十一號五樓\n" * 5


@pytest.mark.parametrize(
    ("text", "codec", "expected"),
    [
        pytest.param(SIMPLIFIED, "utf-8", "utf-8", id="UTF-8"),
        pytest.param(SIMPLIFIED, "utf-8-sig", "utf-8", id="UTF-8 with a mark"),
        pytest.param(SIMPLIFIED, "gb18030", "gb18030", id="GB18030"),
        pytest.param(SIMPLIFIED, "utf-16", "utf-16-le", id="UTF-16 with a mark"),
        pytest.param(TRADITIONAL, "big5", "big5", id="Big5, though it decodes as GB18030 too"),
        pytest.param(TRADITIONAL, "gb18030", "gb18030", id="traditional characters in GB18030"),
        pytest.param("a,b\n1,2\n", "ascii", "utf-8", id="plain ASCII"),
    ],
)
def test_an_encoding_is_told(text: str, codec: str, expected: str) -> None:
    assert learn(io.BytesIO(text.encode(codec))).codec == expected


def test_the_first_foreign_byte_may_come_late() -> None:
    """An ASCII header and a megabyte of ASCII rows do not make a GB18030 file UTF-8."""
    late = b"1,2,3\n" * (4 * BLOCK_BYTES // 6) + SIMPLIFIED.encode("gb18030")
    assert learn(io.BytesIO(late)).codec == "gb18030"


def test_bytes_of_no_encoding_are_refused() -> None:
    with pytest.raises(InputError, match="no known encoding"):
        learn(io.BytesIO(b"a,b\n\xff\xff\xff\n"))


@given(st.text(), st.sampled_from(["utf-16-le", "utf-16-be"]), st.integers(1, 5))
def test_utf16_comes_back_byte_for_byte(text: str, codec: str, block: int) -> None:
    """Working on UTF-16 as UTF-8 changes no byte, however the blocks are cut."""
    raw = ("\ufeff" + text).encode(codec)
    narrow, out = io.BytesIO(), io.BytesIO()
    to_utf8(io.BytesIO(raw), narrow, Charset(codec))
    sink = FromUtf8(out, Charset(codec))
    for at in range(0, len(narrow.getvalue()), block):
        sink.write(narrow.getvalue()[at : at + block])
    assert out.getvalue() == raw


def test_half_a_utf16_character_is_refused() -> None:
    with pytest.raises(InputError, match="row 2 or later: not valid UTF-16-LE"):
        to_utf8(io.BytesIO(b"\xff\xfea\x00\n\x00b"), io.BytesIO(), Charset("utf-16-le"))
