"""Collectors beside a real Asterisk, and callers of it."""

import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from collector.hit import Contact
from collector.hitlog.reader import HitReader
from tests.collector.listeners.exchange import SECRET, Exchange
from tests.collector.listeners.patience import PATIENCE_SECONDS
from tests.collector.listeners.sipclient import Phone, request
from tests.collector.running import running

needs_sipp = pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp is not installed (Debian: sip-tester)")
SCENARIO = Path(__file__).parents[2] / "vectors" / "sipp" / "busy.xml"
ENVIRONMENT = {"ASTERISK_SECRET": SECRET}
COMMON = 'contexts = ["from-trunk"]\ncountry = "86"\n'
CARRIER = """
[carrier]
type = endpoint
context = from-trunk
message_context = texts
disallow = all
allow = ulaw
trust_id_inbound = yes
[carrier]
type = identify
endpoint = carrier
match = 127.0.0.1
[phone]
type = endpoint
disallow = all
allow = ulaw
aors = phone
[phone]
type = aor
contact = sip:127.0.0.1:9
"""


def ami(exchange: Exchange) -> str:
    secret = 'secret = { env = "ASTERISK_SECRET" }'
    return f'[ami]\nconnect = "127.0.0.1:{exchange.ami_port}"\nusername = "honey"\n{secret}\n{COMMON}'


def ari(exchange: Exchange, application: str) -> str:
    password = f'application = "{application}"\npassword = {{ env = "ASTERISK_SECRET" }}'
    return f'[ari]\nconnect = "127.0.0.1:{exchange.http_port}"\nusername = "honey"\n{password}\n{COMMON}'


def cdr(exchange: Exchange, more: str = COMMON) -> str:
    return f'[cdr]\npaths = "{exchange.cdr}"\n{more}'


def collect(stack: ExitStack, folder: Path, sections: str) -> Path:
    """Start a collector in a folder of its own and return its log."""
    folder.mkdir(exist_ok=True)
    stack.enter_context(running(folder, f'[log]\npath = "hits.db"\n{sections}', ENVIRONMENT))
    return folder / "hits.db"


def listening(exchange: Exchange, *applications: str, managers: int) -> None:
    """Wait until the collectors are logged in."""
    wait(lambda: exchange.command("manager show connected").count("honey") == managers)
    wait(lambda: all(one in exchange.command("ari show apps") for one in applications))


def wait(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)


def contacts(log: Path) -> list[Contact]:
    reader = HitReader(log)
    reader.verify()
    return [hit.contact for hit in reader.stream_from(1)]


def counted(log: Path, number: int) -> list[Contact]:
    """Wait until so many contacts are on record."""
    wait(lambda: HitReader(log).head().seq >= number)
    return contacts(log)


def heard_from(log: Path, caller: str) -> None:
    """Wait until a caller is on record."""
    wait(lambda: any(one.peer == caller for one in contacts(log)))


def call(
    exchange: Exchange, number: str, *extra: str, caller: str = "+12025550100", name: bytes = b"", hears: int = 486
) -> None:
    """Call a number and hear busy, or another answer."""
    with Phone(exchange.sip_port, timeout=PATIENCE_SECONDS) as phone:
        own = f"Contact: <sip:caller@127.0.0.1:{phone.port}>"
        sender = f'"NAME" <sip:{caller}@carrier.example.com>;tag=a1'
        uri = f"sip:{number}@127.0.0.1:{exchange.sip_port}"
        invite = request(uri=uri, port=phone.port, sender=sender, extra=(own, *extra)).replace(
            b'"NAME"', b'"%s"' % name
        )
        phone.send(invite)
        statuses, final = phone.until_final()
        phone.acknowledge(invite, final)
        assert statuses[-1] == hears


def sipp(exchange: Exchange, number: str, calls: int, folder: Path) -> None:
    command = ["sipp", f"127.0.0.1:{exchange.sip_port}", "-sf", str(SCENARIO), "-m", str(calls), "-r", "20", "-nostdin"]
    command += ["-i", "127.0.0.1", "-s", number, "-timeout", "60", "-t", "u1"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def text(exchange: Exchange, number: str, words: bytes, *, cseq: int = 1, call_id: str = "") -> None:
    with Phone(exchange.sip_port, timeout=PATIENCE_SECONDS) as phone:
        uri = f"sip:{number}@127.0.0.1:{exchange.sip_port}"
        more = ("Content-Type: text/plain",)
        ids = {"call_id": call_id, "cseq": f"{cseq} MESSAGE"}
        phone.send(request("MESSAGE", uri, port=phone.port, body=words, extra=more, **ids))
        statuses, _ = phone.until_final()
        assert statuses[-1] == 202
