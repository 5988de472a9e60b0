"""The bundle's forms for people: a report to read and print, and tables for a database browser. Pure but for sqlite."""

import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import sqlite_utils

from collector.hit import Hit
from honey.evidence.bundle import case_json
from honey.model.case import Case

MAX_EVIDENCE_ROWS = 500  # per account in the report; case.db holds all

_TABLES: dict[str, dict[str, type]] = {
    "suspects": {
        "account": str,
        "probability": float,
        "log10_likelihood_ratio": float,
        "log10_e_value": float,
        "basis": str,
        "support": str,
        "exports": str,
        "decoys": int,
    },
    "evidence": {
        "account": str,
        "kind": str,
        "decoy": str,
        "field": str,
        "match": str,
        "file": str,
        "row": int,
        "column": str,
        "seen": str,
        "log": str,
        "seq": int,
        "channel": str,
        "chance": float,
    },
    "releases": {"account": str, "export": str, "at": str, "decoys": int, "drawn": int},
    "hits": {
        "log": str,
        "seq": int,
        "received_at": str,
        "channel": str,
        "beacon": str,
        "peer": str,
        "text": str,
        "hash": str,
    },
}


def render_html(case: Case, *, fingerprint: str, hits: Mapping[str, Hit], now: datetime) -> bytes:
    """Return the report as one HTML page without scripts or outside resources; every value is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("honey.evidence"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    template = environment.get_template("report.html")
    text = template.render(
        case=case_json(case), fingerprint=fingerprint, hits=hits, made_at=now, evidence_rows=MAX_EVIDENCE_ROWS
    )
    return text.encode()


def render_tables(case: Case, hits: Iterable[Hit]) -> bytes:
    """Return an SQLite database with the tables suspects, evidence, releases and hits."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.db"
        database = sqlite_utils.Database(path)
        suspects, evidence = _suspect_rows(case.attribution)
        releases = [
            {**one, "decoys": len(one["decoys"]), "drawn": sum(map(len, one["drawn"]))}
            for one in case.inquiry["releases"]
        ]
        rows = {
            "suspects": suspects,
            "evidence": evidence,
            "releases": releases,
            "hits": [_hit_row(one) for one in hits],
        }
        for name, columns in _TABLES.items():
            table = database.table(name)
            table.create(columns)
            table.insert_all(rows[name])
        database.close()
        return path.read_bytes()


def _suspect_rows(attribution: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    suspects, evidence = [], []
    for one in attribution["suspects"]:
        suspects.append({**one, "exports": ", ".join(one["exports"])})
        del suspects[-1]["evidence"]
        evidence += [
            {"account": one["account"], **{name: value for name, value in item.items() if name != "fields"}}
            for item in one["evidence"]
        ]
    return suspects, evidence


def _hit_row(hit: Hit) -> dict[str, object]:
    document = hit.to_json()
    document["text"] = hit.contact.claims.get("text", "")
    return {name: document[name] for name in _TABLES["hits"]}
