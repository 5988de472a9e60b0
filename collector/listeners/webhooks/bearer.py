"""Tokens that sign a request: JWT with HS256, and no other algorithm. Pure."""

import base64
import hashlib
import hmac
from typing import Any

from collector.errors import ForgedError
from collector.listeners.webhooks.payload import json_object, text
from collector.listeners.webhooks.signing import is_same

MAX_TOKEN_CHARS = 4096  # tokens are about 500


def token_claims(secret: str, token: str) -> dict[str, Any]:
    """Return the claims of a token that `secret` signed.

    Raises:
        ForgedError: another algorithm, another secret, or no token at all.
    """
    parts = token.split(".")
    if len(token) > MAX_TOKEN_CHARS or len(parts) != 3:
        raise ForgedError("no usable token")
    header, claims, stated = parts
    digest = hmac.new(secret.encode(), f"{header}.{claims}".encode("utf-8", "replace"), hashlib.sha256).digest()
    if not is_same(stated, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()):
        raise ForgedError("the token is not signed with our secret")
    # A token may name any algorithm, "none" among them: only the one that was checked is taken.
    if text(token_part(header), "alg") != "HS256":
        raise ForgedError("the token is not HS256")
    return token_part(claims)


def token_part(encoded: str) -> dict[str, Any]:
    """Return what one part of a token says, unchecked.

    Raises:
        ForgedError: broken base64, or not a JSON object.
    """
    try:
        return json_object(base64.urlsafe_b64decode(encoded.encode() + b"=" * (-len(encoded) % 4)))
    except ValueError as exc:
        raise ForgedError("no usable token") from exc
