"""Every mangled form is recognised where it leaves enough, and names nobody else; `docs/mangled.md` is the long run."""

from pathlib import Path

import pytest

from benchmarks._mangling import FORMS, Form
from benchmarks.mangled import BEGIN, END, all_forms, measure

ROOT = Path(__file__).parents[4]
LIVE = 300
PAIRS = [forms for forms in all_forms() if len(forms) == 2][::19]


def names(forms: tuple[Form, ...]) -> str:
    return " + ".join(form.name for form in forms)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_is_found_and_names_nobody_else(form: Form, tmp_path: Path) -> None:
    outcome = measure((form,), tmp_path, live=LIVE)
    assert outcome.false == 0
    assert outcome.recognised == outcome.found == outcome.alone == outcome.surviving


@pytest.mark.parametrize("forms", PAIRS, ids=names)
def test_a_pair_of_forms_is_found_and_names_nobody_else(forms: tuple[Form, ...], tmp_path: Path) -> None:
    outcome = measure(forms, tmp_path, live=LIVE)
    assert outcome.false == 0
    assert min(outcome.recognised, outcome.found) >= 0.99 * outcome.surviving


@pytest.mark.parametrize("name", ["phone: shortened 1.40E+10", "waybill: shortened 6.2E+11"])
def test_shortened_numbers_leave_too_little(name: str, tmp_path: Path) -> None:
    form = next(form for form in FORMS if form.name == name)
    outcome = measure((form,), tmp_path, live=LIVE)
    assert (outcome.surviving, outcome.extra, outcome.false) == (0, 0, 0)


def test_the_same_seed_makes_the_same_outcome(tmp_path: Path) -> None:
    assert measure(FORMS[:1], tmp_path, live=50) == measure(FORMS[:1], tmp_path, live=50)


def test_the_document_has_every_form() -> None:
    text = (ROOT / "docs" / "mangled.md").read_text("utf-8")
    shown = text[text.index(BEGIN) : text.index(END)]
    assert [form.name for form in FORMS if f"| {form.name} |" not in shown] == []
