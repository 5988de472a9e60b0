"""A command group that imports a command only when it is asked for: half of every start was the other commands."""

from importlib import import_module

import click

from honey.cli.helptext import localised

# Command -> module and attribute, in the order of --help.
COMMANDS = {
    "init": "honey.cli.init:init",
    "accounts": "honey.cli.accounts:accounts",
    "beacons": "honey.cli.beacons:beacons",
    "host": "honey.cli.host:host",
    "plan": "honey.cli.plan:plan",
    "seed": "honey.cli.seed:seed",
    "unseed": "honey.cli.seed:unseed",
    "status": "honey.cli.seed:status",
    "export": "honey.cli.export:export",
    "access": "honey.cli.access:access",
    "hits": "honey.cli.hits:hits",
    "keys": "honey.cli.keys:keys",
    "trace": "honey.cli.trace:trace",
    "cases": "honey.cli.cases:cases",
    "report": "honey.cli.report:report",
    "verify": "honey.cli.report:verify",
    "simulate": "honey.cli.simulate:simulate",
    "demo": "honey.cli.demo:demo",
}


class LazyGroup(click.Group):
    """The commands of COMMANDS; --help loads them all, anything else only its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing its module; None for an unknown name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]} is no command")
        return localised(found)
