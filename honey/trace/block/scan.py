"""`scan_block`: which lines of a block of UTF-8 may hold a decoy value. Pure; tables are built once and never change.

It errs only towards naming a line: every line that `prefilter.Prefilter.may_hold` passes is named.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from honey.trace.block import signs
from honey.trace.block.keys import Places
from honey.trace.block.layout import Layout, PairTable
from honey.trace.block.mail import MailTables, mail_in
from honey.trace.block.numbers import PAIRS, NumberTables, numbers_in
from honey.trace.block.places import PlaceTables, places_in
from honey.trace.block.words import WordTables, words_in

BLOCK_BYTES = (
    512 * 1024
)  # smaller: calls cost too much (256 KiB: 15 % slower); larger: no longer in the second-level cache


@dataclass(frozen=True, slots=True, eq=False)
class BlockTables:
    """All that is looked for in a block."""

    kinds: PairTable
    numbers: NumberTables
    places: PlaceTables
    mail: MailTables
    words: WordTables

    @classmethod
    def of(
        cls,
        *,
        numbers: Iterable[str],
        masks: Iterable[str],
        anchors: Iterable[str],
        mailboxes: Iterable[str],
        links: Iterable[str],
        words: Iterable[str] = (),
        pairs: Iterable[str] = (),
    ) -> "BlockTables":
        """Take the keys of a `DecoyIndex`.

        Numbers are national phone numbers and the digits of waybill numbers, words the waybill numbers without enough
        digits in a row, pairs are `12 example` or `example 12` for each address outside China.
        """
        places, mail = PlaceTables.of(anchors), MailTables.of(mailboxes, links)
        kinds = PairTable.of([*signs.PAIRS, *PAIRS, *places.pairs(), *mail.pairs()])
        return cls(kinds, NumberTables.of(numbers, masks), places, mail, WordTables.of(words, pairs))


def scan_block(block: bytes, tables: BlockTables) -> Places:
    """Return the numbers, from 0, of the lines that may hold a decoy value: each once, in order."""
    layout = Layout.of(block, tables.kinds)
    found = [
        np.zeros(0, np.intp),
        *numbers_in(layout, tables.numbers),
        *places_in(layout, tables.places),
        *mail_in(layout, tables.mail),
        *words_in(layout, tables.words),
        *signs.odd_in(layout),
    ]
    return layout.lines(np.concatenate(found))
