"""`scan_block`: which lines of a block of UTF-8 may hold a decoy value. Pure; tables are built once and never change.

It errs only towards naming a line: every line that `prefilter.Prefilter.may_hold` passes is named. Waybill numbers
without a long run of digits and addresses outside China are not looked for here.
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

BLOCK_BYTES = (
    512 * 1024
)  # smaller: calls cost too much (256 KiB: 15 % slower); larger: no longer in the second-level cache


@dataclass(frozen=True, slots=True, eq=False)
class BlockTables:
    """All that is looked for in a block."""

    pairs: PairTable
    numbers: NumberTables
    places: PlaceTables
    mail: MailTables

    @classmethod
    def of(
        cls,
        *,
        numbers: Iterable[str],
        masks: Iterable[str],
        anchors: Iterable[str],
        mailboxes: Iterable[str],
        links: Iterable[str],
    ) -> "BlockTables":
        """Take the keys of a `DecoyIndex`; numbers are national phone numbers and the digits of waybill numbers."""
        places, mail = PlaceTables.of(anchors), MailTables.of(mailboxes, links)
        pairs = PairTable.of([*signs.PAIRS, *PAIRS, *places.pairs(), *mail.pairs()])
        return cls(pairs, NumberTables.of(numbers, masks), places, mail)


def scan_block(block: bytes, tables: BlockTables) -> Places:
    """Return the numbers, from 0, of the lines that may hold a decoy value: each once, in order."""
    layout = Layout.of(block, tables.pairs)
    found = [
        np.zeros(0, np.intp),
        *numbers_in(layout, tables.numbers),
        *places_in(layout, tables.places),
        *mail_in(layout, tables.mail),
        *signs.odd_in(layout),
    ]
    return layout.lines(np.concatenate(found))
