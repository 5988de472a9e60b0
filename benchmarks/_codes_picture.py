"""The coalition figures of docs/codes.md as one SVG, from the results that `python -m benchmarks.codes dump` wrote.

`python -m benchmarks._codes_picture docs/codes.svg results/*.json`
"""

import json
import sys
from html import escape
from pathlib import Path

from benchmarks.codes import Row, wilson

_ROW, _TOP, _LEFT, _PANEL, _MARGIN = 24, 84, 460, 400, 40
_WIDTH = _LEFT + _PANEL + _MARGIN
_LOWEST = 0.6  # share at the left edge
_INK, _GREY, _RULE = "#1c2430", "#5b6675", "#d5dce5"
_FONT = 'font-family="Noto Sans, Helvetica, Arial, sans-serif" font-size="12"'
# What is counted, as rows of results end: colour (Okabe & Ito 2008), pixels off the middle of the line, legend.
_COUNTED = {
    ">=1 named": ("#0072b2", -4, "at least one colluder named"),
    "all named": ("#d55e00", 4, "all of them named (lines: 95 % limits)"),
}


def draw(rows: list[Row]) -> str:
    """Return the SVG: one line for each setting and attack, both shares on it."""
    by_name = _pooled([row for row in rows if row["name"].endswith(tuple(_COUNTED))])
    names = sorted({name.rsplit(", ", 1)[0] for name in by_name})
    bottom = _TOP + _ROW * len(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 36}" role="img" {_FONT}>',
        "<title>How often one, and all, of the colluders are named</title>",
        f'<rect width="{_WIDTH}" height="{bottom + 36}" fill="#ffffff"/>',
        _text(16, 26, "Coalitions named from a dump, of 100,000 accounts", size=16),
    ]
    for at, (colour, _, legend) in enumerate(_COUNTED.values()):
        parts += [_dot(22 + 230 * at, 48, colour), _text(34 + 230 * at, 52, legend)]
    for tenths in range(round(10 * _LOWEST), 11):
        x = _x(tenths / 10)
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom}" stroke="{_RULE}"/>')
        parts.append(_text(x - 14, bottom + 18, f"{tenths * 10} %", colour=_GREY))
    for at, name in enumerate(names):
        middle = _TOP + _ROW * (at + 0.5)
        parts.append(_text(16, middle + 4, name))
        for counted, (colour, shift, _) in _COUNTED.items():
            parts += _interval(by_name[f"{name}, {counted}"], middle + shift, colour)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _pooled(rows: list[Row]) -> dict[str, Row]:
    """Add up the trials of one name, which may have been run in several parts."""
    found: dict[str, Row] = {}
    for row in rows:
        trials, hits = (row[what] + found.get(row["name"], {}).get(what, 0) for what in ("trials", "hits"))
        low, high = wilson(hits, trials)
        found[row["name"]] = {"trials": trials, "hits": hits, "rate": hits / trials, "low": low, "high": high}
    return found


def _interval(row: Row, y: float, colour: str) -> list[str]:
    low, high = _x(row["low"]), _x(row["high"])
    line = f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="2"/>'
    return [line, _dot(_x(row["rate"]), y, colour)]


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'


def _x(share: float) -> float:
    return _LEFT + _PANEL * (max(share, _LOWEST) - _LOWEST) / (1 - _LOWEST)


def _text(x: float, y: float, said: str, *, size: int = 12, colour: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}">{escape(said)}</text>'


if __name__ == "__main__":
    found = [row for path in sys.argv[2:] for row in json.loads(Path(path).read_text("utf-8"))["rows"]]
    Path(sys.argv[1]).write_text(draw(found), "utf-8")
