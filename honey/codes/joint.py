"""E-values of accounts beside likely accomplices: the joint decoder for coalitions.

Account j is tested given sets S of other accounts: E_j = sum_S w_S P(y | S and j) / sum_S w_S P(y | S), where both
the choice of the sets and their weights come from a search that has never looked at j's own word. That makes each
E_j an exact e-value (literature.md section 10.2, and the strict form asked for in section 13). Which accounts are
tested at all does not matter: an account left out keeps the smaller value it has alone.
"""

from dataclasses import dataclass

import numpy as np

from honey.codes.draw import Words
from honey.codes.evalue import Floats, Weighing, extend_all, log_e_values
from honey.codes.logs import log_sum
from honey.codes.search import Field, Level, Members, field_of, search
from honey.codes.sets import extend, set_ratios
from honey.codes.stake import STAKED, log_stake

CANDIDATES = 400  # accounts searched for accomplices, by their value alone (literature.md section 10.2)
EVEN_SHARE = 0.1  # of the weight is spread evenly over how many accomplices are given
_TESTED_SETS = 4  # the members of so many best sets of each size are tested
_NEAR_NATS = 6.0  # an account this far below the bar has its stake worked out; further off it is taken as lost


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """`log_e` (accounts,) by account index, for accusations; `levels[s]`, for display, the best sets of s + 1 accounts.

    A level's ratios are of "these are the leakers, all of them" by prior, against not knowing any account.
    """

    log_e: Floats
    levels: tuple[Level, ...]


def joint_e_values(
    weighing: Weighing, words: Words, *, candidates: int = CANDIDATES, bar: float | None = None
) -> Joint:
    """Return ln E of every account, alone and beside accomplices, averaged over how many accomplices are given.

    With `bar` (ln of the e-value that names an account, fixed before the dump is seen) part of each value is staked
    on reaching it: see `stake`. That finds more at this bar and costs two bits elsewhere.
    """
    most = max(one.colluders for one in weighing.hypotheses)
    if candidates < most:
        raise ValueError("as many candidates are needed as there may be colluders")
    alone = log_e_values(weighing, words)
    sizes = min(most, len(words))
    kept = 0.0 if bar is None else float(np.log(1 - STAKED))
    result = alone + np.log(EVEN_SHARE / sizes) + kept
    if sizes < 2:
        return Joint(alone + kept, (_singles(weighing, words, np.argsort(-alone, kind="stable")[:candidates]),))
    shared = field_of(tuple(weighing.beyond(size) for size in range(sizes)), words, alone, candidates)
    levels = search(shared, None)
    for account in _worth_testing(levels):
        sets = [one.members for one in search(shared, account)[: sizes - 1]]
        given = [np.empty((1, 0), np.intp), *sets]
        explained = np.array([float(log_sum(shared.ratios(one))) if one.size else 0.0 for one in given])
        weights = log_size_weights(explained, len(words))
        value = log_sum(weights + np.array([alone[account], *(_given(shared, one, account) for one in sets)]))
        result[account] = value + kept
        if bar is not None and bar - _NEAR_NATS <= result[account] < bar:
            stakes = np.array([_staked(shared, one, account, bar) for one in given])
            result[account] = np.logaddexp(result[account], np.log(STAKED) + log_sum(weights + stakes))
    singles = _singles(weighing, words, levels[0].members[:, 0])
    return Joint(result, (singles, *(_by_prior(weighing, shared, one) for one in levels[1:])))


def _worth_testing(levels: tuple[Level, ...]) -> list[int]:
    return sorted({int(one) for level in levels for one in level.members[:_TESTED_SETS].reshape(-1)})


def log_size_weights(explained: Floats, accounts: int) -> Floats:
    """Return ln of the weight of being given 0, 1, 2... accomplices, the shape of `explained`: (sizes, ...).

    `explained[s]` is ln of the summed likelihood ratios of the sets of s others. Part of the weight is even; the rest
    goes by how well so many accomplices explain the observation without the tested account, each account being as
    likely as any other to be one.
    """
    sizes = np.arange(len(explained)).reshape(-1, *[1] * (explained.ndim - 1))
    prior = sizes * np.log(2 * accounts) - np.cumsum(np.log(np.maximum(sizes, 1)), axis=0)
    learnt = np.log(1 - EVEN_SHARE) + explained - prior
    learnt -= log_sum(explained - prior, axis=0)
    return np.asarray(np.logaddexp(np.log(EVEN_SHARE / len(explained)), learnt))


def _given(shared: Field, members: Members, account: int) -> float:
    """Return ln of the account's e-value given the sets of one size."""
    size = members.shape[1]
    bits = shared.bits(np.array([account]))
    with_account = extend(shared.weighings[size], shared.held(members), size, bits)[:, 0]
    return float(log_sum(with_account) - log_sum(shared.ratios(members)))


def _staked(shared: Field, members: Members, account: int, bar: float) -> float:
    size = members.shape[1]
    bits = shared.bits(np.array([account]))[0]
    return log_stake(shared.weighings[size], shared.held(members), size, bits, bar)


def _singles(weighing: Weighing, words: Words, listed: Members) -> Level:
    ratios = extend_all(weighing.by_prior(1), np.zeros(weighing.code.length, np.int8), 0, words)
    return Level(listed[:, None], ratios[listed], float(log_sum(np.delete(ratios, listed))))


def _by_prior(weighing: Weighing, shared: Field, level: Level) -> Level:
    size = level.members.shape[1]
    ratios = set_ratios(weighing.by_prior(size), shared.held(level.members), size)
    return Level(level.members, log_sum(ratios))
