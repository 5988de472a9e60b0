"""`collector mailroom add`: into the log itself, or, while a collector writes that, through its mail room's address."""

import base64
import http.client
import json
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from collector.config.file import Config
from collector.config.mailroom import MailroomConfig
from collector.config.value import Address
from collector.duties import duties_of
from collector.errors import CollectorError, LogLockedError, LogUnwritableError
from collector.hitlog.writer import HitLog
from collector.mailroom.page import Desk
from collector.recorder import LogRecorder
from collector.translation import _

ANSWER_SECONDS = 60.0  # a photo of 12 megapixels takes one or two
MAX_ANSWER_BYTES = 64 << 10
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not bound here: where to reach what listens everywhere


@dataclass(frozen=True, slots=True)
class Submission:
    """What to record, by whom, and under which id: the same id and contents are one hit."""

    fields: Mapping[str, str]
    photo: bytes
    entry_id: str
    user: str

    def to_json(self) -> bytes:
        """Return the body of POST /entries."""
        photo = base64.b64encode(self.photo).decode()
        return json.dumps({"id": self.entry_id, "fields": dict(self.fields), "photo": photo}).encode()


def add(config: Config, submission: Submission, now: Callable[[], datetime], url: str = "") -> dict[str, Any]:
    """Record, and return the receipt as JSON. With `url` only that address is asked.

    Raises:
        CollectorError: it is not on record, or nobody can say; what to do stands in the message.
    """
    if url:
        return _post(config, submission, url)
    try:
        return _record(config, submission, now)
    except LogLockedError as exc:
        if config.mailroom is None:
            raise LogLockedError(_("{exc}; or add [mailroom], so that entries can be handed to it", exc=exc)) from exc
        return _post(config, submission, _own_url(config.mailroom))


def _record(config: Config, submission: Submission, now: Callable[[], datetime]) -> dict[str, Any]:
    log = HitLog.open(config.log.path, now=now, max_bytes=config.log.max_bytes, duties=duties_of(config))
    with log:
        desk = Desk(config.mailroom, LogRecorder(log, now, lambda _: None), now)
        try:
            receipt = desk.record(
                submission.fields,
                submission.photo,
                entry_id=submission.entry_id,
                user=submission.user,
                way="command",
            )
        except TimeoutError as exc:
            raise LogUnwritableError(_("the hit log takes too long: nothing may be on record; try again")) from exc
    return receipt.to_json()


def _own_url(mailroom: MailroomConfig) -> str:
    address = next((one for one in mailroom.listen if one.port), None)
    if address is None:
        raise CollectorError(_("mailroom.listen picks its port by itself: name the address with --url"))
    at = Address(ANYWHERE.get(address.host, address.host), address.port)
    return f"{'https' if mailroom.tls else 'http'}://{at}/"


def _post(config: Config, submission: Submission, url: str) -> dict[str, Any]:
    mailroom = config.mailroom
    if mailroom is None or submission.user not in mailroom.users:
        raise CollectorError(_("{user} is not in [mailroom.users]: name one who is with --user", user=submission.user))
    password = mailroom.users[submission.user].reveal()
    credentials = base64.b64encode(f"{submission.user}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    connection, path = _connect(mailroom, url)
    try:
        connection.request("POST", path, submission.to_json(), headers)
        answer = connection.getresponse()
        status, body = answer.status, answer.read(MAX_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as exc:
        raise CollectorError(
            _(
                "the mail room at {url} does not answer ({exc}): nobody can say whether this is on record; "
                "run it again with --id {entry_id}",
                url=url,
                exc=exc or type(exc).__name__,
                entry_id=submission.entry_id,
            )
        ) from exc
    finally:
        connection.close()
    return _receipt(url, status, body)


def _connect(mailroom: MailroomConfig, url: str) -> tuple[http.client.HTTPConnection, str]:
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        raise CollectorError(_("--url: {url!r} is not an address", url=url)) from exc
    if parts.scheme not in ("http", "https") or not host:
        raise CollectorError(_("--url: {url!r} must begin with https://, or with http:// for this machine", url=url))
    path = parts.path.rstrip("/") + "/entries"
    if parts.scheme == "http":
        _stay_here(host)
        return http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS), path
    context = ssl.create_default_context()
    if mailroom.tls is not None:
        # Our own certificate is trusted as it stands, whoever signed it and whichever name is dialled.
        context.load_verify_locations(mailroom.tls.certificate)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.check_hostname = not _is_here(host)
    return http.client.HTTPSConnection(host, port, timeout=ANSWER_SECONDS, context=context), path


def _stay_here(host: str) -> None:
    if not _is_here(host):
        raise CollectorError(_("--url: http:// sends the password unencrypted: use https://, or an SSH tunnel"))


def _is_here(host: str) -> bool:
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(Address(str(one), 0).is_loopback for one in found)


def _receipt(url: str, status: int, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = {}
    if status == 200 and isinstance(document, dict) and isinstance(document.get("seq"), int):
        return document
    if status in (422, 503) and isinstance(document, dict) and isinstance(document.get("error"), str):
        raise CollectorError(document["error"])
    mend = {401: _("the running collector has another password"), 429: _("too many wrong passwords, wait a minute")}
    raise CollectorError(
        _(
            "the mail room at {url} answered {status}: {mend}",
            url=url,
            status=status,
            mend=mend.get(status, _("is this its address?")),
        )
    )
