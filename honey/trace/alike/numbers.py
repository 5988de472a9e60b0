"""Phone numbers of decoys, thousands of decoys to a number: which a row shows, whole or masked."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from honey.model.decoy import Decoy
from honey.trace.alike.codes import NOWHERE, Codes, Column, Flags, Partition, Shared
from honey.trace.phones import Number, mask_key, mask_keys
from honey.trace.row import Row

_MOST_DIGITS = 18  # of a national number held as one machine word; E.164 allows 15 with the country code
_POWERS = 10 ** np.arange(_MOST_DIGITS + 1, dtype=np.int64)
_REMEMBERED = 1024  # visible ends looked for among all numbers: six masked digits leave a hundred to a prefix
_OFTEN = 4  # times as many numbers as decoys: then only the decoys' are looked at
Nationals = npt.NDArray[np.int64]
_LEAST_HIDDEN = 2  # see `Number.fits`


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """One number for each decoy, 0 for none, and the look-ups that lead to all decoys on a number."""

    numbers: Sequence[Number | None]  # by code
    number_at: Column  # codes by place
    national: Nationals  # by code; -1 where it is no number of up to 18 digits
    width: Nationals  # by code: digits of the national number
    plans: Codes[tuple[int, str]]  # how many digits, and the first
    plan: Column  # by code
    on_national: dict[str, list[int]]  # codes; one national number may exist in several countries
    by_phone: Shared  # national digits
    by_e164: Shared
    by_mask: Shared  # `phones.mask_key`
    lengths: tuple[int, ...]
    has_odd: bool  # whether any is no number of up to 18 digits
    fitting: dict[tuple[str, str], Flags] = field(default_factory=dict)  # by code; remembered

    @classmethod
    def of(cls, decoys: Iterable[Decoy]) -> "Numbers":
        """Split every number once."""
        codes: Codes[str] = Codes("")
        number_at = np.array(array("i", (codes[decoy.phone or ""] for decoy in decoys)), np.int32)
        numbers = [Number.of(written) if written else None for written in codes]
        nationals = [number.national if number else "" for number in numbers]
        e164s: Codes[str] = Codes("")
        e164 = np.array([e164s[f"+{one.country}{one.national}" if one else ""] for one in numbers], np.int32)
        by_national, masks, plans = Codes(""), Codes(""), Codes((0, ""))
        national = np.array([by_national[one] for one in nationals], np.int32)
        keys = np.array([[masks[key] for key in mask_keys(one)] if one else [0, 0, 0] for one in nationals], np.int32)
        on_national: dict[str, list[int]] = {}
        for code, one in enumerate(nationals):
            if one:
                on_national.setdefault(one, []).append(code)
        return cls(
            numbers=numbers,
            number_at=number_at,
            national=np.array([int(one) if _is_short(one) else -1 for one in nationals], np.int64),
            width=np.array([min(len(one), _MOST_DIGITS) for one in nationals], np.int64),
            plans=plans,
            plan=np.array([plans[len(one), one[:1]] for one in nationals], np.int32),
            on_national=on_national,
            by_phone=Shared.of(by_national, national[number_at]),
            by_e164=Shared.of(e164s, e164[number_at]),
            by_mask=Shared.of(masks, *(column[number_at] for column in keys.T)),
            lengths=tuple(sorted({len(one) for one in nationals if one}, reverse=True)),
            has_odd=not all(map(_is_short, filter(None, nationals))),
        )

    def whole(self, row: Row) -> Iterator[Column]:
        """Yield the decoys on each number that may stand in the row whole."""
        for digits in row.phones:
            for length in self.lengths:
                if len(digits) >= length:
                    yield self.by_phone.places(digits[-length:])

    def masked(self, row: Row) -> Iterator[Column]:
        """Yield the decoys on numbers of which the row shows both ends, or a long beginning."""
        for prefix, suffix in row.masked_phones:
            yield self.by_mask.places(mask_key(prefix, suffix) or "")

    def split(self, alike: Partition, places: Column, row: Row, own: Callable[[str], Iterable[int]]) -> None:
        """Tell these decoys apart; `own(digits)` are the decoys of which these digits are no phone."""
        codes = self.number_at[places]
        several = bool((codes != codes[0]).any())
        asked = codes if several else codes[:1]
        shown = np.zeros(len(asked), np.bool_)
        for reading in self._readings(asked, row):
            shown |= reading
            if several:
                alike.by(reading)
        if several and self.has_odd:
            alike.by(np.where(self.national[codes] < 0, codes, 0), len(self.numbers))
        if row.phones and not shown.all():
            self._split_by_others(alike, places, row, own, hidden=np.broadcast_to(~shown, len(places)))

    def _readings(self, codes: Column, row: Row) -> Iterator[Flags]:
        for code in {code for digits in row.phones for code in self._dialled(digits)}:
            yield codes == code
        for prefix, suffix in row.masked_phones:
            yield self._fits(codes, prefix, suffix)

    def _split_by_others(
        self, alike: Partition, places: Column, row: Row, own: Callable[[str], Iterable[int]], *, hidden: Flags
    ) -> None:
        """Tell apart decoys whose number is not shown: which stand beside a complete number that may be another's."""
        by_plan: dict[int, list[str]] = {}
        for digits in row.phones:
            if plan := self.plans.get((len(digits), digits[0])):
                by_plan.setdefault(plan, []).append(digits)
        plans = self.plan[self.number_at[places]] if by_plan else NOWHERE
        for plan, others in by_plan.items():
            concerned = hidden & (plans == plan)
            alike.by(concerned)
            exempt = set.intersection(*(set(own(digits)) for digits in others))
            if exempt:
                alike.by(concerned & np.isin(places, list(exempt)))

    def _dialled(self, digits: str) -> Iterator[int]:
        for length in self.lengths:
            for code in self.on_national.get(digits[-length:], ()) if len(digits) >= length else ():
                number = self.numbers[code]
                if number and number.dialled_by(digits):
                    yield code

    def _fits(self, codes: Column, prefix: str, suffix: str) -> Flags:
        """Return which of these numbers `Number.fits` accepts."""
        if len(prefix) + len(suffix) + _LEAST_HIDDEN > _MOST_DIGITS:
            return np.zeros(len(codes), np.bool_)
        if len(self.numbers) > _OFTEN * len(codes):
            return _fitting(self.national[codes], self.width[codes], prefix, suffix)
        fits = self.fitting.get((prefix, suffix))
        if fits is None:
            if len(self.fitting) >= _REMEMBERED:
                self.fitting.clear()
            fits = self.fitting[prefix, suffix] = _fitting(self.national, self.width, prefix, suffix)
        found: Flags = fits[codes]
        return found


def _fitting(national: Nationals, width: Nationals, prefix: str, suffix: str) -> Flags:
    fits: Flags = width - (len(prefix) + len(suffix)) >= _LEAST_HIDDEN
    fits &= national // _POWERS[np.maximum(width - len(prefix), 0)] == int(prefix)
    if suffix:
        fits &= national % _POWERS[len(suffix)] == int(suffix)
    return fits


def _is_short(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
