"""Which lines of Asterisk's Master.csv are one record. Pure.

Whoever calls may put line breaks into the number he calls from; Asterisk writes them as they are, between quotes, with
every quote of his doubled. So a record ends at the line break outside quotes, and nobody can write one of his own. A
record that was cut (Asterisk was killed) opens quotes that never close: the next whole one ends it.
"""

import csv
import re

MAX_RECORD_BYTES = 4096  # cdr/cdr_csv.c builds a record in 1,024
LEAST_COLUMNS = 3

_QUOTES = re.compile(rb'"+')


def asterisk_records(lines: bytes) -> tuple[list[bytes], int]:
    """Return the records of whole lines, and how many bytes at their end belong to one that is not complete."""
    records: list[bytes] = []
    begun: list[bytes] = []
    is_open = False
    for line in lines.split(b"\n")[: lines.count(b"\n")]:
        runs = sum(len(quotes) % 2 for quotes in _QUOTES.findall(line))
        if begun and _is_whole(line, runs):
            records += begun
            begun, is_open = [], False
        begun.append(line)
        is_open = (is_open or line.startswith(b'"')) and is_open != bool(runs % 2)
        if not is_open:
            records.append(b"\n".join(begun))
            begun = []
        elif sum(map(len, begun)) > MAX_RECORD_BYTES:
            records += begun
            begun, is_open = [], False
    return records, sum(len(line) + 1 for line in begun)


def _is_whole(line: bytes, runs: int) -> bool:
    """Say whether a line can only be a record of its own.

    Within a caller's text all runs of quotes are even, and a line that ends one of his texts leaves quotes open or
    closes those of before.
    """
    if not runs or runs % 2 or not line.startswith(b'"'):
        return False
    try:
        (row,) = csv.reader([line.decode("utf-8", "replace")], strict=True)
    except (csv.Error, ValueError):
        return False
    return len(row) >= LEAST_COLUMNS
