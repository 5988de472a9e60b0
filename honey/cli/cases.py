"""honey cases."""

from pathlib import Path

import click
from rich.console import Console

from honey.cli.app import config_option, emit, example, json_option, opened, table, utc_now
from honey.cli.verdict import show_access, show_attribution, show_scanned, show_sightings
from honey.model.case import CaseId
from honey.registry import cases as store
from honey.translation import _, retold


@click.group()
def cases() -> None:
    """Suspected leaks, from dumps and from contacts."""


@cases.command("list")
@config_option
@json_option
@example("honey cases list")
def list_cases(config_path: Path | None, *, as_json: bool) -> None:
    """Show every case with its verdict."""
    with opened(config_path) as app, app.registry.begin() as session:
        found = store.find(session)
    document = [
        {
            "case": one.id,
            "origin": one.origin.value,
            "state": one.state.value,
            "opened_at": one.opened_at.isoformat(),
            "updated_at": one.updated_at.isoformat(),
            "verdict": one.attribution["verdict"],
            "accounts": [suspect["account"] for suspect in one.attribution["suspects"]],
            "sightings": one.attribution["sightings"],
        }
        for one in found
    ]

    def show(console: Console) -> None:
        rows = table(
            _("{count:,} cases", count=len(found)),
            _("case"),
            _("from"),
            _("state"),
            _("verdict"),
            _("accounts"),
            _("sightings"),
            _("updated"),
        )
        for one in found:
            accounts = ", ".join(suspect["account"] for suspect in one.attribution["suspects"])
            verdict, count = retold(one.attribution["verdict"]), str(one.attribution["sightings"])
            updated = f"{one.updated_at:%Y-%m-%d %H:%M}"
            rows.add_row(one.id, retold(one.origin.value), retold(one.state.value), verdict, accounts, count, updated)
        console.print(rows)

    emit({"cases": document}, as_json=as_json, show=show)


@cases.command("show")
@click.argument("case_id", metavar="ID")
@config_option
@json_option
@example("honey cases show C-20261122-0001 --json")
def show_case(case_id: str, config_path: Path | None, *, as_json: bool) -> None:
    """Show one case: the verdict, what it rests on, what was scanned."""
    with opened(config_path) as app, app.registry.begin() as session:
        found = store.get(session, CaseId(case_id))
    document = {"case": found.id, "state": found.state.value, **found.attribution}
    document |= {"access": found.access, "scanned": found.scanned} if found.scanned else {}

    def show(console: Console) -> None:
        show_attribution(console, found)
        show_sightings(console, found)
        show_access(console, found)
        show_scanned(console, found)

    emit(document, as_json=as_json, show=show)


@cases.command("close")
@click.argument("case_id", metavar="ID")
@config_option
@json_option
@example("honey cases close C-20261122-0001")
def close_case(case_id: str, config_path: Path | None, *, as_json: bool) -> None:
    """Close a case: its judgement stands, and later hits open a new one."""
    with opened(config_path) as app, app.registry.begin() as session:
        store.close(session, CaseId(case_id), utc_now())
    emit(
        {"case": case_id, "state": "closed"},
        as_json=as_json,
        show=lambda out: out.print(_("{case_id} closed", case_id=case_id)),
    )
