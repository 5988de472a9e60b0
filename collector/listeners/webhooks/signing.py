"""What signature checks share: the configuration they need, ages, and public keys. No clock and no network."""

import base64
import binascii
import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from collector import limits
from collector.config.file import HookConfig
from collector.errors import ConfigError, ForgedError
from collector.listeners.webhooks.request import HookRequest
from collector.translation import _

LEAST_SECRET_PATH_CHARS = 16  # at 6 bits a character 96 bits: nobody finds the address by trying
ED25519_KEY_BYTES = 32  # RFC 8032 5.1.5
HOUR_SECONDS = 3600
MAX_DIGITS = 12  # of UNIX seconds


def key_of(hook: HookConfig, what: str) -> str:
    """Return the key of a hook that must have one.

    Raises:
        ConfigError: it has none; `what` says where the provider shows it.
    """
    if hook.key is None:
        raise ConfigError(
            _('webhooks.{hook}.key is missing: set it to {{ env = "NAME" }}, {what}', hook=hook.name, what=what)
        )
    return hook.key.reveal()


def require_secret_address(hook: HookConfig) -> None:
    """Refuse a hook that nobody signs for, unless its address is a secret and its callers are named.

    Raises:
        ConfigError: naming what is missing.
    """
    if hook.secret_path is None or len(hook.secret_path.reveal()) < LEAST_SECRET_PATH_CHARS:
        raise ConfigError(
            _(
                "webhooks.{hook}.secret_path must have at least {least_secret_path_chars} characters: "
                "{provider} signs nothing here, so the address is the secret",
                hook=hook.name,
                least_secret_path_chars=LEAST_SECRET_PATH_CHARS,
                provider=hook.provider,
            )
        )
    require_networks(hook)


def require_networks(hook: HookConfig) -> None:
    """Refuse a hook that nobody signs for and anybody may call."""
    if not hook.allow:
        raise ConfigError(
            _(
                "webhooks.{hook}.allow must name the networks {provider} calls from, because it signs "
                'nothing here; if the provider names none, say so with ["0.0.0.0/0", "::/0"]',
                hook=hook.name,
                provider=hook.provider,
            )
        )


def check_age(request: HookRequest, sent_at: float, *, most_seconds: int) -> None:
    """Raise ForgedError unless a signed time (UNIX seconds) is recent.

    The past side is as long as the provider tries again: until then a replay carries the same event id and is the
    same hit. The future side is the tolerance for wrong clocks.
    """
    age = request.received_at.timestamp() - sent_at
    if not -limits.SIGNATURE_AGE_SECONDS <= age <= most_seconds:
        raise ForgedError(f"signed at a time that is not within the last {most_seconds} s of our clock")


def unix_seconds(stated: str) -> int:
    """Return a signed time written as UNIX seconds.

    Raises:
        ForgedError: it is not one.
    """
    if not (stated.isascii() and stated.isdigit() and len(stated) <= MAX_DIGITS):
        raise ForgedError("no usable timestamp")
    return int(stated)


def is_same(stated: str, expected: str) -> bool:
    """Compare a stated digest with the expected one in constant time."""
    return hmac.compare_digest(stated.encode("utf-8", "replace"), expected.encode())


def hmac_sha256_base64(key: str, content: bytes) -> str:
    """Return Base64(HMAC-SHA256(key, content))."""
    return base64.b64encode(hmac.new(key.encode(), content, hashlib.sha256).digest()).decode()


def base64_bytes(encoded: str) -> bytes:
    """Return what base64 holds.

    Raises:
        ForgedError: it is not base64.
    """
    try:
        return base64.b64decode(encoded.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise ForgedError("the signature is not base64") from exc


def ed25519_key(hook: HookConfig, encoded: str) -> Ed25519PublicKey:
    """Return the public key from its 32 bytes in base64.

    Raises:
        ConfigError: it is none.
    """
    try:
        octets = base64.b64decode(encoded.encode("ascii"), validate=True)
        return Ed25519PublicKey.from_public_bytes(octets)
    except (binascii.Error, ValueError) as exc:
        raise ConfigError(
            _(
                "webhooks.{hook}.key must be {ed25519_key_bytes} bytes in base64",
                hook=hook.name,
                ed25519_key_bytes=ED25519_KEY_BYTES,
            )
        ) from exc


def ecdsa_key(hook: HookConfig, encoded: str) -> EllipticCurvePublicKey:
    """Return the public key from SubjectPublicKeyInfo (DER) in base64.

    Raises:
        ConfigError: it is none.
    """
    try:
        key = load_der_public_key(base64.b64decode(encoded.encode("ascii"), validate=True))
    except (binascii.Error, ValueError) as exc:
        raise ConfigError(_("webhooks.{hook}.key must be the verification key in base64", hook=hook.name)) from exc
    if not isinstance(key, EllipticCurvePublicKey):
        raise ConfigError(_("webhooks.{hook}.key must be an elliptic-curve public key", hook=hook.name))
    return key
