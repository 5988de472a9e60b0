"""The command group, and the one place where errors become exit codes: 1 a stated failure, 2 wrong usage."""

import os
import sys
from importlib.metadata import version

import click

from honey.cli.helptext import localised
from honey.cli.lazy import LazyGroup
from honey.errors import HoneyError
from honey.translation import _, shown, speak

_PIPE_CLOSED = 141  # 128 + SIGPIPE, as a shell reports it


_HELP = """Find which account leaked customer records: plant decoys, trace leaks, prove it.

\b
Start with:
  honey demo
"""


def _show_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    """Do what click's own option does, whose words are chosen before the language is."""
    if value and not context.resilient_parsing:
        click.echo(shown(_("{program}, version {version}", program="honey", version=version("waybill-honeytokens"))))
        context.exit()


@click.group(
    cls=LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
    help="Show the version and exit.",
)  # fmt: skip
def cli() -> None:
    """Hold the commands; `_HELP` is what users see of it."""


def _stop(said: str) -> None:
    click.echo(shown(_("error: {said}", said=said)), err=True)


def main() -> None:
    """Run `honey`."""
    try:
        speak()
        code = localised(cli).main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _stop(error.format_message())
        sys.exit(1)
    except HoneyError as error:
        _stop(" ".join(shown(error).split()))
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo(shown(_("stopped")), err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader went away (`| head`): nothing is wrong, and nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_PIPE_CLOSED)
    except OSError as error:
        # A full disk or a folder without permission, wherever it was met.
        said = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        _stop(shown(_("{said}: check the path, its permissions and the space left, then run it again", said=said)))
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
