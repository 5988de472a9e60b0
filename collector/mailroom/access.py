"""Who may enter parcels: HTTP Basic passwords, how fast they may be guessed, and which forms are ours."""

import base64
import binascii
import hashlib
import hmac
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from collector.config.value import Secret
from collector.listeners.sourcelimit import network_of

FAILURES_PER_MINUTE = 10  # of one source; beyond it nothing is looked at until the minute is over
MAX_SOURCES = 10_000  # with failures in one minute; beyond it the rest share one count
_OTHERS = ""


class Door:
    """Says who is at the door. May be called from any thread."""

    def __init__(self, users: Mapping[str, Secret], clock: Callable[[], float] = time.monotonic) -> None:
        self._digests = {name: _digest(secret.reveal()) for name, secret in users.items()}
        self._clock = clock
        self._guard = threading.Lock()  # holds: _minute, _failures
        self._minute = -1
        self._failures: Counter[str] = Counter()

    def user(self, authorization: str) -> str | None:
        """Return whose name and password these are, or None. Takes as long for an unknown name as for a known one."""
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        known = self._digests.get(name)
        is_right = hmac.compare_digest(_digest(password), known or _digest(""))
        return name if colon and known is not None and is_right else None

    def is_shut(self, source: str) -> bool:
        """Whether this source has guessed too often in this minute."""
        with self._guard:
            return self._counts()[self._place(source)] >= FAILURES_PER_MINUTE

    def failed(self, source: str) -> None:
        """Count a wrong password."""
        with self._guard:
            self._counts()[self._place(source)] += 1

    def _counts(self) -> Counter[str]:
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute, self._failures = minute, Counter()
        return self._failures

    def _place(self, source: str) -> str:
        place = network_of(source)
        return place if place in self._failures or len(self._failures) < MAX_SOURCES else _OTHERS


class Forms:
    """Marks the forms that we hand out, so that no other site can send one in a visitor's name.

    The mark is keyed with the passwords: it outlives a restart, and ends when a password changes. It holds the id of
    the entry, by which a form sent twice is one hit.
    """

    def __init__(self, users: Mapping[str, Secret]) -> None:
        stated = "\0".join(f"{name}\0{users[name].reveal()}" for name in sorted(users))
        self._key = hmac.digest(stated.encode(), b"collector mailroom forms", "sha256")

    def mark(self, entry_id: str, user: str) -> str:
        """Return the hidden field of a form for `user`; `entry_id` must be unguessable and without a dot."""
        return f"{entry_id}.{self._code(entry_id, user)}"

    def entry_id(self, mark: str, user: str) -> str | None:
        """Return the id of the entry if we gave this form to `user`."""
        entry_id, _, code = mark.partition(".")
        is_ours = hmac.compare_digest(code.encode("utf-8", "replace"), self._code(entry_id, user).encode())
        return entry_id if is_ours else None

    def _code(self, entry_id: str, user: str) -> str:
        return hmac.new(self._key, f"{user}\0{entry_id}".encode("utf-8", "replace"), "sha256").hexdigest()


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode("utf-8", "replace")).digest()
