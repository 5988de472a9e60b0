"""honey plan, for people: the same document as its JSON, as tables."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from honey.cli.app import table
from honey.plan.detection import CONFIDENCE
from honey.plan.evidence import WORDS, Kind
from honey.translation import _, retold

Document = Mapping[str, Any]


def show_plan(console: Console, document: Document) -> None:
    """Print the stock, what is provable and how likely, and the warnings."""
    console.print(
        _(
            "{accounts:,} accounts, {accounts_without_decoys:,} without a decoy in their view; "
            "{decoys_to_plant:,} decoys to plant",
            accounts=document["accounts"],
            accounts_without_decoys=document["accounts_without_decoys"],
            decoys_to_plant=document["decoys_to_plant"],
        )
    )
    rows = table(_("beacons"), _("kind"), _("needed"), _("free"))
    for kind, one in document["pools"].items():
        rows.add_row(retold(kind), f"{one['needed']:,}", f"{one['free']:,}")
    console.print(rows)
    strength = document["strength"]
    exports = strength["exports"]
    console.print(
        _(
            "{phone_numbers:,} numbers, on each {accounts_per_number:.1f} accounts by resident decoys "
            "and {accounts_per_number_exports:.1f} by those of exports; {control_numbers:,} controls, "
            "{control_share:.0%} of all numbers",
            phone_numbers=strength["phone_numbers"],
            accounts_per_number=strength["accounts_per_number"],
            accounts_per_number_exports=exports["accounts_per_number"],
            control_numbers=strength["control_numbers"],
            control_share=strength["control_share"],
        )
    )
    _show_evidence(console, strength)
    _show_contacts(console, exports)
    _show_rows(console, exports)
    console.print(
        _(
            "resident decoys: a leak of {smallest_share_exposed:.0%} of an account's rows holds one of "
            "its {decoys_per_account} with probability {confidence}; only the access record lets them "
            "name anybody",
            smallest_share_exposed=strength["smallest_share_exposed"],
            decoys_per_account=strength["decoys_per_account"],
            confidence=CONFIDENCE,
        )
    )
    for line in document["warnings"]:
        console.print(_("warning: {said}", said=line), markup=False)


def _show_evidence(console: Console, strength: Document) -> None:
    exports = strength["exports"]
    bar, case = strength["next_case_bar_bits"], strength["next_case"]
    console.print(
        _(
            "it takes {bar_bits:.1f} bits to name an account, {bar:.1f} in the next case, number "
            "{case:,}; {decoys_per_export} decoys in an export, {exports_assumed} exports an account "
            "assumed",
            bar_bits=strength["bar_bits"],
            bar=bar,
            case=case,
            decoys_per_export=exports["decoys_per_export"],
            exports_assumed=exports["exports_assumed"],
        )
    )
    proof = table(
        _("what names an account, of one export"), _("evidence"), _("bits each"), _("one leaker"), _("each of two")
    )
    for one in exports["evidence"]:
        cells = (_needed(one, word) for word in ("one_leaker", "two_leakers"))
        proof.add_row(WORDS[Kind(one["kind"])], f"{one['bits']:.1f}", *cells)
    bare = exports["bare_contact"]
    proof.add_row(_("a bare contact"), f"{bare['bits']:.1f}", _("not alone"), _("not alone"))
    console.print(proof)


def _needed(one: Document, word: str) -> str:
    """Return how many are needed, or what an export would have to hold."""
    if one[f"for_{word}"]:
        return f"{one[f'for_{word}']}"
    wanted = one[f"decoys_per_export_for_{word}"]
    return _("no: {wanted} decoys in an export would do", wanted=wanted) if wanted else _("no")


def _show_contacts(console: Console, exports: Document) -> None:
    found = table(
        _("if each decoy is contacted with this probability"),
        _("rate"),
        _("an export: noticed"),
        _("named, names cited"),
        _("with waybills"),
        _("all exports: noticed"),
        _("named at least, names cited"),
        _("with waybills"),
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
        _("if an export is found with this share of its rows missing"),
        _("missing"),
        _("noticed"),
        _("named"),
        _("named, rows masked"),
    )
    for one in exports["rows"]:
        figures = (one["export_detected"], one["export_identified"], one["export_identified_masked"])
        found.add_row(f"{one['dropped']:.0%}", *(f"{figure:.1%}" for figure in figures))
    console.print(found)
    console.print(
        _(
            "smallest leak exposed: {smallest_export_share_exposed:.0%} of an export, with probability "
            "{confidence}; {smallest_export_share_exposed_correlated:.0%} where decoys share the "
            "dump's fate",
            smallest_export_share_exposed=exports["smallest_export_share_exposed"],
            confidence=CONFIDENCE,
            smallest_export_share_exposed_correlated=exports["smallest_export_share_exposed_correlated"],
        )
    )
