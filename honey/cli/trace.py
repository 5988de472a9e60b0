"""honey trace: find decoys in dumps and name the account."""

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console

from honey.cli import judge
from honey.cli.app import config_option, emit, example, json_option, opened, progress, utc_now
from honey.cli.runners import How, resumable, runner, search_options
from honey.cli.verdict import show_access, show_attribution, show_scanned, show_sightings
from honey.errors import InputError
from honey.evidence.hashing import sha256_file
from honey.trace.index import DecoyIndex
from honey.trace.read.remote import is_url
from honey.trace.scan import scan
from honey.trace.search.kept import MAX_CHANCE
from honey.trace.search.report import sighting
from honey.trace.search.unit import STDIN, Searched
from honey.translation import _

_SEEN, _BLOCKS = "seen", "blocks"


@click.command()
@click.argument("dumps", nargs=-1, required=True, metavar="DUMP...")
@search_options
@config_option
@json_option
@example("honey trace bought.xlsx leaks/ - < chat.txt\nhoney trace --resume scan.db s3://leaks/dump.csv")
def trace(dumps: tuple[str, ...], config_path: Path | None, *, how: How, as_json: bool) -> None:
    """Find decoys in leaked files (folders, zips, URLs, - for standard input) and attribute them.

    The case it opens or updates is shown by `honey cases show`, and packed by `honey report`.
    """
    for name in dumps:
        if name != STDIN and not is_url(name) and not Path(name).exists():
            raise InputError(_("{name}: there is no such file or folder: nothing was searched", name=name))
    with opened(config_path) as app:
        with app.registry.begin() as session:
            field = judge.gather(session, app.config)
            readers = {_SEEN: judge.waybill_reader(session), _BLOCKS: judge.block_reader(session)}
        index = DecoyIndex.build(field.decoys)
        gc.freeze()  # a million decoys live to the end: looking through them again and again slows matching fivefold
        hashed = {str(path): path.stat().st_size for path in _files(dumps)}
        run = runner(dumps, sum(hashed.values()), how)
        with (
            resumable(run, how.journal, index) as search,
            progress(_("scanning"), sum(hashed.values()) or None, unit=_("bytes")) as step,
        ):
            passed = _streamed() if how.stream else None
            found = scan(dumps, index, run=search, readers=readers, told=lambda more, _: step(more), passed=passed)
        if found.unreadable and not found.rows:
            first = found.unreadable[0]
            raise InputError(_("nothing could be searched: {file}: {reason}", file=first.file, reason=first.reason))
        unread = {one.file for one in found.unreadable}
        files = {name: sha256_file(Path(name)) for name in hashed if name not in unread}
        with app.registry.begin() as session:
            access = judge.rank_by_access(session, app.config, field, found.sightings, found.readers[_SEEN].numbers)
            strange = judge.unplanted(field, found.readers[_BLOCKS], found.sightings)
            dump = judge.Dump(found.sightings, access, strange, found.scanned_json(), files)
            case = judge.dump_case(session, field, index, dump, utc_now())
    document = {"case": case.id, **case.attribution, "access": case.access, "scanned": case.scanned}

    def show(console: Console) -> None:
        show_attribution(console, case)
        show_sightings(console, case)
        show_access(console, case)
        show_scanned(console, case)

    emit(document, as_json=as_json or how.stream, show=show)


def _streamed() -> Callable[[Searched], None]:
    """Return what prints a unit's sightings; their chance is that of the rows searched so far."""
    rows = 0

    def passed(found: Searched) -> None:
        nonlocal rows
        rows += found.rows
        for candidate, place in found.kept.in_order():
            chance = candidate.chance_per_row * rows
            if chance < MAX_CHANCE:
                click.echo(json.dumps(sighting(candidate, place, chance).to_json(), ensure_ascii=False))

    return passed


def _files(dumps: tuple[str, ...]) -> Iterator[Path]:
    for name in dumps:
        path = Path(name)
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.is_file())
        elif path.is_file():
            yield path
