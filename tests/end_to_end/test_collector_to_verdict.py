"""From a ringing decoy to a verdict: a real collector, contacts over real sockets, pulled, judged, packed, verified."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from honey.demo import contacts
from honey.demo.contacts import Collector
from tests.end_to_end.conftest import SLOW_SECONDS, Done, Workspace, copy, run, stated, to_csv

pytestmark = pytest.mark.timeout(SLOW_SECONDS)

COLLECTOR_TOML = """\
[log]
path = "var/hits.db"
[dns]
listen = ["127.0.0.1:"]
zones = ["t.example.net"]
answers = ["192.0.2.5"]
[web]
listen = ["127.0.0.1:"]
hosts = ["track.example.net"]
[smtp]
listen = ["127.0.0.1:"]
domains = ["mail.example.com"]
[webhooks.calls]
provider = "twilio"
key = { env = "TWILIO_AUTH_TOKEN" }
public_url = "https://hooks.example.net"
[manage]
listen = "127.0.0.1:"
token = { env = "COLLECTOR_TOKEN" }
"""
SECRETS = {"TWILIO_AUTH_TOKEN": "a test's own token", "COLLECTOR_TOKEN": "another token of this test"}
STOP_SECONDS = 20
GANG, STRAY = "+12025550147", "+12025550101"
TAKER, EXPORT = "O01-A", "E-20261121-0412"


@dataclass(frozen=True, slots=True)
class Running:
    """A collector that runs: its process, where to deliver contacts and where to pull."""

    process: subprocess.Popen[bytes]
    at: Collector
    manage: str


@contextmanager
def collecting(folder: Path) -> Iterator[Running]:
    """Run the collector as its operator would, on free ports; its first line says which."""
    process = subprocess.Popen(
        [sys.executable, "-m", "collector", "run"],
        cwd=folder,
        env={**os.environ, **SECRETS},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        bound = json.loads(process.stdout.readline())
        ports = {name: address(value) for name, value in bound.items() if name in ("dns", "web", "smtp", "hooks")}
        at = Collector(**ports, public_url="https://hooks.example.net", auth_token=SECRETS["TWILIO_AUTH_TOKEN"])
        yield Running(process, at, "http://{}:{}".format(*address(bound["manage"])))
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        if process.stdout:
            process.stdout.close()


def address(bound: list[str] | str) -> tuple[str, int]:
    host, _, port = (bound if isinstance(bound, str) else bound[0]).rpartition(":")
    return host, int(port)


def collector(workspace: Workspace, *arguments: str) -> Done:
    """Run a collector command beside its log."""
    return run(workspace.folder, *arguments, env=SECRETS, module="collector")


def pull(workspace: Workspace, running: Running) -> dict[str, Any]:
    return workspace.honey("hits", "pull", running.manage, "--json", env=SECRETS).document()


def set_up(template: Workspace, folder: Path) -> tuple[Workspace, list[dict[str, str]]]:
    """A workspace with a collector's configuration, and the decoys of one export that went through it."""
    workspace = copy(template, folder)
    workspace.file("config/collector.toml", COLLECTOR_TOML)
    rows = [
        {**row, "email": f"user{row['id']}@example.org", "link": f"https://label.example.org/t/{row['id']:016x}"}
        for row in workspace.host_rows("outlet_code = 'O01' AND waybill_no LIKE 'YT7%'")
    ]
    command = ("export", "--account", TAKER, "--export-id", EXPORT, "--columns", "recipient_email=email,link=link")
    done = workspace.honey(*command, stdin=to_csv(rows).encode())
    assert done.code == 0, done.err
    out = csv.DictReader(io.StringIO(done.out.decode("utf-8")))
    return workspace, [row for row in out if row["waybill_no"].startswith("YT80000000")]


def stray_calls(at: Collector) -> None:
    """Robocalls on every number of the pool, controls among them."""
    for n in range(20):
        contacts.call(at, caller=STRAY, called=f"+86140123450{n:02d}", call_id=f"CAd{n}")
    for n in range(10):
        contacts.call(at, caller=STRAY, called=f"+86140123459{n:02d}", call_id=f"CAc{n}")


def gang_contacts(at: Collector, row: dict[str, str], number: int) -> None:
    """Whoever bought the list works through one of its rows on every channel."""
    phone, name, waybill = f"+86{row['receiver_phone']}", row["receiver_name"], row["waybill_no"]
    contacts.call(at, caller=GANG, called=phone, call_id=f"CAg{number}")
    text = f"{name}您好，您的快递{waybill}破损，请联系客服办理双倍理赔"
    contacts.sms(at, sender=GANG, recipient=phone, message_id=f"SMg{number}", text=text)
    contacts.mail(at, sender="kefu@service.example", recipient=row["email"], subject="快递理赔通知", text=text)
    host = row["link"].split("/")[2]
    if host.endswith("t.example.net"):
        contacts.look_up(at, host)
    contacts.visit(at, row["link"])


@dataclass(frozen=True, slots=True)
class Story:
    """What was pulled after the strays and after the gang, and the workspace that holds it all."""

    workspace: Workspace
    strays: dict[str, Any]
    gang: dict[str, Any]
    refused: Done
    decoys: list[dict[str, str]]


@pytest.fixture(scope="module")
def story(made_seeded: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Thirty stray calls, then the buyers of one export."""
    workspace, decoys = set_up(made_seeded, tmp_path_factory.mktemp("story"))
    assert collector(workspace, "check").code == 0
    with collecting(workspace.folder) as running:
        stray_calls(running.at)
        strays = pull(workspace, running)
        for number, row in enumerate(decoys):
            gang_contacts(running.at, row, number)
        refused = workspace.honey("hits", "pull", running.manage, env={"COLLECTOR_TOKEN": "not the token of it"})
        gang = pull(workspace, running)
    return Story(workspace, strays, gang, refused, decoys)


def test_every_channel_of_a_decoy_can_be_reached(story: Story) -> None:
    assert len(story.decoys) == 4
    assert all(row["email"].endswith("@mail.example.com") for row in story.decoys)
    assert all("example.net" in row["link"].split("/")[2] for row in story.decoys)
    channels = story.workspace.json("status")["hits"]
    assert channels["call"] == 34
    assert channels["sms"] == channels["mail"] == 4
    assert channels["web"] >= 4


def test_stray_calls_open_no_case(story: Story) -> None:
    assert story.strays["new"] == 30
    assert story.strays["background"] >= 10
    assert story.strays["cases"] == []


def test_contacts_that_cite_decoys_lead_to_the_export(story: Story) -> None:
    (case,) = story.gang["cases"]
    assert case["verdict"] == "identified"
    assert [(one["account"], one["exports"]) for one in case["suspects"]] == [(TAKER, [EXPORT])]
    assert {one["channel"] for one in case["suspects"][0]["evidence"]} >= {"sms", "mail"}
    assert all(one["kind"] == "hit" and one["seq"] > 30 for one in case["suspects"][0]["evidence"])
    listed = story.workspace.json("cases", "list")["cases"]
    assert [(one["origin"], one["verdict"], one["accounts"]) for one in listed] == [("contact", "identified", [TAKER])]


def test_a_wrong_token_is_one_clear_line_and_pulls_nothing(story: Story) -> None:
    assert "answered 401: set collector.token" in stated(story.refused)


def test_the_bundle_of_the_case_verifies_elsewhere(story: Story, tmp_path: Path) -> None:
    case = story.gang["cases"][0]["case"]
    story.workspace.json("report", case, "--output", tmp_path / "bundle")
    report = (tmp_path / "bundle" / "report.html").read_text("utf-8")
    assert TAKER in report
    assert EXPORT in report
    assert run(tmp_path, "verify", "bundle", "--json").document()["verified"] is True


def test_the_exported_log_gives_another_workspace_the_same_verdict(
    story: Story, tmp_path: Path, made_seeded: Workspace
) -> None:
    exported = collector(story.workspace, "export")
    assert exported.code == 0
    hits = [json.loads(line) for line in exported.out.splitlines()]
    contract = {"v", "seq", "received_at", "channel", "beacon", "peer", "occurred_at", "event_id", "provider"}
    assert all(contract | {"verified", "claims", "raw", "prev", "hash"} <= set(one) for one in hits)
    assert [one["seq"] for one in hits] == list(range(1, len(hits) + 1))
    assert json.loads(collector(story.workspace, "verify", "--json").out)["hits"] == len(hits)
    assert len(collector(story.workspace, "export", "--after", "30").out.splitlines()) == len(hits) - 30
    again = story.workspace.json("hits", "import", story.workspace.file("hits.jsonl", exported.out))
    assert (again["hits"], again["new"]) == (len(hits), 0)
    stranger = copy(made_seeded, tmp_path)  # the same registry before that export: nothing there resolves the hits
    taken = stranger.json("hits", "import", stranger.file("hits.jsonl", exported.out))
    assert taken["new"] == len(hits)
    assert all(one["verdict"] != "identified" for one in taken["cases"])


def test_acknowledged_contacts_survive_kill_9_and_a_retried_one_counts_once(
    made_seeded: Workspace, tmp_path: Path
) -> None:
    workspace, decoys = set_up(made_seeded, tmp_path)
    with collecting(workspace.folder) as running:
        for number, row in enumerate(decoys):
            gang_contacts(running.at, row, number)
        running.process.send_signal(signal.SIGKILL)
    with collecting(workspace.folder) as running:
        phone = f"+86{decoys[0]['receiver_phone']}"
        contacts.call(running.at, caller=GANG, called=phone, call_id="CAg0")  # the provider tries again
        pulled = pull(workspace, running)
    assert workspace.json("status")["hits"]["call"] == workspace.json("status")["hits"]["sms"] == 4
    assert pulled["new"] >= 16
    assert [one["account"] for case in pulled["cases"] for one in case["suspects"]] == [TAKER]


def test_a_forged_webhook_is_turned_away_and_proves_nothing(made_seeded: Workspace, tmp_path: Path) -> None:
    workspace, decoys = set_up(made_seeded, tmp_path)
    with collecting(workspace.folder) as running:
        forger = Collector(
            **{name: getattr(running.at, name) for name in ("dns", "web", "smtp", "hooks", "public_url")},
            auth_token="a guess",
        )
        text = f"{decoys[0]['receiver_name']}，您的快递{decoys[0]['waybill_no']}"
        with pytest.raises(urllib.error.HTTPError) as refused:
            contacts.sms(
                forger, sender=GANG, recipient=f"+86{decoys[0]['receiver_phone']}", message_id="SMx", text=text
            )
        refused.value.close()
        pulled = pull(workspace, running)
    assert refused.value.code in (401, 403)
    assert pulled["cases"] == []
