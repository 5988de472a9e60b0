"""Every text for people can be translated, and every catalogue is complete: nothing new is said in English only."""

import ast
import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from honey.cli.words import WORDS
from honey.model.attribution import Basis, Verdict
from honey.model.beacon import BeaconKind, BeaconRole
from honey.model.case import CaseState, Origin
from honey.model.planting import PlantingKind, PlantingState
from honey.model.sighting import Match
from honey.model.waybill import Role
from messages.__main__ import merged
from messages.extract import PACKAGES, ROOT, MarkingError, catalogue, marked, placeholders

CATALOGUES = sorted(path for package in PACKAGES for path in (ROOT / package / "locale").rglob("*.po"))
PERCENT_FIELD = re.compile(r"%\(\w+\)\w")  # in a few of click's
LOGGED = {"ForgedError", "LinkError"}  # nobody reads them but in a journal, which stays English
SHOWN_AS_STORED = (Verdict, Basis, BeaconKind, BeaconRole, CaseState, Origin, PlantingKind, PlantingState, Match, Role)


@cache
def template(package: str) -> Catalog:
    return catalogue(package)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def forms(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def said(catalog: Catalog) -> Iterator[Message]:
    return (one for one in catalog if one.id)


@pytest.fixture(scope="module", params=PACKAGES)
def package(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.stem}-{path.parts[-3]}")
class TestCatalogue:
    def test_says_everything(self, path: Path) -> None:
        known = {str(one.id): one for one in said(read(path))}
        wanted = {str(one.id) for one in said(template(path.stem))}
        assert wanted == set(known), "run make messages, then translate what is new"
        assert not [text for text, one in known.items() if not all(map(str.strip, forms(one.string)))]

    def test_leaves_no_guess_of_a_program(self, path: Path) -> None:
        assert not [one.id for one in said(read(path)) if one.fuzzy]
        assert not read(path).obsolete

    def test_keeps_every_field_as_it_is(self, path: Path) -> None:
        for one in said(read(path)):
            wanted = placeholders(forms(one.id)[-1]), PERCENT_FIELD.findall(forms(one.id)[-1])
            for text in forms(one.string):
                assert (placeholders(text), PERCENT_FIELD.findall(text)) == wanted, text

    def test_keeps_commands_and_options_as_they_are_typed(self, path: Path) -> None:
        for one in said(read(path)):
            typed = re.findall(r"(?<![\w-])--[a-z][\w-]*|`[^`]+`", forms(one.id)[0])
            assert [word for word in typed if word not in forms(one.string)[0]] == [], one.id

    def test_begins_and_ends_with_the_spaces_of_the_english(self, path: Path) -> None:
        for one in said(read(path)):
            english, text = forms(one.id)[0], forms(one.string)[0]
            assert len(english) - len(english.lstrip(" ")) == len(text) - len(text.lstrip(" ")), english

    def test_stands_as_make_messages_writes_it(self, path: Path) -> None:
        assert merged(path, template(path.stem)) == path.read_bytes()


def test_every_stated_failure_is_raised_with_a_text_that_can_be_translated(package: str) -> None:
    """A literal or an f-string would always be English; a variable may hold a text."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / package).rglob("*.py"))}
    stated = stated_errors(trees.values()) - LOGGED
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in stated and node.args:
                assert not isinstance(node.args[0], ast.JoinedStr | ast.Constant), f"{path}:{node.lineno}"


def stated_errors(trees: Collection[ast.Module]) -> set[str]:
    """Names of all classes below HoneyError or CollectorError."""
    found = {"HoneyError", "CollectorError"}
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {one.name for one in classes if found & {ast.unparse(base) for base in one.bases}} - found:
        found |= more
    return found


@pytest.mark.parametrize("kind", SHOWN_AS_STORED)
def test_every_word_shown_as_it_is_stored_is_in_the_catalogues(kind: type[StrEnum]) -> None:
    assert {one.value for one in kind} <= set(WORDS)


def test_both_packages_have_the_same_module() -> None:
    assert (ROOT / "honey/translation.py").read_bytes() == (ROOT / "collector/translation.py").read_bytes()
    ours = (ROOT / "honey/cli/helptext.py").read_text("utf-8")
    assert ours.replace("honey.", "collector.") == (ROOT / "collector/helptext.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('_(f"{1} rows")', "literal"),
        ('_("a" if x else "b")', "literal"),
        ('_("{n} rows", count=1)', "fields"),
        ('_("rows", count=1)', "fields"),
        ('def f():\n    for _ in range(3):\n        _("rows")', "variable"),
    ],
    ids=["an f-string", "a choice", "another field", "one field too many", "_ is a loop's variable"],
)
def test_a_text_that_cannot_be_translated_is_refused(source: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "source.py"
    path.write_text(source, "utf-8")
    with pytest.raises(MarkingError, match=problem):
        list(marked(path, tmp_path))


def test_an_empty_language_is_filled_with_every_message_and_no_guess(package: str, tmp_path: Path) -> None:
    path = tmp_path / f"{package}.po"
    path.write_text('msgid ""\nmsgstr "Language: de\\nContent-Type: text/plain; charset=utf-8\\n"\n', "utf-8")
    made = read_po(BytesIO(merged(path, template(package))))
    assert len(made) == len(template(package)) > 100
    assert not any(any(forms(one.string)) for one in said(made))


CONSOLE = {"say", "table", "print", "echo", "add_row", "progress", "UsageError", "ClickException"}


def test_nothing_is_printed_that_cannot_be_translated() -> None:
    """Words written where something is printed are in `_`; commands and names of columns are nobody's words."""
    printing = [*sorted((ROOT / "honey/cli").glob("*.py")), *sorted((ROOT / "collector").rglob("*.py"))]
    for path in printing:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in CONSOLE:
                for argument in node.args:
                    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
                    words = "".join(str(one.value) for one in parts if isinstance(one, ast.Constant))
                    assert not re.search(r"[a-z]{3,} [a-z]{3,}", words), f"{path}:{node.lineno}: {words}"
