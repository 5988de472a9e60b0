"""Text for people, in their language: English in the source, GNU gettext catalogues in `locale/` beside this file.

`_` makes a `Text`, which is its own English wherever it goes: JSON, files, logs, comparisons. Only where something is
printed does `shown` say it in the language that LANGUAGE, LC_ALL, LC_MESSAGES or LANG ask for. `honey` and `collector`
have the same module each, with a domain of its own. docs/translating.md says how to add a language.
"""

import gettext
import os
import string
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

DOMAIN = __name__.partition(".")[0]
LOCALE = Path(__file__).parent / "locale"
_ENGLISH = ("en", "C", "POSIX")
_MIN_LETTERS = 6  # of a template's own words: fewer would be found in other texts
_MAX_DEPTH = 4  # of texts in fields of texts


@runtime_checkable
class Translatable(Protocol):
    """What can be said in another language; the texts of both packages are."""

    def translated(self) -> str:
        """Return it in the language of this process."""


class Text(str):
    """An English text, made of a template and its fields, that can be said in another language."""

    __slots__ = ("_fields", "_template")

    _template: str
    _fields: Mapping[str, object]

    def __new__(cls, template: str, fields: Mapping[str, object]) -> Self:
        """Fill the English template, which must not depend on the language."""
        made = super().__new__(cls, template.format(**fields))
        made._template, made._fields = template, fields
        return made

    def __add__(self, other: str) -> "Text":
        return joined("", (self, other))

    def __radd__(self, other: str) -> "Text":
        return joined("", (other, self))

    def __reduce__(self) -> tuple[type["Text"], tuple[str, Mapping[str, object]]]:
        return Text, (self._template, self._fields)

    def __rich__(self) -> str:
        return self.translated()  # what rich prints

    def translated(self) -> str:
        """Return the text in the language of this process; English where the catalogue has nothing fitting."""
        template = _catalogue().gettext(self._template)
        if template == self._template and not self._fields:
            return _retold(str(self))
        fields = {
            name: one.translated() if isinstance(one, Translatable) else one for name, one in self._fields.items()
        }
        try:
            return template.format(**fields)
        except (LookupError, ValueError, AttributeError):  # somebody else's catalogue: ours are checked by a test
            return self._template.format(**fields)


def _(template: str, /, **fields: object) -> Text:
    """Return a text for people; `template` is a literal, and `{fields}` in it are given by name."""
    return Text(template, {name: _stated(one) for name, one in fields.items()})


_OWN_NAME = _("English")  # a catalogue says here what its language is called in itself


def shown(value: object) -> str:
    """Return what people read: texts and stated failures in their language, everything else as it is."""
    said = _stated(value)
    return said.translated() if isinstance(said, Translatable) else str(said)


def joined(separator: str, parts: Iterable[str]) -> Text:
    """Join texts so that each can still be said in another language."""
    fields = {f"part{at}": part for at, part in enumerate(parts)}
    return Text(separator.replace("{", "{{").replace("}", "}}").join(f"{{{name}}}" for name in fields), fields)


def retold(english: str) -> str:
    """Return a word or sentence of ours that was stored or sent as plain English, in the user's language."""
    return english.translated() if isinstance(english, Translatable) else _retold(english)


def stored(english: str) -> Text:
    """Return a sentence of ours that was stored or sent as plain English as a text again."""
    return Text(english.replace("{", "{{").replace("}", "}}"), {})


def is_english() -> bool:
    """Say whether nothing is translated."""
    return type(_catalogue()) is gettext.NullTranslations


def speak() -> None:
    """Prepare this process: what click says comes from our catalogue, and no terminal is too narrow for a character."""
    if not is_english():
        gettext.bindtextdomain(DOMAIN, str(LOCALE))
        gettext.textdomain(DOMAIN)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def languages(environment: Mapping[str, str]) -> list[str]:
    """Return the languages asked for, best first, none for English: LANGUAGE, except where the locale is "C"."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    if locale in _ENGLISH:
        return []
    asked = [one for one in environment.get("LANGUAGE", "").split(":") if one] or [locale]
    english = (at for at, one in enumerate(asked) if one.partition(".")[0].partition("_")[0] in {*_ENGLISH, ""})
    return asked[: next(english, len(asked))]


@cache
def _catalogue() -> gettext.NullTranslations:
    """Return the catalogue of the user's language, unless the terminal cannot show its script."""
    asked = languages(os.environ)
    if not asked:
        return gettext.NullTranslations()
    found = gettext.translation(DOMAIN, LOCALE, asked, fallback=True)
    own_name = found.gettext(_OWN_NAME)
    is_readable = all(_encodes(stream, own_name) for stream in (sys.stdout, sys.stderr))
    return found if is_readable else gettext.NullTranslations()


@cache
def _patterns() -> list[tuple[list[str], list[str], str]]:
    """Return literal parts, field names and translation of every template, the most telling first."""
    found = []
    for template, translation in vars(_catalogue()).get("_catalog", {}).items():
        if isinstance(template, str) and template:
            literals, names = _parts(template)
            if (names or "{{" in template) and sum(map(str.isalpha, "".join(literals))) >= _MIN_LETTERS:
                found.append((literals, names, translation))
    return sorted(found, key=lambda one: -sum(map(len, one[0])))


def _parts(template: str) -> tuple[list[str], list[str]]:
    """Return the texts between the fields of a template, one more than fields, and their names."""
    literals, names = [""], []
    for literal, name, _form, _conversion in string.Formatter().parse(template):
        literals[-1] += literal
        if name is not None:
            names.append(name)
            literals.append("")
    return literals, names


def _fields_in(english: str, literals: Sequence[str]) -> list[str] | None:
    """Return what stands between the literals, each taken where it comes first; None if it is another text."""
    if len(literals) == 1:
        return [] if english == literals[0] else None
    first, *inner, last = literals
    if len(english) < len(first) + len(last) or not english.startswith(first) or not english.endswith(last):
        return None
    rest, found = english[len(first) : len(english) - len(last)], []
    for literal in inner:
        before, between, rest = rest.partition(literal)
        if not between:
            return None
        found.append(before)
    return [*found, rest]


def _retold(english: str, *, depth: int = 0) -> str:
    if is_english() or not english:
        return english
    known = _catalogue().gettext(english)
    if known != english or depth > _MAX_DEPTH:
        return known
    for literals, names, translation in _patterns():
        values = _fields_in(english, literals)
        if values is not None:
            retold_values = (_retold(value, depth=depth + 1) for value in values)
            texts, wanted = _parts(translation)
            fields = dict(zip(names, retold_values, strict=True))
            return texts[0] + "".join(fields.get(name, "") + text for name, text in zip(wanted, texts[1:], strict=True))
    return english


def _encodes(stream: Any, text: str) -> bool:  # noqa: ANN401 - tests and callers put many things in place of stdout
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeError:
        return False
    return True


def _stated(value: object) -> object:
    """Return the text that an exception carries; an exception itself would keep everything alive that it passed."""
    if not isinstance(value, BaseException):
        return value
    return value.args[0] if len(value.args) == 1 and isinstance(value.args[0], Translatable) else str(value)
