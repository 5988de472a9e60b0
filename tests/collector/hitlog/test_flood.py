"""Under a flood: every name with a valid tag is on record, and first; of the others an exact share; all are counted."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path

import dns.asyncquery
import dns.message
import pytest

from collector import limits
from collector.config.file import DnsConfig
from collector.config.value import Address
from collector.errors import LogUnwritableError
from collector.hit import Channel, Contact
from collector.hit.tokentag import BASE32, TagKey
from collector.hitlog.flood import Flood, FloodConfig
from collector.hitlog.reader import HitReader
from collector.hitlog.sqlite import sqlite3
from collector.hitlog.writer import Duties, HitLog
from collector.listeners.dns import UdpListener
from collector.listeners.dnszone import Authority
from collector.recorder import LogRecorder
from collector.sockets import listen_udp_and_tcp

TAGS = TagKey(bytes(range(32)))
ALWAYS = FloodConfig(contacts_per_second=0, keep_one_in=10)
CALL = Contact(Channel.CALL, "+8614012345678", "+12025550100", event_id="CA1", provider="twilio")


def names(count: int, seed: int = 1) -> list[str]:
    """Names as an attacker makes them up: as long as ours."""
    rng = random.Random(seed)
    return ["".join(rng.choices(BASE32, k=15)) + ".t.example.net" for _ in range(count)]


def tagged_names(count: int) -> list[str]:
    return [TAGS.link(name[:8], BASE32) + ".t.example.net" for name in names(count, seed=2)]


def queries(found: Iterable[str]) -> list[Contact]:
    return [Contact(Channel.DNS, name, "192.0.2.1") for name in found]


def left_out(log: HitLog) -> int:
    log.close()
    return sum(value for name, value in HitReader(log.path).counters().items() if name.startswith("flood.left_out."))


def recorder(log: HitLog, at: datetime, config: FloodConfig = ALWAYS) -> LogRecorder:
    return LogRecorder(log, lambda: at, lambda _: None, Flood(config, TAGS, clock=lambda: 0.0))


def test_all_tagged_names_and_an_exact_share_of_the_others_are_recorded_and_all_counted(
    log: HitLog, noon: datetime
) -> None:
    noise, ours = queries(names(2000)), queries(tagged_names(20))
    mixed = [*noise, *ours]
    random.Random(3).shuffle(mixed)
    recording = recorder(log, noon)
    done = [recording.record(mixed[at : at + 50]) for at in range(0, len(mixed), 50)]
    for one in done:
        one.result(60)
    dropped = left_out(log)
    recorded = [hit.contact for hit in HitReader(log.path).stream_from(1)]
    assert {one.beacon for one in recorded} >= {one.beacon for one in ours}
    sampled = [one for one in recorded if one.claims.get("sampled") == "1 in 10"]
    assert len(sampled) == 200
    assert len(recorded) == 220
    assert len(recorded) + dropped == len(mixed)


def test_below_the_limits_everything_is_recorded(log: HitLog, noon: datetime) -> None:
    recording = recorder(log, noon, FloodConfig(contacts_per_second=100, waiting=1000, keep_one_in=10))
    recording.record(queries(names(100))).result(60)
    assert (left_out(log), HitReader(log.path).head().seq) == (0, 100)


def test_the_rate_counts_anew_each_second() -> None:
    second = 0.0
    flood = Flood(FloodConfig(contacts_per_second=10), TAGS, clock=lambda: second)
    noise = queries(names(6))
    assert flood.sort(noise, 0) is None
    assert flood.sort(noise, 0) is not None
    second = 1.0
    assert flood.sort(noise, 0) is None
    assert flood.sort([], limits.MAX_WAITING_CONTACTS) is not None


def test_a_disk_that_is_slow_shows_in_what_came_during_one_commit() -> None:
    """The DNS listener hands over one batch at a time, so nothing else waits when it does."""
    flood = Flood(FloodConfig(contacts_per_second=10**6, waiting=100), TAGS, clock=lambda: 0.0)
    assert flood.sort(queries(names(100)), 0) is None
    assert flood.sort(queries(names(101)), 0) is not None
    assert flood.sort(queries(names(1)), 100) is not None


def test_calls_messages_and_mail_are_never_left_out(log: HitLog, noon: datetime) -> None:
    others = [replace(CALL, event_id=f"{n}", channel=channel) for channel in Channel for n in range(30)]
    retried = [one for one in others if one.channel not in (Channel.DNS, Channel.WEB)]
    hits = recorder(log, noon).record(retried).result(60)
    assert len(hits) == len(retried)
    assert left_out(log) == 0


def test_a_group_of_noise_alone_is_answered_at_once(log: HitLog, noon: datetime) -> None:
    assert recorder(log, noon, replace(ALWAYS, keep_one_in=10**6)).record(queries(names(5))).result(60) == ()
    assert left_out(log) == 5


def test_many_threads_keep_the_share_exact(log: HitLog, noon: datetime) -> None:
    recording = recorder(log, noon)

    def produce(seed: int) -> None:
        for one in queries(names(250, seed)):
            recording.record([one]).result(60)

    threads = [threading.Thread(target=produce, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dropped = left_out(log)
    assert (HitReader(log.path).head().seq, dropped) == (200, 1800)


class Stuck:
    """The log's file is held by another program, so that nothing is written until it lets go."""

    def __init__(self, log: HitLog) -> None:
        log._database.conn.execute("PRAGMA busy_timeout = 60000")
        self._connection = sqlite3.connect(str(log.path), isolation_level=None, check_same_thread=False)
        self._connection.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


def test_tagged_names_go_ahead_of_all_that_waits(log: HitLog, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for what the writer has in hand already: one commit, here the first contact and at most one group."""
    monkeypatch.setattr(limits, "MAX_COMMIT_HITS", 100)
    stuck = Stuck(log)
    first = log.append_all(queries(names(1)), noon)
    waiting = [log.append_all(queries(names(100, seed)), noon) for seed in range(20)]
    ours = recorder(log, noon).record(queries(tagged_names(3)))
    stuck.let_go()
    seqs = [hit.seq for hit in ours.result(60)]
    first.result(60)
    last = [one.result(60)[-1].seq for one in waiting]
    assert max(seqs) < max(last)
    assert sum(seq > max(seqs) for seq in last) >= 19


def test_when_no_more_may_wait_there_is_still_room_for_tagged_names(
    log: HitLog, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What of the sample finds no room is counted, and does not turn the others away."""
    monkeypatch.setattr(limits, "MAX_WAITING_CONTACTS", 100)
    stuck = Stuck(log)
    log.append_all(queries(names(1)), noon)
    deadline = time.monotonic() + 60
    while log.waiting:  # until the writer has it in hand and waits for the file
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for _ in range(3):
        log.append_all(queries(names(30)), noon)
    with pytest.raises(LogUnwritableError):
        log.append_all(queries(names(30)), noon)
    ours = recorder(log, noon).record(queries([*tagged_names(5), *names(100, 9)]))
    stuck.let_go()
    assert len(ours.result(60)) == 5
    log.close()
    counters = HitReader(log.path).counters()
    assert counters["flood.left_out.dns"] == 90
    assert counters["flood.lost.dns"] == 10
    recorded = Counter(hit.contact.beacon for hit in HitReader(log.path).stream_from(1))
    assert all(recorded[name] == 1 for name in tagged_names(5))


def test_tagged_hits_are_marked_for_retention(log_path: Path, noon: datetime) -> None:
    duties = Duties(tags=TAGS)
    with HitLog.open(log_path, now=lambda: noon, duties=duties) as log:
        log.append_all(queries([*names(2), *tagged_names(2)]), noon).result(60)
        log.append_all([*queries(tagged_names(1)), replace(CALL, beacon="\ud800")], noon).exception(60)
        log.append_all(queries(names(1)), noon).result(60)
    connection = sqlite3.connect(str(log_path))
    marked = [bool(row[0]) for row in connection.execute("SELECT tagged FROM hit ORDER BY seq")]
    connection.close()
    assert marked == [False, False, True, True, False]


def test_a_flood_over_real_sockets_loses_no_tagged_name_and_answers_all(log: HitLog, noon: datetime) -> None:
    """Every query is answered, whether on record or not; the log and its counters account for each."""
    ours, noise = tagged_names(15), names(600)
    mixed = [*ours, *noise]
    random.Random(4).shuffle(mixed)

    async def serve() -> int:
        udp, tcp = listen_udp_and_tcp(Address("127.0.0.1", 0), "dns")
        tcp.close()
        authority = Authority(DnsConfig((), ("t.example.net",), (IPv4Address("203.0.113.5"),)))
        listener = UdpListener(udp, authority, recorder(log, noon))
        port = int(udp.getsockname()[1])
        answered = 0
        for at in range(0, len(mixed), 40):
            asked = (
                dns.asyncquery.udp(dns.message.make_query(name, "A"), "127.0.0.1", port=port, timeout=60)
                for name in mixed[at : at + 40]
            )
            answered += sum(len(one.answer) for one in await asyncio.gather(*asked))
        await listener.stop()
        return answered

    assert asyncio.run(serve()) == len(mixed)
    dropped = left_out(log)
    recorded = [hit.contact.beacon for hit in HitReader(log.path).stream_from(1)]
    assert set(ours) <= set(recorded)
    assert (len(recorded) + dropped, len(recorded)) == (len(mixed), 15 + 60)
