"""Fetch hits from a collector's management address, page by page, and what it signs for."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.errors import HitError
from collector.hit import Record, parse_record
from honey.errors import InputError
from honey.translation import _

PAGE_HITS = 1_000
MAX_PAGE_BYTES = 256 * 1024 * 1024  # 1,000 hits with the largest raw a collector keeps
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a collector handed over. `note` and `key` are what it signed and with which key; empty where it does not."""

    records: list[Record]
    url: str
    log: str
    note: str
    key: str


def pull(url: str, token: str, heads: Mapping[str, int]) -> Pulled:
    """Return all hits after those known; `heads` maps a log's name to the newest sequence number stored.

    Raises InputError when the collector cannot be reached, refuses the token, answers anything but hits, or has fewer
    hits than were pulled earlier.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(_("{url!r} is no address of a collector: write it as http://127.0.0.1:8053", url=url))
    base = url.rstrip("/")
    log, head = _status(base, token)
    after, found = heads.get(log, 0), list[Record]()
    if head < after:
        raise InputError(
            _(
                "{url}: log {log} ends at hit {head}, but {after} were pulled earlier: its end was cut off",
                url=url,
                log=log,
                head=head,
                after=after,
            )
        )
    note, key = _checkpoint(base, token)  # before the hits, which then reach at least as far
    while True:
        try:
            lines = _get(f"{base}/hits?after={after}&limit={PAGE_HITS}", token)[0].decode("utf-8").splitlines()
            page = [parse_record(line) for line in lines if line.strip()]
        except (HitError, UnicodeDecodeError) as error:
            raise InputError(_("{url}: {error}", url=url, error=error)) from error
        if not page:
            return Pulled(found, base, log, note, key)
        if page[0].seq <= after:
            raise InputError(
                _("{url} repeats hit {seq}: this is no collector's management address", url=url, seq=page[0].seq)
            )
        found += page
        after = page[-1].seq


def confirm(url: str, token: str, seq: int, digest: str) -> None:
    """Tell the collector that all hits up to this one are stored, so that it may erase them in their time.

    A collector that knows no such word is left alone. Raises InputError when it cannot be reached or refuses.
    """
    _get(f"{url}/pulled?seq={seq}&hash={digest}", token, method="POST", may_be_missing=True)


def _status(base: str, token: str) -> tuple[str, int]:
    """Return the log's name and the number of its last hit."""
    try:
        status: dict[str, Any] = json.loads(_get(f"{base}/status", token)[0])
        return str(status["log"]), int(status["head"]["seq"])
    except (ValueError, RecursionError, LookupError, TypeError) as error:
        raise InputError(_("{base}/status is no collector's answer: give its management address", base=base)) from error


def _checkpoint(base: str, token: str) -> tuple[str, str]:
    try:
        body, headers = _get(f"{base}/checkpoint", token, may_be_missing=True)
        return body.decode("utf-8"), str(headers.get("X-Verifier-Key", ""))
    except UnicodeDecodeError as error:
        raise InputError(
            _("{base}/checkpoint is no collector's answer: give its management address", base=base)
        ) from error


def _get(url: str, token: str, *, method: str = "GET", may_be_missing: bool = False) -> tuple[bytes, Mapping[str, str]]:
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, headers=headers, method=method)  # noqa: S310 - http(s) only, checked
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            body: bytes = answer.read(MAX_PAGE_BYTES + 1)
            given = answer.headers
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.NOT_FOUND and may_be_missing:
            return b"", {}
        mend = (
            _("set collector.token in the configuration") if error.code in (401, 403) else _("see the collector's log")
        )
        raise InputError(_("{url} answered {code}: {mend}", url=url, code=error.code, mend=mend)) from error
    except (OSError, urllib.error.URLError, http.client.HTTPException) as error:
        raise InputError(_("{url} cannot be reached: {error}", url=url, error=error)) from error
    if len(body) > MAX_PAGE_BYTES:
        raise InputError(
            _("{url}: an answer of more than {max_page_bytes:,} bytes", url=url, max_page_bytes=MAX_PAGE_BYTES)
        )
    return body, given
