"""An HTTPS server on loopback that says what a test wants, and certificates that an authority of its own signs."""

import http.server
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from collector.acme.pair import new_key
from tests.collector.issuing import issue

Handler = http.server.BaseHTTPRequestHandler
Say = Callable[[Handler], None]


@dataclass(frozen=True)
class Odd:
    """Where it is, and what signs its TLS."""

    directory: str
    ca_file: Path
    asked: list[str]


@contextmanager
def saying(folder: Path, answers: Mapping[str, Say]) -> Iterator[Odd]:
    """Serve; what begins with a path of `answers` is said by it, anything else is 404."""
    files = issue(folder / "odd", "localhost").files
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            say = next((say for path, say in answers.items() if self.path.startswith(path)), None)
            if say is None:
                self.send_error(404)
            else:
                say(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Odd(f"https://localhost:{server.server_port}/dir", files.certificate, asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)


def says(text: str, *, status: int = 200, **headers: str) -> Say:
    """Return what says a text."""

    def say(request: Handler) -> None:
        request.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(text.encode())

    return say


def signed(*names: str, begins_at: datetime, life: timedelta, key_pem: bytes | None = None) -> bytes:
    """Return a key with a certificate that another key signed."""
    key_pem = key_pem or new_key()
    key = load_pem_private_key(key_pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signer = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins_at)
        .not_valid_after(begins_at + life)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return key_pem + certificate.public_bytes(Encoding.PEM)
