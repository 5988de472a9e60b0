"""Certificates made on the spot: a self-signed one with its key, for any names and times."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from collector.certificates import TlsFiles


@dataclass(frozen=True)
class Issued:
    """What was written, and where."""

    files: TlsFiles
    serial: int


def issue(
    folder: Path,
    *names: str,
    section: str = "web",
    begins_at: datetime | None = None,
    days: int = 90,
    password: bytes = b"",
) -> Issued:
    """Write cert.pem and key.pem into `folder`, over what is there."""
    begins_at = begins_at or datetime.now(UTC) - timedelta(hours=1)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    serial = x509.random_serial_number()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begins_at)
        .not_valid_after(begins_at + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    hidden: KeySerializationEncryption = BestAvailableEncryption(password) if password else NoEncryption()
    folder.mkdir(exist_ok=True)
    files = TlsFiles(section, folder / "cert.pem", folder / "key.pem")
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden))
    return Issued(files, serial)


def rsa_pair() -> tuple[bytes, str]:
    """Return a new RSA key as DKIM signs with it, PEM, and its public half in base64."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return private, base64.b64encode(public).decode()
