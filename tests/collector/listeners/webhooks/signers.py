"""Webhooks of every provider, signed with keys made for these tests, and what every mapping has to hold to."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from collector.config.file import HookConfig
from collector.config.value import Secret
from collector.hit import GENESIS, Contact, parse_hit, seal
from collector.listeners.webhooks.amazon import signed_text
from collector.listeners.webhooks.plivo import signature_v3
from collector.listeners.webhooks.request import HookRequest

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PUBLIC_URL = "https://hooks.example.net"
SECRET_PATH = "an-address-nobody-guesses"
PAYLOADS = Path(__file__).parents[3] / "vectors" / "payloads"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TOPIC = "arn:aws:sns:us-east-1:111111111111:SES_Inbound"
ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256 = derive_private_key(0x5EED, SECP256R1())


def rsa_key(first_exponent: int, second_exponent: int) -> RSAPrivateKey:
    """Return the RSA key of two Mersenne primes: nobody's secret, and the same on every run."""
    p, q, e = 2**first_exponent - 1, 2**second_exponent - 1, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    crt = {"dmp1": rsa_crt_dmp1(d, p), "dmq1": rsa_crt_dmq1(d, q), "iqmp": rsa_crt_iqmp(p, q)}
    return RSAPrivateNumbers(p=p, q=q, d=d, public_numbers=RSAPublicNumbers(e, p * q), **crt).private_key()


RSA = rsa_key(1279, 2203)
OTHER_RSA = rsa_key(1279, 2281)
_ANYWHERE = (ip_network("127.0.0.0/8"),)


def _spki(key: EllipticCurvePublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def certificate(key: RSAPrivateKey = RSA) -> bytes:
    """Return a self-signed certificate: SNS's are known by where they come from, not by their names."""
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=365))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


KEYS: Mapping[str, str] = {
    "twilio": "12345",
    "vonage": "a-signature-secret-of-some-length",
    "telnyx": base64.b64encode(ED25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode(),
    "plivo": "a-plivo-auth-token",
    "aliqin": "a-top-app-secret",
    "huawei": "a-huawei-app-secret",
    "mailgun": "a-mailgun-signing-key",
    "sendgrid": _spki(P256.public_key()),
    "postmark": "postmark:a-password-of-some-length",
    "ses": certificate().decode(),
    "standard": "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode(),
}
UNSIGNED = ("aliyun", "huawei", "tencent", "postmark")


def config(provider: str, **changes: object) -> HookConfig:
    """Return a complete configuration of a webhook named like its provider."""
    settings: dict[str, Any] = {
        "key": Secret(KEYS[provider]) if provider in KEYS else None,
        "public_url": PUBLIC_URL,
        "secret_path": Secret(SECRET_PATH) if provider in UNSIGNED else None,
        "allow": _ANYWHERE if provider in UNSIGNED else (),
        "topics": (TOPIC,) if provider == "ses" else (),
    }
    return HookConfig(provider, provider, **{**settings, **changes})


def target(provider: str) -> str:
    return f"/hooks/{provider}" + (f"/{SECRET_PATH}" if provider in UNSIGNED else "")


def posted(provider: str, body: bytes, headers: Mapping[str, str], at: datetime = NOW) -> HookRequest:
    return HookRequest("POST", target(provider), {name.lower(): value for name, value in headers.items()}, body, at)


def seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def jwt(secret: str, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
    def encode(octets: bytes) -> str:
        return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()

    head = encode(json.dumps(header or {"typ": "JWT", "alg": "HS256"}).encode())
    signed = f"{head}.{encode(json.dumps(claims).encode())}"
    return f"{signed}.{encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def twilio(sent: Mapping[str, str]) -> HookRequest:
    """Return a form signed by Twilio's own package."""
    signature = RequestValidator(KEYS["twilio"]).compute_signature(PUBLIC_URL + target("twilio"), dict(sent))
    return posted("twilio", urlencode(sent).encode(), {"Content-Type": FORM, "X-Twilio-Signature": signature})


def standard(document: object, at: datetime = NOW) -> HookRequest:
    body = json.dumps(document).encode()
    key = base64.b64decode(KEYS["standard"].removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, f"msg_1.{seconds(at)}.".encode() + body, hashlib.sha256).digest())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": seconds(at), "webhook-signature": f"v1,{signature.decode()}"}
    return posted("standard", body, headers)


def vonage(document: Mapping[str, Any], at: datetime = NOW) -> HookRequest:
    body = json.dumps(document).encode()
    claims = {"iat": int(at.timestamp()), "payload_hash": hashlib.sha256(body).hexdigest()}
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {jwt(KEYS['vonage'], claims)}"}
    return posted("vonage", body, headers)


def telnyx(document: object, at: datetime = NOW) -> HookRequest:
    body = json.dumps(document).encode()
    signature = base64.b64encode(ED25519.sign(f"{seconds(at)}|".encode() + body)).decode()
    return posted("telnyx", body, {"telnyx-timestamp": seconds(at), "telnyx-signature-ed25519": signature})


def plivo(sent: Mapping[str, str], *, header: str = "X-Plivo-Signature-V3") -> HookRequest:
    body = urlencode(sent).encode()
    signature = signature_v3(KEYS["plivo"], "POST", PUBLIC_URL + target("plivo"), body, "12345")
    return posted("plivo", body, {"Content-Type": FORM, header: signature, "X-Plivo-Signature-V3-Nonce": "12345"})


def unsigned(provider: str, document: object) -> HookRequest:
    return posted(provider, json.dumps(document, ensure_ascii=False).encode(), {"Content-Type": JSON})


def huawei(document: object, at: datetime = NOW, *, header: str = "X-AKSK") -> HookRequest:
    nonce, created = "ac1c911c4792492687f8f6b2264a491e", at.strftime("%Y-%m-%dT%H:%M:%SZ")
    secret = KEYS["huawei"]
    if header == "X-AKSK":
        digest = hmac.new(secret.encode(), f"{nonce}{created}".encode(), hashlib.sha256).digest()
    else:
        digest = hashlib.sha256(f"{nonce}{created}{secret}".encode()).digest()
    made = base64.b64encode(digest).decode()
    value = f'UsernameToken Username="app",PasswordDigest="{made}",Nonce="{nonce}",Created="{created}"'
    return posted("huawei", json.dumps(document).encode(), {"Content-Type": JSON, header: value})


def top(
    event: Mapping[str, Any], at: datetime = NOW, *, way: str = "hmac-sha256", method: str = "push.call.release"
) -> bytes:
    """Return the form a TOP client posts; written out here, so that a slip of ours is not repeated."""
    sent = {
        "method": f"alibaba.aliqin.axb.vendor.{method}",
        "app_key": "1",
        "timestamp": (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S"),
        "v": "2.0",
        "sign_method": way,
        "end_call_request": json.dumps(event),
    }
    joined = "".join(f"{name}{value}" for name, value in sorted(sent.items())).encode()
    key = KEYS["aliqin"].encode()
    if way == "md5":
        sign = hashlib.md5(key + joined + key).hexdigest()
    else:
        sign = hmac.new(key, joined, "md5" if way == "hmac" else "sha256").hexdigest()
    return urlencode({**sent, "sign": sign.upper()}).encode()


def aliqin(body: bytes) -> HookRequest:
    return posted("aliqin", body, {"Content-Type": FORM})


def mailgun(fields: Mapping[str, str], at: datetime = NOW, token: str = "t" * 50) -> HookRequest:
    signature = hmac.new(KEYS["mailgun"].encode(), f"{seconds(at)}{token}".encode(), hashlib.sha256).hexdigest()
    sent = {**fields, "timestamp": seconds(at), "token": token, "signature": signature}
    return posted("mailgun", urlencode(sent).encode(), {"Content-Type": FORM})


def multipart_body(fields: Mapping[str, bytes], boundary: str = "xYzZY") -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def sendgrid(fields: Mapping[str, bytes], at: datetime = NOW, boundary: str = "xYzZY") -> HookRequest:
    body = multipart_body(fields, boundary)
    signature = base64.b64encode(P256.sign(seconds(at).encode() + body, ECDSA(SHA256()))).decode()
    headers = {
        "Content-Type": f'multipart/form-data; boundary="{boundary}"',
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": seconds(at),
    }
    return posted("sendgrid", body, headers)


def postmark(document: object, key: str = KEYS["postmark"]) -> HookRequest:
    headers = {"Content-Type": JSON, "Authorization": "Basic " + base64.b64encode(key.encode()).decode()}
    return posted("postmark", json.dumps(document, ensure_ascii=False).encode(), headers)


def sns(message: Mapping[str, Any], *, version: str = "2", key: RSAPrivateKey = RSA) -> HookRequest:
    body: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": "8f6dee70-c885-558a-be7d-bd48bbf5335e",
        "TopicArn": TOPIC,
        "Timestamp": NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": version,
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-12345abcde.pem",
        **message,
    }
    digest = SHA1() if version == "1" else SHA256()
    body["Signature"] = base64.b64encode(key.sign(signed_text(body), PKCS1v15(), digest)).decode()
    return posted("ses", json.dumps(body).encode(), {"Content-Type": "text/plain; charset=UTF-8"})


def published(name: str) -> Any:  # noqa: ANN401 - JSON has no narrower type
    return json.loads((PAYLOADS / name).read_text("utf-8"))


def recordable(contacts: Sequence[Contact]) -> None:
    """Fail unless every contact can be written and read back as it is."""
    for contact in contacts:
        hit = seal(contact, seq=1, received_at=NOW, log="0123abcd", prev=GENESIS)
        assert parse_hit(hit.to_line()) == hit
