"""Canary links and the tracking page: a plain WSGI application (Flask would cost ten times the request itself).

Any host, path and method is recorded, then answered. If the log cannot be
written the page is shown as usual (an error would give the canary away) and the loss counted as `web.lost`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from collector import limits
from collector.config.file import WebConfig
from collector.errors import CollectorError
from collector.hit import Channel, Contact
from collector.http.peer import client_address
from collector.listeners.webautomated import automated
from collector.listeners.webpages import SECURITY_HEADERS, Page, front_page, image, robots, tracking_page
from collector.recorder import Recorder

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

IMAGE_ENDINGS = (".gif", ".png", ".jpg", ".jpeg", ".ico", ".webp")
NUMBER_KEYS = ("no", "number", "waybill", "n")
ACME_PREFIX = "/.well-known/acme-challenge/"
MAX_CHALLENGE_BYTES = 4 << 10  # a key authorisation has under 100
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)  # base64url: nothing that leaves the folder
MAX_FORM_BYTES = 8 << 10  # of a posted form looked at for a number
CLAIMED_HEADERS = {  # header, in lower case -> claim
    "user-agent": "user_agent",
    "referer": "referer",
    "accept-language": "accept_language",
    "x-forwarded-for": "forwarded_for",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as received; `target` is the undecoded path and query."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    peer: str
    peer_port: str

    def header(self, name: str) -> str:
        """Return a header's value, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def answer(request: Request, config: WebConfig, now: datetime) -> tuple[Contact, Page]:
    """Return what to record and what to show, for any request."""
    return contact_of(request, config), page_for(request, now)


def contact_of(request: Request, config: WebConfig) -> Contact:
    """Return the contact: its beacon is the URL as requested, under the host name as received.

    A number looked up by a posted form is the beacon itself, because the URL does not hold it.
    """
    headers = {name.lower(): value for name, value in reversed(request.headers)}  # of two alike, the first
    host = headers.get("host", "").lower()
    name = host.rsplit(":", 1)[0] if host.rpartition(":")[2].isdigit() else host
    claims = {"method": request.method, "peer_port": request.peer_port}
    claims |= {claim: value for header, claim in CLAIMED_HEADERS.items() if (value := headers.get(header))}
    if by := automated(request.method, request.headers):
        claims["automated"] = by
    path, _, query = request.target.partition("?")
    posted = _posted_number(request)
    if number := _number(unquote(path), query) or posted:
        claims["waybill_number"] = number
    target = request.target if request.target.startswith("/") else f"/{request.target}"
    if "://" in request.target:  # an absolute target, as sent to a proxy
        target = "/" + request.target.split("://", 1)[1].partition("/")[2]
    head = f"{request.method} {request.target}\r\n" + "".join(f"{key}: {value}\r\n" for key, value in request.headers)
    return Contact(
        channel=Channel.WEB,
        beacon=posted or f"https://{name if name in config.hosts else host}{target}",
        peer=client_address(request.peer, headers.get("x-forwarded-for", ""), config.trusted_proxies),
        claims=claims,
        raw=head.encode("utf-8", "replace") + b"\r\n" + request.body,
    ).bounded()


def page_for(request: Request, now: datetime) -> Page:
    """Choose a page by the address alone; nothing is looked up."""
    path, _, query = request.target.partition("?")
    path = unquote(path)
    language = request.header("Accept-Language")
    if path.lower().endswith(IMAGE_ENDINGS):
        return image()
    if path == "/robots.txt":
        return robots()
    number = _number(path, query) or _posted_number(request)
    return tracking_page(number, language, now) if number else front_page(language)


def _number(path: str, query: str) -> str:
    """Return what in an address may be a waybill number: the usual parameters, else a last part that holds a digit."""
    try:
        parameters = parse_qs(query, max_num_fields=50) if query else {}
    except ValueError:
        parameters = {}
    for key in NUMBER_KEYS if parameters else ():
        if parameters.get(key):
            return parameters[key][0].strip()
    last = path.rstrip("/").rpartition("/")[2]
    return last if any(character.isdigit() for character in last) else ""


def _posted_number(request: Request) -> str:
    """Return the number of a tracking form that was posted."""
    kind = request.header("Content-Type").lower()
    if request.method != "POST" or not kind.startswith("application/x-www-form-urlencoded"):
        return ""
    return _number("", request.body[:MAX_FORM_BYTES].decode("utf-8", "replace"))


class CanarySite:
    """The WSGI application: builds a `Request`, has it recorded, answers."""

    def __init__(self, config: WebConfig, recorder: Recorder, now: Callable[[], datetime]) -> None:
        self._config = config
        self._recorder = recorder
        self._now = now

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Record, then answer."""
        request = request_of(environ)
        contact, page = self.answer(request)
        self._record(contact)
        for folder in (self._config.acme_folder, self._config.acme_answers):
            page = (folder and challenge(request.target, folder)) or page
        start_response(
            page.status,
            [("Content-Type", page.content_type), ("Content-Length", str(len(page.body))), *SECURITY_HEADERS],
        )
        return [] if request.method == "HEAD" else [page.body]

    def answer(self, request: Request) -> tuple[Contact, Page]:
        """Return what to record and what to show now."""
        return answer(request, self._config, self._now())

    def _record(self, contact: Contact) -> None:
        """Wait until the contact is durable; count it as lost if it cannot be."""
        try:
            self._recorder.record([contact]).result(limits.RECORD_WAIT_SECONDS)
        except (CollectorError, TimeoutError):
            self._recorder.count("web.lost")


def challenge(target: str, folder: Path) -> Page | None:
    """Return what a certificate authority looks for (RFC 8555 8.3), as certbot's webroot plug-in writes it."""
    token = target.removeprefix(ACME_PREFIX)
    if token == target or not _TOKEN.fullmatch(token):
        return None
    try:
        with (folder / ACME_PREFIX.strip("/") / token).open("rb") as file:
            return Page("200 OK", "application/octet-stream", file.read(MAX_CHALLENGE_BYTES))
    except OSError:
        return None


def request_of(environ: "WSGIEnvironment") -> Request:
    """Read a request from a WSGI environment, the body up to its cap."""
    names = {key: key[5:] for key in environ if key.startswith("HTTP_")}
    names |= {key: key for key in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(key)}
    return Request(
        method=environ["REQUEST_METHOD"],
        target=_utf8(environ.get("REQUEST_URI", "/")),
        headers=[(name.replace("_", "-").title(), _utf8(environ[key])) for key, name in names.items()],
        body=environ["wsgi.input"].read(limits.MAX_HTTP_BODY_BYTES),
        peer=environ.get("REMOTE_ADDR", ""),
        peer_port=environ.get("REMOTE_PORT", ""),
    )


def _utf8(text: str) -> str:
    """Undo WSGI's reading of bytes as latin-1 (PEP 3333)."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")
