"""honey demo."""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from honey.cli.app import emit, example, json_option, table
from honey.demo.scenario import NAMES, Outcome, Scenario
from honey.demo.steps import running_collector
from honey.translation import _, shown


@click.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="[default: a new temporary folder]")
@click.option("--seed", default=2020, show_default=True, help="Of the sample data; the keys are new in every run.")
@json_option
@example("honey demo")
def demo(folder: Path | None, seed: int, *, as_json: bool) -> None:
    """Replay the YTO case on a sample host: plant, leak, collect, trace, prove. Loopback only, no root."""
    begun = time.monotonic()
    place = folder or Path(tempfile.mkdtemp(prefix="honey-demo-"))
    (place / "leaked").mkdir(parents=True, exist_ok=True)
    # The sample data may be guessed by anyone; the keys never come from this stream.
    scenario = Scenario(place, random.Random(seed))  # noqa: S311
    console = Console(stderr=as_json, highlight=False)
    outcomes = _run(scenario, _Steps(console))
    seconds = time.monotonic() - begun
    document = {
        "folder": str(place),
        "seconds": round(seconds, 1),
        "outcomes": [{**_json(one), "right": one.right} for one in outcomes],
    }
    emit(document, as_json=as_json, show=lambda out: _show(out, outcomes, place, seconds))
    if not all(one.right for one in outcomes):
        click.get_current_context().exit(1)


class _Steps:
    """Number the steps and print what each proves."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._number = 0

    def run(self, title: str, step: Callable[[], str]) -> None:
        self._number += 1
        self._console.print(f"[bold]{self._number}. {shown(title)}[/bold]")
        self._console.print(f"   {shown(step())}", soft_wrap=True, markup=False)


def _run(scenario: Scenario, steps: _Steps) -> list[Outcome]:
    steps.run(_("A waybill system to protect"), scenario.build_host)
    steps.run("honey init, honey host inspect", scenario.make_workspace)
    steps.run("honey accounts import, honey beacons import, honey plan", scenario.import_lists)
    steps.run("honey seed", scenario.seed)
    with running_collector(scenario.folder, scenario.environment, NAMES) as (collector, manage):
        steps.run(_("Stray calls on decoys and controls"), lambda: scenario.stray_calls(collector, manage))
        steps.run(_("A rented account exports another outlet's rows"), scenario.steal_from_other_outlet)
        steps.run(_("A manager exports its own outlet's rows"), scenario.export_own_outlet)
        steps.run(_("The buyers call, write and click"), lambda: scenario.gang_contacts(collector, manage))
    outcomes: list[Outcome] = []

    def judge() -> str:
        outcomes.extend(scenario.judge())
        return _(
            "{count} cases judged, packed and verified by honey verify, which needs no registry", count=len(outcomes)
        )

    steps.run("honey trace, honey report, honey verify", judge)
    return outcomes


def _json(one: Outcome) -> dict[str, object]:
    return {
        "leak": one.leak,
        "truth": one.truth,
        "verdict": one.verdict,
        "probability": one.probability,
        "case": one.case,
        "bundle": one.bundle,
    }


def _show(console: Console, outcomes: list[Outcome], place: Path, seconds: float) -> None:
    rows = table(
        _("the verdicts beside the truth"), _("leak"), _("who did it"), _("named"), _("probability"), "", _("evidence")
    )
    for one in outcomes:
        mark = f"[green]{shown(_('right'))}[/green]" if one.right else f"[red]{shown(_('WRONG'))}[/red]"
        rows.add_row(one.leak, one.truth, one.verdict, f"{one.probability:.12g}", mark, one.bundle)
    console.print(rows)
    console.print(
        _("{seconds:.0f} s; everything lies in {place}: open evidence/*/report.html", seconds=seconds, place=place),
        soft_wrap=True,
    )
