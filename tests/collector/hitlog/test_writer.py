"""The durable log: acknowledged is on disk, the same event is one hit, and a failed write acknowledges nothing."""

import asyncio
import os
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from collector import limits
from collector.errors import HitError, LogError, LogLockedError, LogUnwritableError
from collector.hit import GENESIS, Channel, Contact, seal, verify_chain
from collector.hitlog.reader import HitReader
from collector.hitlog.rows import row_of
from collector.hitlog.sqlite import sqlite3
from collector.hitlog.writer import HitLog

QUERY = Contact(Channel.DNS, "a.t.example.net", "192.0.2.1", claims={"qtype": "A"}, raw=b"\x00\xff")
CALL = Contact(Channel.CALL, "+12025550100", "+12025550101", event_id="CA1", provider="twilio", verified=True)


def reopen(path: Path, at: datetime) -> HitLog:
    return HitLog.open(path, now=lambda: at)


def test_an_empty_log_starts_at_the_genesis(log: HitLog) -> None:
    head = HitReader(log.path).head()
    assert (head.log, head.seq, head.hash) == ("0123abcd", 0, GENESIS)
    assert HitReader(log.path).verify() == head


def test_appended_contacts_are_numbered_chained_and_read_back(log: HitLog, noon: datetime) -> None:
    first = log.append(QUERY, noon).result(5)
    second = log.append(CALL, noon).result(5)
    assert [first.seq, second.seq] == [1, 2]
    assert second.prev == first.hash
    assert HitReader(log.path).read_from(1, 10) == [first, second]
    assert HitReader(log.path).read_from(2, 10) == [second]
    assert HitReader(log.path).last(1) == [second]
    assert HitReader(log.path).verify().hash == second.hash


def test_a_reading_may_be_given_up_in_another_thread(log: HitLog, noon: datetime) -> None:
    """A server thread reads the first hits; whichever thread drops the rest closes the file without a complaint."""
    log.append(QUERY, noon).result(5)
    log.append(CALL, noon).result(5)
    reading = HitReader(log.path).stream_from(1)
    first: list[int] = []
    reader = threading.Thread(target=lambda: first.append(next(reading).seq))
    reader.start()
    reader.join()
    assert first == [1]
    reading.close()  # type: ignore[attr-defined]  # an iterator to its readers, a generator in fact
    with pytest.raises(StopIteration):
        next(reading)


def test_many_producers_share_commits_and_none_is_lost(log: HitLog, noon: datetime) -> None:
    def produce(number: int) -> None:
        for turn in range(20):
            log.append(replace(QUERY, beacon=f"{number}-{turn}.t.example.net"), noon).result(10)

    producers = [threading.Thread(target=produce, args=(number,)) for number in range(32)]
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
    beacons = {hit.contact.beacon for hit in HitReader(log.path).stream_from(1)}
    assert beacons == {f"{number}-{turn}.t.example.net" for number in range(32) for turn in range(20)}
    assert HitReader(log.path).verify().seq == 32 * 20


def test_a_group_larger_than_a_read_page_streams_whole(log: HitLog, noon: datetime) -> None:
    count = limits.READ_PAGE_HITS * 2 + 1
    hits = log.append_all([QUERY] * count, noon).result(30)
    assert [hit.seq for hit in hits] == list(range(1, count + 1))
    assert HitReader(log.path).verify().seq == count


def test_the_same_event_is_one_hit_in_one_group_across_groups_and_over_restarts(log_path: Path, noon: datetime) -> None:
    with reopen(log_path, noon) as log:
        first, again = log.append_all([CALL, replace(CALL, claims={"text": "retry"})], noon).result(5)
        later = log.append(CALL, noon).result(5)
        assert first == again == later
    with reopen(log_path, noon) as log:
        assert log.append(CALL, noon).result(5) == first
        assert log.append(QUERY, noon).result(5).seq == 2
    HitReader(log_path).verify()


def test_events_of_other_channels_or_providers_and_without_id_are_their_own_hits(log: HitLog, noon: datetime) -> None:
    contacts = [
        CALL,
        replace(CALL, channel=Channel.SMS),
        replace(CALL, provider="standard"),
        replace(CALL, provider=None),
        replace(CALL, event_id="CA2"),
        replace(CALL, event_id=None),
        replace(CALL, event_id=None),
    ]
    hits = log.append_all(contacts, noon).result(5)
    assert [hit.seq for hit in hits] == [1, 2, 3, 4, 5, 6, 7]


def test_the_chain_goes_on_over_restarts_and_the_log_keeps_its_name(log_path: Path, noon: datetime) -> None:
    names = set()
    for _ in range(3):
        with reopen(log_path, noon) as log:
            names.add(log.log_id)
            log.append(QUERY, noon).result(5)
    assert len(names) == 1
    assert HitReader(log_path).verify().seq == 3


def test_close_writes_what_waits(log_path: Path, noon: datetime) -> None:
    log = reopen(log_path, noon)
    waiting = [log.append(QUERY, noon) for _ in range(500)]
    log.close()
    assert all(future.done() for future in waiting)
    assert HitReader(log_path).verify().seq == 500
    with pytest.raises(LogUnwritableError, match="closed"):
        log.append(QUERY, noon)


def test_originals_that_wait_are_bounded_in_bytes(log: HitLog, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_WAITING_BYTES", 2 * len(QUERY.raw))
    other, third = replace(QUERY, raw=b"\x01\x02"), replace(QUERY, raw=b"\x03\x04")
    with pytest.raises(LogUnwritableError, match="wait"):
        log.append_all([QUERY, other, third], noon)
    for _ in range(3):
        log.append_all([QUERY, QUERY, other], noon).result(5)
    log.append_all([QUERY, other, third], noon, is_urgent=True).result(5)


def test_the_hits_of_a_large_mail_share_its_original_until_they_are_on_disk(noon: datetime) -> None:
    contact = replace(QUERY, raw=b"x" * limits.MAX_MESSAGE_BYTES)
    row = row_of(seal(contact, seq=1, received_at=noon, log="0123abcd", prev=GENESIS), "{}")
    assert any(value is contact.raw for value in row)


def test_a_waiter_that_gives_up_does_not_undo_its_contact(log: HitLog, noon: datetime) -> None:
    async def give_up() -> None:
        task = asyncio.ensure_future(asyncio.wrap_future(log.append(QUERY, noon)))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(give_up())
    assert log.append(QUERY, noon).result(5).seq == 2


def test_a_second_writer_is_refused_and_told_who_holds_the_log(log: HitLog, noon: datetime) -> None:
    with pytest.raises(LogLockedError, match=str(os.getpid())):
        reopen(log.path, noon)


def test_the_log_is_readable_by_its_owner_alone(log: HitLog, noon: datetime) -> None:
    log.append(QUERY, noon).result(5)
    for file in log.path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_another_process_reads_while_the_log_is_written(log: HitLog, noon: datetime) -> None:
    log.append(CALL, noon).result(5)
    program = (
        "import sys, pathlib; from collector.hitlog.reader import HitReader;"
        "print(HitReader(pathlib.Path(sys.argv[1])).verify().seq)"
    )
    done = subprocess.run([sys.executable, "-c", program, log.path], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_a_contact_that_cannot_be_sealed_fails_its_group_and_no_other(log: HitLog, noon: datetime) -> None:
    bad = log.append_all([CALL, replace(QUERY, beacon="\ud800")], noon)
    good = log.append_all([QUERY, CALL], noon)
    with pytest.raises(HitError, match="surrogates"):
        bad.result(5)
    assert [hit.seq for hit in good.result(5)] == [1, 2]
    assert HitReader(log.path).verify().seq == 2


def test_groups_are_bounded(log: HitLog, noon: datetime) -> None:
    for size in (0, limits.MAX_COMMIT_HITS + 1):
        with pytest.raises(ValueError, match="group"):
            log.append_all([QUERY] * size, noon)


def test_counters_add_up_and_reach_the_file(log_path: Path, noon: datetime) -> None:
    for _ in range(2):
        with reopen(log_path, noon) as log:
            log.count("dns.lost", 3)
            log.count("hooks.calls.forged")
    assert HitReader(log_path).counters() == {"dns.lost": 6, "hooks.calls.forged": 2}


def test_a_full_log_acknowledges_nothing_and_keeps_its_chain(log_path: Path, noon: datetime) -> None:
    """SQLite's own page cap is a real 'disk full'. Counts kept in memory reach the file once there is room."""
    small = 200 * 1024
    log = HitLog.open(log_path, now=lambda: noon, max_bytes=small)
    large = replace(QUERY, raw=b"x" * 8000)
    acknowledged = 0
    while log.append(large, noon).exception(5) is None:
        acknowledged += 1
    log.count("dns.lost")
    with pytest.raises(LogUnwritableError, match="full"):
        log.append(large, noon).result(5)
    log.close()
    assert HitReader(log_path).verify().seq == acknowledged
    with reopen(log_path, noon) as roomy:
        assert roomy.append(QUERY, noon).result(5).seq == acknowledged + 1
    HitReader(log_path).verify()


def test_a_log_locked_by_another_program_fails_and_then_recovers(log_path: Path, noon: datetime) -> None:
    """The state after a failed write is read back from the file: chain and numbers go on without a gap."""
    log = reopen(log_path, noon)
    log._database.conn.execute("PRAGMA busy_timeout = 50")
    log.append(QUERY, noon).result(5)
    intruder = sqlite3.connect(str(log_path), isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    log.count("dns.lost", 2)
    with pytest.raises(LogUnwritableError, match="locked"):
        log.append(QUERY, noon).result(5)
    intruder.execute("ROLLBACK")
    intruder.close()
    assert log.append(QUERY, noon).result(5).seq == 2
    log.close()
    assert HitReader(log_path).verify().seq == 2
    assert HitReader(log_path).counters() == {"dns.lost": 2}


TAMPER_SQL = {
    "a changed beacon": "UPDATE hit SET beacon = 'x' WHERE seq = 2",
    "changed claims": "UPDATE hit SET claims = '{}' WHERE seq = 2",
    "claims that are no JSON": "UPDATE hit SET claims = '{' WHERE seq = 2",
    "an unknown channel": "UPDATE hit SET channel = 'x' WHERE seq = 2",
    "a deleted hit": "DELETE FROM hit WHERE seq = 2",
    "a changed event id": "UPDATE hit SET event_id = 'CA9' WHERE seq = 2",
}


@pytest.mark.parametrize("statement", TAMPER_SQL.values(), ids=TAMPER_SQL.keys())
def test_tampering_with_the_file_is_refused_by_accident_and_found_on_purpose(
    log_path: Path, noon: datetime, statement: str
) -> None:
    with reopen(log_path, noon) as log:
        log.append_all([QUERY, replace(QUERY, event_id="1"), QUERY], noon).result(5)
    connection = sqlite3.connect(str(log_path), isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    for trigger in ("hit_no_update", "hit_no_delete"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(statement)
    connection.close()
    with pytest.raises(HitError, match=r"^hit [23]"):
        HitReader(log_path).verify()


def test_missing_and_foreign_files_are_named(tmp_path: Path, noon: datetime) -> None:
    with pytest.raises(LogError, match="no hit log at"):
        HitReader(tmp_path / "none.db").head()
    foreign = tmp_path / "foreign.db"
    foreign.write_bytes(b"this is not a database, but it is long enough to be read as one" * 20)
    with pytest.raises(LogError, match=r"foreign\.db"):
        HitReader(foreign).head()
    with pytest.raises(LogUnwritableError, match=r"foreign\.db"):
        reopen(foreign, noon)
    with pytest.raises(LogUnwritableError):
        reopen(foreign / "below-a-file" / "hits.db", noon)


KILLED = """
import datetime, pathlib, sys
from collector.hit import Channel, Contact
from collector.hitlog.writer import HitLog
from collector.hitlog.rows import row_of
now = lambda: datetime.datetime.now(datetime.UTC)
log = HitLog.open(pathlib.Path(sys.argv[1]), now=now)
number = 0
while True:
    futures = [log.append(Contact(Channel.WEB, f"{sys.argv[2]}-{number + i}", "192.0.2.1"), now()) for i in range(50)]
    number += 50
    for future in futures:
        print(future.result().contact.beacon, flush=True)
"""


def test_kill_9_loses_no_acknowledged_contact_and_doubles_none(log_path: Path) -> None:
    acknowledged: list[str] = []
    for turn in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, log_path, str(turn)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        acknowledged += [process.stdout.readline().strip() for _ in range(120 + 37 * turn)]
        process.kill()
        rest = process.stdout.read().splitlines(keepends=True)
        acknowledged += [line.strip() for line in rest if line.endswith("\n")]
        process.stdout.close()
        process.wait()
    recorded = [hit.contact.beacon for hit in HitReader(log_path).stream_from(1)]
    assert len(set(recorded)) == len(recorded)
    assert set(acknowledged) <= set(recorded)
    assert len(acknowledged) >= 4 * 120
    verify_chain(HitReader(log_path).stream_from(1))
