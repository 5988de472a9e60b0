"""Matching: any cells give candidates that are well formed, in order, the same twice, and that the prefilter passes."""

import re
from collections.abc import Mapping

from fuzz.decoys import DECOYS, INDEX, data_of, text_of
from honey.model.waybill import Role
from honey.trace.match import match_record
from honey.trace.normalise import MASKS
from honey.trace.phones import SEPARATORS
from honey.trace.prefilter import Prefilter
from honey.trace.row import MAX_SEEN

IDS = frozenset(decoy.id for decoy in DECOYS)
PREFILTER = Prefilter(INDEX)
# What the search does not promise (docs/fuzzing.md): a link's token without its host, a mask with signs in it or more
# than two before it, a grave accent where an apostrophe separates digits, and a house number moved behind its street.
_MASK, _SIGN = f"[{re.escape(MASKS)}xX]", f"[{re.escape(SEPARATORS)}]"
UNPROMISED = re.compile(f"{_MASK}{_SIGN}+{_MASK}|{_SIGN}{{3}}{_MASK}|`|street[ ,.]+12", re.IGNORECASE)


def check(data: bytes) -> None:
    """Read a text as one row with tabs between its cells."""
    text = text_of(data)
    cells = tuple(text.split("\t"))
    found = match_record(cells, INDEX)
    assert found == match_record(cells, INDEX)
    for candidate in found:
        assert candidate.decoys
        assert candidate.decoys <= IDS
        assert candidate.fields
        assert 0 < candidate.chance_per_row <= 1
        assert candidate.deciding in candidate.fields
        for field in candidate.fields.values():
            assert 0 < field.chance <= 1
            assert 0 <= field.found.cell < len(cells)
            assert len(field.found.seen) <= MAX_SEEN
    if any(Role.LINK not in candidate.fields for candidate in found) and not UNPROMISED.search(text):
        assert PREFILTER.may_hold(text)


def seeds() -> Mapping[str, bytes]:
    """Return rows that hold a decoy whole, in part and mangled."""
    return {
        "whole": data_of("YT8000000012345", "\t", "王诗涵", "\t", "14000770037", "\t", "杭州市", "文一西路", "969号"),
        "masked": data_of("王**", ",", "140****0037", ",", "杭州市"),
        "split": data_of("文一西路", "\t", "969号", "\t", "3栋2单元1801室"),
        "wide": data_of("歐陽明", "１４０００７７００３７", "中山東路", "十二号院"),
        "latin": data_of("J*** S***", "\t", "12 Example Street", ",", "LONDON"),
        "letters": data_of("l4OOO77OO37", " ", "YT8OOOOOOO12345"),
        "link": data_of("https://track.example.net/t/", "0a1b2c3d4e5f607", "\t", "0a1b2c3d4e5f@mail.example.com"),
        "shortened": data_of("1.40008E+10", "\t", "B7KQZ"),
    }  # fmt: skip
