"""honey report and honey verify."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from collector.errors import HitError
from collector.hit.checkpoint import MAX_NOTE_CHARS, Checkpoint, read_note
from honey.cli.app import App, config_option, emit, example, json_option, opened, utc_now
from honey.errors import EvidenceError
from honey.evidence.bundle import HIT_CHAIN, HIT_KEYS, REPORT, TABLES, pack, pretty, write
from honey.evidence.commitment import fingerprint
from honey.evidence.hitchain import MAX_CHAIN_HITS, HitChain
from honey.evidence.report import render_html, render_tables
from honey.evidence.verify import verify_bundle
from honey.model.case import Case, CaseId
from honey.registry import cases, collectors, hits, log
from honey.registry.hits import Stored
from honey.registry.store import Session
from honey.translation import _


@click.command()
@click.argument("case_id", metavar="CASE")
@click.option(
    "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="A new or empty folder."
)
@config_option
@json_option
@example("honey report C-20261122-0001 --output evidence")
def report(case_id: str, output: Path, config_path: Path | None, *, as_json: bool) -> None:
    """Write the bundle of a case: evidence, proofs, a report to read, tables to query."""
    with opened(config_path) as app, app.registry.begin() as session:
        case = cases.get(session, CaseId(case_id))
        write(_bundle(app, session, case), output)
        signer = fingerprint(app.keys.evidence.public_key())

    def show(console: Console) -> None:
        console.print(
            _("bundle of {case_id} in {output}: open {report}", case_id=case_id, output=output, report=output / REPORT),
            soft_wrap=True,
        )
        console.print(_("anybody can check it: honey verify {output}", output=output), soft_wrap=True)
        console.print(_("signed by key {signer}", signer=signer), soft_wrap=True)

    emit({"case": case_id, "bundle": str(output), "key_fingerprint": signer}, as_json=as_json, show=show)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path), metavar="DIR")
@click.option("--key", "expected", help="The fingerprint of the signing key, as deposited before the case.")
@click.option(
    "--checkpoint",
    "note_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint of the collector, as given to you earlier: the cited hits must stand under it. May be repeated.",
)
@json_option
@example("honey verify evidence --key 3f5a... --checkpoint hits-2026-11-22.checkpoint")
def verify(folder: Path, expected: str | None, note_files: tuple[Path, ...], *, as_json: bool) -> None:
    """Check a bundle offline; needs no registry, no configuration and no key of ours."""
    try:
        kept = [_kept(one) for one in note_files]
        steps = verify_bundle(folder, expected_fingerprint=expected, kept=kept)
    except EvidenceError as error:
        if as_json:
            emit({"verified": False, "error": str(error)}, as_json=True, show=lambda _: None)
        raise

    def show(console: Console) -> None:
        for step in steps:
            console.print(
                _("{number}. {step}: ok ({detail})", number=step.number, step=step.name, detail=step.detail),
                soft_wrap=True,
                markup=False,
            )
        console.print(_("the bundle verifies; compare the fingerprint of its key with the one deposited earlier"))

    document = {
        "verified": True,
        "steps": [{"step": one.number, "name": one.name, "detail": one.detail} for one in steps],
    }
    emit(document, as_json=as_json, show=show)


def _kept(file: Path) -> Checkpoint:
    try:
        with file.open(encoding="utf-8") as opened_file:
            return read_note(opened_file.read(MAX_NOTE_CHARS + 1))
    except (OSError, ValueError, HitError) as error:
        raise EvidenceError(
            _("{file}: no checkpoint of a collector: give the note as it was handed to you", file=file)
        ) from error


def _bundle(app: App, session: Session, case: Case) -> dict[str, bytes]:
    now = utc_now()
    log.checkpoint(session, app.keys.evidence, now)
    points = log.checkpoints(session)
    cited = _cited_hits(session, case)
    seen = {decoy for one in case.inquiry["sightings"] for decoy in one["decoys"]}
    subjects = seen | {f"hit:{name}" for name in cited}
    proven = log.prove(session, subjects, points[-1].size) if points else []
    by_name = {name: hit for name, one in cited.items() if (hit := one.hit()) is not None}
    keys = {name: one.key.hex() for name, one in cited.items() if one.key is not None}
    signer = fingerprint(app.keys.evidence.public_key())
    rendered = {
        REPORT: render_html(case, fingerprint=signer, hits=by_name, now=now),
        TABLES: render_tables(case, by_name.values()),
        **({HIT_KEYS: pretty(keys)} if keys else {}),
        **({HIT_CHAIN: pretty(chains)} if (chains := _chains(session, cited.values())) else {}),
    }
    recorded = [one.record for one in cited.values()]
    key = app.keys.evidence
    return pack(case, proven=proven, checkpoints=points, hits=recorded, rendered=rendered, key=key, now=now)


def _chains(session: Session, cited: Iterable[Stored]) -> list[dict[str, Any]]:
    """Return the chain from the first cited hit of each log on, where its collector has signed for hits that far."""
    first: dict[str, int] = {}
    for one in cited:
        first[one.record.log] = min(first.get(one.record.log, one.record.seq), one.record.seq)
    found = []
    for name, signed in collectors.known_logs(session).items():
        if name not in first or read_note(signed.note).seq < first[name]:
            continue
        records = islice(hits.stored(session, name, first=first[name] + 1), MAX_CHAIN_HITS + 1)
        bodies = [one.record.body() for one in records]
        if len(bodies) <= MAX_CHAIN_HITS:
            found.append(HitChain(name, first[name], b"".join(bodies), signed.note, signed.key).to_json())
    return found


def _cited_hits(session: Session, case: Case) -> dict[str, Stored]:
    """Return the hits the case names, as recorded, by log and number."""
    wanted = {(one["log"], one["seq"]) for one in case.inquiry["sightings"] if one["kind"] == "hit"}
    found = hits.stored(session) if wanted else ()
    return {f"{one.record.log}:{one.record.seq}": one for one in found if (one.record.log, one.record.seq) in wanted}
