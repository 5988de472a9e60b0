"""The hit log from outside: sealed and signed by a real collector, opened, refused and proved by the commands."""

import json
import shutil
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.hit import Channel, Contact
from collector.hit.tokentag import TagKey
from collector.hitlog.writer import HitLog
from honey.demo import contacts
from tests.end_to_end.conftest import SLOW_SECONDS, Workspace, run, stated
from tests.end_to_end.test_collector_to_verdict import (
    SECRETS,
    TAKER,
    collecting,
    collector,
    gang_contacts,
    pull,
    set_up,
)

pytestmark = pytest.mark.timeout(SLOW_SECONDS)


def seal_to_new_key(workspace: Workspace) -> None:
    seal_to = workspace.json("keys", "new")["seal_to"]
    path = workspace.folder / "config" / "collector.toml"
    path.write_text(path.read_text("utf-8").replace("[dns]", f'seal_to = "{seal_to}"\n[dns]'), "utf-8")


def test_a_sealed_log_leads_to_the_verdict_and_a_bundle_that_verifies_elsewhere(
    made_seeded: Workspace, tmp_path: Path
) -> None:
    workspace, decoys = set_up(made_seeded, tmp_path / "w")
    seal_to_new_key(workspace)
    with collecting(workspace.folder) as running:
        for number, row in enumerate(decoys):
            gang_contacts(running.at, row, number)
        exported = collector(workspace, "export").out
        pulled = pull(workspace, running)
    held = b"".join(file.read_bytes() for file in (workspace.folder / "var").glob("hits.db*")) + exported
    for row in decoys:
        for secret in (row["receiver_name"], row["waybill_no"], row["receiver_phone"], row["email"]):
            assert secret.encode() not in held
            assert json.dumps(secret).strip('"').encode() not in held
    (case,) = pulled["cases"]
    assert [one["account"] for one in case["suspects"]] == [TAKER]
    workspace.json("report", case["case"], "--output", tmp_path / "bundle")
    assert (tmp_path / "bundle" / "hit_keys.json").is_file()
    assert run(tmp_path, "verify", "bundle", "--json").document()["verified"] is True
    assert [one["checkpoints"] for one in workspace.json("hits", "verify")["logs"]] in ([0], [1])


def test_whoever_was_given_a_checkpoint_sees_that_the_cited_hits_were_there(
    made_seeded: Workspace, tmp_path: Path
) -> None:
    workspace, decoys = set_up(made_seeded, tmp_path / "w")
    with collecting(workspace.folder) as running:
        for number, row in enumerate(decoys):
            gang_contacts(running.at, row, number)
    (tmp_path / "note").write_bytes(collector(workspace, "export", "--checkpoint").out)
    with collecting(workspace.folder) as running:
        gang_contacts(running.at, decoys[0], 9)
        (case,) = pull(workspace, running)["cases"]
    workspace.json("report", case["case"], "--output", tmp_path / "bundle")
    steps = run(tmp_path, "verify", "bundle", "--checkpoint", "note", "--json").document()["steps"]
    assert "signed for up to hit" in steps[4]["detail"]
    assert "1 checkpoints kept elsewhere are met" in steps[4]["detail"]
    name, count, digest, rest = (tmp_path / "note").read_text("utf-8").split("\n", 3)
    (tmp_path / "forged").write_text(f"{name}\n{count}\n{digest.swapcase()}\n{rest}", "utf-8")
    refused = run(tmp_path, "verify", "bundle", "--checkpoint", "forged")
    assert "is not the one its collector signed for" in stated(refused)
    (tmp_path / "none").write_text("hello", "utf-8")
    assert "no checkpoint of a collector" in stated(run(tmp_path, "verify", "bundle", "--checkpoint", "none"))


def test_without_the_private_key_a_sealed_log_is_one_clear_line(made_seeded: Workspace, tmp_path: Path) -> None:
    workspace, decoys = set_up(made_seeded, tmp_path / "w")
    seal_to_new_key(workspace)
    with collecting(workspace.folder) as running:
        gang_contacts(running.at, decoys[0], 0)
        for key in (workspace.folder / "keys").glob("sealing-*.key"):
            key.rename(tmp_path / key.name)
        refused = workspace.honey("hits", "pull", running.manage, env=SECRETS)
        assert "whose private half is not here: restore it to keys/" in stated(refused)
        assert workspace.json("status")["hits"] == {}
        for key in tmp_path.glob("sealing-*.key"):
            key.rename(workspace.folder / "keys" / key.name)
        assert pull(workspace, running)["new"] >= 4


def test_a_log_cut_off_rewound_or_signed_by_another_is_refused(made_seeded: Workspace, tmp_path: Path) -> None:
    """What somebody who has taken the collector's host may try between two pulls."""
    workspace, decoys = set_up(made_seeded, tmp_path / "w")
    var = workspace.folder / "var"
    with collecting(workspace.folder) as running:
        gang_contacts(running.at, decoys[0], 0)
    shutil.copytree(var, tmp_path / "early")
    with collecting(workspace.folder) as running:
        gang_contacts(running.at, decoys[1], 1)
    with collecting(workspace.folder) as running:
        assert pull(workspace, running)["new"] >= 8
    checkpoint = workspace.file("kept.checkpoint", collector(workspace, "export", "--checkpoint").out)
    (found,) = workspace.json("hits", "verify", "--checkpoint", checkpoint)["logs"]
    assert found["checkpoints"] == 2

    (var / "hits.db.key").unlink()
    with collecting(workspace.folder) as running:
        refused = workspace.honey("hits", "pull", running.manage, env=SECRETS)
        assert "not by the key known for it" in stated(refused)
        accepted = workspace.honey("hits", "pull", running.manage, "--trust-new-key", env=SECRETS)
        assert accepted.code == 0, accepted.err

    for file in var.glob("hits.db*"):
        file.unlink()
    for file in (tmp_path / "early").glob("hits.db*"):
        shutil.copy(file, var / file.name)
    rewound = collector(workspace, "verify", "--checkpoint", str(checkpoint))
    assert (rewound.code, "its end was cut off" in rewound.err) == (1, True)
    with collecting(workspace.folder) as running:
        refused = workspace.honey("hits", "pull", running.manage, env=SECRETS)
        assert "its end was cut off" in stated(refused)


def test_an_imported_file_is_checked_against_its_checkpoint(made_seeded: Workspace, tmp_path: Path) -> None:
    workspace, decoys = set_up(made_seeded, tmp_path / "w")
    with collecting(workspace.folder) as running:
        gang_contacts(running.at, decoys[0], 0)
    hits = collector(workspace, "export").out
    note = workspace.file("kept.json", collector(workspace, "export", "--checkpoint", "--json").out)
    short = workspace.file("short.jsonl", b"".join(hits.splitlines(keepends=True)[:-1]))
    refused = workspace.honey("hits", "import", short, "--checkpoint", note)
    assert "fewer are there" in stated(refused)
    taken = workspace.json("hits", "import", workspace.file("hits.jsonl", hits), "--checkpoint", note)
    assert taken["new"] == len(hits.splitlines())
    plain = workspace.file("kept.note", collector(workspace, "export", "--checkpoint").out)
    assert workspace.json("hits", "verify", "--checkpoint", plain)["logs"][0]["checkpoints"] == 2


def test_a_log_of_an_earlier_release_is_read_and_goes_on(made_seeded: Workspace, tmp_path: Path) -> None:
    """Its file lacks the newer tables until a collector has opened it."""
    workspace, decoys = set_up(made_seeded, tmp_path / "w")
    with collecting(workspace.folder) as running:
        gang_contacts(running.at, decoys[0], 0)
    path = workspace.folder / "var" / "hits.db"
    with sqlite3.connect(path) as connection:
        for name in ("checkpoint", "tombstone", "mark"):
            connection.execute(f"DROP TABLE {name}")
        connection.execute("DROP TRIGGER hit_no_delete")
        for name in ("sealed", "tagged"):
            connection.execute(f"ALTER TABLE hit DROP COLUMN {name}")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm002%'")
        connection.execute(
            "CREATE TRIGGER hit_no_delete BEFORE DELETE ON hit BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    connection.close()
    before = json.loads(collector(workspace, "verify", "--json").out)["hits"]
    with collecting(workspace.folder) as running:
        gang_contacts(running.at, decoys[1], 1)
        assert pull(workspace, running)["new"] > before
    assert json.loads(collector(workspace, "verify", "--json").out)["checkpoints"] >= 1


def test_what_was_pulled_is_erased_in_its_time_and_what_was_not_stays(made_seeded: Workspace, tmp_path: Path) -> None:
    """The hits are made old by hand: nobody waits a day for a test."""
    workspace, decoys = set_up(made_seeded, tmp_path / "w")
    toml = workspace.folder / "config" / "collector.toml"
    toml.write_text(toml.read_text("utf-8").replace("[dns]", "[log.retention]\nothers = 1\n[dns]"), "utf-8")
    old = datetime.now(UTC) - timedelta(days=3)
    path = workspace.folder / "var" / "hits.db"
    with HitLog.open(path, now=lambda: old) as log:
        early = [Contact(Channel.DNS, f"{n}.t.example.net", "192.0.2.1") for n in range(20)]
        log.append_all(early, old).result(60)
    with collecting(workspace.folder) as running:
        assert pull(workspace, running)["new"] == 20
        gang_contacts(running.at, decoys[0], 0)
    with HitLog.open(path, now=lambda: old) as log:
        log.append_all(early, old).result(60)
        last = log.append(early[0], datetime.now(UTC)).result(60).seq
    with collecting(workspace.folder):
        deadline = time.monotonic() + 60
        while json.loads(collector(workspace, "verify", "--json").out)["erased"] < 20:
            assert time.monotonic() < deadline
    verified = json.loads(collector(workspace, "verify", "--json").out)
    assert (verified["hits"], verified["erased"], verified["counters"]["log.erased.dns"]) == (last, 20, 20)
    with collecting(workspace.folder) as running:
        assert pull(workspace, running)["new"] == last - 20
    assert workspace.json("hits", "verify")["logs"][0]["hits"] == last
    again = workspace.json("hits", "import", workspace.file("h.jsonl", collector(workspace, "export").out))
    assert (again["hits"], again["new"]) == (last, 0)


def test_the_collector_knows_planted_names_by_a_key_and_no_others(made_seeded: Workspace, tmp_path: Path) -> None:
    """It is all the collector gets: the marks of retention show whose hits it took for ours."""
    workspace, decoys = set_up(made_seeded, tmp_path / "w")
    token_key = workspace.json("keys", "list")["token_key"]
    tags = TagKey(bytes.fromhex(token_key))
    for row in decoys:
        assert tags.has_tag(Contact(Channel.MAIL, row["email"], ""))
        assert tags.has_tag(Contact(Channel.WEB, row["link"], ""))
    toml = workspace.folder / "config" / "collector.toml"
    secret = workspace.file("keys/token.key", token_key + "\n")
    toml.write_text(toml.read_text("utf-8").replace("[dns]", f'token_key = {{ file = "{secret}" }}\n[dns]'), "utf-8")
    with collecting(workspace.folder) as running:
        for number, row in enumerate(decoys):
            gang_contacts(running.at, row, number)
        contacts.look_up(running.at, "abcdefghijklmno.t.example.net")
        contacts.mail(running.at, sender="a@example.org", recipient="info@mail.example.com", subject="x", text="x")
    with sqlite3.connect(workspace.folder / "var" / "hits.db") as connection:
        found = connection.execute("SELECT channel, tagged, count(*) FROM hit GROUP BY 1, 2").fetchall()
    connection.close()
    marks = {(channel, bool(tagged)): count for channel, tagged, count in found}
    assert marks["mail", True] == 4
    assert marks["mail", False] == 1
    assert marks["web", True] >= 4
    assert ("web", False) not in marks
    assert marks["call", False] == 4
