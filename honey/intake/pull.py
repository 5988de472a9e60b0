"""Fetch hits from a collector's management address, page by page."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from collector.errors import HitError
from collector.hit import Hit, parse_hit
from honey.errors import InputError

PAGE_HITS = 1_000
MAX_PAGE_BYTES = 256 * 1024 * 1024  # 1,000 hits with the largest raw a collector keeps
TIMEOUT_SECONDS = 30


def pull(url: str, token: str, heads: Mapping[str, int]) -> list[Hit]:
    """Return all hits after those known; `heads` maps a log's name to the newest sequence number stored.

    Raises InputError when the collector cannot be reached, refuses the token or answers anything but hits.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{url!r} is no address of a collector: write it as http://127.0.0.1:8053")
    base = url.rstrip("/")
    after, found = heads.get(_log_name(base, token), 0), list[Hit]()
    while True:
        try:
            lines = _get(f"{base}/hits?after={after}&limit={PAGE_HITS}", token).decode("utf-8").splitlines()
            page = [parse_hit(line) for line in lines if line.strip()]
        except (HitError, UnicodeDecodeError) as error:
            raise InputError(f"{url}: {error}") from error
        if not page:
            return found
        if page[0].seq <= after:
            raise InputError(f"{url} repeats hit {page[0].seq}: this is no collector's management address")
        found += page
        after = page[-1].seq


def _log_name(base: str, token: str) -> str:
    try:
        status: dict[str, Any] = json.loads(_get(f"{base}/status", token))
        return str(status.get("log"))
    except (ValueError, RecursionError, AttributeError) as error:
        raise InputError(f"{base}/status is no collector's answer: give its management address") from error


def _get(url: str, token: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - http(s) only, checked
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            body: bytes = answer.read(MAX_PAGE_BYTES + 1)
    except urllib.error.HTTPError as error:
        error.close()
        mend = "set collector.token in the configuration" if error.code in (401, 403) else "see the collector's log"
        raise InputError(f"{url} answered {error.code}: {mend}") from error
    except (OSError, urllib.error.URLError, http.client.HTTPException) as error:
        raise InputError(f"{url} cannot be reached: {error}") from error
    if len(body) > MAX_PAGE_BYTES:
        raise InputError(f"{url}: an answer of more than {MAX_PAGE_BYTES:,} bytes")
    return body
