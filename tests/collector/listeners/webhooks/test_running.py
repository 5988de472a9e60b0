"""Every provider over real sockets at a running collector: answered once durable, never doubled, forged refused."""

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from collector.hitlog.reader import HitReader
from collector.listeners.webhooks.request import HookRequest
from tests.collector.listeners.webhooks import signers
from tests.collector.listeners.webhooks.signers import FORM, KEYS, PUBLIC_URL, SECRET_PATH, TOPIC, UNSIGNED, published
from tests.collector.running import Collector, run_command, running

PROVIDERS = (*KEYS, "aliyun", "tencent")
MAIL = b'{"to":["token@mail.example.com"],"from":"a@example.org"}'
ROUTE = {"recipient": "token@mail.example.com", "sender": "a@example.org", "body-plain": "x"}


def sns(at: datetime) -> HookRequest:
    moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return signers.sns({"Message": published("ses_sns_inbound.json")["Message"], "Timestamp": moment})


CALLIN = {"sessionId": "s-1", "caller": "+8614012345672", "called": "+8614012345671"}
ALIQIN = {"call_id": "c-1", "call_no": "14012345672", "secret_no": "14012345671"}
POSTMARK = {"MessageID": "m-1", "OriginalRecipient": "token@mail.example.com", "TextBody": "x"}
TENCENT = {"callId": "c-1", "src": "008614012345672", "dstVirtualNum": "008614012345671"}
SENT: Mapping[str, Callable[[datetime], HookRequest]] = {
    "twilio": lambda _: signers.twilio({"CallSid": "CA1", "From": "+12025550100", "To": "+12025550101"}),
    "vonage": lambda at: signers.vonage(published("vonage_answer_webhook.json"), at),
    "telnyx": lambda at: signers.telnyx(published("telnyx_call_initiated.json"), at),
    "plivo": lambda _: signers.plivo({"CallUUID": "c-1", "From": "12025550133", "To": "12025550131"}),
    "aliyun": lambda _: signers.unsigned("aliyun", published("aliyun_secret_report_http.json")),
    "huawei": lambda at: signers.huawei({"eventType": "callin", "statusInfo": CALLIN}, at),
    "tencent": lambda _: signers.unsigned("tencent", TENCENT),
    "aliqin": lambda at: signers.aliqin(signers.top(ALIQIN, at)),
    "mailgun": lambda at: signers.mailgun(ROUTE, at),
    "sendgrid": lambda at: signers.sendgrid({"envelope": MAIL, "text": b"x"}, at),
    "postmark": lambda _: signers.postmark(POSTMARK),
    "ses": sns,
    "standard": lambda at: signers.standard({"channel": "call", "beacon": "+12025550101"}, at),
}
ANSWERS = {
    "twilio": "<Response><Reject",
    "vonage": "[]",
    "plivo": '<Response><Hangup reason="busy"/></Response>',
    "aliyun": '{"code":0,',
    "huawei": '{"resultcode":"0"',
    "aliqin": '{"alibaba_aliqin_axb_vendor_push_call_release_response"',
}


def configured(folder: Path) -> str:
    """Write the keys and return a configuration of every provider of the contract."""
    sections = ['[log]\npath = "hits.db"\n[hooks]\nlisten = ["127.0.0.1:"]\n']
    for name in PROVIDERS:
        section = [f"[webhooks.{name}]", f'provider = "{name}"', f'public_url = "{PUBLIC_URL}"']
        if name in KEYS:
            (folder / f"{name}.key").write_text(KEYS[name])
            section.append(f'key = {{ file = "{name}.key" }}')
        if name in UNSIGNED:
            section += [f'secret_path = "{SECRET_PATH}"', 'allow = ["127.0.0.0/8"]']
        if name == "ses":
            section.append(f'topics = ["{TOPIC}"]')
        sections.append("\n".join(section) + "\n")
    return "".join(sections)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    with running(tmp_path, configured(tmp_path)) as started:
        yield started


def send(collector: Collector, request: HookRequest, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", collector.port("hooks"), timeout=30)
    try:
        connection.request(request.method, request.target, request.body, {**request.headers, **headers})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_what_each_provider_signs_is_answered_as_it_expects_and_is_one_hit(
    collector: Collector, tmp_path: Path
) -> None:
    """Each message comes twice, as it does when an answer was lost."""
    at = datetime.now(UTC)
    assert set(SENT) == set(PROVIDERS)
    for name, make in SENT.items():
        first, again = send(collector, make(at)), send(collector, make(at))
        assert first == again
        assert first[0] in (200, 204), name
        assert ANSWERS.get(name, "") in first[1], name
    code, _ = collector.stop()
    assert code == 0
    reader = HitReader(tmp_path / "hits.db")
    reader.verify()
    hits = list(reader.stream_from(1))
    assert Counter(hit.contact.provider for hit in hits) == dict.fromkeys(PROVIDERS, 1)
    assert {hit.contact.provider for hit in hits if not hit.contact.verified} == {"aliyun", "tencent", "postmark"}
    assert all(hit.contact.beacon and hit.contact.raw for hit in hits)
    assert not [hit for hit in hits if SECRET_PATH.encode() in hit.contact.raw]


def test_what_nobody_signed_is_refused_counted_and_no_hit(collector: Collector, tmp_path: Path) -> None:
    signed_inside = ("mailgun", "aliqin", "ses")  # all others sign, or carry their secret, outside the body
    for name, make in SENT.items():
        request = make(datetime.now(UTC))
        body = request.body.replace(b"1", b"2") if name in signed_inside else request.body
        bare = replace(request, target=f"/hooks/{name}", headers={"content-type": FORM}, body=body)
        assert send(collector, bare)[0] == 403, name
    _, said = collector.stop()
    reader = HitReader(tmp_path / "hits.db")
    assert reader.head().seq == 0
    assert reader.counters() == {f"hooks.{name}.forged": 1 for name in PROVIDERS}
    assert not [secret for secret in (*KEYS.values(), SECRET_PATH) if secret in said]


def test_while_the_disk_is_full_every_provider_is_told_to_send_again(collector: Collector, tmp_path: Path) -> None:
    at = datetime.now(UTC)
    collector.limit_file_size(1)
    for name, make in SENT.items():
        assert send(collector, make(at))[0] == 503, name
    collector.limit_file_size(-1)
    for name, make in SENT.items():
        assert send(collector, make(at))[0] in (200, 204), name
    collector.stop()
    reader = HitReader(tmp_path / "hits.db")
    reader.verify()
    assert reader.head().seq == len(SENT)
    assert reader.counters() == {f"hooks.{name}.unavailable": 1 for name in PROVIDERS}


def test_malformed_messages_are_recorded_once_and_answered_400_with_one_reason(
    collector: Collector, tmp_path: Path
) -> None:
    at = datetime.now(UTC)
    malformed = {
        "telnyx": signers.telnyx({"data": {}}, at),
        "plivo": signers.plivo({"Hello": "world"}),
        "vonage": signers.vonage({"hello": "world"}, at),
        "aliyun": signers.unsigned("aliyun", []),
        "huawei": signers.huawei({}, at),
        "mailgun": signers.mailgun({"hello": "world"}, at),
        "sendgrid": signers.sendgrid({"to": b"x"}, at),
        "postmark": signers.postmark({}),
    }
    for name, request in malformed.items():
        for _ in range(2):
            status, body = send(collector, request)
            assert status == 400, name
            assert body.startswith("recorded, but unreadable: ")
            assert body.count("\n") == 1
    collector.stop()
    hits = list(HitReader(tmp_path / "hits.db").stream_from(1))
    assert [hit.contact.provider for hit in hits if "malformed" in hit.contact.claims] == list(malformed)


def test_a_call_by_get_keeps_its_query_and_not_its_address(collector: Collector, tmp_path: Path) -> None:
    """Vonage asks by GET unless told otherwise."""
    token = signers.jwt(KEYS["vonage"], {"iat": int(datetime.now(UTC).timestamp())})
    query = urlencode(published("vonage_answer_webhook.json"))
    headers = {"authorization": f"Bearer {token}"}
    request = HookRequest("GET", f"/hooks/vonage?{query}", headers, b"", datetime.now(UTC))
    assert send(collector, request) == (200, "[]")
    collector.stop()
    (hit,) = HitReader(tmp_path / "hits.db").stream_from(1)
    assert hit.contact.raw.decode() == query


def test_collector_check_accepts_every_provider_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "collector.toml").write_text(configured(tmp_path))
    done = run_command(tmp_path, "check", "--config", "collector.toml", "--json")
    assert done.returncode == 0, done.stderr
    checks = {one["name"]: one for one in json.loads(done.stdout)["checks"]}
    assert {name for name in PROVIDERS if checks[f"webhooks.{name}"]["detail"] == f"{name}: ready"} == set(PROVIDERS)
