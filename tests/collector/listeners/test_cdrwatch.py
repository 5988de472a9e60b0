"""Following call records: partial lines, rotation, truncation, restarts, a full log. And Asterisk's events."""

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collector.config.lines import AmiConfig, CdrConfig, Remote
from collector.config.value import Secret
from collector.hitlog.reader import HitReader
from collector.listeners import ami as ami_module
from collector.listeners import cdrwatch, reconnect
from collector.listeners.ami import AmiListener
from collector.listeners.cdrfiles import FolderFollower, LineFollower
from collector.listeners.cdrwatch import CdrListener, load_state
from tests.collector.listeners.conftest import Records
from tests.collector.listeners.patience import until

Talk = Callable[[Path], Awaitable[None]]


def row(number: int, *, end: str = "\n") -> bytes:
    times = '"2026-11-21 08:00:00","",""'
    line = f'"","+12025550100","+8614012345678","in","","c","","","",{times},1,0,"BUSY","","{number}.1",""'
    return (line + end).encode()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdrwatch, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(cdrwatch, "TROUBLE_SECONDS", 0.01)
    monkeypatch.setattr(reconnect, "FIRST_WAIT_SECONDS", 0.01)


def seen(records: Records) -> list[str]:
    return [str(one.event_id).split(".")[0] for one in records.contacts()]


def follow(records: Records, path: Path, talk: Talk, *, kind: str = "asterisk") -> None:
    """Run a listener on `path` while `talk` writes to it."""

    async def run() -> None:
        listener = CdrListener(CdrConfig((path,), kind), records, path.parent / "state")
        await listener.start()
        try:
            await talk(path)
        finally:
            await listener.stop()

    asyncio.run(run())


def rename(path: Path, name: str) -> None:
    path.rename(path.with_name(name))


def overwrite(path: Path, octets: bytes) -> None:
    path.write_bytes(octets)


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def append(path: Path, octets: bytes) -> None:
    with path.open("ab") as file:
        file.write(octets)


def test_records_are_read_as_they_are_written_and_half_a_line_waits(records: Records, tmp_path: Path) -> None:
    async def talk(path: Path) -> None:
        append(path, row(1) + row(2)[:40])
        await until(lambda: seen(records) == ["1"])
        append(path, row(2)[40:])
        await until(lambda: seen(records) == ["1", "2"])

    follow(records, tmp_path / "Master.csv", talk)


def test_rotation_loses_nothing_not_even_a_last_line_without_end(records: Records, tmp_path: Path) -> None:
    async def talk(path: Path) -> None:
        append(path, row(1))
        await until(lambda: seen(records) == ["1"])
        append(path, row(2) + row(3, end=""))
        rename(path, "Master.csv.1")
        append(path, row(4))
        await until(lambda: len(seen(records)) == 4)

    follow(records, tmp_path / "Master.csv", talk)
    assert seen(records) == ["1", "2", "3", "4"]


def test_a_restart_goes_on_where_it_was_across_two_rotations(records: Records, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"

    async def first(path: Path) -> None:
        append(path, row(1))
        await until(lambda: load_state(tmp_path / "state") != {} and seen(records) == ["1"])

    async def second(path: Path) -> None:
        await until(lambda: len(seen(records)) == 5)

    follow(records, path, first)
    append(path, row(2))
    path.rename(path.with_name("Master.csv.2"))
    append(path, row(3))
    path.rename(path.with_name("Master.csv.1"))
    append(path, row(4) + row(5))
    for age, name in ((300, "Master.csv.2"), (200, "Master.csv.1")):
        at = path.stat().st_mtime - age
        os.utime(tmp_path / name, (at, at))
    follow(records, path, second)
    assert seen(records) == ["1", "2", "3", "4", "5"]


def test_what_was_compressed_before_it_was_read_is_counted(records: Records, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"

    async def first(path: Path) -> None:
        append(path, row(1))
        await until(lambda: load_state(tmp_path / "state") != {})

    async def second(path: Path) -> None:
        await until(lambda: "3" in seen(records))

    follow(records, path, first)
    append(path, row(2))
    (tmp_path / "Master.csv.1.gz").write_bytes(gzip.compress(path.read_bytes()))
    (tmp_path / "fresh").write_bytes(row(3))
    (tmp_path / "fresh").rename(path)
    follow(records, path, second)
    assert seen(records) == ["1", "3"]
    assert records.counters_after_close() == {"cdr.rotated_away": 1}


@pytest.mark.parametrize("fresh", [row(2), row(2) + row(3) * 3], ids=["shorter than before", "longer than before"])
def test_a_file_that_was_emptied_in_place_is_read_from_its_beginning(
    records: Records, tmp_path: Path, fresh: bytes
) -> None:
    async def talk(path: Path) -> None:
        append(path, row(1) + row(1, end=" \n"))
        await until(lambda: load_state(tmp_path / "state") != {})
        overwrite(path, fresh)
        await until(lambda: "2" in seen(records))

    follow(records, tmp_path / "Master.csv", talk)
    assert "cdr.truncated" in records.counters_after_close()


def test_while_the_log_is_full_the_file_waits(records: Records, tmp_path: Path) -> None:
    async def talk(path: Path) -> None:
        records.fail()
        append(path, row(1))
        await asyncio.sleep(0.1)
        assert load_state(tmp_path / "state") == {}
        records.fail(on=False)
        await until(lambda: seen(records) == ["1"])

    follow(records, tmp_path / "Master.csv", talk)
    assert records.counters_after_close() == {}


def test_a_lost_state_reads_again_and_doubles_nothing(records: Records, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"

    async def talk(path: Path) -> None:
        append(path, row(1 + size(path)))
        await until(lambda: load_state(tmp_path / "state").get(str(path), {}).get("offset") == size(path))

    follow(records, path, talk)
    (tmp_path / "state").write_bytes(b"\xff not json")
    follow(records, path, talk)
    assert len(seen(records)) == 2


def test_bad_lines_and_other_calls_are_counted(records: Records, tmp_path: Path) -> None:
    async def talk(path: Path) -> None:
        append(path, b"nonsense\n" + row(1).replace(b"+8614012345678", b"s") + b"x" * 70_000 + b"\n" + row(2))
        await until(lambda: seen(records) == ["2"])

    follow(records, tmp_path / "Master.csv", talk)
    assert records.counters_after_close() == {"cdr.malformed": 1, "cdr.other_calls": 1, "cdr.overlong": 1}


def test_the_documents_of_a_folder_are_each_read_once(records: Records, tmp_path: Path) -> None:
    folder = tmp_path / "json_cdr"
    folder.mkdir()

    def write(name: str, age: int) -> None:
        document = folder / name
        document.write_text(
            f'{{"variables": {{"uuid": "{name}", "sip_req_user": "+8614012345678", "sip_from_user": "100"}}}}'
        )
        at = document.stat().st_mtime - age
        os.utime(document, (at, at))

    async def talk(folder: Path) -> None:
        write("a.1.json", 90)
        write("b.1.json", 10)
        (folder / "c.xml").write_text("<cdr/>")
        await until(lambda: len(records.contacts()) == 2)
        write("d.1.json", 20)
        await until(lambda: "d.1.json" in load_state(tmp_path / "state").get(str(folder), {}).get("seen", {}))

    follow(records, folder, talk, kind="freeswitch-json")
    assert len(records.contacts()) == 3
    follower = FolderFollower(folder, load_state(tmp_path / "state")[str(folder)])
    assert follower.read().items == [], "the next run knows them"
    assert records.counters_after_close() == {}


def test_a_document_that_may_still_be_written_waits(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    at = (tmp_path / "a.json").stat().st_mtime_ns
    assert FolderFollower(tmp_path, {}, now_ns=lambda: at + 10).read().items == []
    assert FolderFollower(tmp_path, {}, now_ns=lambda: at + 2 * 10**9).read().items == [b"{"]


def test_nothing_moves_before_a_batch_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    append(path, row(1))
    follower = LineFollower(path, {})
    assert follower.read().items == follower.read().items == [row(1).rstrip()]
    follower.accept(follower.read())
    assert follower.read().items == []
    follower.close()


def test_a_record_with_line_breaks_waits_for_its_end_and_a_cut_one_holds_up_nobody(
    records: Records, tmp_path: Path
) -> None:
    broken = row(3).replace(b"+12025550100", b"1\r\nExten: +86\n2")

    async def talk(path: Path) -> None:
        append(path, row(1) + broken[:40])
        await until(lambda: seen(records) == ["1"])
        append(path, broken[40:] + row(4))
        await until(lambda: seen(records) == ["1", "3", "4"])
        append(path, b'"","+12025550100","+861401' + row(2))  # as a power cut leaves it
        append(path, row(5))
        await until(lambda: seen(records) == ["1", "3", "4", "5"])
        append(path, broken[:40])
        rename(path, "Master.csv.1")
        append(path, row(6))
        await until(lambda: seen(records) == ["1", "3", "4", "5", "6"])

    follow(records, tmp_path / "Master.csv", talk)
    assert [one.peer for one in records.contacts()][1] == "1\r\nExten: +86\n2"
    assert records.counters_after_close()["cdr.malformed"] == 4


# --- Asterisk's events -----------------------------------------------------------------------------------------------


def event(number: int) -> bytes:
    return (
        "Event: Newchannel\r\nChannel: PJSIP/trunk-01\r\nChannelState: 4\r\nChannelStateDesc: Ring\r\n"
        "CallerIDNum: +12025550100\r\nContext: in\r\nExten: +8614012345678\r\n"
        f"Uniqueid: {number}.1\r\nLinkedid: {number}.1\r\n\r\n"
    ).encode()


class ManagerInterface:
    """Asterisk's side, as its documentation shows it."""

    def __init__(self, *, secret: str = "amp111", answers_pings: bool = True) -> None:
        self.secret = secret
        self.answers_pings = answers_pings
        self.logins = 0
        self.pings = 0
        self.ready = asyncio.Event()
        self.writer: asyncio.StreamWriter | None = None
        self.server: asyncio.Server | None = None

    async def start(self) -> int:
        self.server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(self.server.sockets[0].getsockname()[1])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/7.0.3\r\n")
        try:
            while packet := await reader.readuntil(b"\r\n\r\n"):
                lines = packet.decode().split("\r\n")
                if lines[0] == "Action: Login":
                    self.logins += 1
                    is_good = f"Secret: {self.secret}" in lines
                    writer.write(b"Event: FullyBooted\r\n\r\n")
                    writer.write(b"Response: Success\r\n\r\n" if is_good else b"Response: Error\r\n\r\n")
                    self.writer = writer
                    self.ready.set()
                else:
                    self.pings += 1
                    if self.answers_pings:
                        writer.write(b"Response: Success\r\nPing: Pong\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(records: Records, interface: ManagerInterface) -> AsyncIterator[None]:
    port = await interface.start()
    listener = AmiListener(AmiConfig(Remote("127.0.0.1", port), "honey", Secret("amp111")), records)
    await listener.start()
    try:
        yield
    finally:
        await listener.stop()
        assert interface.server is not None
        interface.server.close()


def test_a_call_is_on_record_while_it_rings_and_the_connection_is_kept(records: Records) -> None:
    async def run() -> None:
        interface = ManagerInterface()
        async with listening(records, interface):
            await interface.ready.wait()
            assert interface.writer is not None
            interface.writer.write(event(1) + event(1) + b"Event: Hangup\r\n\r\n")
            await until(lambda: seen(records) == ["1"])
            interface.ready.clear()
            interface.writer.close()
            await interface.ready.wait()
            interface.writer.write(event(2))
            await until(lambda: seen(records) == ["1", "2"])

    asyncio.run(run())
    assert records.counters_after_close() == {"ami.disconnected": 1}


def test_a_silent_interface_is_pinged_and_a_dead_one_replaced(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ami_module, "PING_SECONDS", 0.1)

    async def run() -> None:
        interface = ManagerInterface(answers_pings=False)
        async with listening(records, interface):
            await until(lambda: interface.logins >= 2)
        assert interface.pings >= 1

    asyncio.run(run())


def test_a_refused_login_is_tried_again_and_the_secret_stays_unsaid(
    records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        interface = ManagerInterface(secret="other")
        async with listening(records, interface):
            await until(lambda: interface.logins >= 2)

    asyncio.run(run())
    assert "the login was refused: see ami.username and ami.secret" in caplog.text
    assert "amp111" not in caplog.text


def test_an_event_that_cannot_be_recorded_is_counted(records: Records) -> None:
    async def run() -> None:
        interface = ManagerInterface()
        async with listening(records, interface):
            await interface.ready.wait()
            assert interface.writer is not None
            records.fail()
            interface.writer.write(event(1))
            await asyncio.sleep(0.2)
            records.fail(on=False)
            await until(lambda: "ami.lost" in HitReader(records.log.path).counters())

    asyncio.run(run())
