"""The management address: hits for `honey hits pull`, and the state of the collector. Reads, but for one note.

Whoever holds the token can read everything on record, so there is no answer at all without it.
"""

import hmac
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

from flask import Flask, Response, abort, request

from collector import limits
from collector.config.value import Secret
from collector.errors import CollectorError
from collector.hit.checkpoint import read_note, verifier_key
from collector.hitlog.reader import HitReader

NDJSON = "application/x-ndjson"
TEXT = "text/plain; charset=utf-8"


def create_app(
    reader: HitReader,
    token: Secret,
    listeners: Callable[[], Mapping[str, Any]],
    *,
    pulled: Callable[[int], None] = lambda _: None,
    more: Callable[[], Mapping[str, Any]] = dict,
) -> Flask:
    """Return the WSGI application.

    GET /hits?after=SEQ&limit=N: hits with a greater number than SEQ, one JSON object a line, at most N of them and a
    bounded page; `X-Head-Seq` and `X-Head-Hash` say how far the log reaches. GET /checkpoint: the newest signed note,
    with its key in `X-Verifier-Key`; 404 where nothing is signed yet. GET /status: one JSON object, `more` adds to it.
    POST /pulled?seq=SEQ&hash=HASH: says that all hits up to this one are stored inside and may be erased in their time;
    409 where the hit is another one.
    """
    app = Flask("collector.manage", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 0
    expected = f"Bearer {token.reveal()}".encode()

    @app.before_request
    def check_token() -> Response | None:
        stated = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if hmac.compare_digest(stated, expected):
            return None
        return Response("a Bearer token is needed\n", 401, {"WWW-Authenticate": "Bearer"}, content_type="text/plain")

    @app.errorhandler(CollectorError)
    def unreadable(error: CollectorError) -> Response:
        return Response(f"{error}\n", 500, content_type=TEXT)

    @app.get("/hits")
    def hits() -> Response:
        after = _number("after", 0, limits.MAX_SEQ - 1)
        limit = min(_number("limit", limits.MAX_HITS_PAGE, limits.MAX_SEQ), limits.MAX_HITS_PAGE)
        # The head is read first: it may be behind the page, never ahead of what can be fetched.
        head = reader.head()
        page = "".join(_page(reader, after, limit))
        headers = {"X-Log": head.log, "X-Head-Seq": str(head.seq), "X-Head-Hash": head.hash}
        return Response(page, 200, headers, content_type=NDJSON)

    @app.post("/pulled")
    def note_pulled() -> Response:
        seq = _number("seq", 0, limits.MAX_SEQ)
        with closing(reader.records_from(seq)) as records:
            found = next(records, None)
        if found is None or found.seq != seq or found.hash != request.args.get("hash"):
            return Response("that is another log's hit\n", 409, content_type=TEXT)
        pulled(seq)
        return Response("", 204)

    @app.get("/checkpoint")
    def checkpoint() -> Response:
        newest = reader.newest_note()
        if newest is None:
            return Response("nothing is signed yet\n", 404, content_type=TEXT)
        note, key = newest
        headers = {"X-Verifier-Key": verifier_key(read_note(note).log, key)}
        return Response(note, 200, headers, content_type=TEXT)

    @app.get("/status")
    def status() -> Response:
        head = reader.head()
        document = {
            "log": head.log,
            "head": {"seq": head.seq, "hash": head.hash},
            "counters": dict(reader.counters()),
            "listeners": dict(listeners()),
            **more(),
        }
        return Response(json.dumps(document) + "\n", content_type="application/json")

    return app


def _page(reader: HitReader, after: int, limit: int) -> Iterator[str]:
    size = 0
    with closing(reader.records_from(after + 1)) as records:
        for record in itertools.islice(records, limit):
            line = record.to_line() + "\n"
            size += len(line)
            yield line
            if size >= limits.MAX_HITS_PAGE_BYTES:
                return


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= most):
        abort(Response(f"{name} must be a whole number\n", 400, content_type=TEXT))
    return int(text)
