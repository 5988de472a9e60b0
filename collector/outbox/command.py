"""`collector alerts`: parse, call one function, print."""

import json
from pathlib import Path

import click

from collector.alert import printable
from collector.config.file import load_config
from collector.errors import CollectorError
from collector.options import config_option
from collector.outbox.courier import Courier
from collector.outbox.overview import NOTICES_SHOWN, overview, target_lines
from collector.translation import _, shown

TEST_TITLE = "Waybill collector: test"
TEST_BODY = "This notice was asked for by `collector alerts --test`. No contact came."


@click.command(epilog="Example: collector alerts --json")
@config_option
@click.option("--test", "is_test", is_flag=True, help="Send each target a test notice now, past the outbox.")
@click.option(
    "-n",
    "count",
    type=click.IntRange(0),
    default=NOTICES_SHOWN,
    show_default=True,
    help="Notices shown of each target.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def alerts(config_path: Path, is_test: bool, count: int, as_json: bool) -> None:
    """Show what each target of [alerts] was told, what waits and what failed. Changes nothing."""
    config = load_config(config_path)
    if config.alerts is None:
        raise CollectorError(_("[alerts] is missing: add [alerts.targets.NAME] to be told of new contacts"))
    if is_test:
        errors = {target.name: Courier(target).send(TEST_TITLE, TEST_BODY) for target in config.alerts.targets}
        _print_test(errors, as_json=as_json)
        return
    targets = overview(config, most=count)
    if as_json:
        click.echo(json.dumps({"targets": targets}))
        return
    for target in targets:
        for line in target_lines(target):
            click.echo(printable(shown(line)))


def _print_test(errors: dict[str, str | None], *, as_json: bool) -> None:
    failed = [name for name, error in errors.items() if error is not None]
    if as_json:
        click.echo(json.dumps({"ok": not failed, "targets": errors}))
    else:
        for name, error in errors.items():
            click.echo(printable(f"{name}: {error or shown(_('taken'))}"))
    if failed:
        raise CollectorError(
            _(
                "{count} of {total} targets did not take it: {failed}",
                count=len(failed),
                total=len(errors),
                failed=", ".join(failed),
            )
        )
