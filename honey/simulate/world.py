"""One simulated company: accounts, shared numbers, decoys and a recorded month of work. Pure; the RNG is passed in.

Everything is an integer: account a, outlet o, number n, export e. Decoys 0..residents-1 lie in the host (those of
account a are a * decoys ...), then come those of each export in turn. Codewords are drawn anew for every world.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from honey.simulate.plan import SimulatedPlan
from honey.simulate.population import CITIES, MASKED_SUFFIXES, draw_surnames

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# How the staff works: assumptions, stated on the results page.
OWN_READ = 0.9  # an account reads this share of its own rows
COLLEAGUE_READ = 0.1  # and of the other rows of its outlet
FOREIGN_READS = 0.5  # rows with decoys of other outlets that an account looks up, on average
SERVICE_READ = 0.05  # share of all rows that an account of customer service looks up
STAFF_EXPORT = 0.3  # accounts below the manager that made an export of their outlet
MAX_STAFF_EXPORT_DAYS = 3
HONEY_SHARE = 0.8  # of the exports pass through honey and carry decoys; the record alone knows the others


@dataclass(frozen=True, slots=True)
class Taking:
    """Rows of one outlet, of consecutive days, taken by one account on top of its daily work."""

    account: int
    outlet: int
    first_day: int
    last_day: int
    exported: bool = True  # or read one by one
    through_honey: bool = True
    recorded: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Exports:
    """Every recorded export, one array element each; those of the takings are the last."""

    account: Ints
    outlet: Ints
    first_day: Ints
    last_day: Ints
    through_honey: Bools


@dataclass(frozen=True, eq=False)
class World:
    """A company after its month of work. `outlet`, `day`: of resident decoys; the other decoy arrays cover all."""

    plan: SimulatedPlan
    outlet_of: Ints  # (accounts,)
    codewords: Ints  # (accounts, numbers_per_account)
    suffix: Ints  # (planted numbers,): what a masked number shows
    exports: Exports
    outlet: Ints  # (residents,)
    day: Ints  # (residents,)
    owner: Ints  # (decoys,): for whom it was planted
    number: Ints  # (decoys,); -1 for what was never planted
    surname: Ints
    city: Ints
    reader: Ints  # (reads,): ascending
    read: Ints  # (reads,): the resident decoy it read
    takings: tuple[Taking, ...] = ()

    @cached_property
    def _shelves(self) -> tuple[Ints, Ints]:
        """Residents ordered by outlet and day, and where each shelf of one outlet and day begins."""
        shelf = self.outlet * self.plan.days + self.day
        order = np.argsort(shelf, kind="stable")
        return order, np.searchsorted(shelf[order], np.arange(self.plan.outlets * self.plan.days + 1))

    def lying_in(self, outlet: int, first_day: int, last_day: int) -> Ints:
        """Return the residents of these rows."""
        order, starts = self._shelves
        base = outlet * self.plan.days
        return order[starts[base + first_day] : starts[base + last_day + 1]]

    def carried_by(self, export: int) -> Ints:
        """Return all decoys in one export."""
        of = self.exports
        held = self.lying_in(int(of.outlet[export]), int(of.first_day[export]), int(of.last_day[export]))
        return np.concatenate([held, self.added_to(export)]) if of.through_honey[export] else held

    def added_to(self, export: int) -> Ints:
        """Return the decoys that honey added to one export."""
        first = self.plan.residents + export * self.plan.export_decoys
        return np.arange(first, first + self.plan.export_decoys)

    def read_by(self, account: int) -> Ints:
        """Return the residents the record says this account read."""
        first, last = np.searchsorted(self.reader, [account, account + 1])
        return self.read[first:last]

    def taken(self, at: int) -> Ints:
        """Return all decoys in the rows of a taking."""
        one = self.takings[at]
        if one.exported and one.recorded:
            later = sum(1 for taking in self.takings[at:] if taking.exported and taking.recorded)
            return self.carried_by(len(self.exports.account) - later)
        return self.lying_in(one.outlet, one.first_day, one.last_day)

    def on_number(self, number: int) -> tuple[int, ...]:
        """Return the decoys that carry this number."""
        order, starts = self._racks
        return tuple(order[starts[number] : starts[number + 1]].tolist())

    @cached_property
    def _racks(self) -> tuple[Ints, Ints]:
        """Decoys ordered by number, and where each number's begin."""
        order = np.argsort(self.number, kind="stable")
        return order, np.searchsorted(self.number[order], np.arange(self.plan.planted_numbers + 1))


def draw_world(plan: SimulatedPlan, rng: np.random.Generator, takings: Sequence[Taking] = ()) -> World:
    """Draw a company in which these takings happened beside the ordinary work."""
    outlet_of = np.arange(plan.accounts) % plan.outlets  # accounts 0..outlets-1 are the managers
    outlet = np.repeat(outlet_of, plan.decoys)
    day = rng.integers(0, plan.days, plan.residents)
    exports = _exports(plan, rng, outlet_of, takings)
    codewords = _codewords(plan, rng)
    added = np.repeat(exports.account, plan.export_decoys)
    owner = np.concatenate([np.repeat(np.arange(plan.accounts), plan.decoys), added])
    number = np.concatenate(
        [
            _numbers(codewords, np.arange(plan.accounts), plan.decoys, rng),
            _numbers(codewords, exports.account, plan.export_decoys, rng),
        ]
    )
    number[plan.residents :][~np.repeat(exports.through_honey, plan.export_decoys)] = -1
    reader, read = _reads(plan, rng, outlet_of, takings, (outlet, day))
    return World(
        plan=plan,
        outlet_of=outlet_of,
        codewords=codewords,
        suffix=rng.integers(0, MASKED_SUFFIXES, plan.planted_numbers),
        exports=exports,
        outlet=outlet,
        day=day,
        owner=owner,
        number=number,
        surname=draw_surnames(rng, len(owner)),
        city=rng.integers(0, CITIES, len(owner)),
        reader=reader,
        read=read,
        takings=tuple(takings),
    )


def _codewords(plan: SimulatedPlan, rng: np.random.Generator) -> Ints:
    """Draw exactly k of the planted numbers for every account, redrawing the few rows with a repeat."""
    size = plan.numbers_per_account
    if size * size > plan.planted_numbers:
        keys = rng.random((plan.accounts, plan.planted_numbers))
        return np.argpartition(keys, size - 1, axis=1)[:, :size].astype(np.int64)
    words = rng.integers(0, plan.planted_numbers, (plan.accounts, size))
    while True:
        ordered = np.sort(words, axis=1)
        again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(again):
            return words
        words[again] = rng.integers(0, plan.planted_numbers, (len(again), size))


def _numbers(codewords: Ints, accounts: Ints, decoys: int, rng: np.random.Generator) -> Ints:
    """Walk through each account's codeword from a place of its own, as `honey.plan.assign` does."""
    size = codewords.shape[1]
    steps = rng.integers(0, size, (len(accounts), 1)) + np.arange(decoys)
    numbers: Ints = codewords[accounts[:, None], steps % size].ravel()
    return numbers


def _exports(plan: SimulatedPlan, rng: np.random.Generator, outlet_of: Ints, takings: Sequence[Taking]) -> Exports:
    daily = np.repeat(np.arange(plan.outlets), plan.days)
    days = np.tile(np.arange(plan.days), plan.outlets)
    staff = plan.outlets + np.flatnonzero(rng.random(plan.accounts - plan.outlets) < STAFF_EXPORT)
    first = rng.integers(0, plan.days, len(staff))
    last = np.minimum(first + rng.integers(0, MAX_STAFF_EXPORT_DAYS, len(staff)), plan.days - 1)
    honey = rng.random(len(daily) + len(staff)) < HONEY_SHARE
    more = [one for one in takings if one.exported and one.recorded]
    return Exports(
        account=np.concatenate([daily, staff, _ints(one.account for one in more)]),
        outlet=np.concatenate([daily, outlet_of[staff], _ints(one.outlet for one in more)]),
        first_day=np.concatenate([days, first, _ints(one.first_day for one in more)]),
        last_day=np.concatenate([days, last, _ints(one.last_day for one in more)]),
        through_honey=np.concatenate([honey, np.array([one.through_honey for one in more], np.bool_)]),
    )


def _reads(
    plan: SimulatedPlan,
    rng: np.random.Generator,
    outlet_of: Ints,
    takings: Sequence[Taking],
    place: tuple[Ints, Ints],
) -> tuple[Ints, Ints]:
    """Return (reader, resident) pairs, ordered by reader, each once."""
    outlet, day = place
    own = np.flatnonzero(rng.random(plan.residents) < OWN_READ)
    colleagues = plan.accounts / plan.outlets * plan.decoys * COLLEAGUE_READ  # rows an account reads of its outlet
    curious = rng.integers(0, plan.accounts, rng.poisson(colleagues * plan.accounts))
    beside = outlet_of[curious] + plan.outlets * rng.integers(0, plan.accounts // plan.outlets, len(curious))
    foreign = rng.integers(0, plan.accounts, rng.poisson(FOREIGN_READS * plan.accounts))
    service = (
        plan.accounts
        - 1
        - rng.integers(0, plan.service_accounts, rng.poisson(SERVICE_READ * plan.residents * plan.service_accounts))
    )
    readers = [own // plan.decoys, curious, foreign, service]
    reads = [
        own,
        beside * plan.decoys + rng.integers(0, plan.decoys, len(beside)),
        rng.integers(0, plan.residents, len(foreign)),
        rng.integers(0, plan.residents, len(service)),
    ]
    for one in takings:
        if one.recorded and not one.exported:
            took = np.flatnonzero((outlet == one.outlet) & (day >= one.first_day) & (day <= one.last_day))
            readers.append(np.full(len(took), one.account))
            reads.append(took)
    pairs = np.unique(np.concatenate(readers) * plan.residents + np.concatenate(reads))
    return pairs // plan.residents, pairs % plan.residents


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)
