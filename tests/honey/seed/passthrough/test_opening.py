"""Header, first row and sheet are found by content."""

import io
from collections.abc import Callable

from honey.model.decoy import Decoy
from honey.model.waybill import Role
from honey.seed.passthrough import Passed, pass_through

KEY = b"k" * 32
HEADER = ["运单号", "网点", "收件人", "收件人手机", "省", "市", "区", "详细地址", "物品", "重量", "下单时间"]

MakeRows = Callable[..., list[list[str]]]
MakeDecoys = Callable[..., list[Decoy]]
ToCsv = Callable[..., str]


def run(raw: bytes, decoys: list[Decoy]) -> tuple[bytes, Passed]:
    target = io.BytesIO()
    passed = pass_through(io.BytesIO(raw), target, decoys=decoys, rng_key=KEY)
    return target.getvalue(), passed


def lines_without(out: bytes, passed: Passed) -> bytes:
    gone = {number for _, number in passed.inserted}
    return b"".join(line for number, line in enumerate(out.splitlines(keepends=True), 1) if number not in gone)


def test_a_title_above_the_header_passes(make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv) -> None:
    raw = to_csv([["2026年11月运单导出"], HEADER, *make_rows(30)]).encode()
    out, passed = run(raw, make_decoys(2))
    assert lines_without(out, passed) == raw
    assert passed.rows_in == 30
    assert passed.columns[Role.RECIPIENT_PHONE] == "收件人手机"


def test_headerless_and_duplicate_names_pass(make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv) -> None:
    raw = to_csv(make_rows(30)).encode("gb18030")
    out, passed = run(raw, make_decoys(2))
    assert lines_without(out, passed) == raw
    assert (passed.rows_in, passed.columns[Role.RECIPIENT_PHONE]) == (30, "4")
    raw = to_csv([[*HEADER[:8], "收件人", *HEADER[9:]], *make_rows(30)]).encode()
    out, passed = run(raw, make_decoys(2))
    assert lines_without(out, passed) == raw
    assert passed.columns[Role.RECIPIENT_NAME] == "收件人"


def test_a_title_filled_up_with_delimiters_is_no_header(
    make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv
) -> None:
    """Spreadsheet programs write a merged title as one cell and many empty ones."""
    title = ["2026年11月运单导出", *[""] * (len(HEADER) - 1)]
    raw = to_csv([title, HEADER, *make_rows(30), [""] * len(HEADER)]).encode()
    out, passed = run(raw, make_decoys(2))
    assert lines_without(out, passed) == raw
    assert (passed.rows_in, passed.columns[Role.RECIPIENT_NAME]) == (30, "收件人")
