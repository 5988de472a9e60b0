"""honey simulate."""

import os
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from honey.cli.app import config_option, emit, example, json_option, opened, progress, table
from honey.plan.codebook import PHONES_PER_ACCOUNT
from honey.registry import accounts, beacons
from honey.simulate.judge import Method
from honey.simulate.leak import Scenario
from honey.simulate.limits import limits
from honey.simulate.picture import LABELS, draw
from honey.simulate.plan import SimulatedPlan
from honey.simulate.run import Count, Job, Outcome, chosen
from honey.simulate.run import simulate as run
from honey.translation import _

_DEFAULTS = SimulatedPlan()


@click.command()
@click.option("--cases", type=click.IntRange(1, 100_000_000), default=2800, show_default=True, help="Simulated cases.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same counts.")
@click.option("--accounts", type=int, help=f"Accounts [default: {_DEFAULTS.accounts}].")
@click.option("--outlets", type=int, help=f"Outlets they belong to [default: {_DEFAULTS.outlets}].")
@click.option("--numbers", type=int, help=f"Phone numbers, controls included [default: {_DEFAULTS.numbers}].")
@click.option("--numbers-per-account", type=int, help=f"Numbers each gets [default: {_DEFAULTS.numbers_per_account}].")
@click.option("--decoys", type=int, help=f"Resident decoys per account [default: {_DEFAULTS.decoys}].")
@click.option("--export-decoys", type=int, help=f"Decoys per export [default: {_DEFAULTS.export_decoys}].")
@click.option("--threshold", type=float, help=f"Probability that names an account [default: {_DEFAULTS.threshold}].")
@click.option("--alpha", type=float, help=f"Chance that a case names any innocent [default: {_DEFAULTS.alpha:g}].")
@click.option("--scenario", "names", multiple=True, help="Only this scenario; may be given several times.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes [default: one per core].")
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="Write the results as an SVG too.")
@config_option
@json_option
@example("honey simulate --cases 28000 --seed 1 --picture results.svg")
def simulate(
    config_path: Path | None,
    *,
    cases: int,
    seed: int,
    names: tuple[str, ...],
    workers: int | None,
    picture: Path | None,
    as_json: bool,
    **counts: float | None,
) -> None:
    """Play leaks and non-leaks, judge them as the tracer would, and count who was rightly and wrongly named.

    Without --config it plays a small company; with it, the counts and the threshold of that workspace. Options given
    beside it win. The four baselines judge the same evidence.
    """
    plan = SimulatedPlan(
        **{**_of_workspace(config_path), **{key: one for key, one in counts.items() if one is not None}}
    )
    job, scenarios = Job(plan, seed, names), chosen(names)
    with progress(_("simulated"), cases, unit=_("cases")) as advance:
        outcome = run(job, cases, workers=workers or os.cpu_count() or 1, done=advance)
    if picture:
        picture.write_text(draw(outcome, scenarios, f"{cases:,} simulated cases, seed {seed}"), "utf-8")

    def show(console: Console) -> None:
        _show(console, outcome, scenarios)

    emit(_document(outcome, job, cases), as_json=as_json, show=show)


def _of_workspace(config_path: Path | None) -> dict[str, Any]:
    if config_path is None:
        return {}
    with opened(config_path) as app, app.registry.begin() as session:
        known = accounts.all_accounts(session).values()
        numbers = beacons.pools(session).phones
    found = {
        "accounts": len(known),
        "outlets": len({one.outlet for one in known if one.outlet}) or 1,
        "numbers": len(numbers),
        "control_share": 0.0,  # the pool's numbers leave the controls out
        "numbers_per_account": min(PHONES_PER_ACCOUNT, len(numbers)),
    }
    config = app.config
    return found | {
        "decoys": config.plan.decoys_per_account,
        "export_decoys": config.plan.decoys_per_export,
        "threshold": config.attribution.threshold,
        "alpha": config.attribution.alpha,
        "no_leak_prior": config.attribution.no_leak_prior,
        "unrecorded_prior": config.attribution.unrecorded_prior,
    }


def _document(outcome: Outcome, job: Job, cases: int) -> dict[str, Any]:
    ours = outcome.total(Method.OURS)
    return {
        "seed": job.seed,
        "cases": cases,
        "false_accusations": ours.false_accusations,
        "detected": ours.detected,
        "identified": ours.identified,
        "settings": job.plan.to_json(),
        "by": [
            {
                "scenario": scenario,
                "method": method.value,
                "cases": one.cases,
                "detected": one.detected,
                "identified": one.identified,
                "false_accusations": one.false_accusations,
                "false_accusation_limits": list(limits(one.false_accusations, one.cases)),
                "identified_limits": list(limits(one.identified, one.cases)),
            }
            for (scenario, method), one in outcome.counts.items()
        ],
        "wrong_cases": list(outcome.wrong_cases),
    }


def _show(console: Console, outcome: Outcome, scenarios: tuple[Scenario, ...]) -> None:
    rows = table(
        _("identified / innocent accused, % of cases (95 % limits of ours)"),
        _("scenario"), _("cases"), _("ours: listed"), _("ours: identified"), _("ours: innocent accused"),
        *(LABELS[method] for method in Method if method is not Method.OURS),
    )  # fmt: skip
    for scenario in scenarios:
        rows.add_row(scenario.name, *_cells({method: outcome.counts[scenario.name, method] for method in Method}))
    rows.add_section()
    rows.add_row(_("all"), *_cells({method: outcome.total(method) for method in Method}))
    console.print(rows)
    ours = outcome.total(Method.OURS)
    high = limits(ours.false_accusations, ours.cases)[1]
    console.print(
        _(
            "an innocent account was named in {false_accusations:,} of {cases:,} cases; the rate is "
            "below {high:.2g} with 97.5 % confidence",
            false_accusations=ours.false_accusations,
            cases=ours.cases,
            high=high,
        )
    )


def _cells(counts: dict[Method, Count]) -> list[str]:
    ours = counts[Method.OURS]
    if not ours.cases:
        return ["0", *["-"] * (2 + len(Method))]
    low, high = limits(ours.false_accusations, ours.cases)
    return [
        f"{ours.cases:,}",
        _percent(ours.detected, ours.cases),
        _percent(ours.identified, ours.cases),
        f"{_percent(ours.false_accusations, ours.cases)} ({100 * low:.3g}-{100 * high:.3g})",
        *(
            f"{_percent(one.identified, one.cases)} / {_percent(one.false_accusations, one.cases)}"
            for method, one in counts.items()
            if method is not Method.OURS
        ),
    ]


def _percent(hits: int, cases: int) -> str:
    return f"{100 * hits / cases:.3g}" if hits else "0"
