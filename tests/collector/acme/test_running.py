"""A running collector and Let's Encrypt's test authority: certificates come, are renewed and shown by themselves."""

import json
import smtplib
import ssl
import stat
from pathlib import Path

from collector.certificates import TlsFiles
from collector.hitlog.reader import HitReader
from tests.collector.acme.pebble import (
    authority,
    config,
    is_trusted,
    needs_pebble,
    prepared,
    shown,
    until,
)
from tests.collector.issuing import issue
from tests.collector.running import Collector, run_command, running

pytestmark = needs_pebble
HMAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"  # from pebble's own examples
NAME = "track.example.net"


def command(folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = run_command(folder, *arguments, "--config", "collector.toml")
    return done.returncode, done.stdout, done.stderr


def comes(folder: Path, collector: Collector, trust: ssl.SSLContext, name: str = NAME) -> None:
    """Wait for a certificate. Pebble waits two seconds for an answer: on a busy machine it may need a second try."""

    def is_there() -> bool:
        if is_trusted(collector, trust, name):
            return True
        if not checks(folder)["web.certificate"][0]:
            command(folder, "acme", "now")
        return False

    until(is_there, f"no certificate for {name} came")


def checks(folder: Path) -> dict[str, tuple[bool, str]]:
    found = json.loads(command(folder, "check", "--json")[1])["checks"]
    return {one["name"]: (one["ok"], one["detail"]) for one in found}


def test_the_first_certificate_comes_by_http_and_is_shown_without_a_restart(tmp_path: Path) -> None:
    with authority(tmp_path / "pebble") as (pebble, trust), running(tmp_path, config(pebble)) as collector:
        comes(tmp_path, collector, trust)
        assert not is_trusted(collector, trust, "other.example.net"), "this client looks at names"
        ok, detail = checks(tmp_path)["web.certificate"]
        assert ok
        assert detail.startswith("track.example.net; valid until ")
        assert checks(tmp_path)["acme"] == (True, "localhost: account open")
        assert collector.query("x.t.example.net").answer
        assert collector.stop()[0] == 0
    beacons = [hit.contact.beacon for hit in HitReader(tmp_path / "hits.db").stream_from(1)]
    assert any("/.well-known/acme-challenge/" in beacon for beacon in beacons), (
        "what the authority asks is recorded, too"
    )
    assert (pebble.accounts(), pebble.orders()) == (1, 1)


def test_a_name_and_its_wildcard_come_by_dns_and_mail_and_a_line_have_certificates_of_their_own(tmp_path: Path) -> None:
    more = """
[smtp]
listen = ["127.0.0.1:"]
domains = ["mail.example.com"]
certificate = "acme"
[sip]
listen_tls = ["127.0.0.1:"]
certificate = "acme"
"""
    names = '[acme.names]\nweb = ["t.example.net", "*.t.example.net"]\nsip = "sip.t.example.net"'
    with (
        authority(tmp_path / "pebble") as (pebble, trust),
        running(tmp_path, config(pebble, acme=names, more=more)) as collector,
    ):
        comes(tmp_path, collector, trust, "9f3k.t.example.net")
        assert is_trusted(collector, trust, "t.example.net")
        assert not is_trusted(collector, trust, "a.b.t.example.net"), "a star is one label"
        until(lambda: says_it_is(collector, trust, "mail.example.com"), "no certificate for mail came")
        until(lambda: is_trusted(collector, trust, "sip.t.example.net", "sip_tls"), "none for the line came")
        assert collector.stop()[0] == 0
    assert "Pulled a task" in pebble.said()
    asked = {hit.contact.beacon for hit in HitReader(tmp_path / "hits.db").stream_from(1)}
    assert "_acme-challenge.t.example.net" in asked


class _Sender(smtplib.SMTP):
    _host: str  # what STARTTLS compares with the certificate


def says_it_is(collector: Collector, trust: ssl.SSLContext, name: str) -> bool:
    """Say whether a mail sender that checks certificates is content."""
    with _Sender("127.0.0.1", collector.port("smtp"), timeout=30) as sender:
        sender._host = name
        try:
            return sender.starttls(context=trust)[0] == 220
        except ssl.SSLCertVerificationError:
            sender.close()
            return False


def test_a_certificate_is_renewed_under_the_same_account_after_two_thirds_of_its_life(tmp_path: Path) -> None:
    with (
        authority(tmp_path / "pebble", valid_seconds=24) as (pebble, trust),
        running(tmp_path, config(pebble)) as collector,
    ):
        comes(tmp_path, collector, trust)
        first = shown(collector).serial_number
        until(lambda: shown(collector).serial_number != first, "it was not renewed")
        assert is_trusted(collector, trust, NAME)
        assert collector.stop()[0] == 0
    assert (pebble.accounts(), pebble.orders() > 1) == (1, True)


def test_processes_that_share_the_ports_all_answer_the_authority_and_show_the_certificate(tmp_path: Path) -> None:
    more = "[processes]\nlisteners = 3\n"
    names = f'[acme.names]\nweb = ["{NAME}", "t.example.net", "*.t.example.net"]'
    with (
        authority(tmp_path / "pebble") as (pebble, trust),
        running(tmp_path, config(pebble, acme=names, more=more)) as collector,
    ):
        comes(tmp_path, collector, trust, "x.t.example.net")
        until(lambda: all(is_trusted(collector, trust, NAME) for _ in range(20)), "some still show the temporary one")
        assert collector.stop()[0] == 0
    assert pebble.accounts() == 1


def test_a_restart_orders_nothing_and_an_authority_that_forgot_us_is_told_again(tmp_path: Path) -> None:
    pebble = prepared(tmp_path / "pebble")
    with authority(pebble.folder, again=pebble) as (_, trust):
        with running(tmp_path, config(pebble)) as collector:
            comes(tmp_path, collector, trust)
            assert collector.stop()[0] == 0
        orders = pebble.orders()
        (note,) = (tmp_path / "acme" / "accounts").glob("*/account.json")
        note.unlink()  # the key alone tells whose account it is
        with running(tmp_path, config(pebble)) as collector:
            assert is_trusted(collector, trust, NAME), "it is shown from the first connection on"
            code, said, _ = command(tmp_path, "acme", "now")
            assert (code, "--force renews it now" in said) == (0, True)
            assert pebble.orders() == orders
            until(lambda: command(tmp_path, "acme", "now", "--force")[0] == 0, "nothing is ordered")
            assert collector.stop()[0] == 0
        assert (pebble.accounts(), pebble.orders() > orders, note.exists()) == (1, True, True)
    with authority(pebble.folder, again=pebble) as (_, trust), running(tmp_path, config(pebble)) as collector:
        until(lambda: command(tmp_path, "acme", "now", "--force", "--json")[0] == 0, "nothing is ordered")
        until(lambda: is_trusted(collector, trust, NAME), "the new certificate is not shown")
        assert pebble.accounts() == 1


def test_nonces_that_are_refused_at_random_are_tried_again(tmp_path: Path) -> None:
    with (
        authority(tmp_path / "pebble", nonces_refused_percent=30) as (pebble, trust),
        running(tmp_path, config(pebble)) as collector,
    ):
        comes(tmp_path, collector, trust)
        code, said = collector.stop()
    assert (code, "no certificate" in said) == (0, False)


def test_an_order_that_is_killed_is_made_anew_and_leaves_nothing(tmp_path: Path) -> None:
    challenges = tmp_path / "acme" / "challenges"
    names = f'[acme.names]\nweb = ["{NAME}", "t.example.net", "*.t.example.net"]'
    with authority(tmp_path / "pebble", takes_time=True) as (pebble, trust):
        with running(tmp_path, config(pebble, acme=names)) as collector:
            until(challenges.exists, "nothing is asked")
            collector.process.kill()
            collector.process.communicate()
        assert challenges.exists()
        with running(tmp_path, config(pebble, acme=names)) as collector:
            comes(tmp_path, collector, trust, "x.t.example.net")
            assert collector.stop()[0] == 0
        assert (challenges.exists(), pebble.accounts()) == (False, 1)


def test_a_port_is_open_before_there_is_a_certificate_and_the_trouble_is_one_line(tmp_path: Path) -> None:
    pebble = prepared(tmp_path / "pebble")
    with running(tmp_path, config(pebble)) as collector:
        until(lambda: not checks(tmp_path)["web.certificate"][0], "nothing was tried")
        certificate = shown(collector)
        assert certificate.issuer == certificate.subject, "a temporary one is shown"
        detail = checks(tmp_path)["web.certificate"][1]
        assert "a temporary certificate is shown for track.example.net (http-01): 1 tries failed" in detail
        with authority(pebble.folder, again=pebble) as (_, trust):
            until(
                lambda: "web: track.example.net: new, valid until " in command(tmp_path, "acme", "now")[1], "none came"
            )
            until(lambda: is_trusted(collector, trust, NAME), "the certificate is not shown")
        assert checks(tmp_path)["web.certificate"][0]
        said = collector.stop()[1]
    (line,) = [line for line in said.splitlines() if "acme" in line]
    assert "acme: no certificate for [web] track.example.net: localhost cannot be reached" in line
    assert "try 1, the next at 20" in line


def test_a_refused_proof_is_one_line_and_every_listener_goes_on(tmp_path: Path) -> None:
    with authority(tmp_path / "pebble") as (pebble, trust):
        with running(tmp_path, config(pebble, http=False)) as collector:  # nobody is at the port it looks at
            until(lambda: not checks(tmp_path)["web.certificate"][0], "nothing was tried")
            code, _, said = command(tmp_path, "acme", "now")
            assert (code, said) == (1, "Error: 1 of 1 certificates could not be had: web\n")
            assert "2 tries failed" in checks(tmp_path)["web.certificate"][1]
            assert not is_trusted(collector, trust, NAME)
            assert collector.query("x.t.example.net").answer
            code, said = collector.stop()
        assert pebble.orders() == 2, "it is not tried again and again"
    (line,) = [line for line in said.splitlines() if "acme" in line]
    assert "track.example.net (http-01, port 80): connection: " in line
    assert "the name must point here, and the port be open in the firewall" in line
    assert not any((tmp_path / "acme" / "challenges").glob("**/*")), "answers are taken down"


def test_a_customer_account_is_opened_and_its_key_is_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "hmac").write_text(HMAC_KEY)
    binding = '[acme.external_account]\nkid = "kid-1"\nhmac = { file = "hmac" }'
    with authority(tmp_path / "pebble", accounts_for={"kid-1": HMAC_KEY}) as (pebble, trust):
        with running(tmp_path, config(pebble)) as collector:
            until(lambda: not checks(tmp_path)["web.certificate"][0], "nothing was tried")
            said = collector.stop()[1]
        assert "the authority opens accounts for its customers alone: set [acme.external_account]" in said
        with running(tmp_path, config(pebble, acme=binding)) as collector:
            said += "".join(command(tmp_path, "acme", "now")[1:])
            comes(tmp_path, collector, trust)
            said += collector.stop()[1]
    assert HMAC_KEY not in said
    assert "PRIVATE" not in said
    for path in (tmp_path / "acme").rglob("*"):
        assert path.is_dir() or HMAC_KEY.encode() not in path.read_bytes(), path


def test_keys_are_readable_by_this_user_alone(tmp_path: Path) -> None:
    with authority(tmp_path / "pebble") as (pebble, trust), running(tmp_path, config(pebble)) as collector:
        comes(tmp_path, collector, trust)
    for path in (tmp_path / "acme", *(tmp_path / "acme").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    keys = [path for path in (tmp_path / "acme").rglob("*.pem") if b"PRIVATE KEY" in path.read_bytes()]
    assert len(keys) == 2


def test_certificates_from_files_stay_as_they_are(tmp_path: Path) -> None:
    mail = issue(tmp_path / "tls", "mail.example.com", section="smtp")
    more = f"""
[smtp]
listen = ["127.0.0.1:"]
domains = ["mail.example.com"]
certificate = "{mail.files.certificate}"
key = "{mail.files.key}"
"""
    with (
        authority(tmp_path / "pebble") as (pebble, trust),
        running(tmp_path, config(pebble, more=more)) as collector,
    ):
        comes(tmp_path, collector, trust)
        assert says_it_is(collector, own_trust(mail.files), "mail.example.com")
        assert not (tmp_path / "acme" / "certificates" / "smtp.pem").exists()


def own_trust(files: TlsFiles) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files.certificate))


def test_another_contact_is_told_to_the_authority(tmp_path: Path) -> None:
    with authority(tmp_path / "pebble") as (pebble, trust):
        with running(tmp_path, config(pebble, acme='contact = "a@example.net"')) as collector:
            comes(tmp_path, collector, trust)
        with running(tmp_path, config(pebble, acme='contact = "b@example.net"')) as collector:
            until(lambda: command(tmp_path, "acme", "now", "--force")[0] == 0, "nothing is ordered")
        assert noted(tmp_path) == "b@example.net"
        assert pebble.accounts() == 1


def noted(folder: Path) -> str:
    (note,) = (folder / "acme" / "accounts").glob("*/account.json")
    return str(json.loads(note.read_text())["contact"])
