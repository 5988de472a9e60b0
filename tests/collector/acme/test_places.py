"""The folder of [acme]: whole files for this user alone, answers every process reads, names that lead nowhere else."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from collector.acme.places import MAX_DNS_VALUES, AcmeError, BusyError, Places, dns_values, read, write

NAME = "_acme-challenge.t.example.net"


def test_what_is_written_is_for_this_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "acme" / "certificates" / "web.pem"
    before = os.umask(0)
    try:
        write(path, b"one")
        path.with_name("web.pem.new").write_bytes(b"left behind")  # readable by all
        write(path, b"two")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path.parent.parent)] == [0o700, 0o700]
    assert [one.name for one in path.parent.iterdir()] == ["web.pem"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write for others")
def test_what_root_writes_belongs_to_whom_the_folder_belongs(tmp_path: Path) -> None:
    os.chown(tmp_path, 65_534, 65_534)
    places = Places(tmp_path / "acme")
    with places.locked():
        write(places.certificate("web"), b"pair")
        places.dns_answer(NAME, "value")
    made = [tmp_path / "acme", *(tmp_path / "acme").rglob("*")]
    assert len(made) == 8
    assert {(one.stat().st_uid, one.stat().st_gid) for one in made} == {(65_534, 65_534)}


def test_answers_are_files_that_come_and_go(tmp_path: Path) -> None:
    places = Places(tmp_path / "acme")
    assert dns_values(places.challenges, NAME) == []
    places.dns_answer(NAME, "b" * 43)
    places.dns_answer(NAME, "A-_" * 14)
    assert dns_values(places.challenges, NAME) == ["A-_" * 14, "b" * 43], "a name and its wildcard at the same time"
    assert dns_values(places.challenges, "_acme-challenge.example.net") == []
    assert places.http_answer("tok_EN-1", "tok_EN-1.x").read_text() == "tok_EN-1.x"
    places.take_down()
    places.take_down()
    assert dns_values(places.challenges, NAME) == []


def test_there_are_no_more_records_than_an_answer_holds(tmp_path: Path) -> None:
    places = Places(tmp_path)
    for number in range(20):
        places.dns_answer(NAME, f"value-{number:02}")
    assert len(dns_values(places.challenges, NAME)) == MAX_DNS_VALUES


HOSTILE = (
    "..",
    "_acme-challenge",
    "_acme-challenge./../x",
    "_acme-challenge.a\\.b",
    "_acme-challenge..",
    "x.t.example.net",
)


@pytest.mark.parametrize("name", [*HOSTILE, f"_acme-challenge.{'a.' * 130}net", "_acme-challenge.é.net", ""])
def test_a_name_from_the_internet_leads_to_no_other_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "challenges" / "dns").mkdir(parents=True)
    (tmp_path / "challenges" / "x").write_text("")
    assert dns_values(tmp_path / "challenges", name) == []
    with pytest.raises(AcmeError):
        Places(tmp_path).dns_answer(name, "value")


@pytest.mark.parametrize("token", ["../../../certificates/web.pem", "", "a/b", "a.b", "x" * 129])
def test_a_token_from_an_authority_leads_to_no_other_folder(tmp_path: Path, token: str) -> None:
    with pytest.raises(AcmeError):
        Places(tmp_path).http_answer(token, "x")
    assert not list(tmp_path.iterdir())


def test_one_process_orders_at_a_time_and_a_killed_one_holds_up_nobody(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from collector.acme.places import Places\n"
        "with Places(Path(sys.argv[1])).locked(): print('has it', flush=True); time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "has it\n"
        with pytest.raises(BusyError, match="another process"), Places(tmp_path).locked():
            pass
    finally:
        other.kill()
        other.communicate()
    with Places(tmp_path).locked():
        pass


def test_what_cannot_be_written_or_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AcmeError, match=r"cannot write .*file.*: mend acme\.folder"):
        write(tmp_path / "file" / "a.pem", b"")
    with pytest.raises(AcmeError, match="cannot write"), Places(tmp_path / "file").locked():
        pass
    with pytest.raises(AcmeError, match="cannot read"):
        read(tmp_path)
    assert read(tmp_path / "gone") is None
