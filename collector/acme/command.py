"""`collector acme`: parse, call one function, print."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom

import click

from collector import privileges
from collector.acme.keeper import Keeper, Outcome
from collector.acme.places import AcmeError
from collector.acme.renewal import renews_at
from collector.alert import printable
from collector.config.acme import AcmeConfig
from collector.config.file import Config, load_config
from collector.errors import CollectorError
from collector.hit import format_at
from collector.hitlog.lock import writer_of
from collector.options import config_option
from collector.translation import _, shown, stored


@click.group()
def acme() -> None:
    """Certificates from an ACME authority, see [acme] in the configuration."""


@acme.command("now", epilog="Example: collector acme now --section web")
@config_option
@click.option("--section", "sections", multiple=True, help="Only this section's certificate. May be repeated.")
@click.option("--force", is_flag=True, help="Also renew what is not due; authorities count these.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def now_(config_path: Path, *, sections: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Get or renew certificates at once, without the pause after a failure.

    A running collector answers what the authority asks, and shows a new certificate within a second.
    """
    config = load_config(config_path)
    acme_config = _acme(config, sections)
    if writer_of(config.log.path) is None:
        click.echo(shown(_("no collector runs on this log: nobody answers what the authority asks")), err=True)
    privileges.drop(config.processes.user)
    keeper = Keeper.of(acme_config, lambda: datetime.now(UTC), SystemRandom().random)
    plans = [one for one in acme_config.certificates if not sections or one.section in sections]
    outcomes = []
    for plan in plans:
        outcomes.append(keeper.attend(plan, at_once=True, force=force))
        if not as_json:
            click.echo(printable(shown(_line(outcomes[-1], tuple(plan.names)))))
    failed = [one.section for one in outcomes if one.error]
    if as_json:
        certificates = [_document(one, tuple(plan.names)) for one, plan in zip(outcomes, plans, strict=True)]
        click.echo(json.dumps({"ok": not failed, "certificates": certificates}))
    if failed:
        raise AcmeError(
            _(
                "{count} of {total} certificates could not be had: {failed}",
                count=len(failed),
                total=len(outcomes),
                failed=", ".join(failed),
            )
        )


def _acme(config: Config, sections: tuple[str, ...]) -> AcmeConfig:
    if config.acme is None:
        raise CollectorError(_('[acme] is missing: add it, and certificate = "acme" where one is wanted'))
    known = [one.section for one in config.acme.certificates]
    if unknown := next((one for one in sections if one not in known), None):
        raise CollectorError(
            _("{unknown} has no certificate from [acme]: there are {known}", unknown=unknown, known=", ".join(known))
        )
    return config.acme


def _line(one: Outcome, names: tuple[str, ...]) -> str:
    what = f"{one.section}: {', '.join(names)}"
    if one.error:
        return _("{what}: FAILED: {error}", what=what, error=stored(one.error))
    if one.held is None:
        return _("{what}: there is none that can be used", what=what)
    until = _("valid until {ends_at:%Y-%m-%d %H:%M} UTC", ends_at=one.held.ends_at)
    due = _("renewed from {renews_at:%Y-%m-%d %H:%M} UTC", renews_at=renews_at(one.held, one.state))
    return (
        _("{what}: new, {until}, {due}", what=what, until=until, due=due)
        if one.is_new
        else _("{what}: {until}, {due}; --force renews it now", what=what, until=until, due=due)
    )


def _document(one: Outcome, names: tuple[str, ...]) -> dict[str, object]:
    held = one.held
    times = {
        "valid_until": format_at(held.ends_at) if held else None,
        "renews_at": format_at(renews_at(held, one.state)) if held else None,
    }
    found = {"section": one.section, "names": list(names), "new": one.is_new, "error": one.error or None}
    return {**found, "temporary": held.is_temporary if held else None, **times}
