"""honey hits: take over what collectors recorded, and judge it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console

from collector.errors import HitError
from collector.hit import Hit, parse_hit
from honey.cli.app import App, config_option, emit, example, json_option, opened, say, table, utc_now
from honey.cli.judge import contact_cases
from honey.cli.verdict import show_numbers
from honey.errors import InputError
from honey.intake.pull import pull
from honey.intake.rows import Reject
from honey.registry import hits as store
from honey.registry import log

MAX_LINE_CHARACTERS = 2_000_000  # a hit with the largest raw the collector keeps, base64


@click.group()
def hits() -> None:
    """What reached the decoys' phone numbers, addresses, names and links."""


@hits.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@json_option
@example("collector export > hits.jsonl && honey hits import hits.jsonl")
def import_hits(file: Path, config_path: Path | None, *, as_json: bool) -> None:
    """Take over hits from a file written by `collector export`, and open or update cases."""
    rejects: list[Reject] = []
    found = list(_read(file, rejects))
    if rejects:  # a gap would break the chain: a log is taken whole or not at all
        for one in rejects:
            say(f"rejected: {one}")
        raise InputError(f"{file}: {len(rejects):,} lines are no hits, so nothing was taken: export the log again")
    with opened(config_path) as app:
        _take(app, found, as_json=as_json)


@hits.command("pull")
@click.argument("url", required=False)
@config_option
@json_option
@example("COLLECTOR_TOKEN=... honey hits pull http://127.0.0.1:8053")
def pull_hits(url: str | None, config_path: Path | None, *, as_json: bool) -> None:
    """Fetch new hits from a collector's management address, and open or update cases."""
    with opened(config_path) as app:
        address = url or app.config.collector.url
        if not address:
            raise InputError("no collector named: give its URL, or set collector.url in the configuration")
        with app.registry.begin() as session:
            heads = store.heads(session)
        _take(app, pull(address, app.config.collector.token, heads), as_json=as_json)


def _take(app: App, found: Sequence[Hit], *, as_json: bool) -> None:
    now = utc_now()
    with app.registry.begin() as session:
        new = store.add(session, found)
        log.append(session, [(f"hit:{one.log}:{one.seq}", log.new_entry("hit", _commitment(one))) for one in new])
        log.checkpoint(session, app.keys.evidence, now)
        judged = contact_cases(session, app.config, now)
    seen = judged.contacts
    document = {
        "hits": len(found),
        "new": len(new),
        "bare": seen.bare,
        "background": seen.background,
        "unresolved": seen.unresolved,
        "cases": [
            {"case": one.id, **one.attribution, "evidence": len(one.inquiry["sightings"])} for one in judged.cases
        ],
        "numbers": judged.rung.to_json(judged.log_bar) if judged.rung else None,
    }

    def show(console: Console) -> None:
        console.print(f"{len(found):,} hits read, {len(new):,} new; {seen.background:,} in all on controls or unknown")
        rows = table("open cases from contacts", "case", "verdict", "accounts", "sightings")
        for one in judged.cases:
            accounts = ", ".join(suspect["account"] for suspect in one.attribution["suspects"])
            rows.add_row(one.id, one.attribution["verdict"], accounts, str(one.attribution["sightings"]))
        console.print(rows if judged.cases else "no case: nothing that was said or reached names a decoy")
        if judged.rung:
            show_numbers(console, judged.rung.to_json(judged.log_bar))

    emit(document, as_json=as_json, show=show)


def _commitment(hit: Hit) -> dict[str, object]:
    return {"log": hit.log, "seq": hit.seq, "hash": hit.hash}


def _read(file: Path, rejects: list[Reject]) -> Iterator[Hit]:
    try:
        with file.open(encoding="utf-8", errors="strict") as lines:
            number = 0
            while line := lines.readline(MAX_LINE_CHARACTERS):
                number += 1
                if line.strip():
                    try:
                        yield parse_hit(line)
                    except HitError as error:
                        rejects.append(Reject(str(file), number, str(error)))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}: give a readable file") from error
    except UnicodeDecodeError:
        raise InputError(f"{file}: no UTF-8 text: give a file written by collector export") from None
