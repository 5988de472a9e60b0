"""From an INVITE to a contact: who was called, who says to be calling, and over which detours. Pure.

The caller is P-Asserted-Identity only where the sender is a configured peer (RFC 3325 2.3: anybody else may write it);
what others assert is kept as a claim. Diversion (RFC 5806) and History-Info (RFC 7044) are claims.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from collector.hit import Channel, Contact
from collector.listeners.linenumber import WITHHELD, Numbering, call_event_id, is_dialled
from collector.listeners.sipwire import SipRequest, name_and_uri, split_list

PROVIDER = "sip"
MAX_DETOURS = 10  # Diversion and History-Info entries kept; real calls have one or two
MAX_URI_CHARS = 512
KEPT = {  # header -> claim, as it stands
    "user-agent": "user_agent",
    "subject": "subject",
    "privacy": "privacy",
    "identity": "identity",
    "p-charging-vector": "charging_vector",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message came from."""

    host: str
    port: int
    transport: str  # udp, tcp or tls
    is_trusted: bool


def called_number(request: SipRequest, numbering: Numbering) -> str:
    """Return who was called: the Request-URI's number, else that of To, else the Request-URI's user as it stands."""
    users = [user_of(request.uri), user_of(name_and_uri(request.first("to"))[1])]
    dialled = next((user for user in users if is_dialled(user)), None)
    if dialled is None:
        return next((user for user in users if user), request.uri)[:MAX_URI_CHARS]
    return numbering.e164(dialled)


def contact_of(request: SipRequest, source: Source, numbering: Numbering, *, raw: bytes) -> Contact:
    """Return the contact of an INVITE. The same call to the same number has the same event id, however often sent."""
    beacon = called_number(request, numbering)
    call_id = request.first("call-id")
    return Contact(
        channel=Channel.CALL,
        beacon=beacon,
        peer=_caller(request, source, numbering),
        event_id=call_event_id(call_id, beacon),
        provider=PROVIDER,
        claims={**_claims(request, source, numbering), "call_id": call_id},
        raw=raw,
    ).bounded()


def user_of(uri: str) -> str:
    """Return the user part of a sip:, sips: or tel: URI, decoded and without its parameters; empty if there is none."""
    scheme, colon, rest = uri.strip()[:MAX_URI_CHARS].partition(":")
    if not colon or scheme.lower() not in ("sip", "sips", "tel"):
        return ""
    if scheme.lower() == "tel":
        return unquote(rest.partition(";")[0].partition("?")[0])
    user, at, _ = rest.rpartition("@")
    user = user.partition(";")[0]
    if user.count(":"):  # a password
        user = user.partition(":")[0]
    return unquote(user) if at else ""


# --- inside ----------------------------------------------------------------------------------------------------------


def _caller(request: SipRequest, source: Source, numbering: Numbering) -> str:
    stated = [*_listed(request, "p-asserted-identity")] if source.is_trusted else []
    return _first_number([*stated, request.first("from")], numbering)


def _first_number(values: list[str], numbering: Numbering) -> str:
    """Return the first number among addresses, else the first address: a caller need not be a number."""
    uris = [name_and_uri(value)[1] for value in values]
    users = [user_of(uri) for uri in uris]
    dialled = next((user for user in users if is_dialled(user)), None)
    if dialled is not None:
        return numbering.e164(dialled)
    if any(user.lower() in WITHHELD for user in users):
        return "anonymous"
    return next((uri.partition(":")[2] or uri for uri in uris if uri), "")[:MAX_URI_CHARS]


def _claims(request: SipRequest, source: Source, numbering: Numbering) -> dict[str, str]:
    sender = request.first("from")
    claims = {
        "source": f"{source.host}:{source.port}",
        "transport": source.transport,
        "trusted_peer": "yes" if source.is_trusted else "no",
        "request_uri": request.uri,
        "from": sender,
        "to": request.first("to"),
        "caller_name": name_and_uri(sender)[0],
        "asserted_identity": ", ".join(_listed(request, "p-asserted-identity")),
        "remote_party_id": ", ".join(_listed(request, "remote-party-id")),
        "history_info": ", ".join(_listed(request, "history-info")),
    }
    detours = _listed(request, "diversion")
    claims["diversion"] = ", ".join(detours)
    if detours:  # the first is the latest (RFC 5806 4.3), so the last is what the caller dialled
        claims["diverted_from"] = _first_number(detours[-1:], numbering)
        claims["diversion_reason"] = _reason(detours[-1])
    claims |= {claim: request.first(header) for header, claim in KEPT.items()}
    return {name: value for name, value in claims.items() if value}


def _reason(value: str) -> str:
    found = [part.partition("=")[2] for part in value.split(";") if part.strip().lower().startswith("reason=")]
    return found[0].strip(' "') if found else ""


def _listed(request: SipRequest, name: str) -> list[str]:
    return [one for value in request.all(name) for one in split_list(value) if one][:MAX_DETOURS]
