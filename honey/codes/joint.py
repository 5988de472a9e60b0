"""E-values of accounts beside likely accomplices: the joint decoder for coalitions.

Account j is tested given sets S of other accounts: E_j = sum_S w_S P(y | S and j) / sum_S w_S P(y | S). One accomplice
is any other account; larger sets come from a search. Neither sets nor weights have ever looked at j's own word, which
makes each E_j an exact e-value (docs/codes.md). Which accounts are tested at all does not matter: an account left out
keeps the smaller value it has alone.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from honey.codes.draw import Words, unpack_bits
from honey.codes.evalue import Floats, Weighing, extend_all, log_e_values, log_tables
from honey.codes.logs import log_sum

Members = NDArray[np.intp]  # (sets, size): account indices, ascending within a set

CANDIDATES = 400  # accounts searched for accomplices, by their value alone (literature.md section 10.2)
_SETS = 200  # sets of each size kept as side information
_HEADS = 2  # best sets of each size beside which all accounts are looked at again
_RECALLED = 32  # accounts each such look adds to the candidates
_TESTED_SETS = 4  # the members of so many best sets of each size are tested
EVEN_SHARE = 0.1  # of the weight is spread evenly over how many accomplices are given
_ALONE = 0.1  # odds of no accomplice given: one leaker alone is far beyond the bar in any code long enough for two
_PRODUCT_CELLS = 1 << 18  # multiplications of one matrix product: OpenBLAS does so few on one thread, see evalue.py


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The best sets of one size: members, and ln of the likelihood ratio of each set.

    `log_unlisted` is ln of the summed ratios of all other sets of this size, where that is known; else -inf.
    """

    members: Members
    log_ratios: Floats
    log_unlisted: float = -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """`log_e` (accounts,) by account index, for accusations; `levels[s]`, for display, the best sets of s + 1 accounts.

    A level's ratios are of "these are the leakers, all of them" by prior, against not knowing any account.
    """

    log_e: Floats
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Beside:
    """All accounts as one more member of a set: the best of them, best first, and ln of the summed ratios of all."""

    best: Members
    log_total: float


@dataclass(slots=True, eq=False)
class _Field:
    """What the searches of one observation share: all of it either concerns every account alike or is a cache."""

    weighings: tuple[Weighing, ...]  # [s]: under coalitions of more than s accounts
    words: Words
    ranked: Members  # the best accounts alone, best first, one more than CANDIDATES
    pairs: Floats  # (ranked, ranked) ln likelihood ratios; -inf on the diagonal
    beside: dict[tuple[int, ...], _Beside] = field(default_factory=dict)

    def bits(self, accounts: Members) -> NDArray[np.bool_]:
        return unpack_bits(self.words[accounts], self.weighings[0].code.length)

    def held(self, members: Members) -> NDArray[np.int8]:
        bits = self.bits(members.reshape(-1)).reshape(*members.shape, -1)
        return np.asarray(bits.sum(axis=1, dtype=np.int8))


def joint_e_values(weighing: Weighing, words: Words, *, candidates: int = CANDIDATES) -> Joint:
    """Return ln E of every account, alone and beside accomplices, averaged over how many accomplices are given."""
    alone = log_e_values(weighing, words)
    most = max(one.colluders for one in weighing.hypotheses)
    sizes = range(min(most, len(words)))
    result = alone + np.log(EVEN_SHARE / len(sizes))
    if candidates < most:
        raise ValueError("as many candidates are needed as there may be colluders")
    if len(sizes) < 2:
        return Joint(alone, (_singles(weighing, words, np.argsort(-alone, kind="stable")[:candidates]),))
    shared = _field(tuple(weighing.beyond(size) for size in sizes), words, alone, candidates)
    levels = _search(shared, None)
    others = extend_all(shared.weighings[1], np.zeros(weighing.code.length, np.int8), 0, words)
    for account in _worth_testing(levels):
        sets = _search(shared, account)[1 : len(sizes) - 1]
        anyone = float(log_sum(np.delete(others, account)))
        with_anyone = _look_beside(shared, np.array([account])).log_total - anyone
        given = np.array([alone[account], with_anyone, *(_given(shared, one, account) for one in sets)])
        explained = np.array([0.0, anyone, *(float(log_sum(_ratios(shared, one.members))) for one in sets)])
        result[account] = log_sum(given + log_size_weights(explained, len(words), alone=_ALONE))
    singles = _singles(weighing, words, levels[0].members[:, 0])
    return Joint(result, (singles, *(_by_prior(weighing, shared, one) for one in levels[1:])))


def _field(weighings: tuple[Weighing, ...], words: Words, alone: Floats, candidates: int) -> _Field:
    ranked = best_of(alone, candidates + 1)
    shared = _Field(weighings, words, ranked, np.empty((0, 0)))
    shared.pairs = extend(weighings[1], shared.held(ranked[:, None]), 1, shared.bits(ranked))
    np.fill_diagonal(shared.pairs, -np.inf)
    return shared


def _search(shared: _Field, excluded: int | None) -> tuple[Level, ...]:
    """Find the best sets of each size among all accounts but the excluded one, never looking at its word."""
    kept = np.arange(len(shared.ranked))
    if excluded is not None:  # the best of all others: the same ones whatever the excluded account's word says
        kept = np.flatnonzero(shared.ranked != excluded)[: len(shared.ranked) - 1]
    accounts = shared.ranked[kept]
    pairs = shared.pairs[np.ix_(kept, kept)]
    singles = accounts[:, None]
    levels = [Level(singles, _ratios(shared, singles)), _best_pairs(accounts, pairs)]
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


def _grow(shared: _Field, level: Level, size: int, accounts: Members) -> Level:
    """Add one account to each of the best sets of `size` accounts."""
    ratios = extend(shared.weighings[size], shared.held(level.members), size, shared.bits(accounts))
    at_set, at_account = np.divmod(np.arange(ratios.size), len(accounts))
    members = np.concatenate([level.members[at_set], accounts[at_account][:, None]], axis=1)
    fresh = (members[:, :-1] != members[:, -1:]).all(axis=1)
    return _keep(members[fresh], ratios.reshape(-1)[fresh])


def _keep(members: Members, ratios: Floats) -> Level:
    """Return the best distinct sets, best first."""
    most = min(len(ratios), _SETS * (members.shape[1] + 1))  # a set may come up once for each of its members
    best = best_of(ratios, most)
    members, ratios = np.sort(members[best], axis=1), ratios[best]
    _, first = np.unique(members, axis=0, return_index=True)
    first = first[np.argsort(-ratios[first], kind="stable")][:_SETS]
    return Level(members[first], ratios[first])


def _recall(shared: _Field, levels: list[Level], accounts: Members, excluded: int | None) -> Members:
    """Return accounts that are poor suspects alone but good ones beside the best sets."""
    found = [np.empty(0, np.intp)]
    for level in levels[: len(shared.weighings) - 1]:
        for members, ratio in zip(level.members[:_HEADS], level.log_ratios[:_HEADS], strict=True):
            if ratio > np.log(len(shared.words)):  # else the set may well be innocent
                best = _look_beside(shared, members).best
                found.append(best[best != (-1 if excluded is None else excluded)][:_RECALLED])
    return np.setdiff1d(np.concatenate(found), accounts)


def _look_beside(shared: _Field, members: Members) -> _Beside:
    name = tuple(int(one) for one in members)
    if name not in shared.beside:
        size = len(members)
        ratios = extend_all(shared.weighings[size], shared.held(members[None])[0], size, shared.words)
        ratios[members] = -np.inf
        shared.beside[name] = _Beside(best_of(ratios, _RECALLED + 1), float(log_sum(ratios)))
    return shared.beside[name]


def _worth_testing(levels: tuple[Level, ...]) -> list[int]:
    return sorted({int(one) for level in levels for one in level.members[:_TESTED_SETS].reshape(-1)})


def best_of(values: Floats, count: int) -> Members:
    """Return the indices of the `count` highest values, or of all, best first; of equal ones the first come first.

    Equal values are common. Left to the sort, who of them makes the cut would hang on everybody's value, the tested
    account's too.
    """
    count = min(count, len(values))
    if not count:
        return np.empty(0, np.intp)
    last = np.partition(values, -count)[-count]
    above, level = np.flatnonzero(values > last), np.flatnonzero(values == last)
    best = np.concatenate([above, level[: count - len(above)]])
    return best[np.argsort(-values[best], kind="stable")]


def log_size_weights(explained: Floats, accounts: int, *, alone: float = 1.0) -> Floats:
    """Return ln of the weight of being given 0, 1, 2... accomplices, the shape of `explained`: (sizes, ...).

    `explained[s]` is ln of the summed likelihood ratios of the sets of s others. Part of the weight is even; the rest
    goes by how well so many accomplices explain the observation without the tested account, each account being as
    likely as any other to be one. `alone` multiplies the odds of no accomplice.
    """
    sizes = np.arange(len(explained)).reshape(-1, *[1] * (explained.ndim - 1))
    prior = sizes * np.log(2 * accounts) - np.cumsum(np.log(np.maximum(sizes, 1)), axis=0)
    prior[0] -= np.log(alone)
    learnt = np.log(1 - EVEN_SHARE) + explained - prior
    learnt -= log_sum(explained - prior, axis=0)
    return np.asarray(np.logaddexp(np.log(EVEN_SHARE / len(explained)), learnt))


def _given(shared: _Field, level: Level, account: int) -> float:
    """Return ln of the account's e-value given the sets of one level."""
    size = level.members.shape[1]
    weighing = shared.weighings[size]
    held = shared.held(level.members)
    with_account = extend(weighing, held, size, shared.bits(np.array([account])))[:, 0]
    return float(log_sum(with_account) - log_sum(_ratios(shared, level.members)))


def _ratios(shared: _Field, members: Members) -> Floats:
    """Return ln of the likelihood ratio of each set under coalitions larger than it, shape (sets,)."""
    size = members.shape[1]
    return _set_ratios(shared.weighings[size], shared.held(members), size)


def _singles(weighing: Weighing, words: Words, listed: Members) -> Level:
    ratios = extend_all(weighing.by_prior(1), np.zeros(weighing.code.length, np.int8), 0, words)
    return Level(listed[:, None], ratios[listed], float(log_sum(np.delete(ratios, listed))))


def _by_prior(weighing: Weighing, shared: _Field, level: Level) -> Level:
    size = level.members.shape[1]
    return Level(level.members, _set_ratios(weighing.by_prior(size), shared.held(level.members), size))


def _set_ratios(weighing: Weighing, held: NDArray[np.int8], size: int) -> Floats:
    tables = log_tables(weighing.code, weighing.hypotheses, size)
    total = weighing.log_weights + np.zeros((len(held), 1))
    for m in range(size + 1):
        counts = (held == m).astype(np.float32) @ weighing.segments.T.astype(np.float32)
        total += counts.astype(np.float64) @ tables[:, :, m].T
    return log_sum(total)


def extend(weighing: Weighing, held: NDArray[np.int8], size: int, bits: NDArray[np.bool_]) -> Floats:
    """Return ln of the likelihood ratio of (set s and account k), shape (sets, accounts).

    `held` is (sets, positions): how many of the set's `size` accounts hold each position; `bits` is (accounts,
    positions). Counts up to 2^24 are exact in the float32 products.
    """
    tables = log_tables(weighing.code, weighing.hypotheses, size + 1)
    gains = np.diff(tables, axis=2).reshape(len(tables), -1)
    result = np.empty((len(held), len(bits)))
    columns = [np.flatnonzero(segment) for segment in weighing.segments]
    step = max(1, _PRODUCT_CELLS // (len(bits) * max(1, *(len(at) for at in columns))))
    held_by = [bits[:, at].T.astype(np.float32) for at in columns]
    for start in range(0, len(held), step):
        block = held[start : start + step]
        base = weighing.log_weights[:, None] + np.zeros(len(block))
        counts = []
        for segment, at in enumerate(columns):
            for m in range(size + 1):
                inside = (block[:, at] == m).astype(np.float32)
                base += tables[:, segment, m, None] * inside.sum(axis=1, dtype=np.float64)
                counts.append(inside @ held_by[segment])
        scores = np.stack(counts).astype(np.float64)
        for row in range(len(block)):
            result[start + row] = log_sum(gains @ scores[:, row] + base[:, row, None], axis=0)
    return result
