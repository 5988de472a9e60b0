"""What enters the evidence log, and the checkpoints that freeze it.

An entry commits to a document without showing it: the leaf is over salt and document, and only the entries a case
needs are opened later. A checkpoint signs size and root. It proves order only from the moment somebody outside has
seen it: hand each one to a third party, or have it time-stamped.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from honey.errors import EvidenceError
from honey.evidence.merkle import leaf_hash
from honey.translation import _

SALT_BYTES = 16  # a decoy's values can be guessed; the salt cannot


def canonical(document: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """One byte form for one JSON document: sorted keys, no spaces, UTF-8 (no floats enter the log)."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Entry:
    """One opened log entry."""

    kind: str  # planting, export, hit, access
    document: dict[str, Any]
    salt: bytes

    @property
    def leaf(self) -> bytes:
        """The leaf hash of this entry."""
        return leaf_hash(self.salt + canonical({"kind": self.kind, "document": self.document}))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` reads them back."""
        return {"kind": self.kind, "document": self.document, "salt": self.salt.hex()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Entry":
        """Read what `to_json` wrote."""
        return cls(value["kind"], value["document"], bytes.fromhex(value["salt"]))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement: at `signed_at` the log held `size` entries under `root`."""

    size: int
    root: bytes
    signed_at: datetime
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` reads them back."""
        return {
            "size": self.size,
            "root": self.root.hex(),
            "signed_at": _time_text(self.signed_at),
            "signature": self.signature.hex(),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Checkpoint":
        """Read what `to_json` wrote."""
        at = datetime.fromisoformat(value["signed_at"])
        return cls(value["size"], bytes.fromhex(value["root"]), at, bytes.fromhex(value["signature"]))

    def verify(self, key: Ed25519PublicKey) -> None:
        """Raise EvidenceError unless the key signed exactly this statement."""
        try:
            key.verify(self.signature, _statement(self.size, self.root, self.signed_at))
        except InvalidSignature:
            raise EvidenceError(
                _("the checkpoint over {size} entries is not signed by this key", size=self.size)
            ) from None


def sign(size: int, root: bytes, at: datetime, key: Ed25519PrivateKey) -> Checkpoint:
    """Sign size and root as of `at`."""
    return Checkpoint(size, root, at, key.sign(_statement(size, root, at)))


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key, in hex: what a court compares with the key deposited earlier."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _time_text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _statement(size: int, root: bytes, at: datetime) -> bytes:
    return b"\n".join(
        [b"waybill-honeytokens checkpoint v1", str(size).encode(), root.hex().encode(), _time_text(at).encode()]
    )
