"""What a listener process and the process that writes the log say to each other: msgpack behind a length.

Typed on both sides: whoever takes over a listener process can make up contacts, which he could anyway, and cannot
make the writer run anything. Pure: bytes in, messages out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from collector import limits
from collector.errors import LinkError
from collector.hit import Contact

LENGTH_BYTES = 4
MAX_FRAME_BYTES = 256 << 20  # 100 contacts with originals of their own of 1 MiB take 100 MiB, their claims some more

MAX_COUNT = 1 << 40  # far from what would overflow in the log, which could then write nothing any more
SHARED_BYTES = 4 << 10  # a shorter original is sent with each contact


class Ready(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The process serves its sockets."""


class Failed(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The process cannot serve; the reason is one line for the operator."""

    reason: str


class Group(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Contacts that belong together, numbered by their sender."""

    number: int
    contacts: Annotated[tuple[Contact, ...], msgspec.Meta(max_length=limits.MAX_COMMIT_HITS)]
    raw: bytes = b""  # of all contacts, where they share it: a mail of 1 MiB to 100 recipients is sent once

    @classmethod
    def of(cls, number: int, contacts: Sequence[Contact]) -> "Group":
        """Return the message for contacts."""
        raw = contacts[0].raw if contacts else b""
        if len(raw) >= SHARED_BYTES and len(contacts) > 1 and all(contact.raw is raw for contact in contacts):
            return cls(number, tuple([replace(contact, raw=b"") for contact in contacts]), raw)
        return cls(number, tuple(contacts))

    def whole(self) -> Sequence[Contact]:
        """Return the contacts with their originals."""
        return [replace(contact, raw=self.raw) for contact in self.contacts] if self.raw else self.contacts


class Counts(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """What the process counted since it last said so."""

    numbers: dict[str, Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]]


class Recorded(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A group is on disk; or it is not, and nothing of it is acknowledged."""

    number: int
    reason: str = ""  # why it is not; empty: it is
    is_faulty: bool = False  # the fault is in a contact that no log can hold: the others may come again without it


class Stop(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Take nothing more, answer what was taken, end."""


FromListener = Ready | Failed | Group | Counts
FromWriter = Recorded | Stop
T = TypeVar("T")


class Frames(Generic[T]):
    """Cuts what comes from the other side into messages."""

    def __init__(self, messages: Any) -> None:  # noqa: ANN401 - a union of types has no type of its own
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(messages)
        self._rest = bytearray()

    def feed(self, more: bytes) -> Iterator[T]:
        """Yield the messages that are whole now.

        Raises:
            LinkError: what came is no message, or too large.
        """
        self._rest += more
        at = 0
        try:
            while len(self._rest) >= at + LENGTH_BYTES:
                end = at + LENGTH_BYTES + int.from_bytes(self._rest[at : at + LENGTH_BYTES], "big")
                if end - at > MAX_FRAME_BYTES:
                    raise LinkError(f"a message of {end - at} bytes; at most {MAX_FRAME_BYTES} are taken")
                if end > len(self._rest):
                    break
                with memoryview(self._rest) as view, view[at + LENGTH_BYTES : end] as body:
                    message = self._decoder.decode(body)
                at = end
                yield message
        except (msgspec.MsgspecError, ValueError) as exc:
            raise LinkError(f"no message of ours ({exc})") from exc
        finally:
            del self._rest[:at]


_ENCODER = msgspec.msgpack.Encoder()


def framed(message: FromListener | FromWriter) -> bytes:
    """Return a message as it is sent.

    Raises:
        LinkError: it is too large, or holds text that UTF-8 cannot hold.
    """
    frame = bytearray(LENGTH_BYTES)
    try:
        _ENCODER.encode_into(message, frame, LENGTH_BYTES)
    except UnicodeEncodeError as exc:
        raise LinkError("text with lone surrogates cannot be recorded") from exc
    if len(frame) > MAX_FRAME_BYTES:
        raise LinkError(f"a message of {len(frame)} bytes; at most {MAX_FRAME_BYTES} are taken")
    frame[:LENGTH_BYTES] = (len(frame) - LENGTH_BYTES).to_bytes(LENGTH_BYTES, "big")
    return bytes(frame)
