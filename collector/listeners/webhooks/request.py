"""What every provider file shares: the request, the answer, the protocol, and the writing of numbers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from collector.hit import Contact


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One callback as received. `target` is the undecoded path and query; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    def header(self, name: str) -> str:
        """Return a header's value, or nothing."""
        return self.headers.get(name.lower(), "")

    @property
    def content(self) -> bytes:
        """What is kept of the request: its body, or its query where that is all there is; never a secret path."""
        return self.body or self.target.partition("?")[2].encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What the provider expects to hear once the contacts are durable."""

    status: int
    content_type: str
    body: str


class Provider(Protocol):
    """One webhook of one provider. All methods are pure."""

    def check(self, request: HookRequest) -> None:
        """Raise ForgedError unless the provider sent exactly this request."""

    def contacts(self, request: HookRequest) -> Sequence[Contact]:
        """Return the contacts of an admitted request.

        Nothing at all for what is no contact: receipts, outbound calls, progress of a call. A payload that cannot be
        read is a contact with the claim `malformed`.
        """

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Return the answer for contacts that are on record, or for a request without any."""


PLAIN = "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # ITU-T E.164: at most 15 digits
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)  # 106… is an SMS gateway and 10… a service number: not these
_CHINESE_LANDLINE = re.compile(r"0[1-9][0-9]{8,10}", re.ASCII)  # trunk 0, area code of 2 or 3 digits, 7 or 8 digits
_SEPARATORS = str.maketrans("", "", " -.()\u00a0")


def number(text: str) -> str:
    """Return a phone number as E.164 where it says its country, else as received: we do not guess one."""
    compact = text.strip().translate(_SEPARATORS)
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    return compact if _E164.fullmatch(compact) else text.strip()


def international(text: str) -> str:
    """Return a number of a provider that writes E.164 without its plus sign (Vonage, Plivo)."""
    compact = text.strip().translate(_SEPARATORS)
    return "+" + compact if _E164.fullmatch("+" + compact) else number(text)


def chinese(text: str) -> str:
    """Return a number of a provider that leaves China's +86 out; service numbers and SMS gateways as received."""
    compact = text.strip().translate(_SEPARATORS)
    if compact.startswith("86") and _CHINESE_MOBILE.fullmatch(compact[2:]):
        return "+" + compact
    if _CHINESE_MOBILE.fullmatch(compact):
        return "+86" + compact
    return "+86" + compact[1:] if _CHINESE_LANDLINE.fullmatch(compact) else number(text)


def refusal(contacts: Sequence[Contact]) -> HookAnswer | None:
    """Return 400 and the reason if nothing of a message could be read; None if anything could."""
    reasons = [contact.claims.get("malformed") for contact in contacts]
    if not reasons or not all(reasons):
        return None
    return HookAnswer(400, PLAIN, f"recorded, but unreadable: {reasons[0]}\n")
