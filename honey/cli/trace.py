"""honey trace: find decoys in dumps and name the account."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console

from honey.cli import judge
from honey.cli.app import config_option, emit, example, json_option, opened, progress, utc_now
from honey.cli.verdict import show_access, show_attribution, show_scanned, show_sightings
from honey.errors import InputError
from honey.evidence.hashing import sha256_file
from honey.trace.index import DecoyIndex
from honey.trace.scan import scan


@click.command()
@click.argument("dumps", nargs=-1, required=True, metavar="DUMP...")
@config_option
@json_option
@example("honey trace bought.xlsx leaks/ - < chat.txt")
def trace(dumps: tuple[str, ...], config_path: Path | None, *, as_json: bool) -> None:
    """Find decoys in leaked files (folders, zips, - for standard input) and attribute them.

    The case it opens or updates is shown by `honey cases show`, and packed by `honey report`.
    """
    for name in dumps:
        if name != "-" and not Path(name).exists():
            raise InputError(f"{name}: there is no such file or folder: nothing was searched")
    with opened(config_path) as app:
        with app.registry.begin() as session:
            field = judge.gather(session, app.config)
            reader, blocks = judge.waybill_reader(session), judge.block_reader(session)

        def observe(texts: Sequence[str]) -> None:
            reader.observe(texts)
            blocks.observe(texts)

        index = DecoyIndex.build(field.decoys)
        hashed = {str(path): path.stat().st_size for path in _files(dumps)}
        with progress("scanning", sum(hashed.values()) or None, unit="bytes") as step:
            found = scan(dumps, index, progress=_steps(step), observe=observe)
        if found.unreadable and not found.rows:
            first = found.unreadable[0]
            raise InputError(f"nothing could be searched: {first.file}: {first.reason}")
        unread = {one.file for one in found.unreadable}
        files = {name: sha256_file(Path(name)) for name in hashed if name not in unread}
        with app.registry.begin() as session:
            access = judge.rank_by_access(session, app.config, field, found.sightings, reader.numbers)
            strange = judge.unplanted(field, blocks, found.sightings)
            dump = judge.Dump(found.sightings, access, strange, found.scanned_json(), files)
            case = judge.dump_case(session, field, index, dump, utc_now())
    document = {"case": case.id, **case.attribution, "access": case.access, "scanned": case.scanned}

    def show(console: Console) -> None:
        show_attribution(console, case)
        show_sightings(console, case)
        show_access(console, case)
        show_scanned(console, case)

    emit(document, as_json=as_json, show=show)


def _steps(step: Callable[[int], None]) -> Callable[[int, int], None]:
    """Turn bytes read so far into steps taken since."""
    before = 0

    def reached(done: int, _: int) -> None:
        nonlocal before
        step(done - before)
        before = done

    return reached


def _files(dumps: tuple[str, ...]) -> Iterator[Path]:
    for name in dumps:
        path = Path(name)
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.is_file())
        elif path.is_file():
            yield path
