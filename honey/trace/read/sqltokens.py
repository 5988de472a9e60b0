"""The few pieces of SQL that hold rows: heads of INSERT, COPY and CREATE TABLE, tuples, literals. Pure.

All patterns are possessive: a hostile text makes them fail in linear time.
"""

import re
from dataclasses import dataclass

from honey.trace.read.cells import bytes_text, one_line

_NAME = r'(?:`[^`\n]{1,200}`|"[^"\n]{1,200}"|\[[^\]\n]{1,200}\]|[\w$#]{1,200}+)'
_TABLE = rf"(?P<table>{_NAME}(?:\s{{0,9}}\.\s{{0,9}}{_NAME}){{0,3}})"
_COLUMNS = r"(?:\((?P<columns>[^()';]{1,20000})\)\s{0,999}+)?"
_INSERT = re.compile(
    rf"(?:INSERT(?:\s+IGNORE|\s+OR\s+\w+)?(?:\s+INTO)?|REPLACE\s+INTO)\s+{_TABLE}\s{{0,999}}+{_COLUMNS}"
    r"(?:OVERRIDING\s+\w+\s+VALUE\s+)?VALUES?\s*(?=\()",
    re.IGNORECASE,
)
_COPY = re.compile(rf"COPY\s+{_TABLE}\s{{0,999}}+{_COLUMNS}FROM\s+stdin\b[^\n]*\n", re.IGNORECASE)
_CREATE = re.compile(
    rf"CREATE\s+(?:\w+\s+){{0,3}}TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_TABLE}\s{{0,999}}+(?=\()", re.IGNORECASE
)
STARTS = re.compile(r"(?:INSERT|REPLACE|COPY|CREATE)\s", re.IGNORECASE)
HEADS = re.compile(
    r"^--\s*(?:MySQL|MariaDB|PostgreSQL|phpMyAdmin|Navicat)\b.*(?:dump|database)|^CREATE\s+TABLE\s[^(\n]{1,300}\(|"
    r"^(?:INSERT(?:\s+IGNORE)?(?:\s+INTO)?|REPLACE\s+INTO)\s[^;]{1,3000}?\bVALUES?\s*\(|^COPY\s[^;\n]{1,3000}\sFROM\s+stdin",
    re.IGNORECASE | re.MULTILINE,
)
_NO_COLUMN = re.compile(
    r"(?:PRIMARY|UNIQUE|FULLTEXT|SPATIAL|KEY|INDEX|CONSTRAINT|FOREIGN|CHECK|EXCLUDE|PERIOD|LIKE)\b", re.IGNORECASE
)
_NAMED = re.compile(_NAME)
_HEX = re.compile(r"0x((?:[0-9a-f]{2})+)|X'((?:[0-9a-f]{2})+)'", re.IGNORECASE)
_QUOTED = re.compile(
    r"""(?:N|E|_\w{1,20}\s?|)(?P<quote>['"])(?P<inside>.*)(?P=quote)(?:\s*::.*)?""", re.DOTALL | re.IGNORECASE
)
_BACKSLASHED = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "0": " ", "Z": " ", "N": "", "f": " ", "v": " "}


def _tuple_patterns(single: str, double: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    flat = rf"[^()'\"]++|{single}|{double}"
    nested = rf"\((?:{flat}|\((?:{flat})*+\))*+\)"
    item = rf"(?:[^'\"(),]++|{single}|{double}|{nested})++"
    return re.compile(rf"\({item}(?:,{item})*+\)", re.DOTALL), re.compile(item, re.DOTALL)


_PATTERNS = {
    True: _tuple_patterns(r"'(?:[^'\\]++|\\.|'')*+'", r'"(?:[^"\\]++|\\.|"")*+"'),
    False: _tuple_patterns(r"'(?:[^']++|'')*+'", r'"(?:[^"]++|"")*+"'),
}
_MYSQL = re.compile(r"MySQL|MariaDB|`|ENGINE\s*=|\\'")
_STANDARD = re.compile(r"standard_conforming_strings\s*=\s*on|PostgreSQL database|PRAGMA foreign_keys|\bN'")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a statement: where it ends, which table, which columns if it says so."""

    end: int
    table: str
    columns: tuple[str, ...]


def backslash_escapes(sampled: str) -> bool:
    """Tell MySQL's strings, in which a backslash escapes, from standard ones, in which it is a character."""
    return not _STANDARD.search(sampled) and bool(_MYSQL.search(sampled))


def insert_head(text: str, at: int) -> Head | None:
    """Read `INSERT INTO table (columns) VALUES`, up to the first tuple."""
    return _head(_INSERT.match(text, at))


def copy_head(text: str, at: int) -> Head | None:
    """Read `COPY table (columns) FROM stdin;` with its line end."""
    return _head(_COPY.match(text, at))


def create_head(text: str, at: int) -> Head | None:
    """Read the columns of a whole `CREATE TABLE table (...)`; None if it is another statement or goes on."""
    found = _CREATE.match(text, at)
    items = row(text, found.end(), backslash=True) if found else None
    if found is None or items is None:
        return None
    columns = [_NAMED.match(item.lstrip()) for item in items[1] if not _NO_COLUMN.match(item.lstrip())]
    return Head(items[0], _name(found.group("table")), tuple(_name(one.group()) for one in columns if one))


def _head(found: re.Match[str] | None) -> Head | None:
    if found is None:
        return None
    columns = _NAMED.findall(found.group("columns") or "")
    return Head(found.end(), _name(found.group("table")), tuple(map(_name, columns)))


def _name(quoted: str) -> str:
    return one_line(".".join(part.strip().strip('`"[]') for part in quoted.split(".")))


def row(text: str, at: int, *, backslash: bool) -> tuple[int, list[str]] | None:
    """Read one tuple as it stands: where it ends and its items; None if it is broken or not whole."""
    whole, items = _PATTERNS[backslash]
    found = whole.match(text, at)
    return (found.end(), items.findall(text, at + 1, found.end() - 1)) if found else None


def literal(item: str, *, backslash: bool) -> str:
    """Return the value of a literal as text; an expression stays as it stands."""
    item = item.strip()
    if item.isdigit():
        return item
    if item[:1] == item[-1:] == "'" and len(item) > 1 and (not backslash or "\\" not in item):
        return item[1:-1].replace("''", "'")
    if item.upper() in {"NULL", "DEFAULT"}:
        return ""
    if found := _QUOTED.fullmatch(item):
        quote, inside = found.group("quote"), found.group("inside")
        escaped = backslash or item[:1] in "Ee"
        if escaped and "\\" in inside:
            inside = unescaped(inside)
        return inside.replace(quote * 2, quote)
    if hexadecimal := _HEX.fullmatch(item):
        return bytes_text(bytes.fromhex(hexadecimal.group(1) or hexadecimal.group(2)))
    return item


def unescaped(text: str) -> str:
    """Undo backslashes, as in MySQL's strings and in COPY."""
    return _BACKSLASHED.sub(lambda found: _MEANT.get(found.group(1), found.group(1)), text)
