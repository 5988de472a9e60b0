"""One key for each collector's log, trusted when first seen; what goes back or is signed by another is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.hit import GENESIS, Channel, Contact, Hit, seal
from collector.hit.checkpoint import Checkpoint, sign, verifier_key
from honey.errors import InputError
from honey.registry import collectors, hits
from honey.registry.collectors import Signed
from honey.registry.store import Registry, Session

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LOG = "00c0ffee"
URL = "http://127.0.0.1:8053"


def chain(count: int, log: str = LOG) -> list[Hit]:
    found: list[Hit] = []
    for seq in range(1, count + 1):
        contact = Contact(Channel.SMS, "+8614000700000", "+12025550147")
        found.append(seal(contact, seq=seq, received_at=AT, log=log, prev=found[-1].hash if found else GENESIS))
    return found


HITS = chain(9)


def signed(seq: int, key: Ed25519PrivateKey = KEY, log: str = LOG, digest: str | None = None) -> Signed:
    point = Checkpoint(log, seq, digest or chain(seq, log)[-1].hash, AT)
    return Signed(log, sign(point, key), verifier_key(log, key.public_key().public_bytes_raw()), URL)


@pytest.fixture
def after_five(registry: Registry) -> Registry:
    """A registry that has pulled five hits and their checkpoint."""
    with registry.begin() as session:
        hits.add(session, HITS[:5])
        collectors.accept(session, signed(5))
    return registry


def test_the_first_key_is_remembered_and_further_checkpoints_are_kept(after_five: Registry) -> None:
    with after_five.begin() as session:
        hits.add(session, HITS)
        collectors.accept(session, signed(8))
        assert collectors.known_logs(session) == {LOG: signed(8)}
        assert collectors.verify(session, LOG, [signed(3).note]) == (9, 2)


def test_the_same_checkpoint_again_is_fine(after_five: Registry) -> None:
    with after_five.begin() as session:
        collectors.accept(session, signed(5))


def test_a_note_without_its_key_is_checked_with_the_known_one(after_five: Registry) -> None:
    with after_five.begin() as session:
        collectors.accept(session, replace(signed(5), key="", url=""))
        assert collectors.known_logs(session)[LOG].url == URL


REFUSED: dict[str, tuple[Callable[[Session], Signed], str]] = {
    "another key": (lambda _: signed(5, OTHER), "not by the key known for it.*--trust-new-key"),
    "a checkpoint behind the last one": (lambda _: signed(4), "5 hits were signed for earlier, 4 now"),
    "more hits than there are": (lambda _: signed(7), "7 hits were signed for and fewer are there"),
    "another hash": (lambda _: signed(5, digest="ab" * 32), "hit 5: is not the one signed for"),
    "no signature any more": (lambda _: Signed(LOG, ""), "signs nothing now"),
    "another log's note": (lambda _: replace(signed(2, log="ffffffff"), log=LOG), "of log ffffffff"),
    "a note that is none": (lambda _: replace(signed(5), note="hello"), "no checkpoint"),
    "a key that is none": (lambda _: replace(signed(5), key="hello"), "no key"),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_go_on_from_what_was_seen_is_refused(
    after_five: Registry, make: Callable[[Session], Signed], reason: str
) -> None:
    with pytest.raises(InputError, match=reason), after_five.begin() as session:
        collectors.accept(session, make(session))
    with after_five.begin() as session:
        assert collectors.known_logs(session)[LOG] == signed(5)


def test_a_new_key_is_taken_when_told_to_but_never_a_log_that_went_back(after_five: Registry) -> None:
    with pytest.raises(InputError, match="went back"), after_five.begin() as session:
        collectors.accept(session, signed(4, OTHER), trust_new_key=True)
    with after_five.begin() as session:
        collectors.accept(session, signed(5, OTHER), trust_new_key=True)
        collectors.accept(session, signed(5, OTHER))


def test_another_log_at_the_same_address_is_refused_until_told(after_five: Registry) -> None:
    """Deleting the log and starting a new one is a way of cutting it off, too."""
    new = signed(2, log="ffffffff")
    with after_five.begin() as session:
        hits.add(session, chain(2, "ffffffff"))
        with pytest.raises(InputError, match="had log 00c0ffee and has log ffffffff"):
            collectors.accept(session, new)
    with after_five.begin() as session:
        hits.add(session, chain(2, "ffffffff"))
        collectors.accept(session, new, trust_new_key=True)
        collectors.accept(session, new)
        collectors.accept(session, signed(5))  # two collectors behind one tunnel


def test_a_collector_that_never_signed_is_taken_as_it_is(registry: Registry) -> None:
    with registry.begin() as session:
        hits.add(session, HITS)
        assert collectors.accept(session, Signed(LOG, "", "", URL)) is None
        assert collectors.verify(session, LOG, []) == (9, 0)


def test_a_file_whose_key_nobody_knows_is_refused(registry: Registry) -> None:
    with registry.begin() as session:
        hits.add(session, HITS)
        with pytest.raises(InputError, match="key is not known yet"):
            collectors.accept(session, replace(signed(5), key=""))


def test_checkpoints_kept_elsewhere_find_hits_that_are_missing_or_others(after_five: Registry) -> None:
    with after_five.begin() as session:
        with pytest.raises(InputError, match="ends at hit 5, but 7 were signed for"):
            collectors.verify(session, LOG, [signed(7).note])
        with pytest.raises(InputError, match="rewritten"):
            collectors.verify(session, LOG, [signed(3, digest="ab" * 32).note])
        with pytest.raises(InputError, match="another key"):
            collectors.verify(session, LOG, [signed(3, OTHER).note])
