"""`honey export` between an application and its user: rows pass through, four more come out, nobody notices."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.end_to_end.conftest import Workspace, build_host, copy, query, to_csv

BY_O01A = ("export", "--account", "O01-A", "--export-id")
MAX_MEMORY_BYTES = 400 * 1024 * 1024
LARGE_ROWS = 100_000


@pytest.fixture(scope="module")
def passing(made: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that many exports pass through."""
    return copy(made, tmp_path_factory.mktemp("passing"))


def rows(workspace: Workspace, count: int = 80) -> list[dict[str, Any]]:
    """The newest rows of one outlet, as its export would show them."""
    return workspace.host_rows(f"outlet_code = 'O01' ORDER BY create_time DESC LIMIT {count}")


def passed(workspace: Workspace, original: bytes, *options: str, export: str = "E-1") -> bytes:
    """Pass an export through on stdin and stdout."""
    done = workspace.honey(*BY_O01A, export, *options, stdin=original)
    assert done.code == 0, done.err
    assert done.err.startswith(f"export {export} of O01-A: ")
    return done.out


def added_lines(longer: bytes, original: bytes) -> list[bytes]:
    """The lines put between those of the original; fails when the original does not run through."""
    given, added = iter(original.splitlines(keepends=True)), []
    expected = next(given, None)
    for line in longer.splitlines(keepends=True):
        if line == expected:
            expected = next(given, None)
        else:
            added.append(line)
    assert expected is None
    return added


def encoded(codec: str, end: str, delimiter: str = ",") -> Callable[[list[dict[str, Any]]], bytes]:
    """Rows as a CSV of that encoding, line end and delimiter."""

    def write(given: list[dict[str, Any]]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
        writer.writerows([list(given[0]), *(list(row.values()) for row in given)])
        return text.getvalue().encode(codec)

    return write


def json_lines(given: list[dict[str, Any]]) -> bytes:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in given).encode("utf-8")


@pytest.mark.parametrize(
    ("write", "codec"),
    [
        pytest.param(encoded("utf-8", "\r\n"), "utf-8", id="csv"),
        pytest.param(encoded("gb18030", "\n", "\t"), "gb18030", id="tabs in GB18030"),
        pytest.param(json_lines, "utf-8", id="json lines"),
    ],
)
def test_the_original_lines_stay_byte_for_byte_and_four_join_them(
    passing: Workspace, write: Callable[[list[dict[str, Any]]], bytes], codec: str, request: pytest.FixtureRequest
) -> None:
    original = write(rows(passing))
    out = passed(passing, original, export=f"E-{request.node.callspec.id}")
    added = added_lines(out, original)
    assert len(added) == 4
    assert all(b"140123450" in line and b"YT80000000" in line for line in added)
    assert all("演示西路969号3栋" in line.decode(codec) for line in added)
    assert out.splitlines(keepends=True)[0] == original.splitlines(keepends=True)[0]


def test_decoys_stand_where_their_dates_and_outlet_belong(passing: Workspace) -> None:
    original = to_csv(rows(passing)).encode()
    out = list(csv.DictReader(io.StringIO(passed(passing, original, export="E-order").decode())))
    assert {row["outlet_code"] for row in out} == {"O01"}
    assert {row["courier_account"] for row in out} <= {"O01-A", "O01-B", "O01-C"}
    times = [row["create_time"] for row in out]
    assert times == sorted(times, reverse=True)
    assert len({row["waybill_no"] for row in out}) == len(out) == 84
    assert len({row["id"] for row in out}) == len(out)


def test_the_same_export_id_gives_the_same_bytes_and_another_gives_other_decoys(passing: Workspace) -> None:
    original = to_csv(rows(passing)).encode()
    first, again = passed(passing, original, export="E-same"), passed(passing, original, export="E-same")
    other = passed(passing, original, export="E-other")
    assert first == again
    shown = [set(added_lines(out, original)) for out in (first, other)]
    assert not shown[0] & shown[1]
    numbers = [{line.split(b",")[1] for line in lines} for lines in shown]
    assert not numbers[0] & numbers[1]


def test_an_export_to_a_file_says_in_json_what_was_written(workspace: Workspace) -> None:
    original = to_csv(rows(workspace)).encode()
    source, target = workspace.file("rows.csv", original), workspace.folder / "out.csv"
    before = source.stat()
    done = workspace.json(*BY_O01A, "E-1", "--input", source, "--output", target, "--decoys", "7")
    written = target.read_bytes()
    assert (done["rows_in"], done["rows_out"]) == (80, 87)
    assert done["output_sha256"] == hashlib.sha256(written).hexdigest()
    assert done["columns"]["recipient_phone"] == "receiver_phone"
    assert len(added_lines(written, original)) == 7
    assert (source.stat().st_mtime_ns, source.read_bytes()) == (before.st_mtime_ns, original)
    assert workspace.json("status")["plantings"] == {"export confirmed": 7}


def test_a_workbook_keeps_its_cells_sheets_and_widths(workspace: Workspace) -> None:
    given = rows(workspace)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in [list(given[0]), *(list(row.values()) for row in given)]:
        sheet.append(line)
    sheet.column_dimensions["C"].width = 31
    book.create_sheet("说明").append(["内部资料"])
    book.save(workspace.folder / "rows.xlsx")
    done = workspace.json(*BY_O01A, "E-1", "--input", "rows.xlsx", "--output", "out.xlsx")
    assert (done["rows_in"], done["rows_out"]) == (80, 84)
    out = openpyxl.load_workbook(workspace.folder / "out.xlsx")
    assert out.sheetnames == [sheet.title, "说明"]
    assert out["说明"]["A1"].value == "内部资料"
    assert out[sheet.title].column_dimensions["C"].width == 31
    cells = [list(line) for line in out[sheet.title].iter_rows(values_only=True)]
    real = [line for line in cells if not str(line[1]).startswith("YT80000000")]
    assert real == [list(given[0]), *(list(row.values()) for row in given)]


def test_columns_without_telling_names_are_named_by_the_user(passing: Workspace) -> None:
    given = [{"a": row["receiver_name"], "b": row["receiver_phone"], "c": row["goods"]} for row in rows(passing)]
    original = to_csv(given).encode()
    out = passed(
        passing,
        original,
        "--columns",
        "recipient_name=a,recipient_phone=b,goods=c",
        "--format",
        "csv",
        export="E-columns",
    )
    added = list(csv.reader(io.StringIO(b"".join(added_lines(out, original)).decode())))
    assert len(added) == 4
    assert not {row[0] for row in added} & {row["a"] for row in given}
    assert all(row[1].startswith("140123450") and row[2] for row in added)


def test_resident_decoys_that_an_export_takes_along_speak_for_it(seeded: Workspace) -> None:
    given = seeded.host_rows("outlet_code IN ('O01', 'O02') ORDER BY create_time")
    planted = [row for row in given if row["waybill_no"].startswith("YT80000000")][::2]
    assert len(planted) == 9
    seeded.honey("export", "--account", "O03-B", "--export-id", "E-9", stdin=to_csv(given).encode())
    traced = seeded.json("trace", seeded.file("dump.csv", to_csv(planted)))
    assert [one["account"] for one in traced["suspects"]] == ["O03-B"]
    assert traced["suspects"][0]["exports"] == ["E-9"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of 100,000 rows."""
    host = tmp_path_factory.mktemp("large") / "host.db"
    build_host(host, rows=2_000)
    lines = to_csv(query(host, "SELECT * FROM waybill ORDER BY create_time")).splitlines(keepends=True)
    path = host.with_name("large.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(lines[0])
        for turn in range(LARGE_ROWS // 2_000):
            file.writelines(line.replace(",YT7", f",YT{turn:02d}", 1) for line in lines[1:])
    return path


# The peak of this process's own memory (proc(5), VmHWM). The rusage of a child counts what its parent held at the fork.
MEASURED = """
import sys
from honey.cli.main import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_a_hundred_thousand_rows_pass_in_bounded_memory(
    workspace: Workspace, large: Path, record_property: Callable[[str, object], None]
) -> None:
    target = workspace.folder / "out.csv"
    command = [sys.executable, "-c", MEASURED, *BY_O01A, "E-1", "--input", str(large), "--output", str(target)]
    started = time.monotonic()
    done = subprocess.run(command, cwd=workspace.folder, capture_output=True, text=True, check=True)
    seconds, peak_bytes = time.monotonic() - started, int(done.stdout.split()[1]) * 1024
    record_property("rows_per_second", round(LARGE_ROWS / seconds))
    record_property("memory_megabytes", peak_bytes // 1024**2)
    print(f"{LARGE_ROWS / seconds:,.0f} rows a second, {peak_bytes // 1024**2} MB")
    assert peak_bytes < MAX_MEMORY_BYTES
    assert len(added_lines(target.read_bytes(), large.read_bytes())) == 4
