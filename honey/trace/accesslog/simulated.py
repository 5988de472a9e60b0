"""A simulated access record around one leak: crews that work the same outlets on the same days, heavy users, popular
rows. From a seed; only the outlets and days of leaked rows are drawn in full. For tests, benchmarks and simulations.

Chances to access a row are 1 - exp(-rate * popularity), not the form the ranking assumes.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import NormalDist

import numpy as np

from honey.model.account import AccountId, ExportId
from honey.trace.accesslog.record import AccessEvidence, Bools, Floats, Held, Ints, Stratum

START_AT = datetime(2026, 9, 1, tzinfo=UTC)
_NODES = 64  # row popularities drawn from
_CREWS = 3  # each works two days of three
EVERY_DAY = -1
_EVERYTHING = 1e3  # a rate at which no row is left out
_SOMEBODY = 10_000  # accesses an account spreads over one outlet before it also works the next


@dataclass(frozen=True, slots=True)
class WorldSize:
    """The host and its users."""

    accounts: int = 100_000
    outlets: int = 200
    days: int = 50
    rows_a_day: int = 1_000  # of one outlet: 1e7 in all
    least_rows: int = 500  # accessed by the lightest account
    most_rows: int = 50_000  # accessed by the heaviest
    managers: bool = True  # one account of each outlet accesses every row there, every day
    popularity_spread: float = 0.7  # sigma of ln(popularity): one row in six is twice as popular as the median
    shift_share: float = 0.0  # of accounts that only ever see the same half of every day


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Who works where. Account j works outlets home[j] to home[j] + reach[j] - 1 on the days of its crew."""

    size: WorldSize
    rows: Ints  # each account's accesses
    home: Ints
    reach: Ints
    crew: Ints  # or EVERY_DAY
    half: Ints  # of the day it sees: 0, 1, or -1 for all of it

    @classmethod
    def draw(cls, size: WorldSize, seed: int) -> "World":
        """Draw the accounts; activity is log-uniform."""
        rng = np.random.default_rng(seed)
        logs = rng.uniform(math.log(size.least_rows), math.log(size.most_rows), size.accounts)
        rows = np.exp(logs).astype(np.int64)
        reach = np.minimum(-(-rows // _SOMEBODY), size.outlets)
        half = np.where(rng.random(size.accounts) < size.shift_share, rng.integers(0, 2, size.accounts), -1)
        home, crew = rng.integers(0, size.outlets, size.accounts), rng.integers(0, _CREWS, size.accounts)
        if size.managers:
            first = slice(0, size.outlets)
            rows[first], reach[first], half[first] = size.days * size.rows_a_day, 1, -1
            home[first], crew[first] = np.arange(size.outlets), EVERY_DAY
        return cls(size, rows, home, reach, crew, half)

    def on_shift(self, outlet: int, day: int) -> Ints:
        """Return the accounts at work there and then."""
        near = (outlet - self.home) % self.size.outlets < self.reach
        return np.flatnonzero(near & _works(self.crew, day))

    def strata(self, account: int) -> list[tuple[int, int]]:
        """Return the outlets and days the account works."""
        outlets = [(self.home[account] + at) % self.size.outlets for at in range(self.reach[account])]
        days = [day for day in range(self.size.days) if _works(self.crew[account : account + 1], day)[0]]
        return [(int(outlet), day) for outlet in outlets for day in days]

    def rates(self, accounts: Ints) -> Floats:
        """Return the share of a stratum's rows each accesses where it works (the half it sees, on a fixed shift)."""
        days = self.size.days * np.where(self.crew[accounts] == EVERY_DAY, 1.0, (_CREWS - 1) / _CREWS)
        share = self.rows[accounts] / (self.reach[accounts] * days * self.size.rows_a_day)
        rates: Floats = np.minimum(np.where(self.half[accounts] >= 0, 2 * share, share), 0.95)
        rates[self.crew[accounts] == EVERY_DAY] = _EVERYTHING
        return rates


_Where = tuple[int, int, int]  # outlet, day, half of the day or -1 where days are told whole


def _works(crew: Ints, day: int) -> Bools:
    works: Bools = (crew == EVERY_DAY) | ((day + crew) % _CREWS != 0)
    return works


@dataclass(frozen=True, slots=True)
class Told:
    """What the record tells. Without `leakers` these are missing from it: whoever is then named is innocent."""

    leakers: bool = True
    exports: bool = False  # each account's work in a stratum is an export of its own
    halves: bool = False  # strata are half days


@dataclass(frozen=True, slots=True, eq=False)
class _Leak:
    where: list[_Where]  # per row
    popularity: Floats
    half: Ints
    leaker: Ints


def simulate_leak(
    world: World,
    leakers: list[int],
    *,
    rows: int,
    seed: int,
    told: Told = Told(),
) -> AccessEvidence:
    """Leak `rows` rows, evenly from the leakers' accesses; return what the record tells."""
    rng = np.random.default_rng(seed)
    leak = _leak(world, leakers, rows, rng, halves=told.halves)
    strata = sorted(set(leak.where))
    held: list[tuple[int, int, int]] = []
    accesses: list[tuple[Ints, Ints, int]] = []
    for at, (outlet, day, _) in enumerate(strata):
        inside = np.array([row for row, where in enumerate(leak.where) if where == strata[at]])
        present = world.on_shift(outlet, day)
        if not told.leakers:
            present = present[~np.isin(present, leakers)]
        account, row, totals = _work(world, leak, inside, present, rng)
        accesses.append((account, row, at))
        held += zip([at] * len(present), present.tolist(), totals.tolist(), strict=True)
    return _evidence(world, leak, strata, accesses, held, exports=told.exports)


def _nodes(world: World) -> Floats:
    sigma = world.size.popularity_spread
    points = [NormalDist().inv_cdf((at + 0.5) / _NODES) for at in range(_NODES)]
    return np.exp(sigma * np.array(points) - sigma**2 / 2)


def _leak(world: World, leakers: list[int], rows: int, rng: np.random.Generator, *, halves: bool) -> _Leak:
    nodes, where = _nodes(world), list[_Where]()
    popularity, half, leaker = [], [], []
    for at in range(rows):
        thief = leakers[at % len(leakers)]
        strata = world.strata(thief)
        outlet, day = strata[rng.integers(len(strata))]
        chance = -np.expm1(-world.rates(np.array([thief])) * nodes)  # what it accessed is popular more often
        popularity.append(rng.choice(nodes, p=chance / chance.sum()))
        half.append(int(world.half[thief]) if world.half[thief] >= 0 else int(rng.integers(0, 2)))
        leaker.append(thief)
        where.append((outlet, day, half[-1] if halves else -1))
    return _Leak(where, np.array(popularity), np.array(half), np.array(leaker))


def _stratum_rows(world: World, part: int) -> int:
    return world.size.rows_a_day if part < 0 else world.size.rows_a_day // 2


def _work(world: World, leak: _Leak, inside: Ints, present: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Return who accessed which of the leaked rows `inside` one stratum, and how much each accessed there in all."""
    rates = world.rates(present) * rng.gamma(4.0, 0.25, len(present))  # a busy day, a quiet one
    chance = -np.expm1(-rates[:, None] * leak.popularity[inside])
    half = world.half[present]
    sees = (half[:, None] < 0) | (half[:, None] == leak.half[inside])
    taken: Bools = (rng.random(chance.shape) < chance) & sees
    taken |= present[:, None] == leak.leaker[inside]
    mean = -np.expm1(-rates[:, None] * _nodes(world)).mean(axis=1)
    part = leak.where[inside[0]][2]
    seen = np.where(half < 0, 1.0, 0.5 if part < 0 else half == part)
    totals = taken.sum(axis=1) + rng.binomial(_stratum_rows(world, part) - len(inside), mean * seen)
    who, which = np.nonzero(taken)
    return present[who], inside[which], totals


def _evidence(
    world: World,
    leak: _Leak,
    strata: list[_Where],
    accesses: list[tuple[Ints, Ints, int]],
    held: list[tuple[int, int, int]],
    *,
    exports: bool,
) -> AccessEvidence:
    account = np.concatenate([one[0] for one in accesses])
    row = np.concatenate([one[1] for one in accesses])
    at = np.concatenate([np.full(len(one[0]), one[2]) for one in accesses])
    popularity = np.bincount(row, minlength=len(leak.popularity))
    known = np.flatnonzero(popularity)
    new_row = np.cumsum(popularity > 0) - 1
    touching, position = np.unique(account, return_inverse=True)
    number = {int(one): index for index, one in enumerate(touching)}
    by_account = Held.of([(stratum, number.get(one, -1), rows) for stratum, one, rows in held if rows])
    totals = {(stratum, number[one]): rows for stratum, one, rows in held if one in number}
    keys = position * len(strata) + at if exports else position
    release_keys, release = np.unique(keys, return_inverse=True)
    owner = release_keys // len(strata) if exports else release_keys
    where = {int(one): int(stratum) for one, stratum in zip(release, at, strict=True)}
    if exports:
        by_release = Held.of([(where[one], one, totals[where[one], int(owner[one])]) for one in range(len(owner))])
        release_rows = by_release.rows
    else:
        by_release = Held(by_account.stratum, by_account.holder, by_account.rows)
        release_rows = world.rows[touching]
    order = {stratum: index for index, stratum in enumerate(strata)}
    return AccessEvidence(
        accounts=tuple(AccountId(f"A{one:06d}") for one in touching),
        account_rows=world.rows[touching],
        account_releases=np.array([len(world.strata(int(one))) for one in touching]) if exports else touching * 0 + 1,
        releases=tuple(ExportId(f"E{one}") if exports else None for one in release_keys),
        release_account=owner,
        release_rows=release_rows,
        access_release=release,
        access_row=new_row[row],
        row_popularity=popularity[known],
        row_stratum=np.array([order[leak.where[one]] for one in known], dtype=np.int64),
        strata=tuple(
            Stratum(f"OUT-{outlet}", START_AT + timedelta(days=day, hours=12 * max(part, 0)))
            for outlet, day, part in strata
        ),
        stratum_rows=np.array([_stratum_rows(world, part) for _, _, part in strata]),
        by_account=by_account,
        by_release=by_release,
        record_accesses=int(world.rows.sum()),
        population=world.size.accounts,
        rows_unknown=len(leak.popularity) - len(known),
    )
