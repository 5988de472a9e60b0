"""Alibaba Cloud's queues over real connections: recorded, then deleted; refused, slow and broken ones."""

import asyncio
import json
import logging
import os
import secrets
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import Message

from collector.config.file import parse_config
from collector.config.mns import MnsConfig
from collector.hit import Channel, Contact
from collector.listeners import mns as mns_module
from collector.listeners import reconnect
from collector.listeners.mns import MnsListener
from tests.collector.issuing import issue
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.mnsqueue import ACCESS_KEY_ID, ACCESS_KEY_SECRET, QUEUE, Queues, serving
from tests.collector.listeners.patience import until

CALL = {
    "call_id": "call-1",
    "sub_id": "1000000001",
    "out_id": "decoy",
    "phone_no": "14012340009",
    "secret_no": "14012345678",
    "peer_no": "14012340000",
    "call_type": 1,
    "call_time": "2026-11-22 16:00:00",
}


def config(
    queues: Queues, changes: Mapping[str, object] | None = None, *, secret: str = ACCESS_KEY_SECRET
) -> MnsConfig:
    section: dict[str, object] = {
        "queues": QUEUE,
        "access_key_id": ACCESS_KEY_ID,
        "access_key_secret": {"env": "KEY"},
        "endpoint": queues.address,
        "token_endpoint": queues.address,
        "wait_seconds": 1,
        **(changes or {}),
    }
    found = parse_config({"log": {"path": "hits.db"}, "mns": section}, {"KEY": secret}).mns
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconnect, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(mns_module, "UNAVAILABLE_SECONDS", 0.05)


@asynccontextmanager
async def reading(records: Records, settings: MnsConfig) -> AsyncIterator[None]:
    listener = MnsListener(settings, records, lambda: datetime.now(UTC), lambda: secrets.token_hex(16))
    await listener.start()
    try:
        yield
    finally:
        await listener.stop()


def run(records: Records, settings: MnsConfig, talk: Callable[[], Awaitable[None]]) -> None:
    async def one_life() -> None:
        async with reading(records, settings):
            await talk()

    asyncio.run(one_life())


def drain(records: Records, queues: Queues) -> list[Contact]:
    """Read until the queue is empty."""

    async def talk() -> None:
        await until(lambda: not queues.messages)

    run(records, config(queues), talk)
    return records.contacts()


def test_alibabas_own_client_can_use_the_queues_of_these_tests() -> None:
    """The judge of our signatures is judged: a wrong secret is refused, a right one sends, receives and deletes."""
    with serving(Queues(requires_pass=False)) as queues:
        stranger = Account(queues.address, ACCESS_KEY_ID, "not-this")
        owner = Account(queues.address, ACCESS_KEY_ID, ACCESS_KEY_SECRET)
        with pytest.raises(MNSServerException, match="SignatureDoesNotMatch"):
            stranger.get_queue(QUEUE).batch_receive_message(1, 0)
        queue = owner.get_queue(QUEUE)
        queue.send_message(Message("one"))
        queue.send_message(Message("two"))
        received = queue.batch_receive_message(16, 1)
        assert [one.message_body for one in received] == [b"one", b"two"]
        queue.batch_delete_message([one.receipt_handle for one in received])
        assert queues.messages == []
        with pytest.raises(MNSServerException, match="MessageNotExist"):
            queue.batch_receive_message(1, 0)
        for account in (stranger, owner):
            account.mns_client.close_connection()


def test_a_call_is_recorded_then_deleted_and_without_tls_not_verified(records: Records) -> None:
    with serving(Queues()) as queues:
        queues.send(CALL)
        (contact,) = drain(records, queues)
    assert (contact.channel, contact.provider, contact.event_id) == (Channel.CALL, "aliyun", "call-1")
    assert (contact.beacon, contact.peer) == ("+8614012345678", "+8614012340000")
    assert contact.occurred_at == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    assert contact.claims["queue"] == "SecretReport"
    assert contact.claims["queue_message_id"] == "id-1"
    assert json.loads(contact.raw) == CALL
    assert not contact.verified
    assert queues.refusals == []


def test_calls_that_went_out_are_deleted_and_counted(records: Records) -> None:
    with serving(Queues()) as queues:
        queues.send({**CALL, "call_type": 0})
        assert drain(records, queues) == []
    assert records.counters_after_close()["mns.no_contact"] == 1


def test_more_messages_than_one_batch_holds_are_all_read(records: Records) -> None:
    with serving(Queues()) as queues:
        for number in range(50):
            queues.send({**CALL, "call_id": f"call-{number}"})
        assert {one.event_id for one in drain(records, queues)} == {f"call-{number}" for number in range(50)}


def test_nothing_is_deleted_while_the_log_cannot_be_written(records: Records) -> None:
    with serving(Queues(visibility_seconds=0.05)) as queues:

        async def talk() -> None:
            await until(lambda: bool(queues.messages and queues.messages[0].received > 2))
            assert queues.deleted == []
            records.fail(on=False)
            await until(lambda: not queues.messages)

        records.fail()
        queues.send(CALL)
        run(records, config(queues), talk)
    assert len(records.contacts()) == 1
    assert records.counters_after_close()["mns.unavailable"] > 1


def test_a_message_that_comes_again_is_one_hit(records: Records) -> None:
    with serving(Queues(visibility_seconds=0.05, keeps_deleted=True)) as queues:

        async def talk() -> None:
            await until(lambda: queues.messages[0].received > 3)
            queues.keeps_deleted = False
            await until(lambda: not queues.messages)

        queues.send(CALL)
        run(records, config(queues), talk)
    assert len(records.contacts()) == 1


def test_a_handle_that_has_run_out_is_counted_and_the_message_deleted_with_the_next(records: Records) -> None:
    with serving(Queues(visibility_seconds=0.05)) as queues:
        forgot = threading.Event()
        delete = queues.delete

        def late(handles: list[str]) -> list[str]:
            if not forgot.is_set():
                forgot.set()
                return handles
            return delete(handles)

        queues.delete = late  # type: ignore[method-assign]  # the queue's clock, not ours
        queues.send(CALL)
        assert len(drain(records, queues)) == 1
    assert records.counters_after_close()["mns.not_deleted"] == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("not Base64 at all!", "neither JSON nor Base64"),
        ("{", "not JSON"),
        ('["text"]', "a receipt that is not an object"),
        ('{"call_type": 1}', "a receipt without secret_no or call_id"),
        ("[" * 5000, "not JSON"),
        ('{"call_type": 1, "secret_no": "1", "call_id": "\\ud800"}', ""),
    ],
)
def test_what_nobody_can_read_is_a_contact_and_does_not_block_the_queue(
    records: Records, body: str, reason: str
) -> None:
    with serving(Queues()) as queues:
        queues.send(body, is_encoded=False)
        queues.send(CALL)
        broken, call = drain(records, queues)
    assert broken.claims.get("malformed", "") == reason
    assert call.event_id == "call-1"


def test_a_text_that_is_no_utf_8_inside_its_base64_is_a_contact(records: Records) -> None:
    with serving(Queues()) as queues:
        queues.send("//79", is_encoded=False)
        (broken,) = drain(records, queues)
    assert broken.claims["malformed"] == "not JSON"


BOMB = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'">]><Messages><Message>&a;</Message></Messages>'


@pytest.mark.parametrize(
    "answer",
    [
        (200, BOMB),
        (200, b"<Messages><Message><MessageBody>e30=</MessageBody></Message></Messages>"),
        (200, b"x" * (5 << 20)),
        (500, b"<html>"),
        (403, b"<Error><Code>SecurityTokenExpired</Code></Error>"),
        (302, b""),
    ],
    ids=["bomb", "no handle", "too long", "no XML", "run out", "redirect"],
)
def test_an_answer_that_cannot_be_used_is_left_and_the_queue_taken_up_again(
    records: Records, answer: tuple[int, bytes]
) -> None:
    with serving(Queues(answers=[answer])) as queues:
        queues.send(CALL)
        assert len(drain(records, queues)) == 1
        assert len(queues.passes) == 2, "a new pass with each beginning"
    assert records.counters_after_close()["mns.disconnected"] == 1


def test_a_pass_is_replaced_before_it_ends(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mns_module, "LEAST_PASS_SECONDS", 0.0)
    with serving(Queues(pass_seconds=1)) as queues:

        async def talk() -> None:
            await until(lambda: len(queues.passes) > 2)

        run(records, config(queues), talk)
        assert queues.refusals == []


def test_a_wrong_key_is_tried_again_and_never_said(records: Records, caplog: pytest.LogCaptureFixture) -> None:
    with serving(Queues()) as queues:

        async def talk() -> None:
            await until(lambda: caplog.text.count("no pass was given") > 1)

        with caplog.at_level(logging.DEBUG):
            run(records, config(queues, secret="not-this"), talk)
    assert "no pass was given: 400 SignatureDoesNotMatch; trying again" in caplog.text
    assert "not-this" not in caplog.text


def test_a_queue_that_is_not_there_is_named(records: Records, caplog: pytest.LogCaptureFixture) -> None:
    with serving(Queues()) as queues:

        async def talk() -> None:
            await until(lambda: "the queue answers 404 QueueNotExist" in caplog.text)

        run(records, config(queues, {"queues": "Alicom-Queue-9-SecretStartReport"}), talk)


def test_stopping_does_not_wait_for_an_empty_queue(records: Records) -> None:
    with serving(Queues()) as queues:
        began = [0.0]

        async def talk() -> None:
            await until(lambda: bool(queues.passes))
            await asyncio.sleep(0.2)
            began[0] = time.monotonic()

        run(records, config(queues, {"wait_seconds": 30}), talk)
        assert time.monotonic() - began[0] < 25, "the request lasts 30 s"


def test_a_certificate_nobody_vouches_for_is_refused(
    records: Records, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same server is read once its certificate is among the system's: then what it says is Alibaba's."""
    files = issue(tmp_path / "tls", "localhost").files
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    with serving(Queues(), context) as queues:
        own = dict.fromkeys(("endpoint", "token_endpoint"), f"https://localhost:{queues.port}")

        async def refused() -> None:
            await until(lambda: "certificate verify failed" in caplog.text)

        async def read() -> None:
            await until(lambda: not queues.messages)

        queues.send(CALL)
        run(records, config(queues, own), refused)
        assert queues.passes == {}
        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(files.certificate))
        run(records, config(queues, own), read)
    (contact,) = records.contacts()
    assert contact.verified


def test_a_server_that_answers_drop_by_drop_is_left(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.listeners.mnshttp.CONNECT_SECONDS", 0.2)
    monkeypatch.setattr("collector.listeners.mnshttp.ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        stopping = threading.Event()

        def drip() -> None:
            client = server.accept()[0]
            with client:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while not stopping.wait(0.05):
                    try:
                        client.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()

        async def talk() -> None:
            await until(lambda: not thread.is_alive())

        queues = Queues(port=server.getsockname()[1])
        run(records, config(queues), talk)
        stopping.set()
        thread.join(60)
