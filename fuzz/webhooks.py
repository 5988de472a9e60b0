"""Webhooks: of any request, the check raises ForgedError or nothing, and the mapping gives contacts and an answer."""

import json
from collections.abc import Mapping
from contextlib import suppress

from collector import limits
from collector.errors import ForgedError
from collector.listeners.webhooks import PROVIDERS, provider_for
from collector.listeners.webhooks.request import HookRequest, refusal
from fuzz import recordable
from tests.collector.listeners.webhooks import signers

BUILT = {name: provider_for(signers.config(name)) for name in sorted(PROVIDERS)}
SEPARATOR = b"\n\n"  # between headers and body, as in HTTP


def check(data: bytes) -> None:
    """Read a query, lines of headers, an empty line and a body, and hand them to every provider."""
    head, _, body = data.partition(SEPARATOR)
    query, *lines = head.decode("latin-1").split("\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    for name, provider in BUILT.items():
        request = HookRequest("POST", f"{signers.target(name)}?{query}", headers, body, recordable.NOON)
        with suppress(ForgedError):
            provider.check(request)
        contacts = provider.contacts(request)
        recordable.require(contacts)
        assert len(contacts) <= limits.MAX_COMMIT_HITS
        assert all(contact.provider == name for contact in contacts)
        answer = refusal(contacts) or provider.answer(contacts)
        assert answer.status in (200, 204, 400)
        assert "\n" not in answer.body.rstrip("\n")


def seeds() -> Mapping[str, bytes]:
    """Return the providers' published samples, and forms."""

    def sent(request: HookRequest) -> bytes:
        query = request.target.partition("?")[2]
        head = "\n".join([query, *(f"{name}: {value}" for name, value in request.headers.items())])
        return head.encode("latin-1") + SEPARATOR + request.body

    samples = {
        "aliyun": "aliyun_secret_report_http.json",
        "huawei": "huawei_sms_notify.json",
        "telnyx": "telnyx_call_initiated.json",
        "vonage": "vonage_inbound_sms.json",
    }
    envelope = json.dumps({"to": ["a@mail.example.com"], "from": "b@example.org"}).encode()
    notice = {
        "notificationType": "Received", "content": "Subject: hi\r\n\r\nhi",
        "mail": {"messageId": "m1", "source": "b@example.org", "headers": [{"name": "Subject", "value": "hi"}]},
        "receipt": {"recipients": ["a@mail.example.com"], "spfVerdict": {"status": "PASS"}, "action": {"type": "SNS"}},
    }  # fmt: skip
    mail = {"recipient": "a@mail.example.com", "sender": "b@example.org", "body-plain": "x"}
    parsed = {"envelope": envelope, "headers": b"Subject: hi", "charsets": b'{"text":"gbk"}'}
    event = {"secret_no": "14012345678", "call_id": "1", "from": "14012345679"}
    posted = {"MessageID": "1", "OriginalRecipient": "a@mail.example.com", "Headers": []}
    document = {"type": "a", "timestamp": "2026-11-21T08:00:00Z", "data": {"beacon": "x"}}
    call = {"CallSid": "CA1", "From": "+12025550100", "To": "+12025550101"}
    return {
        **{name: sent(signers.unsigned(name, signers.published(sample))) for name, sample in samples.items()},
        "twilio": sent(signers.twilio(call)),
        "plivo": sent(signers.plivo({**call, "CallUUID": "1", "Direction": "inbound"})),
        "mailgun": sent(signers.mailgun(mail)),
        "sendgrid": sent(signers.sendgrid(parsed)),
        "ses": sent(signers.sns({"Message": json.dumps(notice)})),
        "subscription": sent(
            signers.sns({"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?a"})
        ),
        "standard": sent(signers.standard(document)),
        "aliqin": sent(signers.aliqin(signers.top(event))),
        "postmark": sent(signers.postmark(posted)),
        "tencent": sent(signers.unsigned("tencent", {"callId": "1", "src": "14012345678", "dst": "14012345679"})),
    }  # fmt: skip
