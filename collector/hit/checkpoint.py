"""Signed checkpoints: how far a log reached at a time, in a form that any machine may keep and check later.

A checkpoint is a C2SP signed note (c2sp.org/signed-note) with the lines of c2sp.org/tlog-checkpoint: origin, number of
hits, hash in base64, and one extension line, the time. The hash is the head of a chain and no Merkle root, so size and
hash mean what they do in `Head`, and C2SP consistency proofs do not apply. Pure: key and time are arguments.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from collector import limits
from collector.errors import HitError
from collector.hit.reading import verify_chain
from collector.hit.record import GENESIS, Record, format_at
from collector.translation import _

ORIGIN_PREFIX = "waybill-hit-log/"
MAX_NOTE_CHARS = 4096  # ours have about 280; a witness may add lines of its own
ED25519 = b"\x01"  # signature type of c2sp.org/signed-note
_DASH = "\N{EM DASH} "
_BODY = re.compile(
    rf"{ORIGIN_PREFIX}(?P<log>[0-9a-f]{{8}})\n(?P<seq>0|[1-9][0-9]{{0,18}})\n(?P<hash>[A-Za-z0-9+/]{{43}}=)\n"
    r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log at a time: its name (8 hexadecimal digits), last number and that hit's hash."""

    log: str
    seq: int
    hash: str
    at: datetime

    @property
    def origin(self) -> str:
        """Return the log's name as notes have it; also the name of its key."""
        return ORIGIN_PREFIX + self.log

    def text(self) -> str:
        """Return what is signed."""
        root = base64.b64encode(bytes.fromhex(self.hash)).decode()
        return f"{self.origin}\n{self.seq}\n{root}\n{format_at(self.at)}\n"


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return the signed note."""
    text = checkpoint.text()
    signed = key_id_of(checkpoint.origin, key.public_key().public_bytes_raw()) + key.sign(text.encode())
    return f"{text}\n{_DASH}{checkpoint.origin} {base64.b64encode(signed).decode()}\n"


def open_note(note: str, key: bytes) -> Checkpoint:
    """Return the checkpoint of a note that the holder of the public `key` (32 bytes) signed.

    Raises:
        HitError: it is no such note, or another key signed it.
    """
    checkpoint, lines = _parse(note)
    key_id = key_id_of(checkpoint.origin, key)
    for line in lines:
        name, _space, encoded = line.removeprefix(_DASH).rpartition(" ")
        signed = _base64(encoded)
        if name == checkpoint.origin and signed[:4] == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(signed[4:], checkpoint.text().encode())
            except (InvalidSignature, ValueError) as exc:
                raise HitError(_("checkpoint of log {log}: its signature does not fit", log=checkpoint.log)) from exc
            return checkpoint
    raise HitError(
        _(
            "checkpoint of log {log}: signed by another key than {key}",
            log=checkpoint.log,
            key=verifier_key(checkpoint.log, key),
        )
    )


def read_note(note: str) -> Checkpoint:
    """Return what a note says, whoever signed it.

    Raises:
        HitError: it is no checkpoint.
    """
    return _parse(note)[0]


def verifier_key(log: str, key: bytes) -> str:
    """Return a public key in the text form of c2sp.org/signed-note: name, key id, type and key."""
    origin = ORIGIN_PREFIX + log
    return f"{origin}+{key_id_of(origin, key).hex()}+{base64.b64encode(ED25519 + key).decode()}"


def parse_verifier_key(text: str) -> tuple[str, bytes]:
    """Return the log's name and the public key that `verifier_key` wrote.

    Raises:
        HitError: it is no such text.
    """
    name, _plus, rest = text.strip().partition("+")
    key_id, _sign, encoded = rest.partition("+")
    key = _base64(encoded)
    log = name.removeprefix(ORIGIN_PREFIX)
    is_ours = name.startswith(ORIGIN_PREFIX) and len(key) == 33 and key[:1] == ED25519
    if not is_ours or key_id_of(name, key[1:]).hex() != key_id:
        raise HitError(
            _(
                "{text!r} is no key of a hit log: copy it whole, as `collector export --checkpoint` prints it",
                text=text[:120],
            )
        )
    return log, key[1:]


def key_id_of(name: str, key: bytes) -> bytes:
    """Return the first 4 bytes of SHA-256(name || LF || type || key), c2sp.org/signed-note."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + key).digest()[:4]


class Follower:
    """Checks records one by one against checkpoints, in order of their numbers, as a log is read."""

    def __init__(self, checkpoints: Sequence[Checkpoint]) -> None:
        self._left = sorted(checkpoints, key=lambda one: one.seq, reverse=True)

    def passed(self, log: str, seq: int, digest: str) -> None:
        """Take note of the head after a record (seq 0: before the first one).

        Raises:
            HitError: a checkpoint says otherwise.
        """
        while self._left and self._left[-1].seq <= seq:
            one = self._left.pop()
            if one.log != log:
                raise HitError(
                    _(
                        "the checkpoint is of log {log}, this is log {own}: name the log it belongs to",
                        log=one.log,
                        own=log,
                    )
                )
            if one.seq == seq and one.hash != digest:
                raise HitError(
                    _(
                        "hit {seq}: is not the one signed for at {at}: the log was rewritten",
                        seq=seq,
                        at=format_at(one.at),
                    )
                )

    def finished(self, seq: int) -> None:
        """Say that the log ends after `seq`.

        Raises:
            HitError: a checkpoint reaches further.
        """
        if self._left:
            one = self._left[0]
            raise HitError(
                _(
                    "the log ends at hit {seq}, but {signed} were signed for at {at}: its end was cut off",
                    seq=seq,
                    signed=one.seq,
                    at=format_at(one.at),
                )
            )


def follow(
    records: Sequence[Record], start: tuple[int, str] = (0, GENESIS), *, log: str, checkpoint: Checkpoint
) -> None:
    """Check that records after `start` (number and hash of the one before) lead to a checkpoint or beyond it.

    Raises:
        HitError: naming where they do not.
    """
    follower = Follower([checkpoint])
    follower.passed(log, *start)
    verify_chain(records, start[1] if start[0] else None)
    for record in records:
        follower.passed(record.log, record.seq, record.hash)
    follower.finished(records[-1].seq if records else start[0])


# --- inside ----------------------------------------------------------------------------------------------------------


def _parse(note: str) -> tuple[Checkpoint, list[str]]:
    text, gap, signatures = note.rpartition("\n\n")
    found = _BODY.fullmatch(text + "\n")
    lines = signatures.splitlines()
    is_whole = gap and note.endswith("\n") and lines and all(line.startswith(_DASH) for line in lines)
    if len(note) > MAX_NOTE_CHARS or not found or not is_whole or int(found["seq"]) > limits.MAX_SEQ:
        raise HitError(
            _("this is no checkpoint of a hit log: keep the file as `collector export --checkpoint` printed it")
        )
    try:
        at = datetime.fromisoformat(found["at"])
    except ValueError as exc:
        raise HitError(_("checkpoint of log {log}: {at} is no time", log=found["log"], at=found["at"])) from exc
    return Checkpoint(found["log"], int(found["seq"]), _base64(found["hash"]).hex(), at), lines


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise HitError(_("a checkpoint's hashes, keys and signatures are base64")) from exc
