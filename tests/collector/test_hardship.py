"""What a machine does to a collector: a disk turns read-only, a folder cannot be written, a clock jumps."""

import resource
import shutil
import smtplib
import socket
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collector.hit import Channel, Contact
from collector.hitlog.reader import HitReader
from collector.hitlog.signing import LogKey, Signing
from collector.hitlog.writer import Duties, HitLog
from collector.recorder import LogRecorder
from tests.collector.running import CONFIG, run_command, running

COMPILER = shutil.which("cc") or shutil.which("gcc")
# SQLite's writes fail as they do on a file system that the kernel made read-only after an error, while a file exists.
READ_ONLY = """
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static int is_read_only(void) { const char *when = getenv("READ_ONLY_WHEN"); return when && !access(when, F_OK); }
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    if (is_read_only()) { errno = EROFS; return -1; }
    return syscall(SYS_pwrite64, fd, from, size, at);
}
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) { return pwrite(fd, from, size, at); }
"""


@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
def test_a_disk_that_turns_read_only_acknowledges_nothing_until_it_can_be_written(tmp_path: Path) -> None:
    """As on a full disk: webhooks 503, mail 451, names and pages as usual and counted."""
    source, library, when = tmp_path / "read_only.c", tmp_path / "read_only.so", tmp_path / "read_only"
    source.write_text(READ_ONLY)
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    environment = {"LD_PRELOAD": str(library), "READ_ONLY_WHEN": str(when)}
    with running(tmp_path, environment=environment) as collector:
        assert collector.call("CA1") == 200
        when.touch()
        assert collector.call("CA2") == 503
        with pytest.raises(smtplib.SMTPDataError) as caught:
            collector.mail("token@mail.example.com")
        assert caught.value.smtp_code == 451
        assert collector.query("lost.t.example.net").answer
        assert collector.visit("/lost") == 200
        assert len(collector.manage("/hits")[1].splitlines()) == 1, "what is on record can be read"
        when.unlink()
        assert collector.call("CA2") == 200
        assert collector.stop()[0] == 0
    reader = HitReader(tmp_path / "hits.db")
    reader.verify()
    assert [hit.contact.event_id for hit in reader.stream_from(1)] == ["CA1", "CA2"]
    assert reader.counters() == {"dns.lost": 1, "hooks.calls.unavailable": 1, "smtp.lost": 1, "web.lost": 1}


def test_without_file_descriptors_connections_wait_and_the_log_does_not_fill(tmp_path: Path) -> None:
    with running(tmp_path, CONFIG + '[hooks]\nlisten = ["127.0.0.1:"]\n') as collector:
        pid = collector.process.pid
        usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        number = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (number, usual[1]))
        with socket.create_connection(("127.0.0.1", collector.port("hooks"))):
            time.sleep(1.5)  # what tries again without end has written some thousand lines by now
            resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
            assert collector.call("CA1") == 200
        assert collector.stop() == (0, "call hit 1\n")


def test_a_log_that_cannot_be_made_ends_the_start_with_one_line(tmp_path: Path) -> None:
    """Nobody can make files in /proc, not even root."""
    (tmp_path / "collector.toml").write_text(CONFIG.replace("hits.db", "/proc/hits.db"))
    done = run_command(tmp_path, "run", "--config", "collector.toml")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "/proc/hits.db" in done.stderr
    assert "[log] path" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)], ids=["backwards", "forwards"])
def test_a_clock_that_jumps_changes_times_and_nothing_else(log_path: Path, noon: datetime, jump: timedelta) -> None:
    """Numbers, chain and checkpoints go on; an event that comes again is the hit it was; its time stays."""
    clock = [noon]
    signing = Signing(LogKey.beside(log_path), every_hits=1, every_seconds=60)
    with HitLog.open(log_path, now=lambda: clock[0], duties=Duties(signing=signing)) as log:
        recorder = LogRecorder(log, lambda: clock[0], lambda _: None)
        call = Contact(Channel.CALL, "+8614012345678", "+8614087654321", event_id="CA1", provider="twilio")
        (first,) = recorder.record([call]).result(30)
        clock[0] = noon + jump
        (again,) = recorder.record([call]).result(30)
        (later,) = recorder.record([Contact(Channel.DNS, "x.t.example.net", "192.0.2.53")]).result(30)
    assert again == first
    assert (first.received_at, later.received_at) == (noon, noon + jump)
    assert later.seq == 2
    reader = HitReader(log_path)
    assert reader.audit().head.seq == 2
    assert reader.audit().checkpoints == 2
