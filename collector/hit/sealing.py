"""Closing contacts to a public key whose private half lives elsewhere, and opening them there.

Each commit draws a secret, wraps it once with HPKE (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305) and forgets it.
Each hit has a key of its own, HMAC-SHA256(secret, log:number), so that one hit can be shown to an outsider without any
other. The envelope holds a SHA-256 of that key: ChaCha20-Poly1305 alone would let whoever makes an envelope open it to
two different texts (Albertini et al., USENIX Security 2022). Lengths are padded (PURBs, PoPETs 2019, "Padmé").
What must be closed before its number is known has a secret of its own and is tied to its channel alone.
"""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from collector.errors import HitError
from collector.hit.reading import parse_hit
from collector.hit.record import FORMAT_VERSION, Contact, Hit, canonical_json, format_at
from collector.translation import _

VERSION = b"\x01"
UNNUMBERED = b"\x02"  # the version of envelopes that were closed before their number was known
KEY_BYTES = 32  # of an X25519 key, of a commit's secret and of a hit's key
KEY_ID_BYTES = 8
WRAPPED_BYTES = 80  # HPKE: encapsulated key 32, ciphertext of the secret 32, tag 16
PUBLIC_PREFIX = "x25519:"
LEAST_PLAIN_BYTES = 256  # most DNS queries are below, so that their lengths tell nothing
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"waybill-hit-log sealed 1"
_NONCE = bytes(12)  # each key closes one text
_PUBLIC = re.compile(rf"{PUBLIC_PREFIX}([0-9a-f]{{64}})", re.ASCII)
_HEAD_BYTES = 8  # lengths of the JSON and of raw, 4 bytes each


def public_text(public: bytes) -> str:
    """Return a public key as the configuration has it."""
    return PUBLIC_PREFIX + public.hex()


def parse_public(text: str) -> bytes:
    """Return the public key that `public_text` wrote.

    Raises:
        ValueError: it is none.
    """
    found = _PUBLIC.fullmatch(text)
    if not found:
        raise ValueError(f'a public key is "{PUBLIC_PREFIX}" and 64 hexadecimal digits')
    return bytes.fromhex(found[1])


def key_id(public: bytes) -> str:
    """Return the 16 hexadecimal digits by which envelopes name their key."""
    return hashlib.sha256(public).digest()[:KEY_ID_BYTES].hex()


@dataclass(frozen=True, slots=True)
class Sealer:
    """Closes contacts to one public key. `event_key` hides event ids and finds them again."""

    public: bytes
    event_key: bytes = field(repr=False)
    random: Callable[[int], bytes] = field(default=os.urandom, repr=False)

    def batch(self) -> "Batch":
        """Draw the secret of one commit."""
        return Batch(*self._secret(VERSION))

    def unnumbered(self, contact: Contact) -> Contact:
        """Return a contact sealed before its number is known, to be kept elsewhere until the log can take it as it is.

        Raises:
            HitError: the contact holds text that UTF-8 cannot hold.
        """
        secret, start = self._secret(UNNUMBERED)
        return _sealed(contact, self.event_tag(contact), _early_key(secret), start=start, bound=_early_bound(contact))

    def event_tag(self, contact: Contact) -> str | None:
        """Return a keyed hash of what makes a contact the same event."""
        if contact.event_id is None:
            return None
        return self.tag(canonical_json([contact.channel.value, contact.provider or "", contact.event_id]))

    def tag(self, text: str) -> str:
        """Return a keyed hash, by which the same text is known again."""
        return hmac.digest(self.event_key, text.encode("utf-8", "replace"), "sha256").hex()

    def _secret(self, version: bytes) -> tuple[bytes, bytes]:
        """Draw a secret; return it and what an envelope closed with it begins with."""
        secret = self.random(KEY_BYTES)
        wrapped = _SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(self.public), info=_INFO)
        return secret, version + bytes.fromhex(key_id(self.public)) + wrapped


@dataclass(frozen=True, slots=True)
class Batch:
    """One commit's secret, and what every envelope of it begins with."""

    secret: bytes = field(repr=False)
    start: bytes

    def close(self, contact: Contact, tag: str | None, *, log: str, seq: int) -> Contact:
        """Return the sealed contact.

        Raises:
            HitError: the contact holds text that UTF-8 cannot hold.
        """
        key = _hit_key(self.secret, log, seq)
        try:
            return _sealed(contact, tag, key, start=self.start, bound=_bound(contact, log, seq))
        except HitError as exc:
            raise HitError(_("hit {seq}: {exc}", seq=seq, exc=exc)) from exc


class Opener:
    """Opens hits with the private keys of the inside."""

    def __init__(self, private_keys: Iterable[bytes]) -> None:
        keys = [X25519PrivateKey.from_private_bytes(one) for one in private_keys]
        self._keys = {key_id(one.public_key().public_bytes_raw()): one for one in keys}
        self._last = (b"", b"")  # hits of one commit share their secret

    def __repr__(self) -> str:
        return f"Opener({', '.join(self._keys)})"

    def hit_key(self, hit: Hit) -> bytes:
        """Return the key of one sealed hit, which opens it and no other.

        Raises:
            HitError: no key of ours fits, or the envelope was altered.
        """
        sealed = hit.contact.sealed
        named = sealed[1 : 1 + KEY_ID_BYTES].hex()
        if named not in self._keys:
            raise HitError(
                _("hit {seq}: is sealed to key {named}, whose private half is not here", seq=hit.seq, named=named)
            )
        wrapped = sealed[1 + KEY_ID_BYTES : 1 + KEY_ID_BYTES + WRAPPED_BYTES]
        if self._last[0] != wrapped:
            try:
                self._last = (wrapped, _SUITE.decrypt(wrapped, self._keys[named], info=_INFO))
            except (InvalidTag, ValueError) as exc:
                raise HitError(_("hit {seq}: its envelope cannot be opened", seq=hit.seq)) from exc
        secret = self._last[1]
        return _early_key(secret) if sealed[:1] == UNNUMBERED else _hit_key(secret, hit.log, hit.seq)


def opened(hit: Hit, key: bytes) -> Hit:
    """Return a sealed hit with its contents; `hash` still covers the sealed form.

    Raises:
        HitError: another key, or the envelope was altered or was never one of ours.
    """
    sealed = hit.contact.sealed
    start = len(VERSION) + KEY_ID_BYTES + WRAPPED_BYTES
    commitment = sealed[start : start + KEY_BYTES]
    if sealed[:1] not in (VERSION, UNNUMBERED) or not hmac.compare_digest(commitment, _commitment(key)):
        raise HitError(_("hit {seq}: its envelope is not closed with this key", seq=hit.seq))
    is_early = sealed[:1] == UNNUMBERED
    bound = _early_bound(hit.contact) if is_early else _bound(hit.contact, hit.log, hit.seq)
    try:
        plain = ChaCha20Poly1305(key).decrypt(_NONCE, sealed[start + KEY_BYTES :], bound)
    except (InvalidTag, ValueError) as exc:
        raise HitError(_("hit {seq}: its envelope was altered", seq=hit.seq)) from exc
    return replace(hit, contact=_contact(hit, plain))


# --- inside ----------------------------------------------------------------------------------------------------------


def _hit_key(secret: bytes, log: str, seq: int) -> bytes:
    return hmac.digest(secret, f"hit {log}:{seq}".encode(), "sha256")


def _early_key(secret: bytes) -> bytes:
    return hmac.digest(secret, b"unnumbered hit", "sha256")


def _commitment(key: bytes) -> bytes:
    return hashlib.sha256(b"waybill-hit-log key 1:" + key).digest()


def _bound(contact: Contact, log: str, seq: int) -> bytes:
    """Return what an envelope is tied to: it cannot be moved to another number, log or channel."""
    return f"{log}:{seq}:{contact.channel.value}".encode()


def _early_bound(contact: Contact) -> bytes:
    return f"unnumbered:{contact.channel.value}".encode()


def _sealed(contact: Contact, tag: str | None, key: bytes, *, start: bytes, bound: bytes) -> Contact:
    try:
        plain = _plain(contact)
    except UnicodeEncodeError as exc:
        raise HitError(_("text with lone surrogates cannot be recorded")) from exc
    closed = ChaCha20Poly1305(key).encrypt(_NONCE, plain, bound)
    return Contact(contact.channel, "", "", event_id=tag, sealed=start + _commitment(key) + closed)


def _plain(contact: Contact) -> bytes:
    document = canonical_json(
        {
            "beacon": contact.beacon,
            "peer": contact.peer,
            "occurred_at": None if contact.occurred_at is None else format_at(contact.occurred_at),
            "event_id": contact.event_id,
            "provider": contact.provider,
            "verified": contact.verified,
            "claims": dict(contact.claims),
        }
    ).encode()
    lengths = len(document).to_bytes(4, "big") + len(contact.raw).to_bytes(4, "big")
    plain = lengths + document + contact.raw
    return plain.ljust(_padded(len(plain)), b"\0")


def _padded(length: int) -> int:
    """Return a length of Padmé: at most 12 % more, and the lengths up to 2**n fall into about n * log n classes."""
    if length <= LEAST_PLAIN_BYTES:
        return LEAST_PLAIN_BYTES
    exponent = length.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    step = 1 << low_bits
    return -(-length // step) * step


def _contact(hit: Hit, plain: bytes) -> Contact:
    """Read what was closed as strictly as any hit: whoever has the public key can close something."""
    document_bytes, raw_bytes = (int.from_bytes(plain[at : at + 4], "big") for at in (0, 4))
    end = _HEAD_BYTES + document_bytes
    try:
        document = json.loads(plain[_HEAD_BYTES:end].decode())
    except (ValueError, RecursionError) as exc:
        raise HitError(_("hit {seq}: its envelope holds no contact", seq=hit.seq)) from exc
    if len(plain) < end + raw_bytes or not isinstance(document, dict):
        raise HitError(_("hit {seq}: its envelope holds no contact", seq=hit.seq))
    raw = plain[end : end + raw_bytes]
    outer = replace(hit, contact=Contact(hit.channel, "", "", raw=raw)).to_json()
    return parse_hit({**outer, **document, "v": FORMAT_VERSION, "seq": hit.seq, "channel": hit.channel.value}).contact
