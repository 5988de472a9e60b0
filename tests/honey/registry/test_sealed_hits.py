"""Sealed hits in the registry: opened at the door, kept as recorded, each with its own key."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.hit import GENESIS, Channel, Contact, ErasedHit, Hit, Record, seal
from collector.hit.sealing import Opener, Sealer
from honey.errors import InputError
from honey.registry import collectors, hits
from honey.registry.store import Registry

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
LOG = "00c0ffee"
PRIVATE, OTHER = bytes(range(32)), bytes(range(1, 33))
SEALER = Sealer(X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw(), b"event key")
CONTACTS = [Contact(Channel.SMS, "+8614000700000", "+12025550147", claims={"text": f"{n}"}) for n in range(6)]


def sealed_chain() -> list[Hit]:
    """Six hits of two commits, the third in the open."""
    found: list[Hit] = []
    batches = [SEALER.batch(), SEALER.batch()]
    for seq, contact in enumerate(CONTACTS, start=1):
        closed = contact if seq == 3 else batches[seq // 4].close(contact, None, log=LOG, seq=seq)
        found.append(seal(closed, seq=seq, received_at=AT, log=LOG, prev=found[-1].hash if found else GENESIS))
    return found


def test_hits_are_opened_for_judging_and_kept_as_they_were_recorded(registry: Registry) -> None:
    found = sealed_chain()
    with registry.begin() as session:
        assert hits.add(session, found, Opener([OTHER, PRIVATE])) == found
        assert hits.add(session, found) == []  # known ones need no key
        assert [one.contact for one in hits.all_hits(session)] == CONTACTS
        stored = list(hits.stored(session))
        assert [one.record for one in stored] == found
        assert [one.key is None for one in stored] == [False, False, True, False, False, False]
        assert len({one.key for one in stored}) == 6
        assert collectors.verify(session, LOG, []) == (6, 0)


def test_without_the_private_half_nothing_is_taken_and_the_key_is_named(registry: Registry) -> None:
    with registry.begin() as session:
        with pytest.raises(InputError, match=r"hit 1: is sealed to key \w{16}, whose private half is not here: rest"):
            hits.add(session, sealed_chain(), Opener([OTHER]))
        assert hits.all_hits(session) == []


def test_erased_hits_keep_the_chain_and_are_not_judged(registry: Registry) -> None:
    found: list[Record] = list(sealed_chain())
    for at in (1, 4):
        whole = found[at]
        assert isinstance(whole, Hit)
        found[at] = whole.erased()
    with registry.begin() as session:
        assert len(hits.add(session, found, Opener([PRIVATE]))) == 6
        assert [one.contact for one in hits.all_hits(session)] == [CONTACTS[at] for at in (0, 2, 3, 5)]
        assert sum(isinstance(one.record, ErasedHit) for one in hits.stored(session)) == 2
        assert (hits.heads(session), collectors.verify(session, LOG, [])) == ({LOG: 6}, (6, 0))


def test_a_hit_that_was_pulled_whole_stays_whole_when_the_collector_erases_it(registry: Registry) -> None:
    found = sealed_chain()
    with registry.begin() as session:
        hits.add(session, found, Opener([PRIVATE]))
        assert hits.add(session, [one.erased() for one in found], Opener([PRIVATE])) == []
        assert [one.contact for one in hits.all_hits(session)] == CONTACTS
