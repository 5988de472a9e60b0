"""honey plan, for people: the same document as its JSON, as tables."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from honey.cli.app import table
from honey.plan.detection import CONFIDENCE
from honey.plan.evidence import WORDS, Kind

Document = Mapping[str, Any]


def show_plan(console: Console, document: Document) -> None:
    """Print the stock, what is provable and how likely, and the warnings."""
    console.print(
        f"{document['accounts']:,} accounts, {document['accounts_without_decoys']:,} without a decoy in their view; "
        f"{document['decoys_to_plant']:,} decoys to plant"
    )
    rows = table("beacons", "kind", "needed", "free")
    for kind, one in document["pools"].items():
        rows.add_row(kind, f"{one['needed']:,}", f"{one['free']:,}")
    console.print(rows)
    strength = document["strength"]
    exports = strength["exports"]
    console.print(
        f"{strength['phone_numbers']:,} numbers, on each {strength['accounts_per_number']:.1f} accounts by resident "
        f"decoys and {exports['accounts_per_number']:.1f} by those of exports; "
        f"{strength['control_numbers']:,} controls, {strength['control_share']:.0%} of all numbers"
    )
    _show_evidence(console, strength)
    _show_contacts(console, exports)
    _show_rows(console, exports)
    console.print(
        f"resident decoys: a leak of {strength['smallest_share_exposed']:.0%} of an account's rows holds one of its "
        f"{strength['decoys_per_account']} with probability {CONFIDENCE}; only the access record lets them name anybody"
    )
    for line in document["warnings"]:
        console.print(f"warning: {line}", markup=False)


def _show_evidence(console: Console, strength: Document) -> None:
    exports = strength["exports"]
    bar, case = strength["next_case_bar_bits"], strength["next_case"]
    console.print(
        f"it takes {strength['bar_bits']:.1f} bits to name an account, {bar:.1f} in the next case, number {case:,}; "
        f"{exports['decoys_per_export']} decoys in an export, {exports['exports_assumed']} exports an account assumed"
    )
    proof = table("what names an account, of one export", "evidence", "bits each", "one leaker", "each of two")
    for one in exports["evidence"]:
        cells = (_needed(one, word) for word in ("one_leaker", "two_leakers"))
        proof.add_row(WORDS[Kind(one["kind"])], f"{one['bits']:.1f}", *cells)
    bare = exports["bare_contact"]
    proof.add_row("a bare contact", f"{bare['bits']:.1f}", "not alone", "not alone")
    console.print(proof)


def _needed(one: Document, word: str) -> str:
    """Return how many are needed, or what an export would have to hold."""
    if one[f"for_{word}"]:
        return f"{one[f'for_{word}']}"
    wanted = one[f"decoys_per_export_for_{word}"]
    return f"no: {wanted} decoys in an export would do" if wanted else "no"


def _show_contacts(console: Console, exports: Document) -> None:
    found = table(
        "if each decoy is contacted with this probability",
        "rate",
        "an export: noticed",
        "named, names cited",
        "with waybills",
        "all exports: noticed",
        "named at least, names cited",
        "with waybills",
    )
    for one in exports["contacts"]:
        figures = (
            one[f"{who}_{what}"]
            for who in ("export", "account")
            for what in ("detected", "identified_by_name", "identified_by_name_and_waybill")
        )
        found.add_row(f"{one['rate']:.0%}", *(f"{figure:.1%}" for figure in figures))
    console.print(found)


def _show_rows(console: Console, exports: Document) -> None:
    found = table(
        "if an export is found with this share of its rows missing", "missing", "noticed", "named", "named, rows masked"
    )
    for one in exports["rows"]:
        figures = (one["export_detected"], one["export_identified"], one["export_identified_masked"])
        found.add_row(f"{one['dropped']:.0%}", *(f"{figure:.1%}" for figure in figures))
    console.print(found)
    console.print(
        f"smallest leak exposed: {exports['smallest_export_share_exposed']:.0%} of an export, with probability "
        f"{CONFIDENCE}; {exports['smallest_export_share_exposed_correlated']:.0%} where decoys share the dump's fate"
    )
