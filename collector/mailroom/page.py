"""The mail room's page, and the same as JSON for `collector mailroom add`. Flask; owns nothing but its door.

It answers "recorded" once the hit is on disk, and never shows what is on record. No script, no cookie; whoever has no
password learns nothing, not even which paths exist.
"""

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, abort, g, render_template, request

from collector import limits
from collector.config.mailroom import MailroomConfig
from collector.errors import CollectorError
from collector.hit import Hit
from collector.http.peer import client_address
from collector.mailroom.access import Door, Forms
from collector.mailroom.entry import FIELDS, KINDS, PROVIDER, Entry, EntryError
from collector.mailroom.photo import MAX_PHOTO_BYTES, Photo, PhotoError, read_photo
from collector.recorder import Recorder

MAX_BODY_BYTES = MAX_PHOTO_BYTES * 4 // 3 + (1 << 20)  # a photo in base64, and the fields
MAX_ENTRY_ID_CHARS = 200
UNAVAILABLE = "This cannot be recorded now. Send it again in a minute; nothing is entered twice."
SHUT = "Too many wrong passwords from your network: wait a minute.\n"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the clerk is told once an entry is on disk."""

    hit: Hit
    is_known: bool  # it was on record already
    photo: Photo | None

    def to_json(self) -> dict[str, Any]:
        """Return the answer to `collector mailroom add`."""
        photo = self.photo
        return {
            "log": self.hit.log,
            "seq": self.hit.seq,
            "already": self.is_known,
            "barcodes": [code.text for code in photo.barcodes] if photo else [],
            "notes": list(photo.notes) if photo else [],
        }


class Desk:
    """Checks entries and records them: what page, JSON and command line share."""

    def __init__(self, config: MailroomConfig | None, recorder: Recorder, now: Callable[[], datetime]) -> None:
        self._sites: Mapping[str, str] = config.sites if config else {}
        self._zone = config.timezone if config else None
        self._recorder = recorder
        self._now = now

    def record(self, fields: Mapping[str, str], photo: bytes, *, entry_id: str, user: str, way: str) -> Receipt:
        """Return once it is on disk.

        Raises:
            EntryError, PhotoError: it cannot stand as it is.
            LogUnwritableError, TimeoutError: it is not on record; it may be sent again.
        """
        began_at = self._now()
        entry = Entry.of(fields, sites=self._sites, zone=self._zone, now=began_at)
        picture = read_photo(photo) if photo else None
        contact = entry.contact(picture, entry_id=entry_id, entered_by=user, way=way)
        (hit,) = self._recorder.record([contact]).result(limits.RECORD_WAIT_SECONDS)
        return Receipt(hit, hit.received_at < began_at, picture)


def create_app(config: MailroomConfig, recorder: Recorder, now: Callable[[], datetime]) -> Flask:
    """Return the WSGI application: GET / is the form, POST / records it, POST /entries does so for JSON."""
    app = Flask("collector.mailroom", static_folder=None, template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_PARTS"] = 2 * len(FIELDS)
    desk = Desk(config, recorder, now)
    _guard(app, config, recorder)
    _add_form(app, config, desk, recorder)
    _add_json(app, desk, recorder)

    @app.get("/style.css")
    def style() -> Response:
        return Response(render_template("style.css"), content_type="text/css; charset=utf-8")

    return app


def _add_form(app: Flask, config: MailroomConfig, desk: Desk, recorder: Recorder) -> None:
    forms = Forms(config.users)

    def form(stated: Mapping[str, str], mark: str, *, error: str = "", status: int = 200) -> Response:
        seen = {"stated": stated, "mark": mark, "error": error, "user": g.user}
        fixed = {"fields": FIELDS, "kinds": KINDS, "sites": config.sites, "zone": config.timezone or "UTC"}
        return Response(render_template("entry.html", **seen, **fixed), status)

    @app.get("/")
    def empty() -> Response:
        site = request.args.get("site", next(iter(config.sites), ""))
        if site and site not in config.sites:
            abort(404)
        stated = {"site": site, "address": config.sites.get(site, "")}
        return form(stated, forms.mark(secrets.token_hex(16), g.user))

    @app.post("/")
    def filled() -> Response:
        mark = request.form.get("mark", "")
        entry_id = forms.entry_id(mark, g.user)
        # Browsers say where a request comes from, and let no page set it (W3C, Fetch Metadata).
        if entry_id is None or request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            recorder.count("mailroom.foreign_forms")
            return _plain(403, "This form is not from this page: open the page again.\n")
        stated = {key: request.form.get(key, "") for key in FIELDS}
        upload = request.files.get("photo")
        photo = upload.read() if upload else b""
        try:
            receipt = desk.record(stated, photo, entry_id=entry_id, user=g.user, way="page")
        except (EntryError, PhotoError) as exc:
            return form(stated, mark, error=str(exc), status=422)
        except (CollectorError, TimeoutError):
            recorder.count("mailroom.unavailable")
            return form(stated, mark, error=UNAVAILABLE, status=503)
        return Response(render_template("recorded.html", receipt=receipt, stated=stated))


def _add_json(app: Flask, desk: Desk, recorder: Recorder) -> None:
    @app.post("/entries")
    def sent() -> tuple[dict[str, Any], int]:
        fields, photo, entry_id = _json_entry()
        try:
            receipt = desk.record(fields, photo, entry_id=entry_id, user=g.user, way="command")
        except (EntryError, PhotoError) as exc:
            return {"error": str(exc)}, 422
        except (CollectorError, TimeoutError):
            recorder.count("mailroom.unavailable")
            return {"error": "cannot be recorded now, send it again"}, 503
        return receipt.to_json(), 200


def _guard(app: Flask, config: MailroomConfig, recorder: Recorder) -> None:
    """Let nobody in without a password, and give every answer its headers."""
    door = Door(config.users)

    @app.before_request
    def knock() -> Response | None:
        peer = client_address(
            request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), config.trusted_proxies
        )
        if door.is_shut(peer):
            recorder.count("mailroom.shut_out")
            return _plain(429, SHUT)
        stated = request.headers.get("Authorization", "")
        user = door.user(stated)
        if user is None:
            if stated:
                door.failed(peer)
                recorder.count("mailroom.wrong_passwords")
            answer = _plain(401, "A name and a password are needed.\n")
            answer.headers["WWW-Authenticate"] = f'Basic realm="{PROVIDER}", charset="UTF-8"'
            return answer
        g.user = user
        return None

    @app.after_request
    def seal(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response


def _json_entry() -> tuple[dict[str, str], bytes, str]:
    """Read {"id", "fields", "photo"}. Its content type is one that no other site's form can send (CORS)."""
    if request.mimetype != "application/json":
        abort(415)
    document = request.get_json()
    fields = document.get("fields") if isinstance(document, dict) else None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        abort(400)
    entry_id, photo = document.get("id"), document.get("photo", "")
    if not isinstance(entry_id, str) or not 1 <= len(entry_id) <= MAX_ENTRY_ID_CHARS or not isinstance(photo, str):
        abort(400)
    try:
        return fields, base64.b64decode(photo, validate=True), entry_id
    except (binascii.Error, ValueError):
        abort(400)


def _plain(status: int, text: str) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
