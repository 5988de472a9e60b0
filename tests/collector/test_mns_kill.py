"""The reader of queues under `kill -9`: what was deleted is on record, what was not comes again as the same hit."""

import json
import random
import time
from pathlib import Path

from collector.hitlog.reader import HitReader
from tests.collector.listeners.mnsqueue import ACCESS_KEY_ID, QUEUE, Queues, serving
from tests.collector.running import run_command, running

CONFIG = """
[log]
path = "hits.db"
[mns]
queues = "{queue}"
access_key_id = "{key}"
access_key_secret = {{ env = "ALIYUN_KEY" }}
endpoint = "{address}"
token_endpoint = "{address}"
wait_seconds = 1
"""
SECRET = {"ALIYUN_KEY": "the-operators-secret"}
LIVES = 6
CALLS = 60  # in each life
PATIENCE_SECONDS = 60


def test_no_call_is_lost_or_doubled_by_kill_9_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    with serving(Queues(visibility_seconds=0.5)) as queues:
        config = CONFIG.format(queue=QUEUE, key=ACCESS_KEY_ID, address=queues.address)
        for life in range(LIVES):
            before = len(queues.deleted)
            for number in range(CALLS):
                queues.send(call(f"{life}-{number}"))
            with running(tmp_path, config, SECRET) as collector:
                wait_for(queues, before + chance.randint(1, CALLS // 2))
                time.sleep(chance.random() * 0.02)
                collector.process.kill()
                collector.process.communicate()
            assert deleted(queues) <= recorded(tmp_path)
        with running(tmp_path, config, SECRET) as collector:
            wait_for(queues, LIVES * CALLS)
            code, said = collector.stop()
    assert code == 0
    assert "the-operators-secret" not in said
    assert "pass-secret" not in said
    assert HitReader(tmp_path / "hits.db").verify().seq == LIVES * CALLS
    assert recorded(tmp_path) == {f"call-{life}-{number}" for life in range(LIVES) for number in range(CALLS)}


def test_what_is_asked_to_be_deleted_is_on_disk_when_the_process_dies_of_asking(tmp_path: Path) -> None:
    """Killed by the queue itself, before or after it deletes, so that the answer never comes."""
    with serving(Queues(visibility_seconds=0.2)) as queues:
        config = CONFIG.format(queue=QUEUE, key=ACCESS_KEY_ID, address=queues.address)
        for life in range(LIVES):
            queues.keeps_deleted = life % 2 == 0
            queues.send(call(str(life)))
            before = recorded(tmp_path) if life else set()
            with running(tmp_path, config, SECRET) as collector:
                queues.on_delete = collector.process.kill
                collector.process.communicate(timeout=PATIENCE_SECONDS)
            assert recorded(tmp_path) - before == {f"call-{life}"}
            queues.on_delete = ignore
    assert HitReader(tmp_path / "hits.db").verify().seq == LIVES


def ignore() -> None:
    """What an undisturbed queue does when a deletion is asked for."""


def test_check_connects_to_queues_and_office_and_says_what_to_mend(tmp_path: Path) -> None:
    with serving(Queues()) as queues:
        config = CONFIG.format(queue=QUEUE, key=ACCESS_KEY_ID, address=queues.address).replace(
            "ALIYUN_KEY", "STANDARD_KEY"
        )
        (tmp_path / "collector.toml").write_text(config.replace(queues.address, "http://127.0.0.1:1", 1))
        done = run_command(tmp_path, "check", "--json", "--config", "collector.toml")
    checks = {one["name"]: (one["ok"], one["detail"]) for one in json.loads(done.stdout)["checks"]}
    assert checks["mns.token_endpoint"] == (True, "can be reached; the key is tried by the run alone")
    assert checks["mns.endpoint"][0] is False
    assert "mend the address" in checks["mns.endpoint"][1]


def call(name: str) -> dict[str, object]:
    return {"call_id": f"call-{name}", "secret_no": "14012345678", "peer_no": "14012340000", "call_type": 1}


def deleted(queues: Queues) -> set[str]:
    return {json.loads(body)["call_id"] for body in queues.deleted_texts()}


def recorded(folder: Path) -> set[str]:
    return {hit.contact.event_id or "" for hit in HitReader(folder / "hits.db").stream_from(1)}


def wait_for(queues: Queues, number: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while len(queues.deleted) < number:
        assert time.monotonic() < end, f"{len(queues.deleted)} of {number} were deleted"
        time.sleep(0.005)
