"""Reading what providers send: JSON, forms, texts and times. Pure; any bytes give values or `UnreadableError`."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from collector import limits
from collector.hit import Channel, Contact
from collector.listeners.webhooks.request import HookRequest

BEIJING = timezone(timedelta(hours=8))  # China has one zone and no summer time since 1991
MAX_FIELDS = 500  # of a form; Twilio sends about 30, a mail with many attachments about 100
MAX_ITEMS = 500  # of one message that carries several calls; Huawei sends at most 50
MAX_MALFORMED_CHARS = 200


class UnreadableError(ValueError):
    """Admitted, but not what the provider documents; the message is one line for its sender."""


def json_object(body: bytes | str) -> dict[str, Any]:
    """Return the JSON object of a body.

    Raises:
        UnreadableError: it is not one.
    """
    document = json_value(body)
    if not isinstance(document, dict):
        raise UnreadableError("not a JSON object")
    return document


def json_value(body: bytes | str) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return whatever JSON a body holds.

    Raises:
        UnreadableError: none.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise UnreadableError("not JSON") from exc


def parameters(request: HookRequest) -> dict[str, str]:
    """Return what a request says by its body (form or JSON object), or by its query if it has no body.

    Raises:
        UnreadableError: neither, or too many fields.
    """
    if not request.body:
        return dict(query_pairs(request.target))
    kind = request.header("Content-Type").lower()
    if "json" in kind:
        return texts(json_object(request.body))
    if kind.startswith("multipart/"):
        return {name: decode(octets) for name, octets in multipart(request).items()}
    return dict(form_pairs(request.body))


def query_pairs(target: str) -> list[tuple[str, str]]:
    """Return the parameters of an address as they stand there, decoded."""
    return _pairs(target.partition("?")[2].partition("#")[0])


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """Return the pairs of a URL-encoded form."""
    try:
        return _pairs(body.decode())
    except UnicodeDecodeError as exc:
        raise UnreadableError("the form is not text") from exc


def multipart(request: HookRequest) -> dict[str, bytes]:
    """Return the fields of a multipart form, undecoded; files, and parts without a name, are left out."""
    _, options = parse_options_header(request.header("Content-Type"))
    boundary = options.get("boundary", "").encode("utf-8", "replace")
    fields: dict[str, bytes] = {}
    name: str | None = None
    try:
        for event in _multipart_events(boundary, request.body):
            if isinstance(event, Field):
                name = event.name or None  # werkzeug gives None where it promises a text
                if name is not None:
                    fields.setdefault(name, b"")
            elif isinstance(event, File):
                name = None
            elif isinstance(event, Data) and name is not None:
                fields[name] += event.data
    except Exception as exc:  # the decoder raises ValueError, HTTP errors and AttributeError alike
        raise UnreadableError("the multipart form cannot be read") from exc
    return fields


def texts(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts and whole numbers of an object, as texts."""
    return {key: text(document, key) for key, value in document.items() if isinstance(value, str | int)}


def text(document: Mapping[str, Any], *keys: str) -> str:
    """Return the first of `keys` that holds a text or a whole number, else an empty text."""
    for key in keys:
        value = document.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def named(document: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Return claims: of each key in `names` its text under the claim's name, where there is one."""
    return {claim: value for key, claim in names.items() if (value := text(document, key))}


def read_at(value: str, zone: tzinfo = UTC) -> datetime | None:
    """Return a time in UTC: UNIX seconds or milliseconds, or ISO 8601, in `zone` where it names none; else None."""
    stated = value.strip()
    try:
        if stated.isascii() and stated.isdigit() and len(stated) <= 13:
            return datetime.fromtimestamp(int(stated) / (1000 if len(stated) == 13 else 1), UTC)
        at = datetime.fromisoformat(stated)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def decode(octets: bytes, charset: str = "utf-8") -> str:
    """Decode as declared, else as UTF-8, else as GB18030, which covers what Chinese senders mislabel."""
    for candidate in (charset, "utf-8", "gb18030"):
        try:
            return octets.decode(candidate)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return octets.decode("latin-1")


def event_key(*parts: str) -> str:
    """Return an event id of several parts; one too long for the log becomes its SHA-256, never cut."""
    joined = ":".join(parts)
    if len(joined) <= limits.MAX_EVENT_ID_CHARS:
        return joined
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def malformed(content: bytes, provider: str, reason: str, *, verified: bool) -> Contact:
    """Return the contact for a message nobody can read. The same bytes again are the same event."""
    return Contact(
        Channel.WEB,
        "",
        "",
        event_id=f"malformed:{hashlib.sha256(content).hexdigest()}",
        provider=provider,
        verified=verified,
        claims={"malformed": " ".join(reason.split())[:MAX_MALFORMED_CHARS]},
        raw=content,
    ).bounded()


def as_bytes(item: object) -> bytes:
    """Return one item of a message as JSON again."""
    return json.dumps(item, ensure_ascii=False).encode("utf-8", "replace")


def each_with_its_own(found: Sequence[tuple[Contact, object]], body: bytes, *, whole: int) -> list[Contact]:
    """Give each contact of a message of `whole` items its own item as `raw`, and the digest of the body.

    A body copied for each of its items would let one message of 1 MiB fill the disk.
    """
    if whole == 1:
        return [replace(contact, raw=body).bounded() for contact, _ in found]
    shared = {"batch": str(whole), "batch_sha256": hashlib.sha256(body).hexdigest()}
    return [replace(one, raw=as_bytes(item), claims={**one.claims, **shared}).bounded() for one, item in found]


def _pairs(encoded: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as exc:
        raise UnreadableError(f"more than {MAX_FIELDS} fields") from exc


def _multipart_events(boundary: bytes, body: bytes) -> Iterator[object]:
    decoder = MultipartDecoder(boundary, max_form_memory_size=limits.MOST_HOOK_BODY_BYTES, max_parts=MAX_FIELDS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    event: object = None
    while not isinstance(event, Epilogue | NeedData):
        event = decoder.next_event()
        yield event
