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
        """Return at least one contact. A payload that cannot be read is one with the claim `malformed`."""

    def answer(self, contacts: Sequence[Contact]) -> HookAnswer:
        """Return the answer for contacts that are on record."""


_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # ITU-T E.164: at most 15 digits
_SEPARATORS = str.maketrans("", "", " -.()\u00a0")


def number(text: str) -> str:
    """Return a phone number as E.164 where it says its country, else as received: we do not guess one."""
    compact = text.strip().translate(_SEPARATORS)
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    return compact if _E164.fullmatch(compact) else text.strip()
