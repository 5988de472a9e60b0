"""The chain from a case's first cited hit to a collector's checkpoint, and to those that somebody was given earlier."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.hit import GENESIS, Channel, Contact, Hit, seal
from collector.hit.checkpoint import Checkpoint, sign, verifier_key
from honey.errors import EvidenceError
from honey.evidence.hitchain import HitChain, verify_chains

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = "00c0ffee"


def chain(count: int, text: str = "x") -> list[Hit]:
    found: list[Hit] = []
    for seq in range(1, count + 1):
        contact = Contact(Channel.SMS, "+8614000700000", "+12025550147", claims={"text": f"{text}{seq}"})
        found.append(seal(contact, seq=seq, received_at=AT, log=LOG, prev=found[-1].hash if found else GENESIS))
    return found


HITS = chain(12)
CITED = [HITS[3], HITS[6], HITS[9]]


def point(seq: int, hits: list[Hit] = HITS) -> Checkpoint:
    return Checkpoint(LOG, seq, hits[seq - 1].hash, AT)


def made(first: int = 4, seq: int = 8, log: str = LOG) -> HitChain:
    key = verifier_key(log, KEY.public_key().public_bytes_raw())
    note = sign(replace(point(seq), log=log), KEY)
    return HitChain(log, first, b"".join(one.body() for one in HITS[first:]), note, key)


def test_cited_hits_lead_to_the_collectors_checkpoint_and_to_those_kept() -> None:
    assert verify_chains([made()], CITED, []) == [point(8)]
    assert verify_chains([made()], CITED, [point(4), point(5), point(12)]) == [point(8)]
    assert verify_chains([HitChain.from_json(made().to_json())], CITED, [point(5)]) == [point(8)]
    assert verify_chains([], CITED, []) == []


@pytest.mark.parametrize(
    ("chains", "cited", "kept", "reason"),
    [
        ([made()], [HITS[3], chain(12, "y")[6]], [], "hit 7 .*does not stand"),
        ([made()], [*CITED, HITS[1]], [], "hit 2 .*does not stand"),
        ([made()], [HITS[6]], [], "begins at hit 4, which is not in the bundle"),
        ([replace(made(), bodies=made().bodies[:96])], CITED, [], "hit 10 .*does not stand"),
        ([replace(made(), bodies=b"x" * 32 + made().bodies[32:])], CITED[:1], [], "hit 8 .*not the one"),
        ([made(seq=3)], CITED, [], "older than hit 4"),
        ([made()], CITED, [point(8, chain(12, "y"))], "hit 8 .*not the one its collector signed for"),
        ([made()], CITED, [replace(point(8), seq=13)], "newer than the bundle, which ends at hit 12"),
        ([made()], CITED, [replace(point(8), log="ffffffff")], "says nothing of log ffffffff"),
        ([], CITED, [point(8)], "says nothing of log 00c0ffee"),
        ([replace(made(), note="hello")], CITED, [], "no checkpoint"),
        ([replace(made(), note=made(seq=9).note.replace("\n9\n", "\n8\n"))], CITED, [], "signature does not fit"),
    ],
    ids=[
        *("a hit made later", "a hit before the first", "a chain from elsewhere", "a chain cut short"),
        *("an altered chain", "a checkpoint before the case", "another past", "a newer checkpoint"),
        *("another log", "no chain at all", "no note", "an altered note"),
    ],
)
def test_what_does_not_lead_there_is_refused(
    chains: list[HitChain], cited: list[Hit], kept: list[Checkpoint], reason: str
) -> None:
    with pytest.raises(EvidenceError, match=reason):
        verify_chains(chains, cited, kept)


def test_bodies_that_are_no_hashes_are_refused() -> None:
    for bodies in ("AAAA", "!"):
        with pytest.raises(ValueError, match=r"hashes|base64|Only"):
            HitChain.from_json({**made().to_json(), "bodies": bodies})
