"""How a case looks to an investigator: the verdict first, then what it rests on, then what was scanned."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from honey.cli.app import table
from honey.model.case import Case
from honey.translation import Text, _, retold, shown

MOST_STATED = 12.0  # log10; attribution states no larger likelihood ratio
MAX_ACCESS_ROWS = 5  # accounts by access; --json holds all that were ranked
MAX_ENCODINGS = 12  # counted on a screen; --json says which file is in which
MAX_ROWS = 40  # evidence rows on a screen; --json and the bundle hold all


def show_attribution(console: Console, case: Case) -> None:
    """Print the verdict and the accounts."""
    attribution = case.attribution
    console.print(f"[bold]{shown(_headline(attribution))}[/bold]", soft_wrap=True)
    if attribution["suspects"]:
        rows = table(
            _("case {case}", case=case.id),
            _("account"),
            _("probability"),
            _("likelihood ratio"),
            _("support"),
            _("proof"),
            _("exports"),
            _("decoys seen"),
        )
        for one in attribution["suspects"]:
            rows.add_row(
                escape(one["account"]),
                f"{one['probability']:.12g}",
                _ratio(one["log10_likelihood_ratio"]),
                retold(one["support"]),
                _proof(one),
                escape(", ".join(one["exports"]) or shown(_("rows read one by one"))),
                str(one["decoys"]),
            )
        console.print(rows)
    for note in attribution["notes"]:
        console.print(_("  note: {note}", note=escape(retold(note))), soft_wrap=True)


def show_sightings(console: Console, case: Case) -> None:
    """Print where decoys were seen."""
    sightings = case.inquiry["sightings"]
    if not sightings:
        return
    rows = table(
        _("{count:,} sightings", count=len(sightings)),
        _("where"),
        _("decoy"),
        _("field"),
        _("match"),
        _("seen"),
        _("by chance"),
    )
    for one in sightings[:MAX_ROWS]:
        rows.add_row(
            escape(shown(_where(one))),
            escape(one["decoy"] or shown(_("{count} on this number", count=len(one["decoys"])))),
            retold(one["field"]), retold(one["match"]), escape(one.get("seen", "")), f"{one['chance']:.2g}",
        )  # fmt: skip
    console.print(rows)
    if len(sightings) > MAX_ROWS:
        console.print(_("  and {count:,} more: see --json or the bundle", count=len(sightings) - MAX_ROWS))


def show_access(console: Console, case: Case) -> None:
    """Print who accessed the dump's real rows, by rate; a second opinion that names nobody by itself."""
    access = case.access
    if not access:
        return
    rows = table(
        _(
            "{count:,} of the dump's waybill numbers are in the access record; who accessed them",
            count=access["rows_known"],
        ),
        _("accounts"),
        _("rows"),
        _("expected"),
        _("ratio"),
        _("e-value"),
        _("exports"),
    )
    for one in access["suspects"][:MAX_ACCESS_ROWS]:
        rows.add_row(
            escape(", ".join(one["accounts"])),
            f"{one['overlap']:,}",
            f"{one['expected_overlap']:.1f}",
            _ratio(one["log10_likelihood_ratio"]),
            _ratio(one["log10_e_value"]),
            escape(", ".join(one["exports"])),
        )
    console.print(rows)


def show_numbers(console: Console, numbers: Mapping[str, Any]) -> None:
    """Print whose export numbers rang, by ringing alone; below the bar nothing is said of anybody."""
    bar, proven = numbers["log10_bar"], [one for one in numbers["accounts"] if one["proven"]]
    for one in proven:
        said = _(
            "the numbers drawn for exports of {account} rang: proof {proof}, the bar is {bar}",
            account=escape(one["account"]),
            proof=_ratio(one["log10_e_value"]),
            bar=_ratio(bar),
        )
        console.print(said, soft_wrap=True)
    if numbers["accounts"] and not proven:
        bits = (bar - numbers["accounts"][0]["log10_e_value"]) * math.log2(10)
        more = (
            _(": about {count} more contacts", count=math.ceil(bits / numbers["bits_per_contact"]))
            if numbers["bits_per_contact"]
            else ""
        )
        console.print(
            _("by the numbers that rang alone {bits:.1f} bits are missing to name anybody{more}", bits=bits, more=more),
            soft_wrap=True,
        )


def show_scanned(console: Console, case: Case) -> None:
    """Print what was read, and what could not be."""
    scanned = case.scanned
    if scanned:
        console.print(
            _(
                "scanned {files:,} files, {rows:,} rows, {bytes:,} bytes in {seconds:.1f} s",
                files=scanned["files"],
                rows=scanned["rows"],
                bytes=scanned["bytes"],
                seconds=scanned["seconds"],
            )
        )
        encodings = Counter(scanned.get("encodings", {}).values())
        read_as = ", ".join(f"{name} ({count:,})" for name, count in encodings.most_common(MAX_ENCODINGS))
        console.print(_("  read as: {read_as}", read_as=escape(read_as)), soft_wrap=True)
    for one in scanned.get("notes", []):
        console.print(
            _("  note: {file}: {note}", file=escape(one["file"]), note=escape(retold(one["note"]))), soft_wrap=True
        )
    for one in scanned.get("unreadable", []):
        console.print(
            _("  not read: {file}: {reason}", file=escape(one["file"]), reason=escape(retold(one["reason"]))),
            soft_wrap=True,
        )


def _headline(attribution: Mapping[str, Any]) -> Text:
    accounts = ", ".join(escape(one["account"]) for one in attribution["suspects"])
    clean = attribution["no_leak_probability"]
    if attribution["verdict"] == "identified":
        return _("identified: {accounts} (probability of no leak {clean:.2g})", accounts=accounts, clean=clean)
    if attribution["verdict"] == "shortlist":
        return _(
            "no account named; shortlist: {accounts} (probability of no leak {clean:.2g})",
            accounts=accounts,
            clean=clean,
        )
    return _("nothing that points to an account (probability of no leak {clean:.2g})", clean=clean)


def _proof(suspect: Mapping[str, Any]) -> Text:
    ratio = _ratio(suspect["log10_e_value"])
    if suspect["basis"] == "draws":
        return _("{ratio} by its draws", ratio=ratio)
    return _("{ratio} by the record", ratio=ratio)


def _ratio(log10_ratio: float) -> str:
    if log10_ratio < MOST_STATED:
        return f"10^{log10_ratio:.1f}"
    return _("at least 10^{exponent:g}", exponent=MOST_STATED)


def _where(sighting: Mapping[str, Any]) -> str:
    if sighting["kind"] == "hit":
        return _("{channel} hit {seq}", channel=retold(sighting["channel"]), seq=sighting["seq"])
    row = _("{file} row {row}", file=sighting["file"], row=sighting["row"])
    return row + (f" {sighting['column']}" if sighting["column"] else "")
