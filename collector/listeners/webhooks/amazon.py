"""Amazon SNS: whose certificate signed a message, and the only two addresses the collector may ever visit.

Owns the certificates it was given or fetched. Nothing is fetched unless the configuration says `fetch = true`, and
then only from sns.<region>.amazonaws.com over TLS (host rule: aws/aws-js-sns-message-validator index.js at 04505b5).
"""

import re
import threading
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from collector.errors import ConfigError, ForgedError
from collector.listeners.webhooks.payload import text
from collector.listeners.webhooks.signing import base64_bytes
from collector.translation import _

SUBSCRIBE_CLAIM = "subscribe_url"
FETCH_SECONDS = 5.0  # SNS gives up on us after 15 s
MAX_FETCH_BYTES = 64 << 10  # a certificate is about 2 KB
MAX_FETCHED = 16  # certificates kept; a region changes its own about once a year
FETCHES_PER_HOUR = 20
DIGESTS: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}
NOTIFICATION_KEYS = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION_KEYS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_HOST = re.compile(r"sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?", re.ASCII)


def is_amazon(address: str) -> bool:
    """Say whether an address is https at SNS itself: no other host, port or user name."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    # The whole network location is matched, so that neither sns.…@evil.example nor a port slips through.
    return parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None


def download(address: str, is_allowed: Callable[[str], bool] = is_amazon) -> bytes:
    """Fetch from SNS, a limited amount. Redirects are refused: they could lead inside.

    Raises:
        OSError: not SNS's address, or it cannot be had.
    """
    if not is_allowed(address):
        raise OSError("not an address of Amazon SNS")
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(address, timeout=FETCH_SECONDS) as response:
        return bytes(response.read(MAX_FETCH_BYTES))


class Certificates:
    """The certificates SNS messages may be signed with. May be asked from any thread."""

    def __init__(self, pem: bytes, fetch: Callable[[str], bytes] | None) -> None:
        """Read the given certificates.

        Raises:
            ConfigError: `pem` holds anything else.
        """
        try:
            self._given = [_rsa(one) for one in x509.load_pem_x509_certificates(pem)] if pem.strip() else []
        except ValueError as exc:
            raise ConfigError(_("the key must hold Amazon's signing certificates, in PEM")) from exc
        self._fetch = fetch
        self._fetched: dict[str, RSAPublicKey] = {}
        self._tries: deque[datetime] = deque(maxlen=FETCHES_PER_HOUR)
        self._guard = threading.Lock()  # holds: _fetched, _tries

    def check(self, message: Mapping[str, Any], at: datetime) -> None:
        """Raise ForgedError unless one of the certificates signed this message."""
        address = text(message, "SigningCertURL", "SigningCertUrl")
        if not is_amazon(address) or not urlsplit(address).path.endswith(".pem"):
            raise ForgedError("SigningCertURL is not Amazon's")
        digest = DIGESTS.get(text(message, "SignatureVersion"))
        if digest is None:
            raise ForgedError("SignatureVersion is not known")
        signature, signed = base64_bytes(text(message, "Signature")), signed_text(message)
        if not any(_has_signed(key, signature, signed, digest()) for key in self._given):
            key = self._of(address, at)
            if key is None or not _has_signed(key, signature, signed, digest()):
                raise ForgedError(f"not signed with a known certificate; it names {address[:200]}")

    def _of(self, address: str, at: datetime) -> RSAPublicKey | None:
        if self._fetch is None:
            return None
        with self._guard:
            if address in self._fetched:
                return self._fetched[address]
            if len(self._tries) == FETCHES_PER_HOUR and at - self._tries[0] < timedelta(hours=1):
                return None
            self._tries.append(at)
        try:
            key = _rsa(x509.load_pem_x509_certificate(self._fetch(address)))
        except (OSError, ValueError):
            return None
        with self._guard:
            if len(self._fetched) >= MAX_FETCHED:
                self._fetched.pop(next(iter(self._fetched)))
            self._fetched[address] = key
        return key


def signed_text(message: Mapping[str, Any]) -> bytes:
    """Return what SNS signs: name and value of the fields that count, each on its own line."""
    is_notification = text(message, "Type") == "Notification"
    keys = NOTIFICATION_KEYS if is_notification else CONFIRMATION_KEYS
    pairs = [(key, message[key]) for key in keys if isinstance(message.get(key), str)]
    return "".join(f"{key}\n{value}\n" for key, value in pairs).encode("utf-8", "replace")


def _has_signed(key: RSAPublicKey, signature: bytes, signed: bytes, digest: hashes.HashAlgorithm) -> bool:
    try:
        key.verify(signature, signed, PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


def _rsa(certificate: x509.Certificate) -> RSAPublicKey:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA certificate")  # noqa: TRY004 - for the caller it is the file that is wrong
    return key


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None
