"""`collector mailroom`: parse, call one function, print."""

import getpass
import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from collector.alert import printable
from collector.config.file import Config, load_config
from collector.errors import CollectorError
from collector.mailroom.entry import FIELDS, KINDS
from collector.mailroom.photo import MAX_PHOTO_BYTES
from collector.mailroom.submit import Submission, add
from collector.options import config_option
from collector.translation import _, retold, shown

_HELP = {
    "kind": "What it is; parcel if left out.",
    "address": "The decoy address as written, with the room.",
    "name": "The addressee as written.",
    "phone": "The addressee's phone number as written.",
    "sender": "Name, phone and place of the sender as written.",
    "carrier": "Who brought it.",
    "waybill_number": "Its number; left out, a single barcode of the photo is taken.",
    "cod_amount": "Cash to be paid on delivery, such as 199.00.",
    "cod_currency": "Its currency; CNY if left out.",
    "goods": "Goods as declared.",
    "text": "Any other text on it.",
    "remark": "Your own words; attribution does not read them.",
    "site": "Which mail room, of [mailroom.sites].",
    "received": "When it came, such as 2026-11-21T09:30; left out: now.",
}


@click.group()
def mailroom() -> None:
    """Parcels and letters that arrive at a decoy address."""


def _field_options(command: Any) -> Any:  # noqa: ANN401 - click's decorators pass anything on
    for key in reversed(list(FIELDS)):
        kind = click.Choice(KINDS) if key == "kind" else click.STRING
        usual = KINDS[0] if key == "kind" else ""
        name = f"--{key.replace('_', '-')}"
        is_needed = key == "address"
        command = click.option(name, key, type=kind, default=usual, help=_HELP[key], required=is_needed)(command)
    return command


@mailroom.command(
    "add", epilog='Example: collector mailroom add --photo label.jpg --carrier YTO --address "…3栋2单元501室"'
)
@config_option
@click.option("--photo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JPEG, PNG or WebP.")
@_field_options
@click.option("--id", "entry_id", default="", help="The same entry sent again under the same id is one hit.")
@click.option("--user", default="", help="Who enters it; left out: the first of [mailroom.users].")
@click.option("--url", default="", help="Hand it to the mail room's page there, not to the log of this configuration.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def add_entry(
    *, config_path: Path, photo: Path | None, entry_id: str, user: str, url: str, as_json: bool, **fields: str
) -> None:
    """Record one parcel or letter. Done means on disk."""
    config = load_config(config_path)
    submission = Submission(
        {key: value for key, value in fields.items() if value},
        _read(photo) if photo else b"",
        entry_id or secrets.token_hex(16),
        user or _somebody(config),
    )
    receipt = add(config, submission, lambda: datetime.now(UTC), url)
    if as_json:
        click.echo(json.dumps(receipt))
        return
    already = _(", on record already") if receipt.get("already") else ""
    click.echo(shown(_("post hit {seq}{already}", seq=receipt["seq"], already=already)))
    for code in receipt.get("barcodes", []):
        click.echo(shown(_("barcode: {code}", code=printable(str(code)))))
    for note in receipt.get("notes", []):
        click.echo(printable(retold(str(note))), err=True)


def _somebody(config: Config) -> str:
    return next(iter(config.mailroom.users)) if config.mailroom else getpass.getuser()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_PHOTO_BYTES + 1)
    except OSError as exc:
        raise CollectorError(_("cannot read {path} ({reason})", path=path, reason=exc.strerror)) from exc
