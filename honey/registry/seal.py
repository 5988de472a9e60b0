"""Authenticated encryption of what a thief of the registry must not read: decoys, host rows, hits."""

import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from honey.derive import digest
from honey.errors import RegistryError
from honey.translation import _

KEY_BYTES = 32  # AES-256-GCM
_NONCE_BYTES = 12  # NIST SP 800-38D 8.2.2: random 96-bit nonces, at most 2**32 per key


class Seal:
    """AES-256-GCM over JSON documents; the context (table and key) is authenticated, so blobs cannot be swapped."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise RegistryError(
                _(
                    "the registry key has {count} bytes, not {key_bytes}: restore keys/registry.key",
                    count=len(key),
                    key_bytes=KEY_BYTES,
                )
            )
        self._cipher = AESGCM(key)
        self._tag_key = digest(key, "registry tag")

    def __repr__(self) -> str:
        return "Seal(...)"

    def tag(self, text: str) -> str:
        """Return a keyed hash in hex: equal texts can be found without being readable."""
        return digest(self._tag_key, "tag", text).hex()

    def close(self, document: Any, context: str) -> bytes:  # noqa: ANN401 - any JSON value
        """Return nonce and ciphertext of the JSON form of `document`."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return what `close` was given; raises RegistryError when key or context differ or a bit was changed."""
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):  # ValueError: cut so short that not even the nonce is whole
            raise RegistryError(
                _(
                    "{context} cannot be opened: keys/registry.key is not the key of this registry, or it was altered",
                    context=context,
                )
            ) from None
        return json.loads(plain)
