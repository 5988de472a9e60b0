"""SIP messages as bytes (RFC 3261): a tolerant, bounded parser, and the responses we write. Pure.

Any bytes give a `SipRequest` or `SipError`. Compact and folded header lines are undone; header values are kept as text
and taken apart only where something is read from them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_HEAD_BYTES = 16 << 10  # request line and headers; an INVITE of a trunk has 1 to 3 KiB
MAX_BODY_BYTES = 32 << 10  # SDP with many codecs has 2 to 4 KiB
MAX_HEADERS = 100
MAX_LINE_CHARS = 4096
MAX_VIAS = 32  # proxies on the way; Max-Forwards starts at 70, real paths have 2 to 5
COMPACT = {  # RFC 3261 7.3.3 and the IANA registry
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
    "s": "subject",
    "k": "supported",
    "e": "content-encoding",
    "r": "refer-to",
    "b": "referred-by",
    "o": "event",
    "u": "allow-events",
    "x": "session-expires",
    "d": "request-disposition",
    "j": "reject-contact",
    "a": "accept-contact",
    "n": "identity-info",
    "y": "identity",
}
REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    600: "Busy Everywhere",
    481: "Call/Transaction Does Not Exist",
    487: "Request Terminated",
    503: "Service Unavailable",
    603: "Decline",
}
REQUIRED = ("via", "from", "to", "call-id", "cseq")

_TOKEN = re.compile(r"[A-Za-z0-9!%*_+`'~.-]{1,40}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PARAMETER = re.compile(r';\s*([A-Za-z0-9_.!%*+`\'~-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^;,?\s"]*))?', re.ASCII)
_VIA = re.compile(
    r"SIP\s*/\s*2\.0\s*/\s*([A-Za-z]{2,8})\s+(\[[0-9A-Fa-f:.]+\]|[^\s:;,\[\]]+)\s*(?::\s*(\d{1,5}))?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SipRequest:
    """One request. Header names are lower-case and long; order and repetitions are kept."""

    method: str
    uri: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Return every value of a header, in order."""
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def cseq(self) -> tuple[int, str]:
        """The number and method of CSeq; (0, "") if it is neither."""
        number, _, method = self.first("cseq").partition(" ")
        if not number.isascii() or not number.isdigit() or len(number) > 10:
            return 0, ""
        return int(number), method.strip().upper()


class SipError(ValueError):
    """Not a SIP request we can serve. `request` is what could be read where that is enough for an answer of 400."""

    def __init__(self, reason: str, request: SipRequest | None = None) -> None:
        super().__init__(reason)
        self.request = request


@dataclass(frozen=True, slots=True)
class Via:
    """The topmost Via: where the answer goes and which transaction this is."""

    transport: str
    host: str
    port: int | None
    branch: str
    wants_rport: bool


def content_length(head: bytes) -> int:
    """Return the body's length as the head of a stream's message states it; 0 where it does not.

    Raises:
        SipError: it is no number, or larger than any body we take.
    """
    found = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)", head)
    if found is None:
        return 0
    stated = found[1].strip()
    if not stated.isdigit() or len(stated) > 9 or int(stated) > MAX_BODY_BYTES:
        raise SipError("wrong Content-Length")
    return int(stated)


def parse(message: bytes) -> SipRequest:
    """Read one request.

    Raises:
        SipError: anything else, responses included, or a size or count above the caps.
    """
    head, gap, body = _split(message)
    if len(head) > MAX_HEAD_BYTES or len(body) > MAX_BODY_BYTES:
        raise SipError("too large")
    lines = _lines(head.decode("utf-8", "replace"))
    start = lines[0].split()
    if len(start) != 3 or start[2].upper() != "SIP/2.0" or not _TOKEN.fullmatch(start[0]):
        raise SipError("no SIP request")
    request = SipRequest(start[0].upper(), start[1], tuple(_header(line) for line in lines[1:]), body)
    if not gap:
        raise SipError("the headers do not end")
    for name in REQUIRED:
        if not request.first(name):
            raise SipError(f"no {name}")
    number, method = request.cseq
    if number >= 1 << 32 or method != request.method:
        raise SipError("wrong CSeq", request)
    try:
        stated = content_length(head + b"\r\n")
    except SipError as exc:
        raise SipError(str(exc), request) from exc
    if stated > len(body):
        raise SipError("the body is cut", request)
    return request if not stated else SipRequest(request.method, request.uri, request.headers, body[:stated])


def top_via(request: SipRequest) -> Via:
    """Return the topmost Via.

    Raises:
        SipError: it cannot be read.
    """
    value = split_list(request.first("via"))[0]
    found = _VIA.match(value)
    if found is None:
        raise SipError("wrong Via")
    port = int(found[3]) if found[3] else None
    if port is not None and not 0 < port < 65_536:
        raise SipError("wrong Via")
    stated = parameters(value[found.end() :])
    return Via(found[1].upper(), found[2], port, stated.get("branch", ""), "rport" in stated)


def parameters(text: str) -> dict[str, str]:
    """Return the parameters behind a header's value or address; names in lower case."""
    found: dict[str, str] = {}
    for name, value in _PARAMETER.findall(text):
        found.setdefault(name.lower(), _unquoted(value))
    return found


def split_list(value: str) -> list[str]:
    """Split a header's value at commas outside quotes and angle brackets; never empty."""
    parts, begin, quoted, depth, at = [], 0, False, 0, 0
    while at < len(value):
        char = value[at]
        if quoted:
            if char == "\\":
                at += 1
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif char in "<>":
            depth = int(char == "<")
        elif char == "," and not depth:
            parts.append(value[begin:at].strip())
            begin = at + 1
        at += 1
    return [*parts, value[begin:].strip()]


def name_and_uri(value: str) -> tuple[str, str, str]:
    """Take one `"Name" <uri>;parameters` or `uri;parameters` apart: display name, URI, the rest."""
    text = value.strip()
    begin = _outside_quotes(text, "<")
    if begin < 0:
        uri, _, rest = text.partition(";")
        return "", uri.strip(), rest and ";" + rest
    end = text.find(">", begin)
    uri = text[begin + 1 : end if end >= 0 else len(text)].strip()
    return _unquoted(text[:begin].strip()), uri, text[end + 1 :] if end >= 0 else ""


def response(
    request: SipRequest, status: int, *, to_tag: str, source: tuple[str, int], extra: Sequence[str] = ()
) -> bytes:
    """Write the answer to a request: its Via, From, To, Call-ID and CSeq come back, with `received` and `rport`."""
    lines = [f"SIP/2.0 {status} {REASONS[status]}"]
    vias = request.all("via")[:MAX_VIAS]
    lines += [f"Via: {_answered(vias[0], source)}", *(f"Via: {via}" for via in vias[1:])]
    if status == 180:  # what a dialog would be built on
        lines += [f"Record-Route: {route}" for route in request.all("record-route")[:MAX_VIAS]]
    to = request.first("to")
    tagged = to if status == 100 or "tag" in parameters(name_and_uri(to)[2]) else f"{to};tag={to_tag}"
    lines += [f"From: {request.first('from')}", f"To: {tagged}", f"Call-ID: {request.first('call-id')}"]
    lines += [f"CSeq: {request.first('cseq')}", *extra, "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode("utf-8", "replace")


# --- inside ----------------------------------------------------------------------------------------------------------


def _split(message: bytes) -> tuple[bytes, bytes, bytes]:
    head, gap, body = message.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if gap:
        return head, gap, body
    return message.lstrip(b"\r\n").partition(b"\n\n")  # senders that end lines with LF alone


def _lines(head: str) -> list[str]:
    lines: list[str] = []
    for line in head.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line[:1] in (" ", "\t") and len(lines) > 1:
            lines[-1] += " " + line.strip()  # a folded line
        else:
            lines.append(line.rstrip())
    if len(lines) > MAX_HEADERS + 1:
        raise SipError("too many headers")
    if any(len(line) > MAX_LINE_CHARS or _CONTROL.search(line) for line in lines):
        raise SipError("a header line is too long or no text")
    return lines


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    key = name.strip().lower()
    if not colon or not _TOKEN.fullmatch(key):
        raise SipError("a header line without name")
    return COMPACT.get(key, key), value.strip()


def _answered(value: str, source: tuple[str, int]) -> str:
    """Return the topmost Via header with where its message came from (RFC 3261 18.2.1, RFC 3581)."""
    top, *rest = split_list(value)
    host, port = source
    top = re.sub(r"(?i);\s*rport\s*(?:=[^;,]*)?(?=;|$)", f";rport={port}", top, count=1)
    top = re.sub(r"(?i);\s*received\s*=[^;,]*", "", top)
    return ", ".join([f"{top};received={host}", *rest])


def _outside_quotes(text: str, wanted: str) -> int:
    quoted = False
    for at, char in enumerate(text):
        if char == '"' and (at == 0 or text[at - 1] != "\\"):
            quoted = not quoted
        elif char == wanted and not quoted:
            return at
    return -1


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
