"""What is said to Alibaba Cloud's queues (MNS, now SMQ) and to the office that hands out their passes. Pure.

Queues: help.aliyun.com/zh/mns, "签名机制", BatchReceiveMessage, BatchDeleteMessage (version 2015-06-06, HMAC-SHA1).
Passes: QueryTokenForMnsQueue of Dybaseapi 2017-05-25, signed with ACS3-HMAC-SHA256 ("V3版本请求体&签名机制").
XML is read by expat without entities: a document type is refused.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote, urlencode
from xml.parsers import expat
from xml.sax.saxutils import escape

MAX_MESSAGES = 16  # of one batch (BatchReceiveMessage)
MAX_RESPONSE_BYTES = 4 << 20  # 16 messages of 64 KiB and what stands around them, twice over
MAX_ELEMENTS = 1000  # of an answer; 16 messages have about 160
MAX_DEPTH = 4
MAX_CODE_CHARS = 60
NO_MESSAGE = "MessageNotExist"
XMLNS = "http://mns.aliyuncs.com/doc/v1/"
_ALGORITHM = "ACS3-HMAC-SHA256"
_STATED_AT = "%Y-%m-%d %H:%M:%S"


class MnsError(Exception):
    """An answer that cannot be used; the message says why and holds nothing of its content."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """The operator's own key, or the one of a pass."""

    key_id: str
    secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class QueuePass:
    """A key for one queue and a short time."""

    key: AccessKey
    lifetime_seconds: float | None  # None: its times cannot be read


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, signed."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """One message of a queue. The handle deletes it until it becomes visible again."""

    message_id: str
    handle: str = field(repr=False)
    body: str = field(repr=False)


def pass_request(host: str, key: AccessKey, parameters: Mapping[str, str], *, at: datetime, nonce: str) -> Request:
    """Ask for a pass. `parameters` are MessageType and QueueName."""
    return signed_v3(host, key, parameters, action=("QueryTokenForMnsQueue", "2017-05-25"), at=at, nonce=nonce)


def signed_v3(
    host: str, key: AccessKey, parameters: Mapping[str, str], *, action: tuple[str, str], at: datetime, nonce: str
) -> Request:
    """Return a request to an RPC interface of Alibaba Cloud: POST without a body, the parameters in the query."""
    content = hashlib.sha256(b"").hexdigest()
    query = urlencode(sorted(parameters.items()), quote_via=quote, safe="~")
    headers = {
        "host": host,
        "x-acs-action": action[0],
        "x-acs-content-sha256": content,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": action[1],
    }
    names = ";".join(headers)  # in alphabetical order
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{content}"
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key.secret.encode(), to_sign.encode(), "sha256").hexdigest()
    stated = f"{_ALGORITHM} Credential={key.key_id},SignedHeaders={names},Signature={signature}"
    return Request("POST", f"/?{query}", {**headers, "accept": "application/json", "authorization": stated})


def receive_request(host: str, key: AccessKey, queue: str, *, wait_seconds: int, at: datetime) -> Request:
    """Ask for up to `MAX_MESSAGES`; the answer comes with the first, or after the wait."""
    target = f"/queues/{queue}/messages?numOfMessages={MAX_MESSAGES}&waitseconds={wait_seconds}"
    return _signed(host, key, ("GET", target), at=at)


def delete_request(host: str, key: AccessKey, queue: str, handles: Sequence[str], *, at: datetime) -> Request:
    """Delete what was received under these handles."""
    listed = "".join(f"<ReceiptHandle>{escape(handle)}</ReceiptHandle>" for handle in handles)
    body = f'<?xml version="1.0" encoding="UTF-8"?><ReceiptHandles xmlns="{XMLNS}">{listed}</ReceiptHandles>'
    return _signed(host, key, ("DELETE", f"/queues/{queue}/messages"), at=at, body=body.encode())


def read_pass(body: bytes) -> QueuePass:
    """Read the answer to `pass_request`.

    Raises:
        MnsError: there is no pass in it.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise MnsError("the answer to the request for a pass is not JSON") from exc
    given = document.get("MessageTokenDTO") if isinstance(document, dict) else None
    if not isinstance(given, dict):
        raise MnsError(f"no pass was given: {code_of_json(document)}")
    texts = {name: value for name, value in given.items() if isinstance(value, str) and value.isascii()}
    try:
        key = AccessKey(texts["AccessKeyId"], texts["AccessKeySecret"], texts["SecurityToken"])
    except KeyError as exc:
        raise MnsError("the pass lacks a key or a token") from exc
    if not all(text.isprintable() for text in (key.key_id, key.secret, key.security_token)):
        raise MnsError("the pass holds what no header can")
    return QueuePass(key, _lifetime(texts.get("CreateTime", ""), texts.get("ExpireTime", "")))


def code_of_json(document: object) -> str:
    """Return the code of a refusal, which names no content."""
    code = document.get("Code") if isinstance(document, dict) else None
    return _code(code if isinstance(code, str) else "")


def read_messages(body: bytes) -> list[Received]:
    """Read the messages of an answer; without a handle one can be neither deleted nor told from another.

    Raises:
        MnsError: it is not the XML that queues send.
    """
    found = _records(body, "Message")
    messages = [
        Received(one.get("MessageId", ""), one.get("ReceiptHandle", ""), one.get("MessageBody", "")) for one in found
    ]
    if not all(message.handle for message in messages):
        raise MnsError("a message without a handle")
    return messages[:MAX_MESSAGES]


def read_codes(body: bytes) -> list[str]:
    """Return the codes of a refusal: one, or one for each message that was not deleted.

    Raises:
        MnsError: it is not the XML that queues send.
    """
    return [_code(one.get("Code") or one.get("ErrorCode") or "") for one in _records(body, "Error")]


# --- inside ----------------------------------------------------------------------------------------------------------


def _signed(host: str, key: AccessKey, line: tuple[str, str], *, at: datetime, body: bytes = b"") -> Request:
    method, target = line
    date = format_datetime(at.astimezone(UTC), usegmt=True)
    headers = {"host": host, "date": date, "x-mns-version": "2015-06-06"}
    content = {}
    if body:
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        content = {
            "content-md5": base64.b64encode(digest.encode()).decode(),  # of the hexadecimal form, as documented
            "content-type": "text/xml;charset=UTF-8",
        }
    signed = f"x-mns-version:{headers['x-mns-version']}\n{target}"
    to_sign = f"{method}\n{content.get('content-md5', '')}\n{content.get('content-type', '')}\n{date}\n{signed}"
    signature = base64.b64encode(hmac.digest(key.secret.encode(), to_sign.encode(), "sha1")).decode()
    headers |= content | {"authorization": f"MNS {key.key_id}:{signature}"}
    if key.security_token:
        headers["security-token"] = key.security_token
    return Request(method, target, headers, body)


def _lifetime(created: str, expires: str) -> float | None:
    """Return how long a pass is good for. Its times name no zone, but both have the same."""
    try:
        times = [datetime.strptime(text, _STATED_AT).replace(tzinfo=UTC) for text in (created, expires)]
    except ValueError:
        return None
    return (times[1] - times[0]).total_seconds()


def _code(code: str) -> str:
    plain = "".join(letter for letter in code if letter.isascii() and (letter.isalnum() or letter in "._-"))
    return plain[:MAX_CODE_CHARS] or "no code"


class _Reader:
    """Collects the texts of the elements right below each element of one name."""

    def __init__(self, name: str) -> None:
        self.records: list[dict[str, str]] = []
        self._name = name
        self._path: list[str] = []
        self._texts: list[str] = []
        self._count = 0

    def refuse(self, *_: object) -> None:
        raise MnsError("an answer with a document type")

    def start(self, name: str, _: object) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._path) >= MAX_DEPTH:
            raise MnsError("an answer of too many elements")
        if name == self._name and len(self._path) <= 1:
            self.records.append({})
        self._path.append(name)
        self._texts = []

    def text(self, text: str) -> None:
        self._texts.append(text)

    def end(self, name: str) -> None:
        self._path.pop()
        if self.records and self._path and self._path[-1] == self._name:
            self.records[-1].setdefault(name, "".join(self._texts).strip())
        self._texts = []


def _records(body: bytes, name: str) -> list[dict[str, str]]:
    reader = _Reader(name)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as exc:
        raise MnsError("an answer that is not XML") from exc
    return reader.records
