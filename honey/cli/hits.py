"""honey hits: take over what collectors recorded, and judge it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console

from collector.errors import HitError
from collector.hit import Record, parse_record
from collector.hit.checkpoint import read_note
from collector.hit.sealing import Opener
from honey.cli.app import App, config_option, emit, example, json_option, opened, say, table, utc_now
from honey.cli.judge import contact_cases
from honey.cli.verdict import show_numbers
from honey.errors import InputError
from honey.intake.pull import confirm, pull
from honey.intake.rows import Reject
from honey.registry import collectors, log
from honey.registry import hits as store
from honey.registry.collectors import Signed
from honey.translation import _, retold, shown
from honey.workspace import sealing_keys

MAX_LINE_CHARACTERS = 8 << 20  # the largest hit a collector writes: a sealed one with the largest raw, base64
MAX_NOTE_CHARACTERS = 4096


_trust_option = click.option(
    "--trust-new-key", is_flag=True, help="Accept once that another key signs, or that another log is there."
)


@click.group()
def hits() -> None:
    """What reached the decoys' phone numbers, addresses, names and links."""


@hits.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--checkpoint",
    "note_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What `collector export --checkpoint` printed; with --json the first time, which has the key.",
)
@_trust_option
@config_option
@json_option
@example("collector export > hits.jsonl && honey hits import hits.jsonl")
def import_hits(
    file: Path, note_file: Path | None, config_path: Path | None, *, trust_new_key: bool, as_json: bool
) -> None:
    """Take over hits from a file written by `collector export`, and open or update cases."""
    rejects: list[Reject] = []
    signed = _read_note(note_file) if note_file else None
    found = list(_read(file, rejects))
    if rejects:  # a gap would break the chain: a log is taken whole or not at all
        for one in rejects:
            say(_("rejected: {row}", row=one.said))
        raise InputError(
            _(
                "{file}: {count:,} lines are no hits, so nothing was taken: export the log again",
                file=file,
                count=len(rejects),
            )
        )
    with opened(config_path) as app:
        _take(app, found, signed, trust_new_key=trust_new_key, as_json=as_json)


@hits.command("pull")
@click.argument("url", required=False)
@_trust_option
@config_option
@json_option
@example("COLLECTOR_TOKEN=... honey hits pull http://127.0.0.1:8053")
def pull_hits(url: str | None, config_path: Path | None, *, trust_new_key: bool, as_json: bool) -> None:
    """Fetch new hits from a collector's management address, and open or update cases.

    The key that signs a log is remembered when it is first seen. A log that goes back or that another key signs is
    refused.
    """
    with opened(config_path) as app:
        address = url or app.config.collector.url
        if not address:
            raise InputError(_("no collector named: give its URL, or set collector.url in the configuration"))
        with app.registry.begin() as session:
            heads = store.heads(session)
        pulled = pull(address, app.config.collector.token, heads)
        signed = Signed(pulled.log, pulled.note, pulled.key, pulled.url)
        _take(app, pulled.records, signed, trust_new_key=trust_new_key, as_json=as_json)
        with app.registry.begin() as session:
            seq = store.heads(session).get(pulled.log, 0)
            digest = store.hash_at(session, pulled.log, seq)
        if digest is not None:
            confirm(pulled.url, app.config.collector.token, seq, digest)


@hits.command("verify")
@click.option(
    "--checkpoint",
    "note_files",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint kept elsewhere, as `collector export --checkpoint` printed it. May be repeated.",
)
@config_option
@json_option
@example("honey hits verify --checkpoint hits-2026-11-22.checkpoint")
def verify_hits(note_files: tuple[Path, ...], config_path: Path | None, *, as_json: bool) -> None:
    """Check the stored hits of every log: the chain, and the checkpoints their collectors signed."""
    kept = [_read_note(one) for one in note_files]
    with opened(config_path) as app, app.registry.begin() as session:
        names = sorted({*store.heads(session), *(one.log for one in kept)})
        found = {
            name: collectors.verify(session, name, [one.note for one in kept if one.log == name]) for name in names
        }
        keys = {name: one.key for name, one in collectors.known_logs(session).items()}
    logs = [
        {"log": name, "hits": found[name][0], "checkpoints": found[name][1], "key": keys.get(name)} for name in names
    ]

    def show(console: Console) -> None:
        rows = table(_("logs, unbroken"), _("log"), _("hits"), _("checkpoints met"), _("signed by"))
        for one in logs:
            rows.add_row(
                str(one["log"]), str(one["hits"]), str(one["checkpoints"]), str(one["key"] or shown(_("nobody")))
            )
        console.print(rows)

    emit({"ok": True, "logs": logs}, as_json=as_json, show=show)


def _take(
    app: App, found: Sequence[Record], signed: Signed | None, *, trust_new_key: bool = False, as_json: bool
) -> None:
    now = utc_now()
    with app.registry.begin() as session:
        new = store.add(session, found, Opener(sealing_keys(app.config).values()))
        if signed is not None:
            collectors.accept(session, signed, trust_new_key=trust_new_key)
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
        console.print(
            _(
                "{count:,} hits read, {new:,} new; {background:,} in all on controls or unknown",
                count=len(found),
                new=len(new),
                background=seen.background,
            )
        )
        rows = table(_("open cases from contacts"), _("case"), _("verdict"), _("accounts"), _("sightings"))
        for one in judged.cases:
            accounts = ", ".join(suspect["account"] for suspect in one.attribution["suspects"])
            rows.add_row(one.id, retold(one.attribution["verdict"]), accounts, str(one.attribution["sightings"]))
        console.print(rows if judged.cases else _("no case: nothing that was said or reached names a decoy"))
        if judged.rung:
            show_numbers(console, judged.rung.to_json(judged.log_bar))

    emit(document, as_json=as_json, show=show)


def _commitment(hit: Record) -> dict[str, object]:
    return {"log": hit.log, "seq": hit.seq, "hash": hit.hash}


def _read_note(file: Path) -> Signed:
    try:
        with file.open(encoding="utf-8") as opened_file:
            text = opened_file.read(MAX_NOTE_CHARACTERS)
        document = json.loads(text) if text.startswith("{") else {"note": text}
        note, key = str(document["note"]), str(document.get("key", ""))
        return Signed(read_note(note).log, note, key)
    except OSError as error:
        raise InputError(_("{file}: {reason}: give a readable file", file=file, reason=error.strerror)) from error
    except (HitError, ValueError, LookupError) as error:
        raise InputError(
            _("{file}: no checkpoint: give what `collector export --checkpoint` printed", file=file)
        ) from error


def _read(file: Path, rejects: list[Reject]) -> Iterator[Record]:
    try:
        with file.open(encoding="utf-8", errors="strict") as lines:
            number = 0
            while line := lines.readline(MAX_LINE_CHARACTERS):
                number += 1
                if line.strip():
                    try:
                        yield parse_record(line)
                    except HitError as error:
                        rejects.append(Reject(str(file), number, error.message))
    except OSError as error:
        raise InputError(_("{file}: {reason}: give a readable file", file=file, reason=error.strerror)) from error
    except UnicodeDecodeError:
        raise InputError(_("{file}: no UTF-8 text: give a file written by collector export", file=file)) from None
