"""Takes our own secrets out of requests that are kept although nobody checked them.

A provider's request that is too large or breaks off is a contact with its first bytes. They may hold the secret path
and the Authorization header: whoever reads the log could then call the webhook himself.
"""

import re
from urllib.parse import unquote_to_bytes

HOOKS_PREFIX = "/hooks/"  # where webhooks are served
HIDDEN = b"***"

_PREFIX = HOOKS_PREFIX.encode()
# A header that carries a credential, with its folded lines.
_CREDENTIAL = re.compile(
    rb"^((?:proxy-)?authorization|cookie|[a-z0-9-]*(?:token|secret|api-?key)[a-z0-9-]*)([ \t]*:)"
    rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)
# A request behind the first one, where several came at once.
_NEXT_REQUEST = re.compile(rb"(?<=\n)[A-Z]{3,20} [^\r\n]+ HTTP/1\.[01](?=\r?\n)")


def redacted(request: bytes) -> bytes:
    """Return the beginning of an HTTP request without what follows a webhook's name and without credentials."""
    line, ending, rest = request.partition(b"\n")
    rest = _NEXT_REQUEST.sub(lambda found: _request_line(found.group()), rest)
    return _request_line(line) + ending + _CREDENTIAL.sub(rb"\1\2 " + HIDDEN, rest)


def _request_line(line: bytes) -> bytes:
    """Cut the target behind the webhook's name, however it is spelt: as a whole URL, escaped, with doubled slashes."""
    method, space, target = line.partition(b" ")
    path = re.sub(rb"/+", b"/", unquote_to_bytes(target))
    at = path.find(_PREFIX)
    if at < 0:
        return line
    name = re.match(rb"[A-Za-z0-9_-]{0,64}", path[at + len(_PREFIX) :])
    return (
        method
        + space
        + path[: at + len(_PREFIX)]
        + (name.group() if name else b"")
        + b"/"
        + HIDDEN
        + line[len(line.rstrip(b"\r")) :]
    )
