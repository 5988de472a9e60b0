"""Where things lie in the folder of [acme], and the only code that writes there. Standard library only.

accounts/AUTHORITY/key.pem, account.json     one account for each directory URL
certificates/SECTION.pem                     key, certificate and chain in one file: replaced in one step
state/SECTION.json                           what was tried and what is next
challenges/                                  answers to an order that is under way
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from collector.errors import CollectorError
from collector.translation import _

FOLDER_MODE, FILE_MODE = 0o700, 0o600  # readable by the collector's user alone
MAX_FILE_BYTES = 1 << 20  # a chain of three has about 6 KiB
MAX_DNS_VALUES = 8  # answers for one name at a time: a name and its wildcard are two
WELL_KNOWN = ".well-known/acme-challenge"  # RFC 8555 8.3, below the folder of challenges
DNS_LABEL = "_acme-challenge"  # RFC 8555 8.4
_NAME = re.compile(r"_acme-challenge(\.[a-z0-9_-]+)+", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)  # base64url


class AcmeError(CollectorError):
    """A certificate could not be had; the message says why and, where it can be known, how to mend it."""


class BusyError(AcmeError):
    """Another process orders now."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folder of [acme]."""

    folder: Path

    @property
    def challenges(self) -> Path:
        """Return what the web and name servers look in."""
        return self.folder / "challenges"

    def certificate(self, section: str) -> Path:
        """Return where a section's key and certificate lie."""
        return self.folder / "certificates" / f"{section}.pem"

    def state(self, section: str) -> Path:
        """Return where it stands what was tried for a section."""
        return self.folder / "state" / f"{section}.json"

    def account(self, directory: str, name: str) -> Path:
        """Return a file of the account at an authority."""
        return self.folder / "accounts" / hashlib.sha256(directory.encode()).hexdigest()[:16] / name

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second process from ordering at the same time; the lock ends with the process.

        Raises:
            BusyError: another one is at it.
            AcmeError: the folder cannot be written.
        """
        path = self.folder / "lock"
        try:
            _make_folder(self.folder)
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
            _hand_over(lock, self.folder)
        except OSError as exc:
            raise AcmeError(_cannot_write(path, exc)) from exc
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as exc:
                raise BusyError(_("another process is getting certificates now: try again in a minute")) from exc
            yield
        finally:
            os.close(lock)

    def http_answer(self, token: str, text: str) -> Path:
        """Put up what http-01 looks for; returns what to take down again."""
        path = self.challenges / WELL_KNOWN / token
        if not _VALUE.fullmatch(token):
            raise AcmeError(_("the authority sent a token that is none (RFC 8555 8.3)"))
        write(path, text.encode())
        return path

    def dns_answer(self, name: str, value: str) -> Path:
        """Put up a TXT record for dns-01; returns what to take down again."""
        folder = _values_folder(self.challenges, name)
        if folder is None or not _VALUE.fullmatch(value):
            raise AcmeError(_("{name!r} cannot be proven by DNS: it is no host name", name=name))
        write(folder / value, b"")
        return folder / value

    def take_down(self) -> None:
        """Remove every answer; what cannot be removed does no harm."""
        with suppress(OSError):
            shutil.rmtree(self.challenges)


def dns_values(challenges: Path, name: str) -> list[str]:
    """Return the TXT records of an _acme-challenge name, in lower case without its final dot; usually none."""
    folder = _values_folder(challenges, name)
    if folder is None:
        return []
    try:
        with os.scandir(folder) as found:
            values = sorted(one.name for one in found if _VALUE.fullmatch(one.name))
    except OSError:
        return []
    return values[:MAX_DNS_VALUES]


def read(path: Path) -> bytes | None:
    """Return what is in a file, or None where there is none.

    Raises:
        AcmeError: there is one that cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise AcmeError(
            _("cannot read {path} ({reason}): let this user read the folder of [acme]", path=path, reason=exc.strerror)
        ) from exc


def write(path: Path, content: bytes) -> None:
    """Put a file in place whole or not at all, on disk, for this user alone.

    Raises:
        AcmeError: it cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        _make_folder(path.parent)
        with suppress(FileNotFoundError):
            fresh.unlink()  # left by a process that was killed, perhaps with another mode
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE), "wb") as file:
            _hand_over(file.fileno(), path.parent)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync_folder(path.parent)
    except OSError as exc:
        raise AcmeError(_cannot_write(path, exc)) from exc


def _values_folder(challenges: Path, name: str) -> Path | None:
    return challenges / "dns" / name if _NAME.fullmatch(name) and len(name) <= 253 else None


def _make_folder(folder: Path) -> None:
    """Make a folder and what is missing above it, each for this user alone."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(FOLDER_MODE)
            if os.geteuid() == 0:
                owner = folder.parent.stat()
                os.chown(folder, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _hand_over(handle: int, folder: Path) -> None:
    """Give what root makes to the folder's owner: a command typed by root must not lock the collector's user out."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(path: Path, exc: OSError) -> str:
    return _(
        "cannot write {path} ({reason}): mend acme.folder, or let this user write there", path=path, reason=exc.strerror
    )
