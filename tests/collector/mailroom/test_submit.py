"""`collector mailroom add` beside a real collector: through the log, through the page, over TLS, twice, killed."""

import http.client
import json
import ssl
from pathlib import Path

import pytest

from collector.hit import Channel, Hit
from collector.hitlog.reader import HitReader
from tests.collector.issuing import issue
from tests.collector.mailroom.pictures import encoded, waybill
from tests.collector.running import ENVIRONMENT, free_port, run_command, running

ADDRESS = "文一西路969号3栋2单元501室"
LOG = '[log]\npath = "hits.db"\n'
USERS = '[mailroom.users]\nwang = { env = "MAILROOM_WANG" }\nli = { env = "MAILROOM_LI" }\n'
PASSWORDS = {"MAILROOM_WANG": "correct horse battery", "MAILROOM_LI": "another horse battery"}


@pytest.fixture(autouse=True)
def passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, password in PASSWORDS.items():
        monkeypatch.setitem(ENVIRONMENT, name, password)


def room(port: int, extra: str = "") -> str:
    return f'{LOG}[mailroom]\nlisten = "127.0.0.1:{port}"\n{extra}{USERS}'


def write(folder: Path, config: str) -> None:
    (folder / "collector.toml").write_text(config, "utf-8")


def add(folder: Path, *arguments: str) -> tuple[int, str, str]:
    options = ("--config", "collector.toml", "--address", ADDRESS)
    done = run_command(folder, "mailroom", "add", *options, *arguments)
    return done.returncode, done.stdout, done.stderr


def posted(folder: Path) -> list[Hit]:
    return [hit for hit in HitReader(folder / "hits.db").stream_from(1) if hit.contact.channel is Channel.POST]


def test_without_a_collector_it_writes_the_log_itself(tmp_path: Path) -> None:
    """Signed as by a run, verifiable, and readable with --json."""
    write(tmp_path, LOG)
    (tmp_path / "label.png").write_bytes(encoded(waybill("YT8000000001234"), "PNG"))
    code, out, err = add(tmp_path, "--photo", "label.png", "--name", "王小红", "--carrier", "圆通", "--json")
    assert code == 0, err
    assert json.loads(out) | {"log": ""} == {
        "log": "",
        "seq": 1,
        "already": False,
        "barcodes": ["YT8000000001234"],
        "notes": [],
    }
    code, out, _ = add(tmp_path, "--name", "王小红", "--user", "night-shift")
    assert (code, out) == (0, "post hit 2\n")
    assert [hit.contact.claims.get("entered_by") for hit in posted(tmp_path)][1] == "night-shift"
    assert run_command(tmp_path, "verify", "--config", "collector.toml").returncode == 0


def test_while_a_collector_runs_it_hands_the_entry_to_it(tmp_path: Path) -> None:
    """The same id is one hit, and kill -9 after the answer loses none."""
    config = room(free_port())
    with running(tmp_path, config) as collector:
        assert set(collector.bound) == {"log", "mailroom"}
        (tmp_path / "label.jpg").write_bytes(encoded(waybill("YT8000000001234"), located=True))
        entry = ("--photo", "label.jpg", "--id", "e1")
        assert add(tmp_path, *entry) == (0, "post hit 1\nbarcode: YT8000000001234\n", "")
        assert add(tmp_path, *entry) == (0, "post hit 1, on record already\nbarcode: YT8000000001234\n", "")
        assert add(tmp_path, "--user", "li", "--cod-amount", "12")[:2] == (0, "post hit 2\n")
        collector.process.kill()
        collector.process.communicate()
    contacts = [hit.contact for hit in posted(tmp_path)]
    assert [one.claims["entered_by"] for one in contacts] == ["wang", "li"]
    assert contacts[0].claims["waybill_number"] == "YT8000000001234"


def test_what_the_mail_room_refuses_is_one_line(tmp_path: Path) -> None:
    """Nothing is on record, and the exit code is 1."""
    with running(tmp_path, room(free_port())):
        (tmp_path / "label.gif").write_bytes(b"GIF89a")
        for arguments, why in (
            (("--cod-amount", "much"), "cod_amount: must be a number"),
            (("--photo", "label.gif"), "photo: must be JPEG, PNG or WebP"),
            (("--user", "zhao"), "zhao is not in [mailroom.users]"),
            (("--url", "http://192.0.2.1/"), "--url: http:// sends the password unencrypted"),
            (("--url", "ftp://127.0.0.1/"), "must begin with https://"),
            (("--url", f"http://127.0.0.1:{free_port()}/"), "does not answer"),
        ):
            code, out, err = add(tmp_path, *arguments)
            assert (code, out) == (1, "")
            assert why in err
            assert "Traceback" not in err
            assert not any(password in err for password in PASSWORDS.values())
    assert posted(tmp_path) == []


def test_a_collector_without_a_mail_room_is_said_to_have_none(tmp_path: Path) -> None:
    with running(tmp_path, LOG + '[web]\nlisten = ["127.0.0.1:"]\n'):
        code, _, err = add(tmp_path)
    assert code == 1
    assert "or add [mailroom]" in err


def test_over_tls_the_page_and_the_command_reach_the_same_log(tmp_path: Path) -> None:
    """The command trusts the configured certificate and no other."""
    issued = issue(tmp_path, "mail.example.com", section="mailroom")
    files = f'certificate = "{issued.files.certificate.name}"\nkey = "{issued.files.key.name}"\n'
    config = room(free_port(), files)
    with running(tmp_path, config) as collector:
        assert add(tmp_path)[:2] == (0, "post hit 1\n")
        context = ssl.create_default_context(cafile=str(issued.files.certificate))
        context.check_hostname = False
        page = http.client.HTTPSConnection("127.0.0.1", collector.port("mailroom"), timeout=60, context=context)
        page.request("GET", "/")
        assert page.getresponse().status == 401
        page.close()
        (tmp_path / "other").mkdir()
        other = issue(tmp_path / "other", "mail.example.com", section="mailroom")
        write(tmp_path, config.replace("cert.pem", "other/cert.pem").replace("key.pem", "other/key.pem"))
        assert other.serial != issued.serial
        code, _, err = add(tmp_path)
        assert code == 1
        assert "CERTIFICATE_VERIFY_FAILED" in err
    assert len(posted(tmp_path)) == 1


def test_check_says_what_becomes_of_photos(tmp_path: Path) -> None:
    write(tmp_path, room(free_port()))
    done = run_command(tmp_path, "check", "--config", "collector.toml", "--json")
    assert done.returncode == 0, done.stderr
    checks = {one["name"]: one["detail"] for one in json.loads(done.stdout)["checks"]}
    assert checks["mailroom.photos"] == "kept without metadata; barcodes are read"
    assert checks["mailroom.certificate"].startswith("none, plain HTTP")


def test_while_the_disk_is_full_nothing_is_said_to_be_recorded_and_later_it_is_once(tmp_path: Path) -> None:
    """The page answers 503, the command exits 1; the same id goes on record when there is room."""
    with running(tmp_path, room(free_port())) as collector:
        assert add(tmp_path, "--id", "e1")[:2] == (0, "post hit 1\n")
        collector.limit_file_size(1024)
        code, out, err = add(tmp_path, "--id", "e2")
        assert (code, out) == (1, "")
        assert "cannot be recorded now" in err
        collector.limit_file_size(-1)
        assert add(tmp_path, "--id", "e2")[:2] == (0, "post hit 2\n")
        assert add(tmp_path, "--id", "e2")[1] == "post hit 2, on record already\n"
        assert collector.stop()[0] == 0
    assert run_command(tmp_path, "verify", "--config", "collector.toml").returncode == 0
