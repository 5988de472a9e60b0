"""A key with its certificate as bytes: made, taken apart, judged. No files, no clock."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from collector.acme.places import AcmeError
from collector.acme.renewal import Held, held
from collector.translation import _

TEMPORARY_DAYS = 3650  # it is replaced within minutes, or shown until somebody mends what keeps it
MAX_COMMON_NAME_CHARS = 64  # RFC 5280 appendix A, ub-common-name


def new_key() -> bytes:
    """Return a new P-256 key, PEM; every client of the last ten years knows the curve."""
    return _pem(_generated())


def temporary(names: Sequence[str], now: datetime) -> bytes:
    """Return a key with a certificate that signs itself. It says nothing of who made it."""
    key = _generated()
    common_name = next((name for name in names if len(name) <= MAX_COMMON_NAME_CHARS), "localhost")
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=TEMPORARY_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _pem(key) + certificate.public_bytes(Encoding.PEM)


def _generated() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def joined(key_pem: bytes, chain: str, names: Collection[str]) -> bytes:
    """Return a key with the chain an authority sent.

    Raises:
        AcmeError: it is for another key, or not for all the names.
    """
    pair = key_pem + chain.encode("ascii", "replace")
    found = described(pair)
    if found is None or set(names) - found.names or found.is_temporary:
        raise AcmeError(_("what the authority sent is no certificate for this key and these names"))
    return pair


def described(pair: bytes) -> Held | None:
    """Describe the certificate of a pair, or return None where the pair cannot be used."""
    try:
        certificate = x509.load_pem_x509_certificates(pair)[0]
        key = load_pem_private_key(pair, password=None).public_key()
    except (ValueError, TypeError):
        return None
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_bytes(*form) != certificate.public_key().public_bytes(*form):
        return None
    return held(certificate, names_of(certificate))


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """Return the host names a certificate is for."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return frozenset()
    return frozenset(name.lower() for name in extension.value.get_values_for_type(x509.DNSName))


def chain_of(pair: bytes) -> bytes:
    """Return the certificates of a pair without the key."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in x509.load_pem_x509_certificates(pair))
