"""What every command shares: options, the opened workspace, output and exit codes.

The clock is read here, and the registry is opened here, so that a grep shows every place.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.style import StyleType
from rich.table import Table

from honey.config import Config, find_config, load
from honey.host.table import HostTable
from honey.intake.rows import Reject
from honey.registry.store import Registry
from honey.translation import Text, _, shown
from honey.workspace import Keys, read_keys

_ROWS = _("rows")

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class App:
    """One opened workspace, for the length of one command."""

    config: Config
    keys: Keys
    registry: Registry


def utc_now() -> datetime:
    """Return the time of this operation; read once per command."""
    return datetime.now(UTC)


def config_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add --config; without it HONEY_CONFIG is read, else config/honey.toml below the current folder."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The configuration [default: $HONEY_CONFIG, else config/honey.toml].",
    )(command)


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add --json: one JSON document on stdout, messages on stderr."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")(command)


def example(text: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Append an example to a command's help, line by line as written."""

    def add(command: Callable[P, R]) -> Callable[P, R]:
        command.__doc__ = f"{command.__doc__ or ''}\n\n\b\nExample:\n  " + text.replace("\n", "\n  ") + "\n"
        return command

    return add


@contextmanager
def opened(config_path: Path | None) -> Iterator[App]:
    """Open configuration, keys and registry; the opening is journalled with the command's name."""
    config = load(find_config(config_path))
    keys = read_keys(config)
    context = click.get_current_context(silent=True)
    command = context.command_path if context else "library"
    with Registry.open(config.registry_url, keys.seal, command=command, now=utc_now()) as registry:
        yield App(config, keys, registry)


@contextmanager
def opened_host(config: Config) -> Iterator[HostTable]:
    """Open the host table named by the configuration."""
    host = config.require_host()
    with HostTable.open(host.url, host.table, host.columns) as table:
        yield table


def emit(document: Any, *, as_json: bool, show: Callable[[Console], None]) -> None:  # noqa: ANN401 - any JSON value
    """Print the JSON document, or let `show` print for people."""
    if as_json:
        click.echo(_json(document))
    else:
        show(stdout())


def _json(document: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return one line of JSON; with escapes where the terminal has no such characters."""
    line = json.dumps(document, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeError:
        return json.dumps(document)
    return line


class _Table(Table):
    """Measures its cells in the user's language: rich would measure the English and print the other."""

    def add_row(
        self, *renderables: RenderableType | None, style: StyleType | None = None, end_section: bool = False
    ) -> None:
        cells = (shown(one) if isinstance(one, Text) else one for one in renderables)
        super().add_row(*cells, style=style, end_section=end_section)


def stdout() -> Console:
    """Return a console on stdout; plain text when it is no terminal, and never narrower than a table needs."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, highlight=False, soft_wrap=False)


def say(message: str) -> None:
    """Print one message line on stderr, in the user's language."""
    click.echo(shown(message), err=True)


def table(title: str, *columns: str) -> Table:
    """Return an empty table for people."""
    made = _Table(title=shown(title), title_justify="left")
    for name in columns:
        made.add_column(shown(name), overflow="fold")
    return made


def reject_and_exit(rejects: Sequence[Reject]) -> None:
    """List the rejected rows on stderr and exit 1; does nothing when there are none."""
    if not rejects:
        return
    for one in rejects:
        say(_("rejected: {row}", row=one.said))
    say(
        _(
            "error: {count:,} rows were rejected, all others were taken: mend them and import the file again",
            count=len(rejects),
        )
    )
    click.get_current_context().exit(1)


@contextmanager
def progress(label: str, total: int | None, *, unit: str = _ROWS) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr while it is a terminal; yields a function that takes steps done."""
    console = Console(stderr=True)
    done = (
        (DownloadColumn(), TransferSpeedColumn())
        if unit == "bytes"
        else (MofNCompleteColumn(), TextColumn(shown(unit)))
    )
    columns = (TextColumn(shown(label)), BarColumn(), *done, TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        task = bars.add_task(label, total=total)
        yield lambda steps: bars.advance(task, steps)
