"""What a catalogue must hold: every `_("…")` of a package, its commands' help, and what click itself says."""

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from babel.messages.catalog import Catalog

ROOT = Path(__file__).parent.parent
_COMMANDS = {"honey": ("honey.cli.main", "honey.cli.helptext"), "collector": ("collector.cli", "collector.helptext")}
PACKAGES = tuple(_COMMANDS)
PROJECT = "waybill-honeytokens"


class MarkingError(Exception):
    """A `_(…)` that cannot be translated as it is written; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message and where it stands; `plural` is only there for some of click's."""

    text: str
    file: str
    line: int
    plural: str = ""


def messages(package: str) -> list[Message]:
    """Return all messages of a package."""
    own = [one for path in sorted((ROOT / package).rglob("*.py")) for one in marked(path)]
    return [*own, *_help(package), *_click()]


def catalogue(package: str) -> Catalog:
    """Return the messages of a package as a template without translations; lines are left out, they change daily."""
    made = Catalog(project=PROJECT, charset="utf-8", fuzzy=False)
    for one in messages(package):
        made.add((one.text, one.plural) if one.plural else one.text, locations=[(one.file, 0)])
    return made


def placeholders(template: str) -> set[tuple[str, str | None, str]]:
    """Return name, conversion and form of every field of a template."""
    return {
        (name, conversion, form or "")
        for _literal, name, form, conversion in string.Formatter().parse(template)
        if name is not None
    }


def marked(path: Path, root: Path = ROOT) -> Iterator[Message]:
    """Return the messages of one source file.

    Raises:
        MarkingError: a message is no literal, its fields are not those given, or `_` means something else there.
    """
    file = str(path.relative_to(root))
    tree = ast.parse(path.read_text("utf-8"))
    for scope in ast.walk(tree):
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and _rebinds(scope):
            raise MarkingError(f"{file}:{scope.lineno}: _ is a variable where it is called")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield Message(_template(node, file), file, node.lineno)


def _rebinds(scope: ast.AST) -> bool:
    names = [one for one in ast.walk(scope) if isinstance(one, ast.Name) and one.id == "_"]
    calls = any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "_" for one in ast.walk(scope)
    )
    comprehended = {
        id(name) for one in ast.walk(scope) if isinstance(one, ast.comprehension) for name in ast.walk(one.target)
    }  # a comprehension's names are its own
    return calls and any(isinstance(one.ctx, ast.Store) and id(one) not in comprehended for one in names)


def _template(call: ast.Call, file: str) -> str:
    place = f"{file}:{call.lineno}"
    match call.args:
        case [ast.Constant(value=str(template))] if template:
            given = {one.arg for one in call.keywords}
        case _:
            raise MarkingError(f"{place}: _ takes one literal text, and its fields by name")
    wanted = {name for name, _conversion, _form in placeholders(template)}
    if given != wanted:
        raise MarkingError(f"{place}: the text has the fields {sorted(wanted)}, given are {sorted(map(str, given))}")
    return template


def _help(package: str) -> Iterator[Message]:
    module, helptext = (import_module(name) for name in _COMMANDS[package])
    yield from (Message(text, f"{package} --help", 0) for text in _texts(module.cli, helptext))


def _texts(command: click.Command, helptext: Any) -> Iterator[str]:  # noqa: ANN401 - a module with texts()
    yield from helptext.texts(command)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _texts(below, helptext)


def _click() -> Iterator[Message]:
    """Return what click looks up in the domain that the process speaks."""
    for path in sorted(Path(click.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}:
                texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                if texts:
                    yield Message(texts[0], f"click/{path.name}", 0, texts[1] if len(texts) > 1 else "")
