"""Simulated cases per second and core, what a higher bar costs, and two leaks at a time.

The bar: the same cases judged at several thresholds.
"""

import time
from dataclasses import replace

from honey.simulate.judge import Method, judge
from honey.simulate.limits import limits
from honey.simulate.plan import SimulatedPlan
from honey.simulate.run import ALL_TOGETHER, Job, Outcome, play, simulate
from honey.simulate.scenarios import SCENARIOS

SEED = 20261122
TIMED_CASES = 560
JUDGED_CASES = 2_800
TOGETHER_CASES = 4_500
THRESHOLDS = (0.9, 0.99, 0.999, 0.9999, 0.999999)
TRUSTED = "record gap"  # breaks the assumption that every verdict states: counted apart


def main() -> None:
    """Print the rate beside that of drawing the same cases unjudged, then identification and error by threshold."""
    job = Job(SimulatedPlan(), SEED, ())
    begun = time.process_time()
    leaks = [play(job, case)[1] for case in range(TIMED_CASES)]
    drawn = time.process_time() - begun
    begun = time.process_time()
    for leak in leaks:
        judge(leak)
    judged = time.process_time() - begun
    print(f"{job.plan.accounts} accounts, {len(SCENARIOS)} scenarios, {TIMED_CASES} cases of seed {SEED}, one core")
    print(f"{'drawn only':>18} {TIMED_CASES / drawn:8,.0f} cases/s")
    print(f"{'drawn and judged':>18} {TIMED_CASES / (drawn + judged):8,.0f} cases/s by five methods")
    others = tuple(one.name for one in SCENARIOS if one.name != TRUSTED)
    print(f"\n{JUDGED_CASES:,} cases without the {TRUSTED}")
    print(f"{'threshold':>10} {'identified':>11} {'false':>6} {'rate below (95 %)':>18}")
    for threshold in THRESHOLDS:
        plan = replace(job.plan, threshold=threshold)
        ours = simulate(Job(plan, SEED, others), JUDGED_CASES).total(Method.OURS)
        high = limits(ours.false_accusations, ours.cases)[1]
        print(f"{threshold:10g} {ours.identified / ours.cases:11.1%} {ours.false_accusations:6,} {high:18.2g}")
    show_together(simulate(Job(job.plan, SEED, (ALL_TOGETHER,)), TOGETHER_CASES))


def show_together(outcome: Outcome) -> None:
    """Print how often each of two leaks' accounts is found, and how often anybody else is named."""
    print(f"\n{outcome.total(Method.OURS).cases:,} cases of two leaks; leakers are those of the dump, else both")
    print(f"{'scenario':>26} {'cases':>7} {'first':>18} {'named':>18} {'all named':>18} {'innocent named':>20}")
    for (name, method), one in outcome.counts.items():
        if method is not Method.OURS:
            continue
        first, named = _share(one.leading, one.leakers), _share(one.named, one.leakers)
        whole = _share(one.identified, one.cases)
        low, high = limits(one.false_accusations, one.cases)
        wrong = f"{one.false_accusations} ({100 * low:.3f}-{100 * high:.3f} %)"
        print(f"{name:>26} {one.cases:7,} {first:>18} {named:>18} {whole:>18} {wrong:>20}")


def _share(hits: int, cases: int) -> str:
    low, high = limits(hits, cases)
    return f"{100 * hits / cases:.1f} ({100 * low:.1f}-{100 * high:.1f} %)"
