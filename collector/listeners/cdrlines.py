"""Which lines of Asterisk's Master.csv are one record. Pure.

Whoever calls may put line breaks into the number he calls from; Asterisk writes them as they are, between quotes, with
every quote of his doubled. So a record ends at the line break outside quotes, and nobody can write one of his own. A
record that was cut (Asterisk was killed) opens quotes that never close: the next whole one ends it.
"""

import re

MAX_RECORD_BYTES = 4096  # cdr/cdr_csv.c builds a record in 1,024
LEAST_COLUMNS = 3

_QUOTES = re.compile(rb'"+')
_FIELD = rb'(?:"(?:[^"]|"")*+"|[^",]*+)'
_RECORD = re.compile(_FIELD + rb"(?:," + _FIELD + rb")*+")
_QUOTED = re.compile(rb'(?:^|,)"((?:[^"]|"")*+)"')
_SAYS_SOMETHING = re.compile(rb'[^",\r]')


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

    Within a caller's text all runs of quotes are even, so what he makes look like fields in quotes holds quotes alone,
    or what stands between two texts: a comma. A record of Asterisk's has a channel and more in quotes.
    """
    if not runs or runs % 2 or not line.startswith(b'"') or not _RECORD.fullmatch(line):
        return False
    quoted = _QUOTED.findall(line)
    return line.count(b",") + 1 >= LEAST_COLUMNS and any(_SAYS_SOMETHING.search(field) for field in quoted)
