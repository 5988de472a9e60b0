"""How one CSV file is written: delimiter, quote character, escaping and line ends, learnt from its beginning."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

DELIMITERS = (",", "\t", ";", "|")
QUOTES = ('"', "'")
SAMPLE_RECORDS = 200  # enough to tell a delimiter from punctuation inside addresses
MIN_SHARE = 0.5  # of the sample's records must have the usual width for a delimiter to be believed at first sight


@dataclass(frozen=True, slots=True)
class Dialect:
    """`doubled` says whether a quote inside a quoted field is doubled or escaped by a backslash."""

    delimiter: str = ","
    quote: str = '"'
    doubled: bool = True
    line_end: bytes = b"\n"  # what splits physical lines: LF (CRLF included) or a bare CR

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Return a strict csv reader over physical lines."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            doublequote=self.doubled,
            escapechar=None if self.doubled else "\\",
            strict=True,
        )


def learn(head: str, *, whole: bool = True) -> Dialect:
    """Return the dialect of a file that begins with `head`; `whole` says that there is no more of it."""
    line_end = _line_end(head)
    end = line_end.decode()
    lines = [line + end for line in head.split(end)]  # splitlines() would cut at U+2028 and its kin too
    candidates = [
        (score, Dialect(delimiter, quote, doubled, line_end))
        for delimiter in DELIMITERS
        for quote, doubled in _quotings(head, delimiter)
        if (score := _score(lines, Dialect(delimiter, quote, doubled, line_end), whole=whole))
    ]
    return max(candidates, key=lambda one: one[0], default=((), Dialect(line_end=line_end)))[1]


def _line_end(head: str) -> bytes:
    quoted = False
    for at, character in enumerate(head):
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character == "\n":
            return b"\n"
        elif character == "\r":
            return b"\n" if head[at + 1 : at + 2] in ("\n", "") else b"\r"
    return b"\n" if "\n" in head or "\r" not in head else b"\r"


def _quotings(head: str, delimiter: str) -> list[tuple[str, bool]]:
    """Return the (quote, doubled) pairs worth trying, the usual one first.

    Apostrophes count as quotes only where they close fields as often as they open them: Excel's text apostrophe
    ('0571) only opens.
    """
    quotings = [('"', True)]
    if '\\"' in head:
        quotings.append(('"', False))
    opening = head.count(f"{delimiter}'") + head.count("\n'")
    closing = head.count(f"'{delimiter}") + head.count("'\n") + head.count("'\r")
    if opening and abs(opening - closing) <= 2 and f'{delimiter}"' not in head:
        quotings.append(("'", True))
        if "\\'" in head:
            quotings.append(("'", False))
    return quotings


def _score(lines: list[str], dialect: Dialect, *, whole: bool) -> tuple[float, ...]:
    """Return how well a dialect explains the lines, as something to compare; empty where it explains nothing."""
    widths: Counter[int] = Counter()
    records = dialect.reader(iter(lines))
    clean = 1
    quoted = 0
    try:
        for cells in islice(records, SAMPLE_RECORDS):
            if any(cells):
                widths[len(cells)] += 1
                quoted += sum(1 for cell in cells if len(cell) > 1 and cell[0] == cell[-1] == "'")
    except csv.Error as exc:
        clean = int(not whole and "unexpected end of data" in str(exc))  # the head is cut inside a quoted field
    if not widths:
        return ()
    width, count = widths.most_common(1)[0]
    share = count / widths.total()
    if width == 1:
        return (0, clean, 0, 0, 0)
    return (1 + (share >= MIN_SHARE), clean, share, -quoted, width)
