"""The log's own key, and when a checkpoint is due. Owns the key file; the writer thread asks and stores.

The key lies on the host it speaks for: whoever takes the host can sign, but cannot unsay what was handed out before.
"""

import hmac
import os
import re
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.errors import ConfigError, LogUnwritableError
from collector.hit.checkpoint import Checkpoint, sign
from collector.hitlog.rows import Head
from collector.translation import _

KEY_SUFFIX = ".key"
KEY_BYTES = 32  # an Ed25519 seed, RFC 8032
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogKey:
    """An Ed25519 key that does not show itself."""

    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, text: str, where: str) -> "LogKey":
        """Read a key written as 64 hexadecimal digits.

        Raises:
            ConfigError: it is none; `where` names its place.
        """
        if not _KEY.fullmatch(text):
            raise ConfigError(_("{where} must be 64 hexadecimal digits: openssl rand -hex 32", where=where))
        return cls(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text)))

    @classmethod
    def beside(cls, log: Path, *, random: Callable[[int], bytes] = os.urandom) -> "LogKey":
        """Read the key beside a log; make one, readable by this user alone, if there is none.

        Raises:
            ConfigError: the file holds no key, or others may read it.
            LogUnwritableError: there is none and none can be made.
        """
        path = key_path(log)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                _make(path, random(KEY_BYTES))
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigError(_("{path} can be read by others: chmod 600 {path}", path=path))
            return cls.of(path.read_text("ascii").strip(), str(path))
        except UnicodeDecodeError as exc:
            raise ConfigError(_("{path} holds no key: restore it from the backup", path=path)) from exc
        except OSError as exc:
            raise LogUnwritableError(
                _(
                    "cannot make or read {path} ({reason}): mend the folder or [log] path",
                    path=path,
                    reason=exc.strerror,
                )
            ) from exc

    def derive(self, purpose: str) -> bytes:
        """Return another secret of 32 bytes, for one purpose."""
        return hmac.digest(self.private.private_bytes_raw(), purpose.encode(), "sha256")

    @property
    def public(self) -> bytes:
        """Return the public key, 32 bytes."""
        return self.private.public_key().public_bytes_raw()


def key_path(log: Path) -> Path:
    """Return where the key lies that a log has for itself."""
    return log.with_name(log.name + KEY_SUFFIX)


class Signing:
    """Says when a head is signed: after so many hits, so many seconds after an unsigned one, and at the end."""

    def __init__(
        self, key: LogKey, *, every_hits: int, every_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.key = key
        self._every_hits = every_hits
        self._every_seconds = every_seconds
        self._clock = clock
        self._seq = 0
        self._at = clock()

    def resume(self, seq: int, head: Head) -> None:
        """Say what this key's newest checkpoint on record reaches; what an earlier run left unsigned is due at once."""
        self._seq = seq
        self._at = self._clock() - (self._every_seconds if seq < head.seq else 0)

    def is_due(self, head: Head, *, last: bool = False) -> bool:
        """Say whether the head is to be signed now; `last`: the log is being closed."""
        fresh = head.seq - self._seq
        is_late = self._clock() - self._at >= self._every_seconds
        return fresh > 0 and (last or is_late or fresh >= self._every_hits)

    def note(self, head: Head, at: datetime) -> str:
        """Sign a head."""
        return sign(Checkpoint(head.log, head.seq, head.hash, at), self.key.private)

    def signed(self, head: Head) -> None:
        """Say that the head's checkpoint is on disk."""
        self._seq, self._at = head.seq, self._clock()


def _make(path: Path, key: bytes) -> None:
    """Write a key whole or not at all: half a key would keep the collector down."""
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
