"""How a case looks to an investigator: the verdict first, then what it rests on, then what was scanned."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from honey.cli.app import table
from honey.model.case import Case

MOST_STATED = 12.0  # log10; attribution states no larger likelihood ratio
MAX_ACCESS_ROWS = 5  # accounts by access; --json holds all that were ranked
MAX_ENCODINGS = 12  # counted on a screen; --json says which file is in which
MAX_ROWS = 40  # evidence rows on a screen; --json and the bundle hold all


def show_attribution(console: Console, case: Case) -> None:
    """Print the verdict and the accounts."""
    attribution = case.attribution
    console.print(f"[bold]{_headline(attribution)}[/bold]", soft_wrap=True)
    if attribution["suspects"]:
        rows = table(
            f"case {case.id}",
            "account",
            "probability",
            "likelihood ratio",
            "support",
            "proof",
            "exports",
            "decoys seen",
        )
        for one in attribution["suspects"]:
            rows.add_row(
                escape(one["account"]),
                f"{one['probability']:.12g}",
                _ratio(one["log10_likelihood_ratio"]),
                one["support"],
                _proof(one),
                escape(", ".join(one["exports"]) or "rows read one by one"),
                str(one["decoys"]),
            )
        console.print(rows)
    for note in attribution["notes"]:
        console.print(f"  note: {escape(note)}", soft_wrap=True)


def show_sightings(console: Console, case: Case) -> None:
    """Print where decoys were seen."""
    sightings = case.inquiry["sightings"]
    if not sightings:
        return
    rows = table(f"{len(sightings):,} sightings", "where", "decoy", "field", "match", "seen", "by chance")
    for one in sightings[:MAX_ROWS]:
        rows.add_row(
            escape(_where(one)), escape(one["decoy"] or f"{len(one['decoys'])} on this number"), one["field"],
            one["match"], escape(one.get("seen", "")), f"{one['chance']:.2g}",
        )  # fmt: skip
    console.print(rows)
    if len(sightings) > MAX_ROWS:
        console.print(f"  and {len(sightings) - MAX_ROWS:,} more: see --json or the bundle")


def show_access(console: Console, case: Case) -> None:
    """Print who accessed the dump's real rows, by rate; a second opinion that names nobody by itself."""
    access = case.access
    if not access:
        return
    known = f"{access['rows_known']:,} of the dump's waybill numbers are in the access record"
    rows = table(f"{known}; who accessed them", "accounts", "rows", "expected", "ratio", "e-value", "exports")
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
        said = f"the numbers drawn for exports of {escape(one['account'])} rang: proof {_ratio(one['log10_e_value'])}"
        console.print(f"{said}, the bar is {_ratio(bar)}", soft_wrap=True)
    if numbers["accounts"] and not proven:
        bits = (bar - numbers["accounts"][0]["log10_e_value"]) * math.log2(10)
        more = (
            f": about {math.ceil(bits / numbers['bits_per_contact'])} more contacts"
            if numbers["bits_per_contact"]
            else ""
        )
        console.print(
            f"by the numbers that rang alone {bits:.1f} bits are missing to name anybody{more}", soft_wrap=True
        )


def show_scanned(console: Console, case: Case) -> None:
    """Print what was read, and what could not be."""
    scanned = case.scanned
    if scanned:
        console.print(
            f"scanned {scanned['files']:,} files, {scanned['rows']:,} rows, {scanned['bytes']:,} bytes "
            f"in {scanned['seconds']:.1f} s"
        )
        encodings = Counter(scanned.get("encodings", {}).values())
        read_as = ", ".join(f"{name} ({count:,})" for name, count in encodings.most_common(MAX_ENCODINGS))
        console.print(f"  read as: {escape(read_as)}", soft_wrap=True)
    for one in scanned.get("notes", []):
        console.print(f"  note: {escape(one['file'])}: {escape(one['note'])}", soft_wrap=True)
    for one in scanned.get("unreadable", []):
        console.print(f"  not read: {escape(one['file'])}: {escape(one['reason'])}", soft_wrap=True)


def _headline(attribution: Mapping[str, Any]) -> str:
    accounts = ", ".join(escape(one["account"]) for one in attribution["suspects"])
    clean = f"probability of no leak {attribution['no_leak_probability']:.2g}"
    if attribution["verdict"] == "identified":
        return f"identified: {accounts} ({clean})"
    if attribution["verdict"] == "shortlist":
        return f"no account named; shortlist: {accounts} ({clean})"
    return f"nothing that points to an account ({clean})"


def _proof(suspect: Mapping[str, Any]) -> str:
    return f"{_ratio(suspect['log10_e_value'])} by {'its draws' if suspect['basis'] == 'draws' else 'the record'}"


def _ratio(log10_ratio: float) -> str:
    return f"10^{log10_ratio:.1f}" if log10_ratio < MOST_STATED else f"at least 10^{MOST_STATED:g}"


def _where(sighting: Mapping[str, Any]) -> str:
    if sighting["kind"] == "hit":
        return f"{sighting['channel']} hit {sighting['seq']}"
    return f"{sighting['file']} row {sighting['row']}" + (f" {sighting['column']}" if sighting["column"] else "")
