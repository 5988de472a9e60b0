"""Erasing: contents go in their time, the chain stays, and nothing goes that nobody has pulled."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector import limits
from collector.errors import HitError, LogUnwritableError
from collector.hit import Channel, Contact, ErasedHit, verify_chain
from collector.hit.sealing import Sealer
from collector.hitlog.reader import HitReader
from collector.hitlog.retention import Erasing, Retention
from collector.hitlog.rows import INSERT_CHECKPOINT, THIN_CHECKPOINTS, read_head
from collector.hitlog.sqlite import sqlite3
from collector.hitlog.writer import Duties, HitLog

DAY = timedelta(days=1)
QUERY = Contact(Channel.DNS, "old-secret.t.example.net", "192.0.2.1", raw=b"old-secret-raw" * 30)
CALL = Contact(Channel.CALL, "+8614012345678", "+12025550100", event_id="CA1", provider="twilio")
DNS_30 = Retention({"dns": 30}, erase_unpulled=True)
ROOM = 1 << 30


def fill(path: Path, contacts: list[tuple[Contact, datetime]], duties: Duties | None = None) -> None:
    with HitLog.open(path, now=lambda: contacts[0][1], new_id=lambda: "0123abcd", duties=duties) as log:
        for done in [log.append(contact, at) for contact, at in contacts]:
            done.result(60)


def sweep(path: Path, retention: Retention, now: datetime) -> Counter[str]:
    """One whole look through the file, without a writer thread."""
    erasing = Erasing(retention, max_bytes=ROOM, every_seconds=0, clock=lambda: 0.0)
    connection = sqlite3.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA secure_delete = ON")
    erased: Counter[str] = Counter()
    while True:
        erased += erasing.step(connection, now, read_head(connection))
        if not erasing.is_behind:
            connection.close()
            return erased


def kinds(path: Path) -> str:
    return "".join(
        "-" if isinstance(one, ErasedHit) else one.channel.value[0] for one in HitReader(path).records_from(1)
    )


@pytest.fixture
def mixed(log_path: Path, noon: datetime) -> Path:
    """Forty days of a query a day and a call every fifth, numbered from 1."""
    contacts = [(replace(CALL, event_id=f"{n}") if n % 5 == 0 else QUERY, noon + n * DAY) for n in range(40)]
    fill(log_path, contacts)
    return log_path


def test_each_class_goes_in_its_own_time_and_the_chain_stays(mixed: Path, noon: datetime) -> None:
    before = list(HitReader(mixed).records_from(1))
    erased = sweep(mixed, replace(DNS_30, days={"dns": 30, "call": 35}), noon + 40 * DAY)
    assert erased == {"dns": 8, "call": 1}
    assert kinds(mixed) == "-----c----" + "cdddd" * 6
    after = list(HitReader(mixed).records_from(1))
    assert [one.hash for one in after] == [one.hash for one in before]
    assert verify_chain(after) == before[-1].hash
    found = HitReader(mixed).audit()
    assert (found.erased, found.head.seq) == (9, 40)
    assert HitReader(mixed).counters() == {"log.erased.call": 1, "log.erased.dns": 8}


def test_what_is_left_is_number_time_and_channel(mixed: Path, noon: datetime) -> None:
    sweep(mixed, DNS_30, noon + 40 * DAY)
    second = next(HitReader(mixed).records_from(2))
    assert isinstance(second, ErasedHit)
    assert (second.seq, second.received_at, second.channel) == (2, noon + DAY, Channel.DNS)
    assert len(HitReader(mixed).read_from(1, 100)) == 40 - 8
    assert [one.seq for one in HitReader(mixed).last(2)] == [39, 40]


def test_a_second_look_finds_nothing_new_and_a_later_one_the_next_day(mixed: Path, noon: datetime) -> None:
    assert sweep(mixed, DNS_30, noon + 40 * DAY)["dns"] == 8
    assert sweep(mixed, DNS_30, noon + 40 * DAY)["dns"] == 0
    assert sweep(mixed, DNS_30, noon + 42 * DAY)["dns"] == 1
    HitReader(mixed).verify()


def test_no_class_named_and_zero_days_are_for_ever(mixed: Path, noon: datetime) -> None:
    for days in ({}, {"dns": 0, "call": 0}):
        assert not sweep(mixed, Retention(days, erase_unpulled=True), noon + 9999 * DAY)


def test_a_tagged_hit_is_a_class_of_its_own(mixed: Path, noon: datetime) -> None:
    connection = sqlite3.connect(str(mixed), isolation_level=None)
    connection.execute("DROP TRIGGER hit_no_update")
    connection.execute("UPDATE hit SET tagged = 1 WHERE seq IN (2, 3)")
    connection.close()
    assert sweep(mixed, DNS_30, noon + 40 * DAY) == {"dns": 6}
    assert sweep(mixed, Retention({"tagged": 38}, erase_unpulled=True), noon + 40 * DAY) == {"tagged": 1}
    assert kinds(mixed)[1:3] == "-d"


def test_what_nobody_has_pulled_stays(mixed: Path, noon: datetime) -> None:
    keep = replace(DNS_30, erase_unpulled=False)
    assert not sweep(mixed, keep, noon + 40 * DAY)
    with HitLog.open(mixed, now=lambda: noon) as log:
        log.pulled(4)
        log.pulled(2)
    assert sweep(mixed, keep, noon + 40 * DAY) == {"dns": 3}


def test_the_newest_hit_stays_so_that_the_chain_goes_on(log_path: Path, noon: datetime) -> None:
    fill(log_path, [(QUERY, noon)] * 3)
    assert sweep(log_path, DNS_30, noon + 99 * DAY) == {"dns": 2}
    assert kinds(log_path) == "--d"
    fill(log_path, [(QUERY, noon + 99 * DAY)])
    assert HitReader(log_path).verify().seq == 4


def test_a_clock_that_jumped_erases_late_rather_than_early(log_path: Path, noon: datetime) -> None:
    times = [noon, noon + 50 * DAY, noon + DAY, noon + 2 * DAY, noon + 60 * DAY]
    fill(log_path, [(QUERY, at) for at in times])
    sweep(log_path, DNS_30, noon + 40 * DAY)
    for record, at in zip(HitReader(log_path).records_from(1), times, strict=True):
        assert not (isinstance(record, ErasedHit) and at > noon + 10 * DAY)


def test_erased_contents_are_nowhere_on_the_disk_and_the_file_shrinks(log_path: Path, noon: datetime) -> None:
    fill(log_path, [(QUERY, noon)] * 3000 + [(CALL, noon + 50 * DAY)])
    size = log_path.stat().st_size
    assert b"old-secret" in log_path.read_bytes()
    assert sweep(log_path, DNS_30, noon + 50 * DAY) == {"dns": 3000}
    for file in log_path.parent.iterdir():
        assert b"old-secret" not in file.read_bytes(), file
    assert log_path.stat().st_size < size / 2
    assert HitReader(log_path).verify().seq == 3001


def test_sealed_hits_are_erased_alike(log_path: Path, noon: datetime) -> None:
    public = X25519PrivateKey.from_private_bytes(b"\1" * 32).public_key().public_bytes_raw()
    fill(log_path, [(QUERY, noon), (CALL, noon), (QUERY, noon)], Duties(sealer=Sealer(public, b"k")))
    assert sweep(log_path, DNS_30, noon + 50 * DAY) == {"dns": 1}
    assert HitReader(log_path).audit().erased == 1


def test_a_window_without_anything_to_erase_is_passed(
    mixed: Path, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step looks at so many numbers and erases so many at most; the sweep ends all the same."""
    monkeypatch.setattr(limits, "RETENTION_WINDOW_HITS", 3)
    monkeypatch.setattr(limits, "RETENTION_STEP_HITS", 2)
    assert sweep(mixed, replace(DNS_30, days={"call": 2, "dns": 30}), noon + 40 * DAY) == {"call": 8, "dns": 8}
    HitReader(mixed).verify()


def test_accidents_still_do_not_delete(mixed: Path, noon: datetime) -> None:
    sweep(mixed, DNS_30, noon + 40 * DAY)
    connection = sqlite3.connect(str(mixed), isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("DELETE FROM hit WHERE seq = 20")
    connection.close()


def test_a_tombstone_in_place_of_another_hit_breaks_the_chain(mixed: Path, noon: datetime) -> None:
    sweep(mixed, DNS_30, noon + 40 * DAY)
    connection = sqlite3.connect(str(mixed), isolation_level=None)
    connection.execute("UPDATE tombstone SET body = zeroblob(32) WHERE seq = 3")
    connection.close()
    with pytest.raises(HitError, match="hit 3"):
        HitReader(mixed).verify()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "nothing happened within a minute"
        time.sleep(0.05)


def test_a_running_log_erases_by_itself_what_was_pulled(log_path: Path, noon: datetime) -> None:
    fill(log_path, [(QUERY, noon)] * 1200)
    duties = Duties(retention=Retention({"dns": 30}))
    with HitLog.open(log_path, now=lambda: noon + 40 * DAY, duties=duties) as log:
        log.pulled(1100)
        log.append(CALL, noon + 40 * DAY).result(60)
    with HitLog.open(log_path, now=lambda: noon + 40 * DAY, duties=duties) as log:
        until(lambda: HitReader(log_path).counters().get("log.erased.dns", 0) == 1100)
        assert log.append(QUERY, noon + 40 * DAY).result(60).seq == 1202
    assert HitReader(log_path).audit().erased == 1100


def test_a_full_log_makes_room_by_erasing(log_path: Path, noon: datetime) -> None:
    """Space is found for what is left of the hits, and the file never grows beyond its cap."""
    max_bytes = 2 << 20
    now = noon
    duties = Duties(retention=replace(DNS_30, days={"dns": 1}))
    with HitLog.open(log_path, now=lambda: now, max_bytes=max_bytes, duties=duties) as log:
        full = 0
        while log.append_all([QUERY] * 50, now).exception(60) is None:
            full += 50
        assert log_path.stat().st_size <= max_bytes
        with pytest.raises(LogUnwritableError, match="full"):
            log.append_all([QUERY] * 50, now).result(60)
        now = noon + 2 * DAY
        assert log._erasing is not None
        log._erasing._every_seconds = 0
        until(lambda: HitReader(log_path).counters().get("log.erased.dns", 0) >= full - 1)
        until(lambda: log.append_all([QUERY] * 50, now).exception(60) is None)
        assert log_path.stat().st_size <= max_bytes
    HitReader(log_path).verify()


def test_old_checkpoints_are_thinned_to_one_an_hour(log_path: Path, noon: datetime) -> None:
    fill(log_path, [(QUERY, noon)])
    connection = sqlite3.connect(str(log_path), isolation_level=None)
    for minute in range(300):
        at = (noon + timedelta(minutes=minute)).isoformat()
        connection.execute(INSERT_CHECKPOINT, (minute + 1, at, b"key", "note"))
    connection.execute(THIN_CHECKPOINTS, {"kept": 60})
    left = [row[0] for row in connection.execute("SELECT seq FROM checkpoint ORDER BY seq")]
    connection.close()
    assert left == [60, 120, 180, 240, *range(241, 301)]


KILLED = """
import datetime, pathlib, sys
from collector.hit import Channel, Contact
from collector.hitlog.writer import Duties, HitLog
from collector.hitlog.retention import Retention
now = lambda: datetime.datetime.now(datetime.UTC)
old = now() - datetime.timedelta(days=3)
duties = Duties(retention=Retention({"dns": 1}, erase_unpulled=True))
log = HitLog.open(pathlib.Path(sys.argv[1]), now=now, duties=duties)
while True:
    hits = log.append_all([Contact(Channel.DNS, "x", "192.0.2.1")] * 50, old).result()
    print(hits[-1].seq, flush=True)
"""


def test_kill_9_while_erasing_leaves_each_hit_whole_or_erased(log_path: Path) -> None:
    """Each run begins with a look at what the one before left; a kill falls into it sooner or later."""
    acknowledged = 0
    for turn in range(4):
        process = subprocess.Popen([sys.executable, "-c", KILLED, log_path], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(15 + 7 * turn):
            acknowledged = int(process.stdout.readline())
        process.kill()
        process.stdout.close()
        process.wait()
    found = HitReader(log_path).audit()
    assert found.head.seq >= acknowledged
    assert found.erased == HitReader(log_path).counters()["log.erased.dns"] > 0
