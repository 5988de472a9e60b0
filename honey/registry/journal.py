"""The seeding journal on the registry: every call is one transaction."""

from collections.abc import Sequence
from datetime import datetime

from honey.model.decoy import DecoyId
from honey.model.planting import Planting, PlantingKind, PlantingState
from honey.registry import beacons, log, plantings
from honey.registry.plantings import Placed
from honey.registry.store import Registry, Session
from honey.seed.compose import Draft
from honey.seed.journal import HostRow


class RegistryJournal:
    """Implements `honey.seed.journal.Journal`. `now` is the time of the run."""

    def __init__(self, registry: Registry, now: datetime) -> None:
        self._registry = registry
        self._now = now

    def confirmed(self, rows: Sequence[HostRow]) -> None:
        """Mark rows as standing in the host, with their keys."""
        with self._registry.begin() as session:
            plantings.save_rows(session, {one.decoy: one.to_json() for one in rows})
            plantings.mark(session, [one.decoy for one in rows], PlantingState.CONFIRMED, planted_at=self._now)

    def rejected(self, decoy: DecoyId, reason: str) -> None:
        """Mark a row as refused."""
        with self._registry.begin() as session:
            plantings.mark(session, [decoy], PlantingState.REJECTED, reason=reason)

    def removed(self, decoys: Sequence[DecoyId]) -> None:
        """Mark rows as gone; what they were is kept, because a leak made earlier may still surface."""
        with self._registry.begin() as session:
            plantings.mark(session, decoys, PlantingState.REMOVED, removed_at=self._now)


def intend(session: Session, drafts: Sequence[Draft], *, epoch: int) -> None:
    """Write the intent of a seeding: decoys, rows, used beacons, and a commitment of each to the evidence log."""
    placed = [Placed(one.decoy, one.planting, PlantingState.INTENDED, one.row.to_json()) for one in drafts]
    plantings.add(session, placed)
    beacons.mark_used(session, ((one.decoy.id, draw) for one in drafts for draw in one.assignment.draws))
    log.append(session, [(one.decoy.id, log.new_entry("planting", commitment(one, epoch))) for one in placed])


def commitment(placed: Placed, epoch: int) -> dict[str, object]:
    """Return what the log commits to: whose decoy it is, and every value of it."""
    planting: Planting = placed.planting
    return {
        "decoy": placed.decoy.id,
        "values": placed.decoy.to_json(),
        "kind": planting.kind.value,
        "account": planting.account,
        "outlet": planting.outlet,
        "export": planting.export,
        "epoch": epoch,
    }


def host_rows(session: Session, *states: PlantingState) -> list[HostRow]:
    """Return the host rows of resident plantings in these states, oldest intent first."""
    found = plantings.find(session, kind=PlantingKind.RESIDENT, states=states)
    return [HostRow.from_json(one.decoy.id, one.row) for one in found if one.row]
