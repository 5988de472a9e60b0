"""The log signs how far it reaches: after so many hits, after a while, and when it is closed."""

import stat
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from collector.errors import ConfigError, HitError, LogUnwritableError
from collector.hit import Channel, Contact
from collector.hit.checkpoint import Checkpoint, open_note, read_note, sign
from collector.hitlog.reader import HitReader
from collector.hitlog.rows import Head
from collector.hitlog.signing import LogKey, Signing
from collector.hitlog.sqlite import sqlite3
from collector.hitlog.writer import Duties, HitLog

KEY = LogKey.of("01" * 32, "key")
OTHER = LogKey.of("02" * 32, "key")
QUERY = Contact(Channel.DNS, "a.t.example.net", "192.0.2.1")
FOREVER = 10**9


def opened(
    path: Path, at: datetime, *, key: LogKey = KEY, every_hits: int = 10, every_seconds: float = FOREVER
) -> HitLog:
    duties = Duties(signing=Signing(key, every_hits=every_hits, every_seconds=every_seconds))
    return HitLog.open(path, now=lambda: at, duties=duties, new_id=lambda: "0123abcd")


def points(path: Path, key: LogKey = KEY) -> list[Checkpoint]:
    return [open_note(note, key.public) for note, signer in HitReader(path).notes() if signer == key.public]


def test_every_so_many_hits_and_the_end_are_signed(log_path: Path, noon: datetime) -> None:
    with opened(log_path, noon) as log:
        for _ in range(23):
            log.append(QUERY, noon).result(60)
        assert [one.seq for one in points(log_path)] == [10, 20]
    assert [one.seq for one in points(log_path)] == [10, 20, 23]
    assert HitReader(log_path).audit().checkpoints == 3
    assert read_note((HitReader(log_path).newest_note() or ("", b""))[0]).seq == 23


def test_a_checkpoint_is_signed_late_rather_than_never_when_no_more_hits_come(log_path: Path, noon: datetime) -> None:
    """The writer looks every second, whether something waits or not."""
    with opened(log_path, noon, every_seconds=0) as log:
        log.append(QUERY, noon).result(60)
        assert [one.seq for one in points(log_path)] == [1]


def test_nothing_new_is_not_signed_again(log_path: Path, noon: datetime) -> None:
    for _ in range(3):
        with opened(log_path, noon):
            pass
    assert points(log_path) == []
    for _ in range(3):
        with opened(log_path, noon) as log:
            log.count("x")
            log.append(Contact(Channel.CALL, "+8614012345678", "", event_id="1"), noon).result(60)
    assert [one.seq for one in points(log_path)] == [1]


def test_a_new_key_signs_what_the_old_one_did(log_path: Path, noon: datetime) -> None:
    with opened(log_path, noon) as log:
        log.append(QUERY, noon).result(60)
    with opened(log_path, noon, key=OTHER):
        pass
    assert [one.seq for one in points(log_path, OTHER)] == [1]
    HitReader(log_path).verify()


def test_what_a_killed_run_left_unsigned_is_signed_when_the_log_is_opened(log_path: Path, noon: datetime) -> None:
    with HitLog.open(log_path, now=lambda: noon, new_id=lambda: "0123abcd") as log:
        log.append_all([QUERY] * 3, noon).result(60)
    with opened(log_path, noon):
        assert [one.seq for one in points(log_path)] == [3]


def test_signing_is_due_by_count_by_time_and_at_the_end() -> None:
    now = 0.0
    signing = Signing(KEY, every_hits=5, every_seconds=60, clock=lambda: now)
    head = Head("0123abcd", 4, "00" * 32)
    assert not signing.is_due(head)
    assert signing.is_due(head, last=True)
    assert signing.is_due(Head("0123abcd", 5, "00" * 32))
    now = 60.0
    assert signing.is_due(head)
    signing.signed(head)
    assert not signing.is_due(head, last=True)


def cut(path: Path, statements: list[str]) -> None:
    with sqlite3.connect(str(path), isolation_level=None) as connection:
        connection.execute("DROP TRIGGER hit_no_delete")
        connection.execute("DROP TRIGGER hit_no_update")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_log_that_was_cut_off_does_not_reach_its_own_checkpoint(log_path: Path, noon: datetime) -> None:
    with opened(log_path, noon) as log:
        log.append_all([QUERY] * 7, noon).result(60)
    cut(log_path, ["DELETE FROM hit WHERE seq > 5"])
    with pytest.raises(HitError, match="ends at hit 5, but 7 were signed for"):
        HitReader(log_path).verify()


def test_a_log_cut_off_with_its_checkpoints_does_not_reach_one_kept_elsewhere(log_path: Path, noon: datetime) -> None:
    with opened(log_path, noon) as log:
        log.append_all([QUERY] * 7, noon).result(60)
    kept = points(log_path)
    cut(log_path, ["DELETE FROM hit WHERE seq > 5", "DELETE FROM checkpoint"])
    HitReader(log_path).verify()
    with pytest.raises(HitError, match="ends at hit 5, but 7 were signed for"):
        HitReader(log_path).audit(kept)


def test_a_log_made_anew_is_not_the_one_that_was_signed(tmp_path: Path, noon: datetime) -> None:
    """Root has the key: the new log signs for itself, and still differs from what was handed out."""
    for name, text in (("a", "x"), ("b", "y")):
        with opened(tmp_path / name, noon) as log:
            log.append(Contact(Channel.DNS, text, ""), noon).result(60)
    HitReader(tmp_path / "b").verify()
    with pytest.raises(HitError, match=r"hit 1: .*rewritten"):
        HitReader(tmp_path / "b").audit(points(tmp_path / "a"))


def test_a_forged_checkpoint_in_the_file_is_found(log_path: Path, noon: datetime) -> None:
    with opened(log_path, noon) as log:
        log.append(QUERY, noon).result(60)
    note = sign(points(log_path)[0], OTHER.private)
    with sqlite3.connect(str(log_path), isolation_level=None) as connection:
        connection.execute("UPDATE checkpoint SET note = ?", (note,))
    connection.close()
    with pytest.raises(HitError, match="another key"):
        HitReader(log_path).verify()


def test_a_failed_write_signs_nothing_and_the_next_one_makes_up_for_it(log_path: Path, noon: datetime) -> None:
    log = opened(log_path, noon, every_hits=1)
    log._database.conn.execute("PRAGMA busy_timeout = 50")
    intruder = sqlite3.connect(str(log_path), isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogUnwritableError):
        log.append(QUERY, noon).result(60)
    intruder.execute("ROLLBACK")
    intruder.close()
    assert points(log_path) == []
    log.append(QUERY, noon).result(60)
    log.close()
    assert [one.seq for one in points(log_path)] == [1]


def test_sequence_numbers_of_checkpoints_only_grow(log_path: Path, noon: datetime) -> None:
    for _ in range(4):
        with opened(log_path, noon, every_hits=3) as log:
            for _ in range(5):
                log.append(QUERY, noon).result(60)
    assert all(one.seq < other.seq for one, other in pairwise(points(log_path)))
    HitReader(log_path).verify()


def test_the_key_is_made_once_for_its_owner_alone(log_path: Path) -> None:
    made = LogKey.beside(log_path, random=lambda size: b"\7" * size)
    again = LogKey.beside(log_path)
    assert made.public == again.public
    path = log_path.with_name("hits.db.key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "07" not in repr(made)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        LogKey.beside(log_path)


@pytest.mark.parametrize("content", [b"", b"zz" * 32, b"01" * 31, b"\xff"], ids=["empty", "no hex", "short", "no text"])
def test_a_file_that_holds_no_key_is_named(log_path: Path, content: bytes) -> None:
    path = log_path.with_name("hits.db.key")
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"hits\.db\.key"):
        LogKey.beside(log_path)
