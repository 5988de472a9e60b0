"""From a case's first cited hit to what the collector signed for: shows that the cited hits stood in its log by then.

A hit's own hash shows that it was not changed since it was chained; not when that was. Whoever was given a checkpoint
of the collector earlier (`collector export --checkpoint`) can see that the hits were there already. Pure.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.errors import HitError
from collector.hit import Hit, chained
from collector.hit.checkpoint import Checkpoint, open_note, parse_verifier_key
from honey.errors import EvidenceError
from honey.translation import _

MAX_CHAIN_HITS = 1_000_000  # of one log, from the first cited hit on; 43 MB in the bundle
_BODY_BYTES = 32  # SHA-256


@dataclass(frozen=True, slots=True)
class HitChain:
    """The hits of one log from `first` on: the SHA-256 of each after the first, and the checkpoint they lead to."""

    log: str
    first: int
    bodies: bytes
    note: str
    key: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` reads them back."""
        bodies = base64.b64encode(self.bodies).decode()
        return {"log": self.log, "first": self.first, "bodies": bodies, "note": self.note, "key": self.key}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "HitChain":
        """Read what `to_json` wrote; raises LookupError or ValueError for anything else."""
        bodies = base64.b64decode(value["bodies"], validate=True)
        if len(bodies) % _BODY_BYTES or len(bodies) > MAX_CHAIN_HITS * _BODY_BYTES:
            raise ValueError("bodies must be hashes of 32 bytes")
        return cls(str(value["log"]), int(value["first"]), bodies, str(value["note"]), str(value["key"]))

    def verify(self, cited: Mapping[int, Hit], kept: Sequence[Checkpoint]) -> Checkpoint:
        """Return the collector's checkpoint, if the cited hits of this log (by number) and all `kept` lead to it.

        Raises EvidenceError naming the hit or checkpoint that does not stand in this chain.
        """
        try:
            point = open_note(self.note, parse_verifier_key(self.key)[1])
        except HitError as error:
            raise EvidenceError(error.message) from error
        if self.first not in cited or point.log != self.log:
            raise EvidenceError(
                _(
                    "the chain of log {log} begins at hit {first}, which is not in the bundle",
                    log=self.log,
                    first=self.first,
                )
            )
        wanted = {seq: hit.hash for seq, hit in cited.items()}
        digest, last = cited[self.first].hash, self.first + len(self.bodies) // _BODY_BYTES
        found = {self.first: digest}
        asked = {*wanted, *(one.seq for one in (point, *kept))}
        for seq in range(self.first + 1, last + 1):
            at = (seq - self.first - 1) * _BODY_BYTES
            digest = chained(digest, self.bodies[at : at + _BODY_BYTES])
            if seq in asked:
                found[seq] = digest
        for seq, stated in wanted.items():
            if found.get(seq) != stated:
                raise EvidenceError(
                    _("hit {seq} of log {log} does not stand in the chain the collector signed", seq=seq, log=self.log)
                )
        for one in (point, *kept):
            _meet(one, found.get(one.seq), first=self.first, last=last)
        return point


def verify_chains(chains: Sequence[HitChain], hits: Iterable[Hit], kept: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return each collector's checkpoint; raises EvidenceError where hits or kept checkpoints are not on its chain."""
    cited: dict[str, dict[int, Hit]] = {}
    for hit in hits:
        cited.setdefault(hit.log, {})[hit.seq] = hit
    covered = {one.log for one in chains}
    for point in kept:
        if point.log not in covered:
            raise EvidenceError(_("the bundle says nothing of log {log}, which the checkpoint is of", log=point.log))
    return [one.verify(cited.get(one.log, {}), [point for point in kept if point.log == one.log]) for one in chains]


def _meet(point: Checkpoint, found: str | None, *, first: int, last: int) -> None:
    if point.seq < first:
        raise EvidenceError(
            _("the checkpoint of {seq} hits is older than hit {first}, the first one cited", seq=point.seq, first=first)
        )
    if point.seq > last:
        raise EvidenceError(
            _(
                "the checkpoint of {seq} hits is newer than the bundle, which ends at hit {last}",
                seq=point.seq,
                last=last,
            )
        )
    if found != point.hash:
        raise EvidenceError(
            _("hit {seq} of log {log} is not the one its collector signed for", seq=point.seq, log=point.log)
        )
