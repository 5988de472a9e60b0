"""honey keys: the key pairs that collectors seal hits to, and the key by which they know our tokens."""

from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from rich.console import Console

from collector.hit.sealing import key_id, public_text
from honey.cli.app import config_option, emit, example, json_option, table
from honey.config import find_config, load
from honey.seed.compose import token_tags
from honey.translation import _
from honey.workspace import new_sealing_key, read_keys, sealing_keys


@click.group()
def keys() -> None:
    """Keys that collectors seal hits to: what a stolen collector holds cannot be read."""


@keys.command("new")
@config_option
@json_option
@example("honey keys new")
def new_key(config_path: Path | None, *, as_json: bool) -> None:
    """Make a key pair. The private half stays in keys/; the public half goes into config/collector.toml.

    Older pairs stay, because they still open what was sealed to them.
    """
    config = load(find_config(config_path))
    public = new_sealing_key(config)
    seal_to = public_text(public)

    def show(console: Console) -> None:
        console.print(
            _("private half in {keys}: back it up; without it, what is sealed is lost", keys=config.keys),
            soft_wrap=True,
        )
        console.print(_("put this below [log] into the collector's configuration:"), soft_wrap=True)
        console.print(f'seal_to = "{seal_to}"', soft_wrap=True)

    emit({"id": key_id(public), "seal_to": seal_to}, as_json=as_json, show=show)


@keys.command("list")
@config_option
@json_option
@example("honey keys list --json")
def list_keys(config_path: Path | None, *, as_json: bool) -> None:
    """List what collectors need: the public halves of the pairs in keys/, and the key of the tokens' check tags.

    The last is a secret of the collectors: whoever has it can make names that are recorded first under a flood.
    """
    config = load(find_config(config_path))
    token_key = token_tags(read_keys(config).plan).key.hex()
    found = [
        {"id": name, "seal_to": public_text(X25519PrivateKey.from_private_bytes(one).public_key().public_bytes_raw())}
        for name, one in sealing_keys(config).items()
    ]

    def show(console: Console) -> None:
        rows = table(_("keys that open sealed hits"), "id", "seal_to")
        for one in found:
            rows.add_row(one["id"], one["seal_to"])
        console.print(rows if found else _("no key to seal to: honey keys new makes one"))
        console.print(
            _("token_key of collectors, to be kept in a file of theirs: {token_key}", token_key=token_key),
            soft_wrap=True,
        )

    emit({"keys": found, "token_key": token_key}, as_json=as_json, show=show)
