"""The [ari] listener against a server that speaks WebSocket: logins, endings, floods of bytes, and what is counted."""

import asyncio
import base64
import hashlib
import http
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from collector.config.lines import AriConfig, Remote
from collector.config.value import Secret
from collector.errors import ConfigError
from collector.hitlog.reader import HitReader
from collector.listeners import ari as ari_module
from collector.listeners import reconnect
from collector.listeners.ari import AriListener
from collector.listeners.ariwire import MAX_MESSAGE_BYTES
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.patience import until

PASSWORD = "rest-password-1"
LOGIN = "Basic " + base64.b64encode(f"honey:{PASSWORD}".encode()).decode()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(reconnect, "FIRST_WAIT_SECONDS", 0.01)
    caplog.set_level(logging.DEBUG, logger="collector")


class RestInterface:
    """Asterisk's side, as its documentation has it."""

    def __init__(self, *, status: int = 101, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.headers = headers or {}
        self.paths: list[str] = []
        self.ready = asyncio.Event()
        self.connection: ServerConnection | None = None
        self.server: Server | None = None

    async def start(self) -> int:
        self.server = await serve(self._talk, "127.0.0.1", 0, process_request=self._admit, compression=None)
        return int(next(iter(self.server.sockets)).getsockname()[1])

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        await self.server.wait_closed()

    async def say(self, *messages: object) -> None:
        await self.ready.wait()
        assert self.connection is not None
        for one in messages:
            await self.connection.send(one if isinstance(one, str | bytes) else json.dumps(one))

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        status = self.status if request.headers.get("Authorization") == LOGIN else 401
        if status == 101:
            return None
        answer = connection.respond(http.HTTPStatus(status), "no")
        for name, value in self.headers.items():
            answer.headers[name] = value
        return answer

    async def _talk(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.ready.set()
        await connection.wait_closed()


@asynccontextmanager
async def listening(records: Records, port: int, *, password: str = PASSWORD) -> AsyncIterator[None]:
    config = AriConfig(Remote("127.0.0.1", port), "honey", Secret(password), country="86")
    listener = AriListener(config, records)
    await listener.start()
    try:
        yield
    finally:
        await listener.stop()


def talk(
    records: Records, interface: RestInterface, talking: Callable[[], Awaitable[None]], *, password: str = PASSWORD
) -> None:
    async def run() -> None:
        port = await interface.start()
        async with listening(records, port, password=password):
            await talking()
        await interface.stop()

    asyncio.run(run())


def event(number: int, *, kind: str = "ChannelCreated", exten: str = "+8614012345678") -> dict[str, object]:
    channel = {
        "id": f"{number}.1",
        "name": "PJSIP/trunk-01",
        "state": "Ring",
        "caller": {"number": "+12025550100"},
        "dialplan": {"context": "in", "exten": exten},
    }
    return {"type": kind, "caller" if kind == "Dial" else "channel": channel}


def seen(records: Records) -> list[str]:
    return [str(one.event_id) for one in records.contacts()]


def said_at_last(records: Records, counter: str) -> Callable[[], bool]:
    return lambda: counter in HitReader(records.log.path).counters()


def test_a_call_is_told_once_and_the_connection_is_kept(records: Records) -> None:
    interface = RestInterface()

    async def talking() -> None:
        sent_on = event(1, kind="Dial", exten="2000")
        await interface.say(event(1), event(1), sent_on, {"type": "ChannelVarset"}, event(2))
        await until(lambda: len(seen(records)) == 2)
        assert interface.connection is not None
        interface.ready.clear()
        await interface.connection.close()
        await interface.say(event(3, kind="ChannelDestroyed"))
        await until(lambda: len(seen(records)) == 3)

    talk(records, interface, talking)
    assert seen(records) == [f"{number}.1 +8614012345678" for number in (1, 2, 3)]
    assert records.counters_after_close() == {"ari.disconnected": 1}
    assert set(interface.paths) == {"/ari/events?app=waybill-collector&subscribeAll=true"}


def test_what_is_no_event_is_counted_and_the_next_one_is_read(records: Records) -> None:
    interface = RestInterface()

    async def talking() -> None:
        await interface.say("{", b"\xff\xfe", "[]", "null", event(1))
        await until(lambda: len(seen(records)) == 1)

    talk(records, interface, talking)
    assert records.counters_after_close() == {"ari.malformed": 4}


def test_a_message_of_impossible_length_ends_the_connection_and_another_is_made(records: Records) -> None:
    interface = RestInterface()

    async def talking() -> None:
        await interface.say("x" * MAX_MESSAGE_BYTES + "x")
        await until(lambda: len(interface.paths) >= 2)
        await until(lambda: interface.connection is not None and interface.connection.close_code is None)
        await interface.say(event(1))
        await until(lambda: len(seen(records)) == 1)

    talk(records, interface, talking)


def test_the_longest_text_is_read(records: Records) -> None:
    """PJSIP takes 32,000 bytes; escaped they are six times as long."""
    interface = RestInterface()
    message = {"from": "sip:+12025550100@x", "to": "sip:+8614012345678@y", "body": "\x01" * 32_000}

    async def talking() -> None:
        await interface.say({"type": "TextMessageReceived", "timestamp": "", "message": message})
        await until(lambda: len(seen(records)) == 1)

    talk(records, interface, talking)


@pytest.mark.parametrize(
    ("status", "password", "reason"),
    [
        (101, "wrong", "the login was refused: see ari.username and ari.password"),
        (404, PASSWORD, "there is no REST Interface: load res_ari_events, and see ari.prefix"),
        (503, PASSWORD, "the server answered 503"),
    ],
)
def test_a_refusal_is_tried_again_and_the_password_stays_unsaid(
    records: Records, caplog: pytest.LogCaptureFixture, status: int, password: str, reason: str
) -> None:
    caplog.set_level(logging.DEBUG)
    interface = RestInterface(status=status)

    async def talking() -> None:
        await until(lambda: len(interface.paths) >= 2)

    talk(records, interface, talking, password=password)
    assert reason in caplog.text
    ours = "".join(one.getMessage() for one in caplog.records if one.name.startswith("collector"))
    assert password not in ours
    assert "Authorization" not in ours
    assert "Basic" not in ours


def test_no_redirect_takes_the_password_elsewhere(records: Records) -> None:
    elsewhere = RestInterface()

    async def run() -> None:
        interface = RestInterface(status=302)
        interface.headers["Location"] = f"ws://127.0.0.1:{await elsewhere.start()}/"
        port = await interface.start()
        async with listening(records, port):
            await until(lambda: len(interface.paths) >= 2)
        await interface.stop()
        await elsewhere.stop()

    asyncio.run(run())
    assert elsewhere.paths == []


def test_another_program_under_our_name_is_said(records: Records, caplog: pytest.LogCaptureFixture) -> None:
    interface = RestInterface()

    async def talking() -> None:
        await interface.say({"type": "ApplicationReplaced"})
        await until(lambda: len(interface.paths) >= 2)

    talk(records, interface, talking)
    assert "another program took over ari.application" in caplog.text


def test_a_dead_interface_is_replaced(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ari_module, "PING_SECONDS", 0.1)
    connections = 0

    async def admit_and_fall_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        (key,) = [one.partition(": ")[2] for one in head if one.startswith("Sec-WebSocket-Key")]
        accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest())
        answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        writer.write(answer + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        try:
            while await reader.read(1000):
                continue
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(admit_and_fall_silent, "127.0.0.1", 0)
        async with listening(records, server.sockets[0].getsockname()[1]):
            await until(lambda: connections >= 2)
        server.close()

    asyncio.run(run())


def test_a_server_of_another_kind_is_said_to_be_one(records: Records, caplog: pytest.LogCaptureFixture) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/5.0.4\r\n")
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with listening(records, server.sockets[0].getsockname()[1]):
            await until(lambda: "not a REST Interface" in caplog.text)
        server.close()

    asyncio.run(run())


def test_an_event_that_cannot_be_recorded_is_counted(records: Records) -> None:
    interface = RestInterface()

    async def talking() -> None:
        await interface.ready.wait()
        records.fail()
        await interface.say(event(1))
        await asyncio.sleep(0.2)
        records.fail(on=False)
        await until(said_at_last(records, "ari.lost"))

    talk(records, interface, talking)


def test_a_collector_without_the_package_says_what_to_install(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ari_module, "HAS_PACKAGES", False)
    with pytest.raises(ConfigError, match=r"pip install 'waybill-honeytokens\[ari\]'"):
        AriListener(AriConfig(Remote("127.0.0.1", 1), "honey", Secret(PASSWORD)), records)
