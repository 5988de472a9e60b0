"""The search for likely accomplices: the best sets of each size, among all accounts but the one to be tested.

Whatever the excluded account's word is, the same sets come out in the same order. That is what lets the e-value of
that account rest on them.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from honey.codes.draw import Words, unpack_bits
from honey.codes.evalue import Floats, Weighing, extend_all
from honey.codes.logs import log_sum
from honey.codes.sets import Held, extend, set_ratios

Members = NDArray[np.intp]  # (sets, size): account indices

SETS = 200  # sets of each size kept as side information
_HEADS = 2  # best sets of each size beside which all accounts are looked at again
_RECALLED = 32  # accounts each such look adds to the candidates


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The best sets of one size: members, and ln of the likelihood ratio of each set.

    `log_unlisted` is ln of the summed ratios of all other sets of this size, where that is known; else -inf.
    """

    members: Members
    log_ratios: Floats
    log_unlisted: float = -np.inf


@dataclass(slots=True, eq=False)
class Field:
    """What the searches of one observation share: all of it either concerns every account alike or is a cache."""

    weighings: tuple[Weighing, ...]  # [s]: under coalitions of more than s accounts
    words: Words
    ranked: Members  # the best accounts alone, best first, one more than CANDIDATES
    pairs: Floats  # (ranked, ranked) ln likelihood ratios; -inf on the diagonal
    recalled: dict[tuple[int, ...], Members] = field(default_factory=dict)

    def bits(self, accounts: Members) -> NDArray[np.bool_]:
        """Return the (accounts, positions) bits of some accounts."""
        return unpack_bits(self.words[accounts], self.weighings[0].code.length)

    def held(self, members: Members) -> Held:
        """Count how many of each set hold each position."""
        bits = self.bits(members.reshape(-1)).reshape(*members.shape, self.weighings[0].code.length)
        return np.asarray(bits.sum(axis=1, dtype=np.int8))

    def ratios(self, members: Members) -> Floats:
        """Return ln of the likelihood ratio of each set under coalitions larger than it: (sets,)."""
        size = members.shape[1]
        return log_sum(set_ratios(self.weighings[size], self.held(members), size))


def field_of(weighings: tuple[Weighing, ...], words: Words, alone: Floats, candidates: int) -> Field:
    """Prepare the searches of one observation: `weighings[s]` is under coalitions of more than s accounts."""
    count = min(candidates + 1, len(words))
    best = np.argpartition(-alone, count - 1)[:count]
    ranked = best[np.argsort(-alone[best], kind="stable")]
    shared = Field(weighings, words, ranked, np.empty((0, 0)))
    shared.pairs = extend(weighings[1], shared.held(ranked[:, None]), 1, shared.bits(ranked))
    np.fill_diagonal(shared.pairs, -np.inf)
    return shared


def search(shared: Field, excluded: int | None) -> tuple[Level, ...]:
    """Find the best sets of each size among all accounts but the excluded one, never looking at its word."""
    kept = np.arange(len(shared.ranked))
    if excluded is not None:  # the best of all others: the same ones whatever the excluded account's word says
        kept = np.flatnonzero(shared.ranked != excluded)[: len(shared.ranked) - 1]
    accounts = shared.ranked[kept]
    pairs = shared.pairs[np.ix_(kept, kept)]
    singles = accounts[:, None]
    levels = [Level(singles, shared.ratios(singles)), _best_pairs(accounts, pairs)]
    extra = _recall(shared, levels, accounts, excluded)
    if len(extra):
        rows = extend(shared.weighings[1], shared.held(extra[:, None]), 1, shared.bits(accounts))
        added = np.stack([np.repeat(extra, len(accounts)), np.tile(accounts, len(extra))], axis=1)
        levels[1] = _keep(
            np.concatenate([levels[1].members, added]),
            np.concatenate([levels[1].log_ratios, rows.reshape(-1)]),
        )
        accounts = np.concatenate([accounts, extra])
    # The largest sets are nobody's side information: a search for a test can do without them.
    for size in range(2, len(shared.weighings) - (excluded is not None)):
        levels.append(_grow(shared, levels[-1], size, accounts))
    return tuple(levels)


def _best_pairs(accounts: Members, pairs: Floats) -> Level:
    first, second = np.triu_indices(len(accounts), 1)
    members = np.stack([accounts[first], accounts[second]], axis=1)
    return _keep(members, pairs[first, second])


def _grow(shared: Field, level: Level, size: int, accounts: Members) -> Level:
    """Add one account to each of the best sets of `size` accounts."""
    ratios = extend(shared.weighings[size], shared.held(level.members), size, shared.bits(accounts))
    at_set, at_account = np.divmod(np.arange(ratios.size), len(accounts))
    members = np.concatenate([level.members[at_set], accounts[at_account][:, None]], axis=1)
    fresh = (members[:, :-1] != members[:, -1:]).all(axis=1)
    return _keep(members[fresh], ratios.reshape(-1)[fresh])


def _keep(members: Members, ratios: Floats) -> Level:
    """Return the best distinct sets, best first."""
    most = min(len(ratios), SETS * (members.shape[1] + 1))  # a set may come up once for each of its members
    best = np.argpartition(-ratios, most - 1)[:most] if most else np.arange(0)
    members, ratios = np.sort(members[best], axis=1), ratios[best]
    _, first = np.unique(members, axis=0, return_index=True)
    first = first[np.argsort(-ratios[first], kind="stable")][:SETS]
    return Level(members[first], ratios[first])


def _recall(shared: Field, levels: list[Level], accounts: Members, excluded: int | None) -> Members:
    """Return accounts that are poor suspects alone but good ones beside the best sets."""
    found = [np.empty(0, np.intp)]
    for level in levels[: len(shared.weighings) - 1]:
        for members, ratio in zip(level.members[:_HEADS], level.log_ratios[:_HEADS], strict=True):
            if ratio > np.log(len(shared.words)):  # else the set may well be innocent
                look = _beside(shared, members)
                found.append(look[look != (-1 if excluded is None else excluded)][:_RECALLED])
    return np.setdiff1d(np.concatenate(found), accounts)


def _beside(shared: Field, members: Members) -> Members:
    name = tuple(int(one) for one in members)
    if name not in shared.recalled:
        size = len(members)
        ratios = extend_all(shared.weighings[size], shared.held(members[None])[0], size, shared.words)
        ratios[members] = -np.inf
        count = min(_RECALLED + 1, len(ratios))
        best = np.argpartition(-ratios, count - 1)[:count]
        shared.recalled[name] = best[np.argsort(-ratios[best], kind="stable")]
    return shared.recalled[name]
