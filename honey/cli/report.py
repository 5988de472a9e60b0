"""honey report and honey verify."""

from pathlib import Path

import click
from rich.console import Console

from honey.cli.app import App, config_option, emit, example, json_option, opened, utc_now
from honey.errors import EvidenceError
from honey.evidence.bundle import HIT_KEYS, REPORT, TABLES, pack, pretty, write
from honey.evidence.commitment import fingerprint
from honey.evidence.report import render_html, render_tables
from honey.evidence.verify import verify_bundle
from honey.model.case import Case, CaseId
from honey.registry import cases, hits, log
from honey.registry.hits import Stored
from honey.registry.store import Session


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
        console.print(f"bundle of {case_id} in {output}: open {output / REPORT}", soft_wrap=True)
        console.print(f"anybody can check it: honey verify {output}", soft_wrap=True)
        console.print(f"signed by key {signer}", soft_wrap=True)

    emit({"case": case_id, "bundle": str(output), "key_fingerprint": signer}, as_json=as_json, show=show)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path), metavar="DIR")
@click.option("--key", "expected", help="The fingerprint of the signing key, as deposited before the case.")
@json_option
@example("honey verify evidence --key 3f5a...")
def verify(folder: Path, expected: str | None, *, as_json: bool) -> None:
    """Check a bundle offline; needs no registry, no configuration and no key of ours."""
    try:
        steps = verify_bundle(folder, expected_fingerprint=expected)
    except EvidenceError as error:
        if as_json:
            emit({"verified": False, "error": str(error)}, as_json=True, show=lambda _: None)
        raise

    def show(console: Console) -> None:
        for step in steps:
            console.print(f"{step.number}. {step.name}: ok ({step.detail})", soft_wrap=True, markup=False)
        console.print("the bundle verifies; compare the fingerprint of its key with the one deposited earlier")

    document = {
        "verified": True,
        "steps": [{"step": one.number, "name": one.name, "detail": one.detail} for one in steps],
    }
    emit(document, as_json=as_json, show=show)


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
    }
    recorded = [one.record for one in cited.values()]
    key = app.keys.evidence
    return pack(case, proven=proven, checkpoints=points, hits=recorded, rendered=rendered, key=key, now=now)


def _cited_hits(session: Session, case: Case) -> dict[str, Stored]:
    """Return the hits the case names, as recorded, by log and number."""
    wanted = {(one["log"], one["seq"]) for one in case.inquiry["sightings"] if one["kind"] == "hit"}
    found = hits.stored(session) if wanted else ()
    return {f"{one.record.log}:{one.record.seq}": one for one in found if (one.record.log, one.record.seq) in wanted}
