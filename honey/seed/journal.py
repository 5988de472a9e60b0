"""What is written down before the host is touched.

The order of operations, which makes a crash at any point harmless:

1. The plan (decoys, host rows, log entries, used beacons) is committed to the registry as `intended`.
2. One batch is inserted into the host in one host transaction.
3. The batch is read back from the host and compared.
4. The batch is committed to the registry as `confirmed`, with the keys the host gave.

A crash between 2 and 4 leaves rows in the host that the registry calls intended. The next run looks for each of
them by its identity before it inserts anything, so nothing is planted twice and nothing is forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from honey.host.values import key_from_json, key_to_json
from honey.model.decoy import DecoyId


@dataclass(frozen=True, slots=True)
class HostRow:
    """A decoy's row: the values to insert, and once confirmed the key by which the host knows it."""

    decoy: DecoyId
    values: Mapping[str, object]
    key: Mapping[str, object] | None = None

    def to_json(self) -> dict[str, list[list[str]] | None]:
        """Return plain JSON values that keep every database type apart."""
        key = None if self.key is None else key_to_json(tuple(self.key.items()))
        return {"values": key_to_json(tuple(self.values.items())), "key": key}

    @classmethod
    def from_json(cls, decoy: DecoyId, document: Mapping[str, Sequence[Sequence[str]] | None]) -> "HostRow":
        """Read what `to_json` wrote."""
        key = document["key"]
        return cls(
            decoy,
            dict(key_from_json(document["values"] or ())),
            None if key is None else dict(key_from_json(key)),
        )


class Journal(Protocol):
    """Durable memory of the seeding; each call is one transaction and has happened when it returns."""

    def confirmed(self, rows: Sequence[HostRow]) -> None:
        """These rows were read back from the host; their keys are set."""

    def rejected(self, decoy: DecoyId, reason: str) -> None:
        """The host refused this row; it is not there."""

    def removed(self, decoys: Sequence[DecoyId]) -> None:
        """These rows are no longer in the host."""
