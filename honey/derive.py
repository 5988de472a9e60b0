"""Keyed, labelled random streams: the same key, purpose and context always give the same draws.

Without the key a draw is unpredictable, which is what makes a codeword evidence (see docs/decisions). Every
purpose has its own stream, so adding a draw for one never shifts another.
"""

import base64
import hashlib
import hmac
import random
from typing import NewType

PlanKey = NewType("PlanKey", bytes)  # 32 bytes, secret


def digest(key: bytes, purpose: str, *context: str | int) -> bytes:
    """HMAC-SHA256 over the length-prefixed purpose and context: 32 bytes (RFC 2104).

    The length prefixes keep ("ab", "c") and ("a", "bc") apart.
    """
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in (purpose, *context):
        encoded = str(part).encode()
        mac.update(len(encoded).to_bytes(4, "big") + encoded)
    return mac.digest()


def stream(key: bytes, purpose: str, *context: str | int) -> random.Random:
    """Return a random stream seeded by `digest`."""
    return random.Random(digest(key, purpose, *context))  # noqa: S311 - seeded with 256 secret bits


def token(key: bytes, purpose: str, *context: str | int, length: int = 12) -> str:
    """Return `length` (at most 51) lower-case base32 characters: 5 bits each, safe in names, paths and mail."""
    return base64.b32encode(digest(key, purpose, *context)).decode().lower()[:length]
