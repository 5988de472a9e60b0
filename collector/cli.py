"""The `collector` command: parse, call one function, print. Results on stdout, messages on stderr.

Exit 0 done, 1 a stated failure (one line), 2 wrong usage.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import click

from collector.acme.command import acme
from collector.alert import log_to_stderr, printable
from collector.checks import run_checks, run_outside_checks
from collector.config.file import Config, load_config, take_config
from collector.errors import CollectorError
from collector.helptext import localised
from collector.hit import format_at
from collector.hit.checkpoint import MAX_NOTE_CHARS, Checkpoint, open_note, parse_verifier_key, read_note, verifier_key
from collector.hitlog.reader import HitReader
from collector.hitlog.sqlite import version_warning
from collector.mailroom.command import mailroom
from collector.options import config_option
from collector.outbox.command import alerts
from collector.outside.setup import DEFAULT_TIME_SERVER, view
from collector.show import counter_lines, hit_line, table
from collector.supervisor import run as run_collector
from collector.translation import _, shown, speak

FOLLOW_SECONDS = 0.5
F = TypeVar("F", bound=Callable[..., Any])


class _Stated(click.Group):
    """Turns stated failures into one line and exit 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        try:
            return super().invoke(ctx)
        except CollectorError as exc:
            raise click.ClickException(printable(shown(exc))) from exc


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
@config_option
def run(config_path: Path) -> None:
    """Collect until told to stop (SIGTERM, or Ctrl-C).

    The first line of the output is a JSON object that says what is bound.
    """
    log_to_stderr()
    config = take_config(config_path)
    warning = version_warning()
    if warning is not None:
        click.echo(shown(_("warning: {said}", said=warning)), err=True)
    run_collector(
        config,
        now=lambda: datetime.now(UTC),
        announce=_say,
        notice=lambda line: click.echo(line, err=True),
    )


@cli.command(epilog="Example: collector check --outside --resolver 198.51.100.53")
@config_option
@click.option("--outside", is_flag=True, help="Also ask what the Internet would: DNS, ports, TLS, mail, hooks.")
@click.option("--resolver", metavar="IP[:PORT]", help="A recursive DNS server, not ours [default: /etc/resolv.conf].")
@click.option("--ntp", "time_server", default=DEFAULT_TIME_SERVER, show_default=True, help="Whose time is compared.")
@_json_option("Print one JSON object.")
def check(config_path: Path, *, outside: bool, resolver: str | None, time_server: str, as_json: bool) -> None:
    """Check the configuration, the log and its chain, the providers and the ports. Changes nothing.

    With --outside also delegation, firewall, certificates, mail exchangers, webhooks and clock; best from another
    machine with a copy of the configuration. What that asks is recorded, under names that begin with `check-`.
    """
    config = load_config(config_path)
    checks = run_checks(config)
    if outside:
        checks += run_outside_checks(view(config, resolver, time_server))
    counters = dict(HitReader(config.log.path).counters()) if config.log.path.is_file() else {}
    failed = [one.name for one in checks if not one.ok]
    if as_json:
        document = {"ok": not failed, "checks": [asdict(one) for one in checks], "counters": counters}
        click.echo(json.dumps(document))
    else:
        click.echo(table((one.name, shown(_("ok") if one.ok else _("FAILED")), shown(one.detail)) for one in checks))
        for line in counter_lines(counters):
            click.echo(shown(_("not on record: {line}", line=line)))
    if failed:
        raise CollectorError(
            _(
                "{count} of {total} checks failed ({failed}): see the details above",
                count=len(failed),
                total=len(checks),
                failed=", ".join(failed),
            )
        )


@cli.command(epilog="Example: collector tail -n 20 -f")
@config_option
@click.option("-n", "count", type=click.IntRange(0), default=10, show_default=True, help="How many of the newest hits.")
@click.option("-f", "--follow", is_flag=True, help="Wait for more, until Ctrl-C.")
@_json_option("Print each hit as a JSON object on a line of its own.")
def tail(config_path: Path, count: int, follow: bool, as_json: bool) -> None:
    """Show the newest hits for people; control characters are escaped."""
    reader = _reader(load_config(config_path))
    seen = max(0, reader.head().seq - count)
    while True:
        for record in reader.records_from(seen + 1):
            _say(record.to_line() if as_json else hit_line(record))
            seen = record.seq
        if not follow:
            return
        time.sleep(FOLLOW_SECONDS)


@cli.command(epilog="Example: collector verify --json")
@config_option
@click.option(
    "--checkpoint",
    "notes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint kept elsewhere: the log must reach it. May be repeated.",
)
@click.option("--key", help="Who must have signed it, as `collector export --checkpoint --json` said then.")
@_json_option("Print one JSON object.")
def verify(config_path: Path, notes: tuple[Path, ...], key: str | None, as_json: bool) -> None:
    """Check the chain of all hits and its signed checkpoints, and print its head.

    This host can be made to say anything: give it a checkpoint that was kept elsewhere.
    """
    reader = _reader(load_config(config_path))
    found = reader.audit([_read_kept(note, key) for note in notes])
    head = found.head
    counters = dict(reader.counters())
    if as_json:
        met = {"erased": found.erased, "checkpoints": found.checkpoints, "kept": len(notes)}
        document = {"ok": True, "log": head.log, "hits": head.seq, "head": head.hash, **met, "counters": counters}
        click.echo(json.dumps(document))
        return
    click.echo(shown(_("log {log}: {seq} hits, unbroken; head {hash}", log=head.log, seq=head.seq, hash=head.hash)))
    erased = _("; the contents of {count} hits were erased", count=found.erased) if found.erased else ""
    checkpoints = _(
        "{count} signed checkpoints and {kept} kept elsewhere are met{erased}",
        count=found.checkpoints,
        kept=len(notes),
        erased=erased,
    )
    click.echo(shown(checkpoints))
    for line in counter_lines(counters):
        click.echo(shown(_("not on record: {line}", line=line)))


@cli.command(epilog="Example: collector export --after 1041 > hits.jsonl")
@config_option
@click.option(
    "--after", "after", type=click.IntRange(0), default=0, show_default=True, help="Only hits beyond this number."
)
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many.")
@click.option("--checkpoint", "is_checkpoint", is_flag=True, help="Print the newest signed checkpoint instead.")
@_json_option("With --checkpoint one JSON object, with the key; hits are always JSON, one object a line.")
def export(config_path: Path, after: int, limit: int | None, is_checkpoint: bool, as_json: bool) -> None:
    """Print hits as JSON objects, one a line, for `honey hits import`.

    Keep a checkpoint on another machine: `collector verify --checkpoint` takes it.
    """
    reader = _reader(load_config(config_path))
    if is_checkpoint:
        _print_checkpoint(reader, as_json=as_json)
        return
    for record in islice(reader.records_from(after + 1), limit):
        _say(record.to_line())


cli.add_command(mailroom)
cli.add_command(alerts)
cli.add_command(acme)


def main() -> None:
    """Run the command line."""
    speak()
    localised(cli)(prog_name="collector")


def _reader(config: Config) -> HitReader:
    return HitReader(config.log.path)


def _print_checkpoint(reader: HitReader, *, as_json: bool) -> None:
    newest = reader.newest_note()
    if newest is None:
        raise CollectorError(_("nothing is signed yet: hits are within a minute, or when the collector stops"))
    note, key = newest
    at = read_note(note)
    document = {"log": at.log, "seq": at.seq, "hash": at.hash, "at": format_at(at.at)}
    key_text = verifier_key(at.log, key)
    click.echo(json.dumps({**document, "key": key_text, "note": note}) if as_json else note, nl=as_json)


def _read_kept(path: Path, key: str | None) -> Checkpoint:
    """Read a checkpoint that was kept elsewhere; with a key, only that key's."""
    try:
        with path.open(encoding="utf-8") as file:
            note = file.read(MAX_NOTE_CHARS + 1)
    except (OSError, UnicodeDecodeError) as exc:
        raise CollectorError(
            _("{path} is no checkpoint: give the file that `collector export --checkpoint` printed", path=path)
        ) from exc
    return read_note(note) if key is None else open_note(note, parse_verifier_key(key)[1])


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
