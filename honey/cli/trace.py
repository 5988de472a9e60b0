"""honey trace: find decoys in dumps and name the account."""

from pathlib import Path

import click
from rich.console import Console

from honey.cli import judge
from honey.cli.app import config_option, emit, example, json_option, opened, progress, utc_now
from honey.cli.verdict import show_attribution, show_scanned, show_sightings
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
        index = DecoyIndex.build(field.decoys)
        with progress("scanning", None, unit="bytes") as step:
            found = scan(dumps, index, progress=lambda done, _: step(done))
        if found.unreadable and not found.rows:
            first = found.unreadable[0]
            raise InputError(f"nothing could be searched: {first.file}: {first.reason}")
        files = {name: sha256_file(Path(name)) for name in dumps if Path(name).is_file()}
        with app.registry.begin() as session:
            case = judge.dump_case(
                session, field, index, found.sightings, scanned=found.scanned_json(), files=files, now=utc_now()
            )
    document = {"case": case.id, **case.attribution, "scanned": case.scanned}

    def show(console: Console) -> None:
        show_attribution(console, case)
        show_sightings(console, case)
        show_scanned(console, case)

    emit(document, as_json=as_json, show=show)
