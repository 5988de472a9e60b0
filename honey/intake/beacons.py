"""beacons.csv: kind,value,role[,provider]. See the README for the kinds and for ranges in braces."""

from collections.abc import Iterable
from pathlib import Path

from honey.errors import InputError
from honey.intake.rows import InputRow, Reject, read_rows
from honey.model.beacon import Beacon
from honey.pools.parse import parse_beacon, warning
from honey.translation import _

HEADER = ("kind", "value", "role")


def read_beacons(path: Path) -> tuple[list[Beacon], list[str], list[Reject]]:
    """Return beacons, warnings and rejected rows; raises InputError when the file as a whole cannot be used."""
    return parse_beacons(read_rows(path, HEADER), str(path))


def parse_beacons(rows: Iterable[InputRow], file: str) -> tuple[list[Beacon], list[str], list[Reject]]:
    """Check each row; of a beacon given twice the first row stands."""
    beacons: dict[tuple[str, str], int] = {}
    found, rejects = [], []
    warnings: list[str] = []
    for row in rows:
        try:
            beacon = _beacon(row)
        except InputError as error:
            rejects.append(Reject(file, row.number, error.message))
            continue
        first = beacons.setdefault((beacon.kind, beacon.value), row.number)
        if first != row.number:
            rejects.append(
                Reject(
                    file,
                    row.number,
                    _(
                        "{beacon} stands in row {first} already: remove one of the two",
                        beacon=beacon.value,
                        first=first,
                    ),
                )
            )
            continue
        found.append(beacon)
        said = warning(beacon)
        if said:
            warnings.append(_("{file} row {row}: {reason}", file=file, row=row.number, reason=said))
    return found, warnings, rejects


def _beacon(row: InputRow) -> Beacon:
    if row.problem:
        raise InputError(row.problem)
    return parse_beacon(row.cells["kind"], row.cells["value"], row.cells["role"], row.cells.get("provider", ""))
