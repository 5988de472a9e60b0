"""Records: any text is a record that is written again as it was, or HitError; envelopes open or say HitError."""

from collections.abc import Mapping
from contextlib import suppress

from collector.errors import HitError
from collector.hit import GENESIS, Channel, Contact, ErasedHit, Hit, parse_hit, parse_record, seal, verify_chain
from collector.hit.sealing import Opener, Sealer, opened
from fuzz import recordable

PRIVATE = bytes(range(32))
PUBLIC = bytes.fromhex("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f")


def check(data: bytes) -> None:
    """Read a line, verify it as a log of one, and open it if it is sealed."""
    text = data.decode("utf-8", "replace")
    with suppress(HitError):
        parse_hit(text)
    try:
        record = parse_record(text)
    except HitError as exc:
        assert str(exc)
        assert str(exc).isprintable()
        return
    assert parse_record(record.to_line()) == record
    assert parse_record(record.to_json()) == record
    with suppress(HitError):
        verify_chain([record], record.prev)
    if isinstance(record, ErasedHit):
        return
    assert record.erased().body() == record.body()
    if record.contact.sealed:
        _open(record)


def _open(hit: Hit) -> None:
    try:
        key = Opener([PRIVATE]).hit_key(hit)
    except HitError:
        key = PRIVATE
    try:
        recordable.require([opened(hit, key).contact])
    except HitError as exc:
        assert "\n" not in str(exc)


def seeds() -> Mapping[str, bytes]:
    """Return a whole, a sealed and an erased hit."""
    contact = Contact(
        Channel.DNS, "abc.t.example.net", "192.0.2.53", recordable.NOON, "1", "p", True, {"qtype": "A"}, b"\0\xff"
    )
    whole = seal(contact, seq=1, received_at=recordable.NOON, log="0123abcd", prev=GENESIS)
    sealer = Sealer(PUBLIC, b"k" * 32, lambda size: b"r" * size)
    closed = sealer.batch().close(contact, sealer.event_tag(contact), log="0123abcd", seq=2)
    sealed = seal(closed, seq=2, received_at=recordable.NOON, log="0123abcd", prev=whole.hash)
    early = seal(sealer.unnumbered(contact), seq=2, received_at=recordable.NOON, log="0123abcd", prev=whole.hash)
    empty = seal(Contact(Channel.SMS, "", ""), seq=1, received_at=recordable.NOON, log="0123abcd", prev=GENESIS)
    return {
        "whole": whole.to_line().encode(),
        "empty": empty.to_line().encode(),
        "sealed": sealed.to_line().encode(),
        "sealed-early": early.to_line().encode(),
        "erased": sealed.erased().to_line().encode(),
        "twice": b'{"v": 1, "v": 1}',
        "no-object": b"[1e999, -0, 1" + b"0" * 300 + b"]",
    }
