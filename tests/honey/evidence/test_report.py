"""The forms for people: everything escaped, everything countable."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from honey.errors import InputError
from honey.evidence.bundle import CASE, REPORT, TABLES
from honey.evidence.hashing import sha256_file
from honey.evidence.report import render_html, render_tables
from honey.model.case import Case, CaseId, CaseState, Origin
from tests.honey.evidence.sample_case import OPENED_AT, Bundle

HOSTILE = '<script>alert("x")</script>'


def the_case(bundle: Bundle, **changes: object) -> Case:
    stated = bundle.document(CASE) | changes
    return Case(
        CaseId(str(stated["case"])), Origin.DUMP, CaseState.OPEN, OPENED_AT, OPENED_AT, stated["inquiry"],
        stated["attribution"], stated["scanned"], stated["files"],
    )  # fmt: skip


def test_what_a_thief_wrote_into_the_dump_is_escaped_in_the_report(bundle: Bundle) -> None:
    attribution = bundle.document(CASE)["attribution"]
    for one in attribution["suspects"]:
        one["account"] = HOSTILE
        for item in one["evidence"]:
            item.update(seen=HOSTILE, file=HOSTILE)
    case = the_case(bundle, case=HOSTILE, attribution=attribution, files={HOSTILE: HOSTILE})
    page = render_html(case, fingerprint="ab", hits={}, now=OPENED_AT).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_report_loads_nothing_from_outside_and_runs_no_script(bundle: Bundle) -> None:
    page = bundle.files[REPORT].decode()
    assert not [word for word in ("<script", "http://", "https://", "src=", "@import", "javascript:") if word in page]


def test_the_tables_hold_every_suspect_sighting_release_and_hit(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / TABLES
    path.write_bytes(bundle.files[TABLES])
    with closing(sqlite3.connect(path)) as database:
        counts = {
            name: database.execute(f"select count(*) from {name}").fetchone()[0]
            for name in ("suspects", "evidence", "releases", "hits")
        }
    attribution = bundle.document(CASE)["attribution"]
    assert counts == {
        "suspects": 1, "evidence": len(attribution["suspects"][0]["evidence"]), "releases": 2, "hits": 3,
    }  # fmt: skip


def test_a_case_without_suspects_or_hits_still_has_its_tables(bundle: Bundle, tmp_path: Path) -> None:
    attribution = bundle.document(CASE)["attribution"] | {"suspects": []}
    path = tmp_path / TABLES
    path.write_bytes(render_tables(the_case(bundle, attribution=attribution), []))
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("select count(*) from suspects").fetchone() == (0,)


def test_a_file_is_named_by_the_sha_256_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(b"abc" * 1_000_000)
    assert sha256_file(path) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()
    with pytest.raises(InputError, match="missing"):
        sha256_file(tmp_path / "missing")
