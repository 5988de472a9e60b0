"""Queues as Alibaba Cloud documents them, with the office that hands out passes: independent of the code under test.

Signatures are checked as "签名机制" (MNS) and "V3版本请求体&签名机制" say; `test_mns` lets Alibaba's own client use it.
"""

import base64
import hashlib
import hmac
import itertools
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

ACCESS_KEY_ID, ACCESS_KEY_SECRET = "LTAIexample", "the-operators-secret"
QUEUE = "Alicom-Queue-1234567890-SecretReport"
XMLNS = "http://mns.aliyuncs.com/doc/v1/"


@dataclass
class Message:
    """One message of a queue."""

    number: int
    body: str
    visible_at: float = 0.0
    handle: str = ""
    received: int = 0


@dataclass
class Pass:
    """A key for a short time."""

    secret: str
    token: str


@dataclass
class Queues:
    """What is in the queues, and what was asked of them."""

    visibility_seconds: float = 30.0
    pass_seconds: int = 3600
    requires_pass: bool = True
    keeps_deleted: bool = False  # deletions get lost on their way
    messages: list[Message] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    passes: dict[str, Pass] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)  # said instead of the next answers to a receiver
    port: int = 0
    on_delete: Callable[[], None] = lambda: None  # called when a deletion was asked for, before it is done
    changed: threading.Condition = field(default_factory=threading.Condition)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, content: object, *, is_encoded: bool = True) -> None:
        """Put a message into the queue: JSON in Base64, or a text as it is."""
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        with self.changed:
            body = base64.b64encode(text.encode()).decode() if is_encoded else text
            self.messages.append(Message(next(self._numbers), body))
            self.changed.notify_all()

    def receive(self, most: int, wait_seconds: float) -> list[Message]:
        end = time.monotonic() + wait_seconds
        with self.changed:
            while True:
                now = time.monotonic()
                found = [one for one in self.messages if one.visible_at <= now][:most]
                if found or now >= end:
                    break
                soonest = min([end, *(one.visible_at for one in self.messages)])
                self.changed.wait(max(soonest - now, 0.001))
            for one in found:
                one.visible_at = time.monotonic() + self.visibility_seconds
                one.received += 1
                one.handle = f"1-{one.number}-{one.received}=="
            return found

    def delete(self, handles: list[str]) -> list[str]:
        """Delete what was received last under these handles; return the handles that are worth nothing."""
        self.on_delete()
        if self.keeps_deleted:
            return []
        with self.changed:
            known = {one.handle: one for one in self.messages}
            for handle in handles:
                if handle in known:
                    self.messages.remove(known[handle])
                    self.deleted.append(known[handle].body)
            return [handle for handle in handles if handle not in known]

    def deleted_texts(self) -> list[str]:
        with self.changed:
            return [base64.b64decode(body).decode() for body in self.deleted]

    def give_pass(self) -> dict[str, str]:
        number = len(self.passes) + 1
        key_id = f"STS.pass{number}"
        self.passes[key_id] = Pass(f"pass-secret-{number}", f"pass-token-{number}")
        now = datetime.now(UTC) + timedelta(hours=8)
        form = "%Y-%m-%d %H:%M:%S"
        return {
            "AccessKeyId": key_id,
            "AccessKeySecret": f"pass-secret-{number}",
            "SecurityToken": f"pass-token-{number}",
            "CreateTime": now.strftime(form),
            "ExpireTime": (now + timedelta(seconds=self.pass_seconds)).strftime(form),
        }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    queues: ClassVar[Queues]

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self._body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/queues/"):
            self._queue()
        else:
            self._office()

    def do_GET(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def _office(self) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query))
        if not self._is_signed_v3():
            self._answer_json(400, {"Code": "SignatureDoesNotMatch", "Message": "…", "RequestId": "1"})
        elif self.headers["x-acs-action"] != "QueryTokenForMnsQueue" or not asked["QueueName"].endswith(
            asked["MessageType"]
        ):
            self._answer_json(400, {"Code": "InvalidAction", "Message": "…", "RequestId": "1"})
        else:
            given = self.queues.give_pass()
            self._answer_json(200, {"Code": "OK", "Message": "OK", "RequestId": "1", "MessageTokenDTO": given})

    def _is_signed_v3(self) -> bool:
        parts = dict(
            part.split("=", 1)
            for part in self.headers.get("Authorization", "").removeprefix("ACS3-HMAC-SHA256 ").split(",")
        )
        names = parts["SignedHeaders"].split(";")
        needed = {
            "host",
            "x-acs-action",
            "x-acs-version",
            "x-acs-date",
            "x-acs-signature-nonce",
            "x-acs-content-sha256",
        }
        stated = datetime.strptime(self.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if not needed <= set(names) or abs((datetime.now(UTC) - stated).total_seconds()) > 900:
            return False
        path, _, query = self.path.partition("?")
        pairs = sorted(parse_qsl(query, keep_blank_values=True))
        canonical = "\n".join(
            (
                self.command,
                path,
                "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs),
                "".join(f"{name}:{self.headers[name].strip()}\n" for name in names),
                parts["SignedHeaders"],
                hashlib.sha256(self._body).hexdigest(),
            )
        )
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(ACCESS_KEY_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        return parts["Credential"] == ACCESS_KEY_ID and hmac.compare_digest(parts["Signature"], signature)

    def _queue(self) -> None:
        refused = self._refusal()
        if refused:
            self.queues.refusals.append(refused)
            self._answer_xml(403, self._error(refused))
            return
        path, _, query = self.path.partition("?")
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        if path != f"/queues/{QUEUE}/messages":
            self._answer_xml(404, self._error("QueueNotExist"))
        elif self.command == "POST":
            body = ET.fromstring(self._body).findtext(f"{{{XMLNS}}}MessageBody") or ""
            self.queues.send(body, is_encoded=False)
            digest = hashlib.md5(body.encode()).hexdigest().upper()
            made = f"<MessageId>1</MessageId><MessageBodyMD5>{digest}</MessageBodyMD5>"
            self._answer_xml(201, f'<Message xmlns="{XMLNS}">{made}</Message>')
        elif self.command == "GET":
            self._receive(int(asked["numOfMessages"]), float(asked.get("waitseconds", 0)))
        else:
            handles = [one.text or "" for one in ET.fromstring(self._body)]
            self._delete(handles)

    def _refusal(self) -> str:
        """Check Authorization: MNS AccessKeyId:Base64(HMAC-SHA1(secret, what is asked))."""
        key_id, _, signature = self.headers.get("Authorization", "").removeprefix("MNS ").partition(":")
        given = self.queues.passes.get(key_id)
        secret = given.secret if given else ACCESS_KEY_SECRET
        if given is None and (self.queues.requires_pass or key_id != ACCESS_KEY_ID):
            return "InvalidAccessKeyId"
        if given is not None and self.headers.get("security-token") != given.token:
            return "SecurityTokenInvalid"
        own = sorted((name.lower(), value) for name, value in self.headers.items() if name.lower().startswith("x-mns-"))
        text = "\n".join(
            (
                self.command,
                self.headers.get("Content-MD5", ""),
                self.headers.get("Content-Type", ""),
                self.headers.get("Date", ""),
                "".join(f"{name}:{value}\n" for name, value in own) + self.path,
            )
        )
        right = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
        if not hmac.compare_digest(signature, right):
            return "SignatureDoesNotMatch"
        if self._body:
            digest = base64.b64encode(hashlib.md5(self._body).hexdigest().encode()).decode()
            if self.headers.get("Content-MD5") != digest:
                return "InvalidDigest"
        return ""

    def _receive(self, most: int, wait_seconds: float) -> None:
        if self.queues.answers:
            self._answer_xml(*self.queues.answers.pop(0))
            return
        found = self.queues.receive(most, wait_seconds)
        if not found:
            self._answer_xml(404, self._error("MessageNotExist"))
            return
        listed = "".join(
            f"<Message><MessageId>id-{one.number}</MessageId><ReceiptHandle>{one.handle}</ReceiptHandle>"
            f"<MessageBodyMD5>{hashlib.md5(one.body.encode()).hexdigest().upper()}</MessageBodyMD5>"
            f"<MessageBody>{escape(one.body)}</MessageBody><EnqueueTime>1795248918000</EnqueueTime>"
            f"<NextVisibleTime>1795248948000</NextVisibleTime><FirstDequeueTime>1795248918000</FirstDequeueTime>"
            f"<DequeueCount>{one.received}</DequeueCount><Priority>8</Priority></Message>"
            for one in found
        )
        self._answer_xml(200, f'<?xml version="1.0" ?><Messages xmlns="{XMLNS}">{listed}</Messages>')

    def _delete(self, handles: list[str]) -> None:
        unknown = self.queues.delete(handles)
        if not unknown:
            self._answer(204, b"", "text/xml")
            return
        listed = "".join(
            f"<Error><ErrorCode>MessageNotExist</ErrorCode><ErrorMessage>…</ErrorMessage>"
            f"<ReceiptHandle>{handle}</ReceiptHandle></Error>"
            for handle in unknown
        )
        self._answer_xml(404, f'<?xml version="1.0" ?><Errors xmlns="{XMLNS}">{listed}</Errors>')

    @staticmethod
    def _error(code: str) -> str:
        return (
            f'<?xml version="1.0" ?><Error xmlns="{XMLNS}"><Code>{code}</Code><Message>…</Message>'
            "<RequestId>5</RequestId><HostId>http://example.com</HostId></Error>"
        )

    def _answer_xml(self, status: int, body: str | bytes) -> None:
        self._answer(status, body if isinstance(body, bytes) else body.encode(), "text/xml;charset=utf-8")

    def _answer_json(self, status: int, document: object) -> None:
        self._answer(status, json.dumps(document).encode(), "application/json;charset=utf-8")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("x-mns-request-id", "5F8D8D8D8D8D")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(queues: Queues, context: ssl.SSLContext | None = None) -> Iterator[Queues]:
    """Serve queues and office on a free port of this machine."""
    server = _Server(("127.0.0.1", queues.port), type("BoundHandler", (Handler,), {"queues": queues}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    queues.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield queues
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that are killed, or that refuse our certificate, are what some tests are about."""
