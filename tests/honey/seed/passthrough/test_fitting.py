"""Decoys go where they belong and look like the rows around them."""

import csv
import io
from collections.abc import Callable

import pytest

from honey.model.decoy import Decoy
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


def test_a_decoy_agrees_with_the_rows_around_it(make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv) -> None:
    out, passed = run(to_csv([HEADER, *make_rows(300)]).encode(), make_decoys(4))
    rows = list(csv.reader(io.StringIO(out.decode())))
    for _, number in passed.inserted:
        before, decoy, after = rows[number - 2 : number + 1]
        assert decoy[1] == before[1], "the outlet of the row before"
        assert before[10] <= decoy[10] <= after[10], "a time between its neighbours"
        assert decoy[0].startswith("YT80000000"), "its own waybill number"


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "column", [pytest.param(10, id="date"), pytest.param(11, id="number"), pytest.param(0, id="waybill")]
)
def test_a_sorted_file_stays_sorted(
    make_rows: MakeRows,
    make_decoys: MakeDecoys,
    to_csv: ToCsv,
    column: int,
    descending: bool,
) -> None:
    rows = [[*row, str(100_000 + 37 * at)] for at, row in enumerate(make_rows(120))]
    for at, row in enumerate(rows):
        row[0] = f"YT80000000{(at * 7919) % 12_000:05d}"
    rows.sort(key=lambda row: row[column], reverse=descending)
    out, passed = run(to_csv([[*HEADER, "内部编号"], *rows]).encode(), make_decoys(4))
    values = [row[column] for row in csv.reader(io.StringIO(out.decode()))][1:]
    assert len(values) == 124
    assert values == sorted(values, reverse=descending)
    assert passed.rows_out == 124


@pytest.mark.parametrize(
    ("dress", "expected"),
    [
        pytest.param("{}", "14012345000", id="plain"),
        pytest.param("+86{}", "+8614012345000", id="with the calling code"),
        pytest.param('="{}"', '="14012345000"', id="as a text formula"),
        pytest.param("{}\t", "14012345000\t", id="with a trailing tab"),
        pytest.param("'{}", "'14012345000", id="with an apostrophe"),
    ],
)
def test_a_phone_is_written_as_its_neighbours_are(
    make_rows: MakeRows,
    make_decoys: MakeDecoys,
    to_csv: ToCsv,
    dress: str,
    expected: str,
) -> None:
    rows = make_rows(40)
    for row in rows:
        row[3] = dress.format(row[3])
    out, passed = run(to_csv([HEADER, *rows]).encode(), make_decoys(1))
    (_, number) = passed.inserted[0]
    assert list(csv.reader(io.StringIO(out.decode(), newline="")))[number - 1][3] == expected


def test_masked_exports_get_masked_decoys(make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv) -> None:
    rows = make_rows(60)
    for row in rows:
        row[2], row[3] = row[2][0] + "*", row[3][:3] + "****" + row[3][-4:]
    out, passed = run(to_csv([HEADER, *rows]).encode(), make_decoys(1))
    (_, number) = passed.inserted[0]
    decoy = list(csv.reader(io.StringIO(out.decode())))[number - 1]
    assert decoy[2:4] == ["王*", "140****5000"]


def test_no_cell_of_a_decoy_starts_a_formula(make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv) -> None:
    out, passed = run(to_csv([HEADER, *make_rows(40)]).encode(), make_decoys(2, name="=王芳", goods="@SUM(1)"))
    rows = list(csv.reader(io.StringIO(out.decode())))
    for _, number in passed.inserted:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in rows[number - 1])


def test_no_customers_value_is_carried_over(make_rows: MakeRows, make_decoys: MakeDecoys, to_csv: ToCsv) -> None:
    """Name, phone and address of real rows stand once in the output, also in columns without a role."""
    rows = [[*row, f"送给{row[2]}{row[3]}", row[3]] for row in make_rows(60)]
    for at, row in enumerate(rows):
        row.append(f"1400{at:07d}")  # a sorted one: to stay sorted is no reason to take a neighbour's
    out, passed = run(to_csv([[*HEADER, "附言", "备用", "x"], *rows]).encode(), make_decoys(3))
    found = list(csv.reader(io.StringIO(out.decode())))
    phones = {row[at] for row in rows for at in (3, 13)}
    for _, number in passed.inserted:
        assert not any(phone in cell for cell in found[number - 1] for phone in phones)
