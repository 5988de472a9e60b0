"""Play many cases and count: on one core or several, with the same counts whatever their number.

Case i is scenario i modulo their number, with a generator seeded by (seed, i) alone.
"""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import astuple, dataclass
from operator import add

import numpy as np

from honey.errors import ConfigError
from honey.simulate.judge import Judgement, Method, judge
from honey.simulate.leak import Leak, Scenario
from honey.simulate.plan import SimulatedPlan
from honey.simulate.scenarios import SCENARIOS
from honey.simulate.together import TOGETHER
from honey.translation import _

BLOCK_CASES = 200  # handed to a process at a time: about a second of work
ALL_TOGETHER = "together"  # asks for every scenario of two leaks
MAX_WRONG_CASES = 100  # numbers kept of the cases in which ours accused an innocent account


@dataclass(frozen=True, slots=True)
class Count:
    """What came of some cases. `detected`: a true leaker was named or listed. `identified`: exactly all were named."""

    cases: int = 0
    detected: int = 0
    identified: int = 0
    false_accusations: int = 0  # cases in which any innocent account was named
    leakers: int = 0  # of all cases together; so are the next two
    leading: int = 0  # true leakers that stand first in a case of ours
    named: int = 0  # true leakers that were named

    @classmethod
    def of(cls, judged: Judgement, leakers: frozenset[int]) -> "Count":
        """Count one case."""
        return cls(
            cases=1,
            detected=bool(judged.listed & leakers),
            identified=bool(judged.named) and judged.named == leakers,
            false_accusations=bool(judged.named - leakers),
            leakers=len(leakers),
            leading=len(judged.leading & leakers),
            named=len(judged.named & leakers),
        )

    def plus(self, other: "Count") -> "Count":
        """Return the sum."""
        return Count(*map(add, astuple(self), astuple(other)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """All counts by scenario name and method, and the first cases in which ours was wrong."""

    counts: dict[tuple[str, Method], Count]
    wrong_cases: tuple[int, ...] = ()

    def plus(self, other: "Outcome") -> "Outcome":
        """Return the sum."""
        empty = Count()
        keys = [*self.counts, *(key for key in other.counts if key not in self.counts)]
        counts = {key: self.counts.get(key, empty).plus(other.counts.get(key, empty)) for key in keys}
        wrong = sorted({*self.wrong_cases, *other.wrong_cases})[:MAX_WRONG_CASES]
        return Outcome(counts, tuple(wrong))

    def total(self, method: Method) -> Count:
        """Return one method's counts over all scenarios."""
        whole = Count()
        for (_scenario, judged_by), one in self.counts.items():
            whole = whole.plus(one) if judged_by is method else whole
        return whole


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is told: everything but which cases. Scenarios are named, as functions need not travel."""

    plan: SimulatedPlan
    seed: int
    scenarios: tuple[str, ...]


def chosen(names: Sequence[str]) -> tuple[Scenario, ...]:
    """Return the scenarios of these names in the order given, else those of one leak at a time.

    "together" stands for all scenarios of two leaks. Raises ConfigError for an unknown name.
    """
    known = {one.name: (one,) for one in (*SCENARIOS, *TOGETHER)} | {ALL_TOGETHER: TOGETHER}
    for name in names:
        if name not in known:
            raise ConfigError(_("no scenario {name!r}: known are {known}", name=name, known=", ".join(known)))
    return tuple(one for name in names for one in known[name]) or SCENARIOS


def play(job: Job, case: int) -> tuple[Scenario, Leak]:
    """Return one case as it was, by its number."""
    scenarios = chosen(job.scenarios)
    scenario = scenarios[case % len(scenarios)]
    return scenario, scenario.play(job.plan, np.random.default_rng([job.seed, case]))


def run_block(job: Job, cases: range) -> Outcome:
    """Play and judge these cases."""
    outcome: dict[tuple[str, Method], Count] = {}
    wrong = []
    for case in cases:
        scenario, leak = play(job, case)
        for method, judged in judge(leak).items():
            one = Count.of(judged, leak.leakers)
            key = scenario.name, method
            outcome[key] = outcome.get(key, Count()).plus(one)
            if one.false_accusations and method is Method.OURS:
                wrong.append(case)
    return Outcome(outcome, tuple(wrong[:MAX_WRONG_CASES]))


def simulate(job: Job, cases: int, *, workers: int = 1, done: Callable[[int], None] = lambda _: None) -> Outcome:
    """Play `cases` cases; `done` is told how many more are finished."""
    blocks = [range(first, min(first + BLOCK_CASES, cases)) for first in range(0, cases, BLOCK_CASES)]
    empty = {(one.name, method): Count() for one in chosen(job.scenarios) for method in Method}
    outcome = Outcome(empty)
    for size, found in _in_turn(job, blocks) if workers == 1 else _side_by_side(job, blocks, workers):
        outcome = outcome.plus(found)
        done(size)
    return outcome


def _in_turn(job: Job, blocks: Iterable[range]) -> Iterator[tuple[int, Outcome]]:
    for block in blocks:
        yield len(block), run_block(job, block)


def _side_by_side(job: Job, blocks: Sequence[range], workers: int) -> Iterator[tuple[int, Outcome]]:
    # Spawned, not forked: a progress bar's thread may hold a lock at the moment of a fork.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = {pool.submit(run_block, job, block): len(block) for block in blocks}
        for finished in as_completed(running):
            yield running[finished], finished.result()
