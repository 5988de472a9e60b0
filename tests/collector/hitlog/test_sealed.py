"""A log sealed to a key: nothing of a contact is on the disk, and it is one hit, numbered and chained as ever."""

import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.errors import HitError
from collector.hit import Channel, Contact, Hit
from collector.hit.sealing import Opener, Sealer, opened
from collector.hitlog.reader import HitReader
from collector.hitlog.writer import Duties, HitLog
from tests.collector.running import CONFIG, TOKEN, run_command, running

PRIVATE = bytes(range(32))
PUBLIC = X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
OPENER = Opener([PRIVATE])
CALL = Contact(Channel.CALL, "+8614012345678", "+12025550100", event_id="CA1", provider="twilio", raw=b"the-raw-bytes")
QUERY = Contact(Channel.DNS, "secret-name.t.example.net", "192.0.2.1", claims={"qtype": "A"})


def sealed_log(path: Path, at: datetime) -> HitLog:
    return HitLog.open(path, now=lambda: at, duties=Duties(sealer=Sealer(PUBLIC, b"event key")))


def contacts(path: Path) -> list[Contact]:
    return [opened(hit, OPENER.hit_key(hit)).contact if hit.contact.sealed else hit.contact for hit in hits(path)]


def hits(path: Path) -> list[Hit]:
    return list(HitReader(path).stream_from(1))


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())


def test_nothing_of_a_contact_reaches_the_disk(log_path: Path, noon: datetime) -> None:
    with sealed_log(log_path, noon) as log:
        log.append_all([CALL, QUERY], noon).result(60)
        while_open = on_disk(log_path.parent)
    for content in (while_open, on_disk(log_path.parent)):
        for secret in (
            b"8614012345678",
            b"12025550100",
            b"CA1",
            b"twilio",
            b"the-raw-bytes",
            b"secret-name",
            b"192.0.2",
        ):
            assert secret not in content
    assert contacts(log_path) == [CALL, QUERY]
    assert HitReader(log_path).verify().seq == 2


def test_the_same_event_is_one_hit_in_a_group_across_groups_and_over_restarts(log_path: Path, noon: datetime) -> None:
    with sealed_log(log_path, noon) as log:
        first, again = log.append_all([CALL, replace(CALL, claims={"text": "retry"})], noon).result(60)
        assert first == again == log.append(CALL, noon).result(60)
    with sealed_log(log_path, noon) as log:
        assert log.append(CALL, noon).result(60) == first
        others = [replace(CALL, channel=Channel.SMS), replace(CALL, provider="standard"), replace(CALL, event_id="CA2")]
        assert [hit.seq for hit in log.append_all(others, noon).result(60)] == [2, 3, 4]


def test_an_event_recorded_in_the_open_is_found_after_sealing_began(log_path: Path, noon: datetime) -> None:
    with HitLog.open(log_path, now=lambda: noon) as log:
        first = log.append(CALL, noon).result(60)
    with sealed_log(log_path, noon) as log:
        assert log.append(CALL, noon).result(60) == first
        log.append(QUERY, noon).result(60)
    assert contacts(log_path) == [CALL, QUERY]
    HitReader(log_path).verify()


def test_a_group_that_cannot_be_sealed_fails_alone_and_its_numbers_are_sealed_anew(
    log_path: Path, noon: datetime
) -> None:
    with sealed_log(log_path, noon) as log:
        bad = log.append_all([CALL, replace(QUERY, beacon="\ud800")], noon)
        good = log.append_all([QUERY, CALL], noon)
        with pytest.raises(HitError, match="surrogates"):
            bad.result(60)
        assert [hit.seq for hit in good.result(60)] == [1, 2]
    assert contacts(log_path) == [QUERY, CALL]


def test_a_collector_run_seals_what_comes_and_can_still_be_verified(tmp_path: Path) -> None:
    """Over real sockets: query, page, mail, call; a retried call is one hit; the key lies nowhere near."""
    config = CONFIG.replace('path = "hits.db"', f'path = "hits.db"\nseal_to = "x25519:{PUBLIC.hex()}"')
    with running(tmp_path, config) as collector:
        collector.query("secret-name.t.example.net")
        collector.visit("/t/secret-page")
        collector.mail("secret-box@mail.example.com")
        assert [collector.call("CAsecret"), collector.call("CAsecret")] == [200, 200]
        collector.stop()
    kept = on_disk(tmp_path)
    for secret in (b"secret-name", b"secret-page", b"secret-box", b"CAsecret"):
        assert secret not in kept
    found = contacts(tmp_path / "hits.db")
    assert sorted(one.channel.value for one in found) == ["call", "dns", "mail", "web"]
    assert {one.event_id for one in found if one.channel is Channel.CALL} == {"CAsecret"}
    assert run_command(tmp_path, "verify", "--config", "collector.toml").returncode == 0
    tail = run_command(tmp_path, "tail", "--config", "collector.toml").stdout
    assert tail.count("(sealed)") == 4
    assert TOKEN not in tail


KILLED = """
import datetime, pathlib, sys
from collector.hit import Channel, Contact
from collector.hit.sealing import Sealer
from collector.hitlog.writer import Duties, HitLog
from collector.hitlog.signing import LogKey, Signing
now = lambda: datetime.datetime.now(datetime.UTC)
path = pathlib.Path(sys.argv[1])
duties = Duties(
    signing=Signing(LogKey.beside(path), every_hits=70, every_seconds=60),
    sealer=Sealer(bytes.fromhex(sys.argv[2]), b"event key"),
)
log = HitLog.open(path, now=now, duties=duties)
for number in range(100_000):
    events = [Contact(Channel.CALL, "", "", event_id=f"{number // 2 * 10 + i}") for i in range(10)]
    for event, hit in zip(events, log.append_all(events, now()).result(), strict=True):
        print(event.event_id, hit.seq, flush=True)
"""


def test_kill_9_loses_no_acknowledged_sealed_event_and_doubles_none(log_path: Path) -> None:
    """Each event is sent twice by each run, and by the runs after it again."""
    acknowledged: dict[str, str] = {}
    for turn in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, log_path, PUBLIC.hex()], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(150 * (turn + 1))]
        process.kill()
        lines += [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        process.stdout.close()
        process.wait()
        for line in lines:
            event, seq = line.split()
            assert acknowledged.setdefault(event, seq) == seq
    recorded = [one.event_id for one in contacts(log_path)]
    assert len(set(recorded)) == len(recorded)
    assert set(acknowledged) <= set(recorded)
    assert HitReader(log_path).audit().checkpoints > 0
