"""Chinese persons' names in the proportions of the living population.

Faker's own zh_CN names have 150 given names, mix periods and are unique to 29 %.
"""

import random
from itertools import accumulate

from faker.providers import BaseProvider

from honey.generate.provider.hantables import GENERATIONS, PINYIN, SURNAME_WEIGHTS, SURNAMES

_SURNAME_SUMS = tuple(accumulate(SURNAME_WEIGHTS))
_GENERATION_SUMS = tuple(accumulate(one.share for one in GENERATIONS))
_DOUBLED_SHARE = 0.015  # 婷婷, 丹丹: among women born since 1980
_WOMEN_DOUBLING = frozenset(GENERATIONS[5::2])
_MALE, _FEMALE = GENERATIONS[::2], GENERATIONS[1::2]


class HanNameProvider(BaseProvider):
    """Adds `han_surname`, `han_name` and `wide_han_name` to a Faker instance."""

    def han_surname(self) -> str:
        """Return a surname as often as the population bears it."""
        rng: random.Random = self.generator.random
        return rng.choices(SURNAMES, cum_weights=_SURNAME_SUMS)[0]

    def han_name(self, surname: str | None = None) -> str:
        """Return a name whose given characters belong to one decade and one sex."""
        rng: random.Random = self.generator.random
        surname = surname or self.han_surname()
        born = rng.choices(GENERATIONS, cum_weights=_GENERATION_SUMS)[0]
        if rng.random() < born.single_share and len(surname) == 1:
            return surname + _pick(rng, born.single)
        if born in _WOMEN_DOUBLING and rng.random() < _DOUBLED_SHARE:
            return surname + 2 * _pick(rng, born.single)
        return surname + self._pair(rng, born.first, born.second)

    def wide_han_name(self, surname: str | None = None) -> str:
        """Return a name of three characters that mixes decades of one sex: for when the usual ones are taken."""
        rng: random.Random = self.generator.random
        surname = surname or self.han_surname()
        sex = _MALE if rng.random() < 0.5 else _FEMALE
        return surname + self._pair(rng, rng.choice(sex).first, rng.choice(sex).second)

    @staticmethod
    def _pair(rng: random.Random, firsts: str, seconds: str) -> str:
        first, second = _pick(rng, firsts), _pick(rng, seconds)
        return first + (second if second != first else _pick(rng, seconds))


def _pick(rng: random.Random, characters: str) -> str:
    return characters[int(rng.random() * len(characters))]


def pinyin(name: str) -> tuple[str, ...] | None:
    """Return surname and given syllables of a name our tables made, None for another."""
    length = 2 if name[:2] in PINYIN else 1
    parts = [name[:length], *name[length:]]
    spelled = [PINYIN.get(part) for part in parts]
    return tuple(one for one in spelled if one) if all(spelled) else None
