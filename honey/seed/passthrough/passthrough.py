"""An export in, the same export with decoys out.

`prepare` spools, checks, counts and learns; it raises before anything is recorded. Between it and `write` the caller
makes decoys and records its intent. The same input, decoys and key give the same output bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from honey.errors import InputError
from honey.host.column import Column
from honey.host.profile import Profile, learn
from honey.model.decoy import Decoy, DecoyId
from honey.model.waybill import ColumnRoles, Role
from honey.seed.passthrough import cellstyle
from honey.seed.passthrough.columns import IDENTITY_ROLES, recognise
from honey.seed.passthrough.fitting import Fitter
from honey.seed.passthrough.formats import Format
from honey.seed.passthrough.opening import Opened, Progress, open_export
from honey.seed.passthrough.ordinary import Ordinary
from honey.seed.passthrough.spool import seekable, sha256, whole_or_nothing
from honey.seed.passthrough.table import spread_sample
from honey.translation import _

SAMPLE_ROWS = 2_000  # the profile is learnt from: runs of 50 neighbours spread over the file
RECOGNISED_ROWS = 300  # of the sample, to tell what the columns hold
_NO_ROLES: ColumnRoles = {}


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of one export. `inserted` gives each decoy's record number in the output, counted from 1."""

    rows_in: int
    rows_out: int
    input_sha256: str
    output_sha256: str
    columns: ColumnRoles
    inserted: tuple[tuple[DecoyId, int], ...]


@dataclass(slots=True)
class Prepared:
    """An export that was read and found sound. Close it, or use it as a context manager: it holds temporary files."""

    rows: int
    roles: ColumnRoles
    profile: Profile
    format: Format
    encoding: str  # Python codec of the text; decoys must be writable in it
    input_sha256: str
    _opened: Opened
    _fitter: Fitter
    _source: BinaryIO
    _stack: ExitStack

    def values(self, role: Role) -> Iterator[str]:
        """Yield the filled cells of a role's column in file order; nothing when the export has no such column."""
        name = self.roles.get(role)
        if name is None:
            return
        at = self._opened.table.names.index(name)
        dress = self._fitter.dresses[at]
        for record in self._opened.table.every():
            if at < len(record.cells) and record.cells[at]:
                yield dress.strip(record.cells[at])

    def write(self, target: BinaryIO | Path, decoys: Sequence[Decoy]) -> Passed:
        """Write the export with `decoys` to a path or stream, whole or not at all.

        Raises `InputError` for a decoy the export's encoding cannot hold, and when the input changed meanwhile.
        """
        fitted = self._fitter.fit(decoys)
        with whole_or_nothing(target) as file:
            self._opened.writer.write(file, [insert for _, insert in fitted])
            if sha256(self._source) != self.input_sha256:
                raise InputError(_("the export changed while it was read: run it again once it is complete"))
            written = sha256(file)
        return Passed(
            rows_in=self.rows,
            rows_out=self.rows + len(fitted),
            input_sha256=self.input_sha256,
            output_sha256=written,
            columns=self.roles,
            inserted=tuple(
                (decoy.id, self._opened.table.number_after(insert.after) + earlier)
                for earlier, (decoy, insert) in enumerate(fitted)
            ),
        )

    def close(self) -> None:
        """Drop the temporary files."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def prepare(
    source: BinaryIO,
    *,
    rng_key: bytes,
    format: Format | None = None,  # noqa: A002 - the option's own name
    host_roles: ColumnRoles = _NO_ROLES,
    overrides: ColumnRoles = _NO_ROLES,
    name: str | None = None,
    progress: Progress = lambda _: None,
) -> Prepared:
    """Read an export through; `rng_key` is derived for this one export, `name` is its file name if it has one.

    Raises `InputError`, in one line, for anything that is wrong with it: nothing is written then.
    """
    with ExitStack() as stack:
        file, is_copy = seekable(source)
        if is_copy:
            stack.callback(file.close)
        digest = sha256(file)
        opened = open_export(file, format, name, stack, progress)
        table = opened.table
        width = len(table.names)
        cells = [record.cells for record in spread_sample(table, SAMPLE_ROWS) if len(record.cells) == width]
        dresses = [cellstyle.learn([row[at] for row in cells]) for at in range(width)]
        bare = [[dress.strip(cell) for dress, cell in zip(dresses, row, strict=True)] for row in cells]
        roles = _roles(opened, bare, host_roles, overrides)
        rows = [dict(zip(table.names, row, strict=True)) for row in bare]
        profile = learn([Column(name) for name in table.names], rows, roles)
        return Prepared(
            rows=table.rows,
            roles=roles,
            profile=profile,
            format=opened.format,
            encoding=opened.codec,
            input_sha256=digest,
            _opened=opened,
            _fitter=Fitter(table, profile, Ordinary.learn(cells, width), dresses, rng_key),
            _source=file,
            _stack=stack.pop_all(),
        )


def _roles(
    opened: Opened, sample: Sequence[Sequence[str]], host_roles: ColumnRoles, overrides: ColumnRoles
) -> Mapping[Role, str]:
    table = opened.table
    step = max(1, len(sample) // RECOGNISED_ROWS)
    roles = recognise(table.names if table.has_header else None, sample[::step], host_roles, overrides)
    if not IDENTITY_ROLES & set(roles):
        shown = ", ".join(name[:40] for name in table.names[:12])
        raise InputError(
            _(
                "no column of the export ({shown}) is recognised as recipient, phone or waybill number: "
                "name one with --columns recipient_phone=COLUMN",
                shown=shown,
            )
        )
    return roles


def pass_through(
    source: BinaryIO,
    target: BinaryIO | Path,
    *,
    decoys: Sequence[Decoy],
    rng_key: bytes,
    format: Format | None = None,  # noqa: A002 - the option's own name
    host_roles: ColumnRoles = _NO_ROLES,
    overrides: ColumnRoles = _NO_ROLES,
    progress: Progress = lambda _: None,
) -> Passed:
    """Prepare and write in one go, for callers that have their decoys already."""
    with prepare(
        source, rng_key=rng_key, format=format, host_roles=host_roles, overrides=overrides, progress=progress
    ) as prepared:
        return prepared.write(target, decoys)
