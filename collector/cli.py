"""The `collector` command: parse, call one function, print. Results on stdout, messages on stderr.

Exit 0 done, 1 a stated failure (one line), 2 wrong usage.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import click

from collector.alert import LineLimit, OneLine, printable
from collector.checks import run_checks
from collector.config import Config, load_config
from collector.errors import CollectorError
from collector.hitfile import HitReader
from collector.show import counter_lines, hit_line, table
from collector.sqlite import version_warning
from collector.supervisor import run as run_collector

DEFAULT_CONFIG = Path("config/collector.toml")
FOLLOW_SECONDS = 0.5
F = TypeVar("F", bound=Callable[..., Any])


class _Stated(click.Group):
    """Turns stated failures into one line and exit 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        try:
            return super().invoke(ctx)
        except CollectorError as exc:
            raise click.ClickException(printable(str(exc))) from exc


def _configured(command: F) -> F:
    """Add --config."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar="COLLECTOR_CONFIG",
        default=DEFAULT_CONFIG,
        show_default=True,
        show_envvar=True,
        help="The configuration file.",
    )(command)


def _json_option(text: str) -> Callable[[F], F]:
    return click.option("--json", "as_json", is_flag=True, help=text)


@click.group(
    cls=_Stated,
    epilog="Example: collector check && collector run",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def cli() -> None:
    """Record whatever reaches the canary names, links, mailboxes and numbers, then answer it."""


@cli.command(epilog="Example: collector run --config config/collector.toml")
@_configured
def run(config_path: Path) -> None:
    """Collect until told to stop (SIGTERM, or Ctrl-C).

    The first line of the output is a JSON object that says what is bound.
    """
    _log_to_stderr()
    config = load_config(config_path)
    warning = version_warning()
    if warning is not None:
        click.echo(f"warning: {warning}", err=True)
    run_collector(
        config,
        now=lambda: datetime.now(UTC),
        announce=_say,
        notice=lambda line: click.echo(line, err=True),
    )


@cli.command(epilog="Example: collector check --json")
@_configured
@_json_option("Print one JSON object.")
def check(config_path: Path, as_json: bool) -> None:
    """Check the configuration, the log and its chain, the providers and the ports. Changes nothing."""
    config = load_config(config_path)
    checks = run_checks(config)
    counters = dict(HitReader(config.log.path).counters()) if config.log.path.is_file() else {}
    failed = [one.name for one in checks if not one.ok]
    if as_json:
        document = {"ok": not failed, "checks": [asdict(one) for one in checks], "counters": counters}
        click.echo(json.dumps(document))
    else:
        click.echo(table((one.name, "ok" if one.ok else "FAILED", one.detail) for one in checks))
        for line in counter_lines(counters):
            click.echo(f"not on record: {line}")
    if failed:
        raise CollectorError(
            f"{len(failed)} of {len(checks)} checks failed ({', '.join(failed)}): see the details above"
        )


@cli.command(epilog="Example: collector tail -n 20 -f")
@_configured
@click.option("-n", "count", type=click.IntRange(0), default=10, show_default=True, help="How many of the newest hits.")
@click.option("-f", "--follow", is_flag=True, help="Wait for more, until Ctrl-C.")
@_json_option("Print each hit as a JSON object on a line of its own.")
def tail(config_path: Path, count: int, follow: bool, as_json: bool) -> None:
    """Show the newest hits for people; control characters are escaped."""
    reader = _reader(load_config(config_path))
    seen = max(0, reader.head().seq - count)
    while True:
        for hit in reader.stream_from(seen + 1):
            _say(hit.to_line() if as_json else hit_line(hit))
            seen = hit.seq
        if not follow:
            return
        time.sleep(FOLLOW_SECONDS)


@cli.command(epilog="Example: collector verify --json")
@_configured
@_json_option("Print one JSON object.")
def verify(config_path: Path, as_json: bool) -> None:
    """Check the chain of all hits and print its head. Keep the head elsewhere: only then does it bind this host."""
    reader = _reader(load_config(config_path))
    head = reader.verify()
    counters = dict(reader.counters())
    if as_json:
        document = {"ok": True, "log": head.log, "hits": head.seq, "head": head.hash, "counters": counters}
        click.echo(json.dumps(document))
        return
    click.echo(f"log {head.log}: {head.seq} hits, unbroken; head {head.hash}")
    for line in counter_lines(counters):
        click.echo(f"not on record: {line}")


@cli.command(epilog="Example: collector export --after 1041 > hits.jsonl")
@_configured
@click.option(
    "--after", "after", type=click.IntRange(0), default=0, show_default=True, help="Only hits beyond this number."
)
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many.")
@_json_option("Accepted for uniformity: hits are always printed as JSON, one object a line.")
def export(config_path: Path, after: int, limit: int | None, as_json: bool) -> None:
    """Print hits as JSON objects, one a line, for `honey hits import`."""
    del as_json
    for hit in islice(_reader(load_config(config_path)).stream_from(after + 1), limit):
        _say(hit.to_line())


def main() -> None:
    """Run the command line."""
    cli(prog_name="collector")


def _reader(config: Config) -> HitReader:
    return HitReader(config.log.path)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(LineLimit())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Under a flood waitress warns for every request that waits; the log's own counters say what was lost.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
