"""Hits, cases, bundles and keys that are not what they should be: one clear line each, nothing taken."""

import json
import re
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.hit import Channel, Contact
from collector.hitlog.reader import HitReader
from collector.hitlog.writer import HitLog
from tests.end_to_end.conftest import Workspace, run, stated, to_csv

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def hit_lines(folder: Path, count: int = 5) -> list[str]:
    """The lines `collector export` prints for some calls."""
    with HitLog.open(folder / "hits.db", now=lambda: NOON, new_id=lambda: "0123abcd") as log:
        for n in range(count):
            log.append(Contact(Channel.CALL, "+8614012345005", f"+1202555010{n}", event_id=f"CA{n}"), NOON).result()
    return [hit.to_line() for hit in HitReader(folder / "hits.db").stream_from(1)]


Spoil = Callable[[Sequence[str]], Sequence[str]]

BAD_HITS = [
    pytest.param(lambda hits: [*hits[:2], hits[2].replace("5550102", "5550199"), *hits[3:]], "hit 3: was changed",
                 id="a changed hit"),
    pytest.param(lambda hits: [*hits[:2], *hits[3:]], "hit 4: expected 3, so hits are missing", id="a gap"),
    pytest.param(lambda hits: hits[2:], "hit 3: expected 1, so hits are missing", id="no beginning"),
    pytest.param(lambda hits: [hits[0], "rubbish", *hits[1:]], "so nothing was taken", id="rubbish"),
    pytest.param(lambda hits: [hits[0].replace('"v":1', '"v":9')], "no hits, so nothing", id="a later format"),
    pytest.param(lambda hits: [hits[0][:-40]], "no hits, so nothing", id="a line cut short"),
    pytest.param(lambda _: ["[1, 2]", "null", '"x"'], "3 lines are no hits", id="other JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "says"), BAD_HITS)
def test_a_spoilt_hit_file_is_refused_whole(workspace: Workspace, tmp_path: Path, spoil: Spoil, says: str) -> None:
    workspace.file("hits.jsonl", "\n".join([*spoil(hit_lines(tmp_path)), ""]))
    before = workspace.registry()
    assert says in workspace.fails("hits", "import", "hits.jsonl")
    assert workspace.registry() == before


def test_a_later_hit_file_must_go_on_where_the_last_one_ended(workspace: Workspace, tmp_path: Path) -> None:
    hits = hit_lines(tmp_path)
    workspace.file("hits.jsonl", "\n".join(hits[:2]))
    assert workspace.json("hits", "import", "hits.jsonl")["new"] == 2
    workspace.file("gap.jsonl", "\n".join(hits[3:]))
    before = workspace.registry()
    assert "hits 3 to 3 are missing" in workspace.fails("hits", "import", "gap.jsonl")
    assert workspace.registry() == before
    workspace.file("all.jsonl", "\n".join(hits))
    assert workspace.json("hits", "import", "all.jsonl")["new"] == 3
    assert workspace.json("status")["hits"] == {"call": 5}


UNKNOWN = [
    pytest.param("cases show C-1", "no case 'C-1': see honey cases list", id="a case to show"),
    pytest.param("cases close C-1", "no case 'C-1'", id="a case to close"),
    pytest.param("report C-1 --output bundle", "no case 'C-1'", id="a case to report"),
    pytest.param("hits import nowhere.jsonl", "nowhere.jsonl: No such file", id="a hit file"),
    pytest.param("hits pull", "no collector named", id="a collector"),
    pytest.param("hits pull http://127.0.0.1:1", "cannot be reached", id="a collector that is down"),
    pytest.param("hits pull file:///etc/hostname", "no address of a collector", id="a file as collector"),
    pytest.param("trace nowhere.csv", "nowhere.csv: there is no such file", id="a dump"),
    pytest.param("trace numbers.csv nowhere.csv", "nothing was searched", id="one of two dumps"),
    pytest.param("verify keys", "keys is no bundle", id="a bundle"),
]


@pytest.mark.parametrize(("line", "says"), UNKNOWN)
def test_what_is_not_there_is_named_and_nothing_is_recorded(made: Workspace, line: str, says: str) -> None:
    before = made.registry()
    assert says in made.fails(*line.split())
    assert made.registry() == before
    assert not (made.folder / "bundle").exists()


def test_a_dump_that_cannot_be_read_is_no_clean_bill(made: Workspace, tmp_path: Path) -> None:
    broken = tmp_path / "leak.xlsx"
    broken.write_bytes(b"PK\x03\x04" + b"rubbish" * 99)
    before = made.registry()
    assert re.search("nothing could be searched: .*leak.xlsx: broken archive", made.fails("trace", broken))
    assert made.registry() == before


@pytest.fixture(scope="module")
def reported(made_seeded: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """A workspace with the bundle of one case, and the case."""
    workspace = Workspace(Path(shutil.copytree(made_seeded.folder, tmp_path_factory.mktemp("reported") / "workspace")))
    workspace.file("rows.csv", to_csv(workspace.host_rows("outlet_code = 'O01' LIMIT 60")))
    command = ("export", "--account", "O01-A", "--export-id", "E-1", "--input", "rows.csv", "--output", "out.csv")
    workspace.json(*command)
    case = str(workspace.json("trace", "out.csv")["case"])
    workspace.json("report", case, "--output", "bundle")
    return workspace, case


def test_a_report_never_writes_into_a_folder_that_holds_something(reported: tuple[Workspace, str]) -> None:
    workspace, case = reported
    bundle = workspace.folder / "bundle"
    before = {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    assert "bundle" in workspace.fails("report", case, "--output", "bundle")
    assert {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()} == before


def test_a_bundle_verifies_on_a_machine_that_has_nothing_of_ours(
    reported: tuple[Workspace, str], tmp_path: Path
) -> None:
    shutil.copytree(reported[0].folder / "bundle", tmp_path / "received")
    assert run(tmp_path, "verify", "received", "--json").document()["verified"] is True
    wrong = run(tmp_path, "verify", "received", "--key", "00" * 32)
    assert "key" in stated(wrong)


def test_every_file_of_a_bundle_is_protected(reported: tuple[Workspace, str], tmp_path: Path) -> None:
    bundle = reported[0].folder / "bundle"
    names = sorted(str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file())
    assert len(names) >= 4
    for name in names:
        received = Path(shutil.copytree(bundle, tmp_path / name.replace("/", "-")))
        content = bytearray((received / name).read_bytes())
        if content:
            content[len(content) // 2] ^= 1
        else:
            content += b"x"
        (received / name).write_bytes(content)
        done = run(tmp_path, "verify", received, "--json")
        stated(done)
        assert json.loads(done.out)["verified"] is False, name


def test_a_bundle_with_a_file_missing_or_added_does_not_verify(reported: tuple[Workspace, str], tmp_path: Path) -> None:
    bundle = reported[0].folder / "bundle"
    missing = Path(shutil.copytree(bundle, tmp_path / "missing"))
    (missing / "report.html").unlink()
    assert "report.html" in stated(run(tmp_path, "verify", missing))
    added = Path(shutil.copytree(bundle, tmp_path / "added"))
    (added / "more.txt").write_text("more")
    assert "more.txt" in stated(run(tmp_path, "verify", added))


def leave_out_registry(workspace: Workspace) -> None:
    for path in (workspace.folder / "var").glob("registry.db*"):
        path.unlink()


def overwrite_registry(workspace: Workspace) -> None:
    leave_out_registry(workspace)
    workspace.file("var/registry.db", b"no database " * 500)


KEY = "keys/registry.key"
BAD_KEYS = [
    pytest.param(lambda one: (one.folder / KEY).unlink(), "no key at .*registry.key: restore it", id="missing"),
    pytest.param(lambda one: (one.folder / KEY).chmod(0o644), "can be read by others: chmod 600", id="open to others"),
    pytest.param(lambda one: one.file(KEY, "abcd\n"), "holds 2 bytes, not 32", id="too short"),
    pytest.param(lambda one: one.file(KEY, b"\xff\x00" * 20), "cannot be read as a key", id="rubbish"),
    pytest.param(lambda one: one.file(KEY, "ab" * 32 + "\n"), "is not the key of this registry", id="another key"),
    pytest.param(leave_out_registry, "no registry at .*: run honey init, or restore it", id="no registry"),
    pytest.param(overwrite_registry, "the registry cannot be used: file is not a database", id="a broken registry"),
]


@pytest.mark.parametrize(("spoil", "says"), BAD_KEYS)
@pytest.mark.parametrize("command", ["seed --decoys 4", "status"])
def test_no_command_works_without_its_key_and_registry(
    seeded: Workspace, spoil: Callable[[Workspace], object], says: str, command: str
) -> None:
    spoil(seeded)
    host, registry = seeded.host_dump(), seeded.folder / "var" / "registry.db"
    before = registry.read_bytes() if registry.exists() else b""
    assert re.search(says, seeded.fails(*command.split()))
    assert seeded.host_dump() == host
    assert (registry.read_bytes() if registry.exists() else b"") == before
