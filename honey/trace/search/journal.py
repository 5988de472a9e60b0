"""The units of a scan that are done, on disk, so that a scan of days can be stopped and gone on with.

One SQLite file, which belongs to one question: the same decoys in the same files. Anything else is refused, because
half of an answer to another question would look like an answer to this one.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from honey.errors import InputError
from honey.trace.index import DecoyIndex
from honey.trace.read.remote import is_url
from honey.trace.search.stored import searched_json, searched_of
from honey.trace.search.unit import Run, Searched, Searcher, Told, Unit
from honey.translation import _

VERSION = 1  # of what is stored; raised when matching changes in a way that old results must not be mixed with


class Journal:
    """Results by unit. Open it with `Journal.open`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._units = database.table("units")

    @classmethod
    @contextmanager
    def open(cls, path: Path, index: DecoyIndex) -> Iterator["Journal"]:
        """Open the journal at `path`, or begin one.

        Raises:
            InputError: it is no journal, or one of a search for other decoys.
        """
        database = Database(path)
        try:
            try:
                database.table("question").create({"id": int, "asked": str}, pk="id", if_not_exists=True)
                database.table("units").create({"key": str, "state": str, "found": str}, pk="key", if_not_exists=True)
                asked = f"{VERSION}:{_digest(index)}"
                database.table("question").insert({"id": 1, "asked": asked}, ignore=True)
                known = database.table("question").get(1)["asked"]
            except database.conn.DatabaseError as exc:
                raise InputError(
                    _("{path}: is no journal of a scan ({exc}); give another --resume file", path=path, exc=exc)
                ) from exc
            if known != asked:
                raise InputError(
                    _(
                        "{path}: was begun with other decoys or another version; delete it to search everything again",
                        path=path,
                    )
                )
            yield cls(database)
        finally:
            database.close()

    def done(self, units: Sequence[Unit]) -> set[str]:
        """Return the keys of those that were searched, and whose files are as they were."""
        states = {row["key"]: row["state"] for row in self._database.query("SELECT key, state FROM units")}
        return {unit.key for unit in units if states.get(unit.key) == _state(unit)}

    def find(self, unit: Unit, searcher: Searcher) -> Searched:
        """Return what a unit that is done came to."""
        return searched_of(json.loads(self._units.get(unit.key)["found"]), searcher)

    def save(self, unit: Unit, found: Searched) -> None:
        """Keep a result; a unit searched again replaces its earlier one."""
        text = json.dumps(searched_json(found), ensure_ascii=False)
        with self._database.conn:
            self._units.upsert({"key": unit.key, "state": _state(unit), "found": text}, pk="key")

    def resumed(self, run: Run) -> Run:
        """Return a way to run units that searches only those not on record, and records them."""

        def search(units: Sequence[Unit], searcher: Searcher, told: Told) -> Iterator[Searched]:
            done = self.done(units)
            fresh = run([unit for unit in units if unit.key not in done], searcher, told)
            for unit in units:
                if unit.key in done:
                    found = self.find(unit, searcher)
                    told(found.bytes, found.rows)
                else:
                    found = next(fresh)
                    self.save(unit, found)
                yield found

        return search


def _digest(index: DecoyIndex) -> str:
    digest = hashlib.sha256()
    for one in sorted(index.profiles):
        digest.update(repr(index.profiles[one].decoy).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _state(unit: Unit) -> str:
    """Tell a file from the same one changed; of a URL only the size is known."""
    if is_url(unit.url) or not Path(unit.url).exists():
        return str(unit.size)
    stat = Path(unit.url).stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}"
