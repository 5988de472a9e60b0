"""Help in the user's language: copies of click commands with their texts translated, and lines broken by cells.

Chinese has no spaces to break lines at, and its characters take two cells: `_spread` puts as many spaces behind each as
it takes cells more than characters, click breaks the lines, and `_gathered` takes the spaces out again.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from copy import copy

import click

from collector.translation import _, is_english, retold

_RAW = "\b"  # click's sign before a paragraph whose lines stay as they are
_EXAMPLE = _("Example:")
_REQUIRED = _("required")  # click looks it up under a variable's name
_WIDE = (
    "\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uff60\uffe0-\uffe6"
)  # East Asian Width W and F, Unicode 16, what terminals show in two cells
_OPENING, _CLOSING = "（「『《【", "，。；：、！？）」』》】"  # never last, never first on a line
_UNIT = re.compile(f"[{_OPENING}]*[{_WIDE}][{_CLOSING}]*")
_SPREAD_UNIT = re.compile(f"([{_WIDE}]+)( *)")
_SENTENCE = re.compile(r"(?<=。)|(?<=\.)\s")


def localised(command: click.Command) -> click.Command:
    """Return the command as it is, or a copy of it and of all below it in the user's language."""
    if is_english():
        return command
    made = copy(command)
    made.context_class = _Context
    made.help, made.epilog = _translated(command.help), _translated(command.epilog)
    made.short_help = _SENTENCE.split(made.help.partition("\n\n")[0])[0].rstrip("。.") if made.help else None
    made.params = [_parameter(one) for one in command.params]
    if isinstance(made, click.Group):
        made.commands = {name: localised(one) for name, one in made.commands.items()}
    return made


def texts(command: click.Command) -> Iterator[str]:
    """Return every text of a command's help that a catalogue may hold."""
    helps = (one.help for one in command.params if isinstance(one, click.Option))
    for said in (command.help, command.epilog, *helps):
        for paragraph in _paragraphs(said or ""):
            yield from (line for line in _pieces(paragraph) if line and not line.startswith((" ", _EXAMPLE + " ")))


def _paragraphs(text: str) -> list[str]:
    return inspect.cleandoc(text).split("\n\n")


def _pieces(paragraph: str) -> list[str]:
    """Return a paragraph as one line, or the lines of a raw one."""
    head, _newline, rest = paragraph.partition("\n")
    return rest.split("\n") if head.strip(" ") == _RAW else [" ".join(paragraph.split())]


def _translated(text: str | None) -> str:
    return "\n\n".join(_paragraph(one) for one in _paragraphs(text or ""))


def _paragraph(paragraph: str) -> str:
    raw = [_RAW] if paragraph.startswith(_RAW) else []
    return "\n".join([*raw, *map(_line, _pieces(paragraph))])


def _line(line: str) -> str:
    if line.startswith(_EXAMPLE + " "):
        return retold(_EXAMPLE) + ("" if retold(_EXAMPLE)[-1] in _CLOSING else " ") + line.removeprefix(_EXAMPLE + " ")
    return retold(line)


def _parameter(parameter: click.Parameter) -> click.Parameter:
    made = copy(parameter)
    if isinstance(made, click.Option):
        made.help = _translated(made.help)
    if isinstance(made.type, click.Path):
        made.type = copy(made.type)
        made.type.name = retold(made.type.name)  # "file", as click says when there is none
    return made


class _Formatter(click.HelpFormatter):
    """Breaks lines where cells are full."""

    def write_text(self, text: str) -> None:
        super().write_text(_spread(text))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(_spread(first), _spread(second)) for first, second in rows], col_max, col_spacing)

    def getvalue(self) -> str:
        return _gathered(super().getvalue())


class _Context(click.Context):
    """What makes click use the formatter."""

    formatter_class = _Formatter


def _spread(text: str) -> str:
    return _UNIT.sub(lambda unit: unit[0] + " " * len(unit[0]), text)


def _gathered(text: str) -> str:
    return _SPREAD_UNIT.sub(lambda unit: unit[1] + " " * (len(unit[2]) - len(unit[1])), text)
