"""Simulated cases per second and core, and what a higher bar costs: the same cases judged at several thresholds."""

import time
from dataclasses import replace

from honey.simulate.judge import Method, judge
from honey.simulate.limits import limits
from honey.simulate.plan import SimulatedPlan
from honey.simulate.run import Job, play, simulate
from honey.simulate.scenarios import SCENARIOS

SEED = 20261122
TIMED_CASES = 560
JUDGED_CASES = 2_800
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
