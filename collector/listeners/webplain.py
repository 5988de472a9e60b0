"""The short path of the web: one whole GET of a canary link, as browsers send it, read without waitress.

Whatever is not plain here (bodies, pipelining, HTTP/1.0, odd headers, addresses of webhooks and of ACME) is read by
waitress, which decides and is the oracle that tests compare with. Pure functions. See docs/decisions/0115.
"""

import re
from functools import lru_cache
from wsgiref.handlers import format_date_time

from collector.listeners.web import ACME_PREFIX, Request
from collector.listeners.webpages import SECURITY_HEADERS, Page
from collector.redaction import HOOKS_PREFIX

MAX_BYTES = 8 << 10  # browsers send under 2 KiB, cookies included; we set none
_END = b"\r\n\r\n"
_LINE = re.compile(rb"(GET) (/(?!/)[!-\"$-~]*|/) HTTP/1\.1")  # no fragment, no authority, ASCII only
_HEADER = re.compile(rb"([A-Za-z0-9-]+):[ ]*([^\x00-\x1f\x7f]*)")
_NOT_PLAIN = frozenset(
    {"Content-Length", "Content-Type", "Transfer-Encoding", "Expect", "Upgrade", "Connection", "Te", "Trailer"}
)
_ELSEWHERE = (HOOKS_PREFIX.encode(), ACME_PREFIX.encode())
_FIXED_HEADERS = sorted(SECURITY_HEADERS)


def plain_request(data: bytes, peer: str, peer_port: str) -> Request | None:
    """Return the one request that `data` is, or None if it is not for the short path."""
    if not data.endswith(_END) or len(data) > MAX_BYTES or data.find(_END) != len(data) - len(_END):
        return None
    first, *lines = data[: -len(_END)].split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None or line[2].startswith(_ELSEWHERE) or b"%2f" in line[2][:8].lower():
        return None
    headers: dict[str, str] = {}
    for one in lines:
        header = _HEADER.fullmatch(one)
        if header is None:
            return None
        name = _name(header[1])
        if name in headers or (name in _NOT_PLAIN and (name, header[2].lower()) != ("Connection", b"keep-alive")):
            return None
        headers[name] = header[2].rstrip(b" ").decode("utf-8", "replace")
    return Request(line[1].decode(), line[2].decode(), list(headers.items()), b"", peer, peer_port)


@lru_cache(maxsize=256)
def _name(name: bytes) -> str:
    return name.decode().title()


def response(page: Page, second: int) -> bytes:
    """Return what waitress sends for a page; `second` is the time in whole seconds since 1970."""
    return _head(page.status, page.content_type, second) % len(page.body) + page.body


@lru_cache(maxsize=16)
def _head(status: str, content_type: str, second: int) -> bytes:
    headers = [("Content-Type", content_type), ("Date", format_date_time(second)), *_FIXED_HEADERS]
    lines = [f"{name}: {value}".replace("%", "%%") for name, value in headers]
    lines = sorted([*lines, "Content-Length: %d"])
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode()
