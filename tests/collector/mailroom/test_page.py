"""The mail room's page: for those with a password alone, recorded before it says so, once however often it is sent."""

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector.config.mailroom import MailroomConfig
from collector.config.value import Address, Secret
from collector.hit import Channel
from collector.hitlog.reader import HitReader
from collector.hitlog.writer import HitLog
from collector.mailroom.access import FAILURES_PER_MINUTE
from collector.mailroom.page import create_app
from collector.recorder import LogRecorder
from tests.collector.mailroom.pictures import encoded, waybill

ADDRESS = "文一西路969号3栋2单元501室"
CONFIG = MailroomConfig(
    (Address("127.0.0.1", 0),),
    {"wang": Secret("correct horse battery"), "li": Secret("another horse battery")},
    {"north": "文一西路969号", "south": ""},
)
WANG = {"Authorization": "Basic " + base64.b64encode(b"wang:correct horse battery").decode()}
LI = {"Authorization": "Basic " + base64.b64encode(b"li:another horse battery").decode()}
WRONG = {"Authorization": "Basic " + base64.b64encode(b"wang:guess").decode()}


@pytest.fixture
def client(log: HitLog, noon: datetime) -> FlaskClient:
    return create_app(CONFIG, LogRecorder(log, lambda: noon, lambda _: None), lambda: noon).test_client()


def mark_of(page: str) -> str:
    found = re.search(r'name="mark" value="([^"]+)"', page)
    assert found
    return found.group(1)


def send(
    client: FlaskClient, mark: str = "", *, photo: bytes = b"", headers: dict[str, str] | None = None, **changes: str
) -> TestResponse:
    stated = {"mark": mark or mark_of(client.get("/", headers=WANG).text), "address": ADDRESS, "name": "王小红"}
    files = {"photo": (io.BytesIO(photo), "label.jpg")} if photo else {}
    return client.post("/", headers={**WANG, **(headers or {})}, data={**stated, **changes, **files})


def hits(log: HitLog) -> Iterator[Any]:
    return HitReader(log.path).stream_from(1)


@pytest.mark.parametrize("path", ["/", "/style.css", "/entries", "/nothing"])
@pytest.mark.parametrize("headers", [{}, WRONG, {"Authorization": "Bearer x"}], ids=["none", "wrong", "another kind"])
def test_without_a_password_there_is_no_answer_at_all(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    """Not even whether the path exists."""
    answers = [client.get(path, headers=headers), client.post(path, headers=headers, data={"address": ADDRESS})]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.text == "A name and a password are needed.\n"
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="mailroom", charset="UTF-8"'


def test_guessing_is_stopped_and_counted(client: FlaskClient, log: HitLog) -> None:
    """Beyond ten wrong passwords even the right one waits for the next minute."""
    for _ in range(FAILURES_PER_MINUTE):
        assert client.get("/", headers=WRONG).status_code == 401
    assert client.get("/", headers=WANG).status_code == 429
    assert client.get("/", headers=WANG, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200
    log.close()
    assert dict(HitReader(log.path).counters()) == {"mailroom.wrong_passwords": 10, "mailroom.shut_out": 1}


def test_behind_a_proxy_of_ours_each_client_is_a_source_of_its_own(log: HitLog, noon: datetime) -> None:
    """What others write into X-Forwarded-For counts for nothing."""
    config = replace(CONFIG, trusted_proxies=(ip_network("127.0.0.1"),))
    client = create_app(config, LogRecorder(log, lambda: noon, lambda _: None), lambda: noon).test_client()
    for number in range(FAILURES_PER_MINUTE):
        client.get("/", headers={**WRONG, "X-Forwarded-For": f"192.0.2.{number}, 198.51.100.7"})
    assert client.get("/", headers={**WANG, "X-Forwarded-For": "198.51.100.7"}).status_code == 429
    assert client.get("/", headers={**WANG, "X-Forwarded-For": "198.51.100.8"}).status_code == 200


def test_an_entry_is_on_record_before_the_page_says_so(client: FlaskClient, log: HitLog) -> None:
    photo = encoded(waybill("YT8000000001234"), located=True)
    answer = send(client, photo=photo, cod_amount="199", site="north", text="领奖\n拨打 14012345678")
    assert answer.status_code == 200
    assert '<p class="number">1</p>' in answer.text
    assert "Code 128: YT8000000001234" in answer.text
    assert 'href="./?site=north"' in answer.text
    (hit,) = hits(log)
    contact = hit.contact
    assert (contact.channel, contact.beacon, contact.claims["name"]) == (Channel.POST, ADDRESS, "王小红")
    assert contact.claims["waybill_number"] == "YT8000000001234"
    assert contact.claims["text"] == "领奖\n拨打 14012345678"
    assert (contact.claims["entered_by"], contact.claims["site"]) == ("wang", "north")
    assert contact.raw.startswith(b"\xff\xd8\xff")
    assert b"HoneyPhone" not in contact.raw


def test_a_form_that_is_sent_twice_is_one_hit(log: HitLog, noon: datetime) -> None:
    """A double click, a reload, a bad line: the second answer names the first hit."""
    times = iter([noon.replace(second=second) for second in range(20)])
    client = create_app(
        CONFIG, LogRecorder(log, lambda: next(times), lambda _: None), lambda: next(times)
    ).test_client()
    mark = mark_of(client.get("/", headers=WANG).text)
    first, second = send(client, mark), send(client, mark)
    assert "Recorded ·" in first.text
    assert "Recorded already" in second.text
    assert '<p class="number">1</p>' in second.text
    assert len(list(hits(log))) == 1
    assert '<p class="number">2</p>' in send(client, mark, name="李四").text  # gone back to, for the next parcel


@pytest.mark.parametrize(
    "changes",
    [
        {"mark": "x"},
        {"mark": "0123.4567"},
        {"headers": {"Sec-Fetch-Site": "cross-site"}},
        {"headers": {"Sec-Fetch-Site": "same-site"}},
        {"headers": LI},
    ],
    ids=["no mark of ours", "a made-up mark", "another site", "a neighbouring site", "another's form"],
)
def test_a_form_of_another_page_is_not_taken(client: FlaskClient, log: HitLog, changes: dict[str, Any]) -> None:
    answer = send(client, **changes)
    assert answer.status_code == 403
    assert list(hits(log)) == []
    log.close()
    assert dict(HitReader(log.path).counters()) == {"mailroom.foreign_forms": 1}


def test_what_was_entered_stands_in_the_form_again_if_it_cannot_be_taken(client: FlaskClient, log: HitLog) -> None:
    """With what is wrong, everything escaped, and the same mark."""
    mark = mark_of(client.get("/", headers=WANG).text)
    hostile = '"><script>alert(1)</script>'
    answer = send(client, mark, photo=b"GIF89a", name=hostile, remark="</textarea><b>")
    assert answer.status_code == 422
    assert "photo: must be JPEG, PNG or WebP" in answer.text
    assert "&#34;&gt;&lt;script&gt;alert(1)" in answer.text
    assert "<script" not in answer.text
    assert "</textarea><b>" not in answer.text
    assert mark_of(answer.text) == mark
    assert list(hits(log)) == []


def test_nothing_is_said_to_be_recorded_that_is_not(client: FlaskClient, log: HitLog) -> None:
    """503 and the form once more."""
    log.close()
    answer = send(client)
    assert answer.status_code == 503
    assert "cannot be recorded now" in answer.text
    assert ADDRESS in answer.text


def test_a_mail_room_is_chosen_by_the_pages_address(client: FlaskClient) -> None:
    """The beginning of its address stands in the form."""
    page = client.get("/?site=north", headers=WANG).text
    assert '<option value="north" selected>' in page
    assert 'value="文一西路969号"' in page
    assert client.get("/?site=west", headers=WANG).status_code == 404


@pytest.mark.parametrize("path", ["/", "/style.css", "/nothing", "/entries"])
def test_no_answer_lets_a_script_run_or_a_page_frame_it(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=WANG)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';")
    assert "unsafe" not in policy
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")
    assert "<script" not in answer.text
    assert not re.search(r"\son\w+=|style=", answer.text)
    assert "Set-Cookie" not in answer.headers


def entry_of(**changes: object) -> dict[str, Any]:
    fields = {"address": ADDRESS, "name": "王小红"}
    return {
        "id": "e1",
        "fields": fields,
        "photo": base64.b64encode(encoded(waybill("YT8000000001234"))).decode(),
    } | changes


def test_the_command_line_sends_the_same_as_json(client: FlaskClient, log: HitLog) -> None:
    receipt = client.post("/entries", headers=LI, json=entry_of())
    assert receipt.status_code == 200
    assert json.loads(receipt.data) == {
        "log": "0123abcd",
        "seq": 1,
        "already": False,
        "barcodes": ["YT8000000001234"],
        "notes": [],
    }
    assert client.post("/entries", headers=LI, json=entry_of()).get_json()["seq"] == 1
    (hit,) = hits(log)
    assert (hit.contact.claims["entered_by"], hit.contact.claims["entered_through"]) == ("li", "command")


BAD_JSON = {
    "a form, as another site could send": ({"data": json.dumps(entry_of()), "content_type": "text/plain"}, 415),
    "no JSON": ({"data": "{", "content_type": "application/json"}, 400),
    "a list": ({"json": []}, 400),
    "no fields": ({"json": {"id": "e1"}}, 400),
    "a field that is no text": ({"json": entry_of(fields={"address": 1})}, 400),
    "no id": ({"json": entry_of(id="")}, 400),
    "a photo that is no base64": ({"json": entry_of(photo="%%%")}, 400),
    "a photo that is none": ({"json": entry_of(photo="QUFB")}, 422),
    "no address": ({"json": entry_of(fields={"address": ""})}, 422),
    "more than a photo": ({"data": b"x" * (18 << 20), "content_type": "application/json"}, 413),
}


@pytest.mark.parametrize(("sent", "status"), BAD_JSON.values(), ids=BAD_JSON.keys())
def test_json_that_cannot_be_taken_is_refused(
    client: FlaskClient, log: HitLog, sent: dict[str, Any], status: int
) -> None:
    assert client.post("/entries", headers=WANG, **sent).status_code == status
    assert list(hits(log)) == []


def test_templates_are_beside_the_code_so_that_a_copy_has_them(tmp_path: Path) -> None:
    folder = Path(create_app.__code__.co_filename).parent / "templates"
    assert {one.name for one in folder.iterdir()} >= {"entry.html", "recorded.html", "style.css"}
