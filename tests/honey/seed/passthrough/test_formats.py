"""What kind of file an export is."""

import pytest

from honey.errors import InputError
from honey.seed.passthrough.formats import Format, detect


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        pytest.param(b"PK\x03\x04rest", None, Format.XLSX, id="a zip archive is a workbook"),
        pytest.param(b"PK\x03\x04rest", "rows.csv", Format.XLSX, id="content beats a wrong name"),
        pytest.param(b'{"a": 1}\n{"a": 2}\n', None, Format.JSONL, id="a line that is an object means JSON lines"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}\n', None, Format.JSONL, id="with a byte order mark too"),
        pytest.param(b'{"a": "' + b"x" * 90_000, None, Format.JSONL, id="an object longer than the head"),
        pytest.param(b"{x},b\n1,2\n", None, Format.CSV, id="a brace alone does not make JSON"),
        pytest.param(b"a,b\n1,2\n", None, Format.CSV, id="anything else is CSV"),
        pytest.param(b"a\tb\n1\t2\n", "rows.tsv", Format.CSV, id="tabs are CSV with another delimiter"),
        pytest.param(b"a,b\n", "rows.ndjson", Format.JSONL, id="a known name is believed"),
    ],
)
def test_a_format_is_told(head: bytes, name: str | None, expected: Format) -> None:
    assert detect(head, name) is expected


@pytest.mark.parametrize(
    ("head", "name", "said"),
    [
        pytest.param(bytes.fromhex("d0cf11e0a1b11ae1"), None, "password-protected", id="an OLE file"),
        pytest.param(b"\x1f\x8b\x08", None, "gzip", id="a gzip file"),
        pytest.param(b"a,b\n", "rows.xlsx", "named like a workbook", id="text with a workbook's name"),
    ],
)
def test_what_is_no_export_is_refused_in_one_line(head: bytes, name: str | None, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        detect(head, name)
    assert "\n" not in str(caught.value)
