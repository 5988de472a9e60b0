"""`honey trace` on what turns up for sale: who is named, who is not, and what is said about files nobody could read."""

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.end_to_end.conftest import Workspace, copy, to_csv

Row = dict[str, Any]

THIEF, THIEF_EXPORT = "O01-A", "E-20261121-0001"
OTHER, OTHER_EXPORT = "O03-B", "E-20261121-0002"


@pytest.fixture(scope="module")
def leaked(made_seeded: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, list[Row], list[Row]]:
    """A workspace through which two accounts exported, and what each of them holds."""
    workspace = copy(made_seeded, tmp_path_factory.mktemp("leaked"))
    held = []
    for account, export, outlet in ((THIEF, THIEF_EXPORT, "O01"), (OTHER, OTHER_EXPORT, "O03")):
        rows = workspace.host_rows(f"outlet_code = '{outlet}' AND waybill_no NOT LIKE 'YT80000000%'")
        done = workspace.honey("export", "--account", account, "--export-id", export, stdin=to_csv(rows).encode())
        assert done.code == 0, done.err
        held.append(list(csv.DictReader(io.StringIO(done.out.decode("utf-8")))))
    return workspace, held[0], held[1]


def named(document: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The accounts and exports a verdict names; nobody unless it identifies."""
    if document["verdict"] != "identified":
        return []
    return [(one["account"], one["exports"]) for one in document["suspects"]]


def as_csv(rows: list[Row]) -> bytes:
    return to_csv(rows).encode("utf-8")


def masked(rows: list[Row]) -> bytes:
    """Names, phones and doors hidden, columns dropped, rows reshuffled, in GB18030: how lists are offered for sale."""
    shuffled = random.Random(3).sample(rows, len(rows))
    lines = ["地址,收件人,电话"]
    for row in shuffled:
        phone, address = row["receiver_phone"], row["receiver_region"] + row["receiver_detail_address"]
        lines.append(f"{address},{row['receiver_name'][0]}**,{phone[:3]}****{phone[-4:]}")
    return "\r\n".join(lines).encode("gb18030")


def workbook(rows: list[Row]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["some notes above the table"])
    for line in [list(rows[0]), *(list(row.values()) for row in rows)]:
        sheet.append(line)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def json_lines(rows: list[Row]) -> bytes:
    return "\n".join(json.dumps({"name": row["receiver_name"], "no": row["waybill_no"]}) for row in rows).encode()


def chat(rows: list[Row]) -> bytes:
    decoys = [row for row in rows if row["waybill_no"].startswith("YT80000000")]
    said = [f"老板，这单 {row['waybill_no']} 收件人{row['receiver_name']} 的快递到了" for row in decoys]
    return ("今天的货：\n" + "\n".join(said) + "\n还有别的要的联系\n").encode()


def numbers(rows: list[Row]) -> bytes:
    return "\n".join(row["waybill_no"].lower() for row in rows).encode("utf-16")


def zipped(rows: list[Row]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("快递/面单.csv", as_csv(rows))
    return raw.getvalue()


KINDS = [
    pytest.param("leak.csv", as_csv, id="the export as it was"),
    pytest.param("leak.txt", masked, id="masked, reshuffled, GB18030"),
    pytest.param("leak.xlsx", workbook, id="a workbook"),
    pytest.param("leak.jsonl", json_lines, id="names and numbers in JSON lines"),
    pytest.param("chat.log", chat, id="a chat"),
    pytest.param("list", numbers, id="waybill numbers alone in UTF-16"),
    pytest.param("leak.zip", zipped, id="an archive"),
]


@pytest.mark.parametrize(("name", "write"), KINDS)
def test_a_leaked_export_leads_to_its_account_whatever_became_of_it(
    leaked: tuple[Workspace, list[Row], list[Row]], tmp_path: Path, name: str, write: Callable[[list[Row]], bytes]
) -> None:
    workspace, rows, _ = leaked
    (tmp_path / name).write_bytes(write(rows))
    document = workspace.json("trace", tmp_path / name)
    assert named(document) == [(THIEF, [THIEF_EXPORT])]
    suspect = document["suspects"][0]
    assert suspect["probability"] > 0.999
    assert suspect["decoys"] == 4
    assert all(one["file"].startswith(str(tmp_path / name)) for one in suspect["evidence"])
    assert document["no_leak_probability"] < 1e-3
    assert document["scanned"]["files"] == 1
    assert document["scanned"]["unreadable"] == []


def test_the_document_keeps_the_shape_of_the_contract(leaked: tuple[Workspace, list[Row], list[Row]]) -> None:
    workspace, rows, _ = leaked
    document = workspace.json("trace", workspace.file("shape.csv", as_csv(rows)))
    assert set(document) >= {"verdict", "no_leak_probability", "suspects", "sightings", "scanned"}
    suspect = document["suspects"][0]
    keys = {"account", "probability", "log10_likelihood_ratio", "support", "exports", "decoys", "evidence"}
    assert set(suspect) >= keys
    assert all(set(one) >= {"kind", "decoy", "field", "match", "file", "row"} for one in suspect["evidence"])
    assert set(document["scanned"]) >= {"files", "rows", "bytes", "seconds", "unreadable"}
    assert document["scanned"]["bytes"] == (workspace.folder / "shape.csv").stat().st_size
    lines = (workspace.folder / "shape.csv").read_text("utf-8").splitlines()
    for one in suspect["evidence"]:
        assert lines[one["row"] - 1].split(",")[1].startswith("YT80000000")
    shown = workspace.json("cases", "show", document["case"])
    assert shown["suspects"] == document["suspects"]


def test_a_dump_on_standard_input_is_traced(leaked: tuple[Workspace, list[Row], list[Row]]) -> None:
    workspace, rows, _ = leaked
    assert named(workspace.json("trace", "-", stdin=as_csv(rows))) == [(THIEF, [THIEF_EXPORT])]


def test_two_leakers_in_one_file_are_both_named(leaked: tuple[Workspace, list[Row], list[Row]]) -> None:
    workspace, one, two = leaked
    both = random.Random(5).sample([*one, *two], len(one) + len(two))
    document = workspace.json("trace", workspace.file("both.csv", as_csv(both)))
    assert sorted(named(document)) == [(THIEF, [THIEF_EXPORT]), (OTHER, [OTHER_EXPORT])]


def test_a_folder_is_searched_and_what_cannot_be_read_is_listed(
    leaked: tuple[Workspace, list[Row], list[Row]], tmp_path: Path
) -> None:
    workspace, rows, _ = leaked
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "leak.csv").write_bytes(as_csv(rows))
    (tmp_path / "a" / "broken.xlsx").write_bytes(b"PK\x03\x04" + b"rubbish" * 99)
    (tmp_path / "a" / "notes.txt").write_text("nothing here\n")
    document = workspace.json("trace", tmp_path / "a")
    assert named(document) == [(THIEF, [THIEF_EXPORT])]
    assert [Path(one["file"]).name for one in document["scanned"]["unreadable"]] == ["broken.xlsx"]
    assert "broken" in document["scanned"]["unreadable"][0]["reason"]
    said = workspace.honey("trace", tmp_path / "a")
    assert "not read: " in said.out.decode()


def innocent_rows(rows: list[Row]) -> bytes:
    return as_csv([row for row in rows if not row["waybill_no"].startswith("YT80000000")])


def strangers(rows: list[Row]) -> bytes:
    """Other people with the same names, districts and kinds of numbers."""
    rng = random.Random(11)
    lines = ["运单号,收件人,电话,地址"]
    for _ in range(20_000):
        row = rng.choice(rows)
        address = f"浙江省杭州市余杭区样本路{rng.randrange(1, 999)}号{rng.randrange(1, 30)}栋"
        lines.append(
            f"YT7{rng.randrange(10**11, 10**12)},{row['receiver_name'][:2]},140{rng.randrange(10**8):08d},{address}"
        )
    return "\n".join(lines).encode()


def masked_strangers(rows: list[Row]) -> bytes:
    """Masked rows, of which many look like a decoy's."""
    rng = random.Random(12)
    lines = ["收件人,电话"]
    lines += [f"{rng.choice(rows)['receiver_name'][0]}**,140****{rng.randrange(10_000):04d}" for _ in range(20_000)]
    return "\n".join(lines).encode("gb18030")


def digits(_: list[Row]) -> bytes:
    rng = random.Random(13)
    return "\n".join(str(rng.randrange(10**15)) for _ in range(50_000)).encode()


INNOCENT = [
    pytest.param(innocent_rows, id="rows without a decoy"),
    pytest.param(strangers, id="strangers of the same city"),
    pytest.param(masked_strangers, id="masked strangers"),
    pytest.param(lambda _: b"", id="an empty file"),
    pytest.param(digits, id="nothing but digits"),
]


@pytest.mark.parametrize("write", INNOCENT)
def test_an_innocent_dump_names_nobody(
    leaked: tuple[Workspace, list[Row], list[Row]], tmp_path: Path, write: Callable[[list[Row]], bytes]
) -> None:
    workspace, rows, _ = leaked
    (tmp_path / "dump.txt").write_bytes(write(rows))
    document = workspace.json("trace", tmp_path / "dump.txt")
    assert document["verdict"] == "none"
    assert document["suspects"] == []
    assert document["no_leak_probability"] > 0.5


def test_one_number_that_accounts_share_names_nobody(leaked: tuple[Workspace, list[Row], list[Row]]) -> None:
    workspace, rows, _ = leaked
    phones = [row["receiver_phone"] for row in rows if row["waybill_no"].startswith("YT80000000")]
    for phone in sorted(set(phones)):
        document = workspace.json("trace", "-", stdin=f"called me yesterday: {phone}\n".encode())
        assert document["verdict"] in ("none", "shortlist")
        assert all(one["log10_e_value"] < document["log10_bar"] for one in document["suspects"])


def test_a_resident_decoy_without_an_access_record_names_nobody(seeded: Workspace) -> None:
    decoys = seeded.decoys()["O02-A"]
    document = seeded.json("trace", seeded.file("dump.csv", to_csv(decoys)))
    assert document["sightings"] > 0
    assert document["verdict"] != "identified"
    assert all(one["probability"] < 0.5 for one in document["suspects"])


def test_a_list_of_every_number_of_the_block_names_nobody(leaked: tuple[Workspace, list[Row], list[Row]]) -> None:
    workspace, _, _ = leaked
    everything = "".join(f"YT80000000{at:05d}\n" for at in range(100_000)).encode()
    document = workspace.json("trace", "-", stdin=everything)
    assert document["verdict"] != "identified"
    assert document["sightings"] >= 36


def test_with_an_access_record_the_reader_is_named_and_never_the_owner(seeded: Workspace) -> None:
    stolen = seeded.host_rows("outlet_code IN ('O01', 'O02') AND id % 3 <> 0")
    events = [f"2026-11-22T08:00:00Z,O04-C,export,E-77,{row['waybill_no']}" for row in stolen]
    events += [f"2026-11-22T07:00:00Z,{row['courier_account']},read,,{row['waybill_no']}" for row in stolen[::4]]
    record = "\n".join(["at,account,action,export_id,waybill_number", *events, ""])
    found = seeded.json("access", "import", seeded.file("access.csv", record))
    assert [one["account"] for one in found["tripwire"]] == ["O04-C"]
    document = seeded.json("trace", seeded.file("dump.csv", to_csv(stolen)))
    assert named(document) == [("O04-C", ["E-77"])]


def test_the_same_files_update_their_case_until_it_is_closed(seeded: Workspace) -> None:
    dump = seeded.file("dump.csv", to_csv(seeded.decoys()["O02-A"]))
    first, again = seeded.json("trace", dump)["case"], seeded.json("trace", dump)["case"]
    assert first == again
    assert seeded.json("cases", "close", first)["state"] == "closed"
    assert seeded.json("trace", dump)["case"] != first
    states = {one["case"]: one["state"] for one in seeded.json("cases", "list")["cases"]}
    assert sorted(states.values()) == ["closed", "open"]
    assert states[first] == "closed"
