"""The results as one SVG: identification and false accusations per scenario, ours beside the four. Pure; no scripts.

Colours are told apart by colour-blind readers (Okabe & Ito 2008), and each method has a shape of its own besides.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from honey.simulate.judge import Method
from honey.simulate.leak import Scenario
from honey.simulate.limits import limits
from honey.simulate.run import Outcome
from honey.translation import _

_ROW, _TOP, _LEFT, _PANEL, _GAP, _MARGIN = 24, 96, 240, 300, 60, 30
_WIDTH = _LEFT + 2 * _PANEL + _GAP + _MARGIN
_INK, _GREY, _RULE, _BAND = "#1c2430", "#5b6675", "#d5dce5", "#f4f7fb"
_STYLE = {
    Method.OURS: ("#000000", "circle"),
    Method.GUILT: ("#0072b2", "square"),
    Method.COMP: ("#d55e00", "diamond"),
    Method.TARDOS: ("#009e73", "triangle"),
    Method.OWNER: ("#cc79a7", "cross"),
}
LABELS = {
    Method.OURS: _("ours"),
    Method.GUILT: _("guilt model"),
    Method.COMP: _("COMP"),
    Method.TARDOS: _("symmetric Tardos"),
    Method.OWNER: _("hit number = owner"),
}
_DECADES = 6  # of the logarithmic panel: 100 % down to one in a million
_FONT = 'font-family="Noto Sans, Helvetica, Arial, sans-serif" font-size="12"'
_NONE_SEEN = 36  # pixels left of the last decade, for "none seen"


@dataclass(frozen=True, slots=True)
class _Panel:
    left: float

    def share(self, value: float) -> float:
        """Return the place of a share from 0 to 1 on a straight scale."""
        return self.left + value * _PANEL

    def rare(self, value: float) -> float:
        """Return the place of a share on the logarithmic scale; 0 stands left of it."""
        if value <= 0:
            return self.left
        decades = min(max(_DECADES + math.log10(value), 0), _DECADES)
        return self.left + _NONE_SEEN + (_PANEL - _NONE_SEEN) * decades / _DECADES


def draw(outcome: Outcome, scenarios: Sequence[Scenario], title: str) -> str:
    """Return the picture as an SVG document."""
    height = _TOP + _ROW * len(scenarios) + 44
    found, accused = _Panel(_LEFT), _Panel(_LEFT + _PANEL + _GAP)
    total = outcome.total(Method.OURS)
    said = f"{title}: ours accused an innocent account in {total.false_accusations:,} of {total.cases:,} cases"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" {_FONT}>',
        f"<title>{escape(said)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(16, 24, title, size=16, weight=600),
        *_legend(),
        _text(found.left, 80, "all leakers named and nobody else", weight=600),
        _text(accused.left, 80, "an innocent account named (bar: 95 % limits of ours)", weight=600),
    ]
    bottom = _TOP + _ROW * len(scenarios)
    parts += _bands(len(scenarios)) + _scales(found, accused, bottom)
    for at, scenario in enumerate(scenarios):
        parts += _row(outcome, scenario, _TOP + _ROW * at + _ROW / 2, (found, accused))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> list[str]:
    parts, left = [], 16.0
    for method in Method:
        parts += [_mark(method, left + 6, 46), _text(left + 18, 50, LABELS[method])]
        left += 46 + 7.2 * len(LABELS[method])
    return parts


def _bands(rows: int) -> list[str]:
    return [
        f'<rect x="8" y="{_TOP + _ROW * at}" width="{_WIDTH - 16}" height="{_ROW}" fill="{_BAND}"/>'
        for at in range(0, rows, 2)
    ]


def _scales(found: _Panel, accused: _Panel, bottom: float) -> list[str]:
    ticks = [(found.share(at / 4), f"{25 * at} %") for at in range(5)]
    ticks += [(accused.rare(0), "none")]
    words = ["10⁻⁶", "10⁻⁵", "10⁻⁴", "0.1 %", "1 %", "10 %", "100 %"]
    ticks += [(accused.rare(10.0 ** (at - _DECADES)), word) for at, word in enumerate(words)]
    parts = []
    for x, word in ticks:
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}" stroke="{_RULE}"/>')
        parts.append(_text(x, bottom + 18, word, anchor="middle", colour=_GREY, size=11))
    return parts


def _row(outcome: Outcome, scenario: Scenario, y: float, panels: tuple[_Panel, _Panel]) -> list[str]:
    found, accused = panels
    parts = [_text(16, y + 4, scenario.name)]
    if not scenario.somebody:
        parts.append(_text(found.left + 6, y + 4, "nobody to name", colour=_GREY, size=11))
    ours = outcome.counts[scenario.name, Method.OURS]
    low, high = limits(ours.false_accusations, ours.cases)
    parts.append(
        f'<line x1="{accused.rare(low):.1f}" y1="{y:.1f}" x2="{accused.rare(high):.1f}" y2="{y:.1f}" '
        f'stroke="{_INK}" stroke-width="2"/>'
    )
    for method in reversed(Method):  # ours on top
        one = outcome.counts[scenario.name, method]
        if not one.cases:
            continue
        if scenario.somebody:
            parts.append(_mark(method, found.share(one.identified / one.cases), y))
        parts.append(_mark(method, accused.rare(one.false_accusations / one.cases), y))
    return parts


def _mark(method: Method, x: float, y: float) -> str:
    colour, shape = _STYLE[method]
    drawn = f'fill="{colour}" fill-opacity="0.85"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" {drawn}/>'
    if shape == "square":
        return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" {drawn}/>'
    if shape == "diamond":
        return f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z" {drawn}/>'
    if shape == "triangle":
        return f'<path d="M{x:.1f} {y - 6:.1f}l6 10.5h-12z" {drawn}/>'
    return f'<path d="M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10" fill="none" stroke="{colour}" stroke-width="2.5"/>'


def _text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 12,
    weight: int = 400,
    anchor: str = "start",
    colour: str = _INK,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{colour}">{escape(words)}</text>'
    )
