"""Exports in, the same exports with decoys out."""

import csv
import io
import json
import os
import re
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from honey.errors import InputError
from honey.model.beacon import PostalAddress
from honey.model.decoy import Decoy
from honey.model.waybill import Role
from honey.seed.passthrough import Format, Passed, pass_through, prepare

KEY = b"k" * 32
HEADER = ["运单号", "网点", "收件人", "收件人手机", "省", "市", "区", "详细地址", "物品", "重量", "下单时间"]

MakeRows = Callable[..., list[list[str]]]
MakeDecoys = Callable[..., list[Decoy]]
ToCsv = Callable[..., str]


def run(raw: bytes, decoys: list[Decoy], key: bytes = KEY, **options: object) -> tuple[bytes, Passed]:
    target = io.BytesIO()
    passed = pass_through(io.BytesIO(raw), target, decoys=decoys, rng_key=key, **options)  # type: ignore[arg-type]
    return target.getvalue(), passed


def lines_without(out: bytes, passed: Passed) -> bytes:
    """Take the decoys' lines out of an output whose records are single lines."""
    gone = {number for _, number in passed.inserted}
    return b"".join(line for number, line in enumerate(out.splitlines(keepends=True), 1) if number not in gone)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("dialect", [(delimiter, end) for delimiter in ",\t;|" for end in ("\n", "\r\n", "\r")])
def test_the_original_rows_pass_byte_for_byte(
    make_rows: MakeRows,
    make_decoys: MakeDecoys,
    to_csv: ToCsv,
    encoding: str,
    dialect: tuple[str, str],
) -> None:
    delimiter, end = dialect
    raw = to_csv([HEADER, *make_rows(60)], delimiter=delimiter, lineterminator=end).encode(encoding)
    out, passed = run(raw, make_decoys(4))
    assert lines_without(out, passed) == raw
    assert (passed.rows_in, passed.rows_out) == (60, 64)
    added = [line for line in out.decode(encoding).splitlines() if "1401234500" in line]
    assert len(added) == 4
    assert all(len(line.split(delimiter)) == len(HEADER) for line in added)


NOISE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff"), max_size=12)


@st.composite
def exports(draw: st.DrawFn) -> tuple[list[bytes], str]:
    """A CSV file as its raw records: realistic columns, one hostile column, any dialect and encoding."""
    delimiter, end = draw(st.sampled_from(",\t;|")), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    always, doubled = draw(st.booleans()), draw(st.booleans())
    codec = draw(st.sampled_from(["utf-8", "gb18030", "utf-16-le"]))
    mark = codec != "gb18030" and (codec != "utf-8" or draw(st.booleans()))

    def field(cell: str) -> str:
        if not always and not re.search(rf"[\"'\r\n\\{delimiter}]", cell):
            return cell
        inner = cell.replace('"', '""') if doubled else cell.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{inner}"'

    noise = draw(st.lists(NOISE, min_size=1, max_size=20))
    rows = [[f"YT70000000{at:05d}", "赵敏", f"1400000{at:04d}", text] for at, text in enumerate(noise)]
    records = [delimiter.join(map(field, row)) + end for row in [["运单号", "收件人", "手机号", "备注"], *rows]]
    if draw(st.booleans()):
        records[-1] = records[-1].removesuffix(end)
    records[0] = "\ufeff" * mark + records[0]
    return [record.encode(codec) for record in records], codec


@given(exports())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_dialect_only_a_record_is_added(make_decoys: MakeDecoys, export: tuple[list[bytes], str]) -> None:
    """The output is the input with one stretch put between two records, and the stretch holds the decoy's phone."""
    records, codec = export
    out, passed = run(b"".join(records), make_decoys(1))
    (_, number) = passed.inserted[0]
    before, after = b"".join(records[: number - 1]), b"".join(records[number - 1 :])
    assert out.startswith(before)
    assert out.endswith(after)
    assert "14012345000" in out[len(before) : len(out) - len(after)].decode(codec)


@given(
    st.lists(st.dictionaries(NOISE, NOISE | st.integers() | st.none(), max_size=3), min_size=1, max_size=20),
    st.booleans(),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_lines_pass_byte_for_byte(
    make_decoys: MakeDecoys, extra: list[dict[str, object]], ascii_only: bool
) -> None:
    rows = [{"运单号": f"YT70000000{at:05d}", "手机号": f"1400000{at:04d}", "x": one} for at, one in enumerate(extra)]
    lines = [json.dumps(row, ensure_ascii=ascii_only).encode() + b"\n" for row in rows]
    out, passed = run(b"".join(lines), make_decoys(1))
    (_, number) = passed.inserted[0]
    before, after = b"".join(lines[: number - 1]), b"".join(lines[number - 1 :])
    assert out.startswith(before)
    assert out.endswith(after)
    assert json.loads(out[len(before) : len(out) - len(after)])["手机号"] == "14012345000"


def test_the_same_input_and_key_give_the_same_bytes(
    make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv
) -> None:
    raw = to_csv([HEADER, *make_rows(200)]).encode()
    first, passed = run(raw, make_decoys(4))
    assert (first, passed) == run(raw, make_decoys(4))
    assert first != run(raw, make_decoys(4), b"other" * 8)[0]


def test_decoys_are_neither_first_nor_last_and_lie_apart(
    make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv
) -> None:
    for rows in (3, 4, 50):
        _, passed = run(to_csv([HEADER, *make_rows(rows)]).encode(), make_decoys(2))
        assert all(3 <= number <= rows + 2 for _, number in passed.inserted)


@pytest.mark.parametrize(
    ("tail", "rows"),
    [
        pytest.param("", 30, id="no final line end"),
        pytest.param("\n\n\n", 30, id="blank lines at the end"),
        pytest.param("\n合计,30\n", 30, id="a ragged footer"),
        pytest.param("", 1, id="one row and no line end"),
    ],
)
def test_untidy_endings_pass(make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv, tail: str, rows: int) -> None:
    raw = (to_csv([HEADER, *make_rows(rows)], lineterminator="\n").removesuffix("\n") + tail).encode()
    out, passed = run(raw, make_decoys(1))
    (_, number) = passed.inserted[0]
    records = out.splitlines(keepends=True)
    rest = b"".join(records[: number - 1] + records[number:])
    assert rest.removesuffix(b"\n") == raw.removesuffix(b"\n")
    assert len(out) - len(raw) == len(records[number - 1]) + (rows == 1)
    assert out.endswith(b"\n") is (tail != "")


def test_quoted_line_breaks_and_ragged_rows_pass(make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv) -> None:
    rows = make_rows(40)
    rows[5][8] = '女鞋\r\n"红"'
    rows[9] = rows[9][:4]
    rows[11].append("extra")
    raw = to_csv([HEADER, *rows]).encode()
    out, passed = run(raw, make_decoys(3))
    found = list(csv.reader(io.StringIO(out.decode(), newline="")))
    gone = {number for _, number in passed.inserted}
    assert [row for number, row in enumerate(found, 1) if number not in gone] == [HEADER, *rows]
    assert all(len(found[number - 1]) == len(HEADER) for number in gone)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(b"", "the export has no rows: nothing to hide a decoy among", id="nothing"),
        pytest.param("运单号,收件人,手机\n".encode(), "the export has no rows", id="a header alone"),
        pytest.param(b"\xef\xbb\xbf\r\n\r\n", "the export has no rows", id="blank lines"),
        pytest.param('手机\n14000000001\n"14000000002\n'.encode(), "row 3: a quoted field is never", id="a quote"),
        pytest.param(b"weight,price\n1.5,2.5\n2.5,3.5\n", "--columns recipient_phone=COLUMN", id="no identity column"),
        pytest.param(b"a,b\x00\n1,2\n", "no text", id="binary"),
        pytest.param(b'{"a": 1}\n{"a": 2\n', "row 2: not one JSON object", id="broken JSON"),
        pytest.param(b"PK\x03\x04 broken", "the workbook is broken", id="a broken workbook"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_nothing_is_written(
    make_decoys: MakeDecoys, tmp_path: Path, raw: bytes, said: str
) -> None:
    target = tmp_path / "out"
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        pass_through(io.BytesIO(raw), target, decoys=make_decoys(1), rng_key=KEY)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_bad_row_far_down_is_named_before_anything_is_written(
    make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv
) -> None:
    rows = make_rows(3000)
    raw = to_csv([HEADER, *rows]).encode() + b'YT,"open\n'
    target = io.BytesIO()
    with pytest.raises(InputError, match="row 3002: a quoted field is never closed"):
        pass_through(io.BytesIO(raw), target, decoys=make_decoys(1), rng_key=KEY)
    assert target.getvalue() == b""


def test_a_decoy_the_encoding_cannot_hold_leaves_nothing(make_decoys: MakeDecoys) -> None:
    raw = ("運單號,收件人,電話,詳細地址\r\n" + "7001,陳美麗,14000000001,臺北市信義區松高路十一號\r\n" * 30).encode(
        "big5"
    )
    target = io.BytesIO()
    address = PostalAddress("台灣省", "臺北市", "信義區", "松高路十一號五樓")
    with pytest.raises(InputError, match="which BIG5 cannot write"):
        pass_through(io.BytesIO(raw), target, decoys=make_decoys(1, name="张伟", address=address), rng_key=KEY)
    assert target.getvalue() == b""
    out, passed = run(raw, make_decoys(1, name="陳伟".replace("伟", "偉"), address=address))
    assert lines_without(out, passed) == raw


def test_a_pipe_is_read_once_and_written_whole(make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv) -> None:
    raw = to_csv([HEADER, *make_rows(500)]).encode()
    reader, writer = os.pipe()

    def feed() -> None:
        with os.fdopen(writer, "wb") as sink:
            sink.write(raw)

    thread = threading.Thread(target=feed)
    thread.start()
    target = io.BytesIO()
    with os.fdopen(reader, "rb") as source:
        passed = pass_through(source, target, decoys=make_decoys(3), rng_key=KEY)
    thread.join()
    assert lines_without(target.getvalue(), passed) == raw


def test_what_is_needed_for_decoys_is_known_before_they_are_made(
    make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv
) -> None:
    raw = to_csv([HEADER, *make_rows(50)]).encode("gb18030")
    told: list[int] = []
    with prepare(io.BytesIO(raw), rng_key=KEY, progress=told.append) as prepared:
        assert (prepared.rows, prepared.format, prepared.encoding) == (50, Format.CSV, "gb18030")
        assert Role.RECIPIENT_EMAIL not in prepared.roles
        target = io.BytesIO()
        passed = prepared.write(target, make_decoys(2))
    assert lines_without(target.getvalue(), passed) == raw


def test_no_decoys_means_the_same_bytes(make_rows: MakeRows, to_csv: ToCsv) -> None:
    raw = to_csv([HEADER, *make_rows(5)]).encode()
    out, passed = run(raw, [])
    assert out == raw
    assert passed.input_sha256 == passed.output_sha256


def test_an_input_that_grows_meanwhile_is_refused(
    make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv, tmp_path: Path
) -> None:
    path, target = tmp_path / "rows.csv", tmp_path / "out.csv"
    path.write_text(to_csv([HEADER, *make_rows(50)]))
    with path.open("rb") as source, prepare(source, rng_key=KEY) as prepared:
        with path.open("a") as more:
            more.write("late\n")
        with pytest.raises(InputError, match="changed while it was read"):
            prepared.write(target, make_decoys(1))
    assert not target.exists()


def test_overrides_name_columns_that_say_nothing(make_decoys: MakeDecoys) -> None:
    raw = ("a,b\n" + "".join(f"x{at},{at}\n" for at in range(30))).encode()
    out, passed = run(raw, make_decoys(1), overrides={Role.RECIPIENT_NAME: "A"})
    assert passed.columns == {Role.RECIPIENT_NAME: "a"}
    assert lines_without(out, passed) == raw


def test_memory_does_not_grow_with_the_export(
    make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv, tmp_path: Path
) -> None:
    """Ten times the rows take no more memory: the samples are full either way."""
    peaks = []
    body = to_csv(make_rows(4000))
    for times in (1, 10):
        path = tmp_path / f"{times}.csv"
        path.write_text(to_csv([HEADER]) + body * times)
        tracemalloc.start()
        with path.open("rb") as source:
            pass_through(source, tmp_path / "out.csv", decoys=make_decoys(4), rng_key=KEY)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
