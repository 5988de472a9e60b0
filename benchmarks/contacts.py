"""Who is named when numbers ring and nobody says a word; the table of docs/contacts.md, from seeds.

`python -m benchmarks contacts` is a quick look. The full figures, part by part (first, ceiling, relapse, pool, proof):
`python -m benchmarks.contacts first --trials 2800 --results first.json`. Strangers and leaks as in `benchmarks.codes`.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.codes import ACCOUNTS, ALPHA, CALM, RATE, SEED, STRAY, UNEVEN, Pool, Row, row
from honey.codes.accuse import log_bar
from honey.codes.background import Floats, poisson_log_pmf
from honey.codes.bound import best_size, leak_bits, numbers_bound
from honey.codes.contact import MOST_COUNTED, Epoch, log_scores, log_weights, through_leak, weigh_contacts
from honey.codes.contact_joint import joint_contact_e_values
from honey.codes.draw import SubsetCode, Subsets, random_subsets
from honey.codes.logs import log_sum
from honey.codes.posterior import posterior
from honey.model.account import AccountId
from honey.model.beacon import E164
from honey.plan.codebook import EXPORTS_PER_EPOCH, export_size
from honey.trace.number_code import Quiet, Window, contact_proof

NUMBERS, DECOYS, FEW_DECOYS = 200, 100, 20
MOST_EPOCHS = 25
_DRAWN_FOR = 20  # trials that share one draw of all codewords: drawing costs more than judging
_TIE = 1e-9


@dataclass(slots=True)
class Tally:
    """Of so many trials: who came first, who was named."""

    trials: int = 0
    first: int = 0
    among_two: int = 0
    named: int = 0
    false: int = 0


def rank(pool: Pool, colluders: int, trials: int, seed: tuple[int, ...]) -> Tally:
    """Judge leaks by the product's decoder: e-values name, posteriors rank."""
    bar, tally, held = log_bar(ACCOUNTS, ALPHA), Tally(trials), np.empty((0, 0), np.uint16)
    for trial in range(trials):
        rng = np.random.default_rng((*seed, trial))
        if trial % _DRAWN_FOR == 0:
            held = random_subsets(pool.code, rng, ACCOUNTS)
        rates, guilty = pool.rates(rng), rng.choice(ACCOUNTS, colluders, replace=False)
        background, counts = pool.background(rates, rng), pool.ring(rates, held[guilty], rng)
        result = joint_contact_e_values([weigh_contacts(pool.code, counts, background, pool.decoys)], [held])
        leading = posterior(result.levels, ACCOUNTS).accounts[:2]
        accused = np.flatnonzero(result.log_e >= bar)
        right = len(np.intersect1d(accused, guilty))
        tally.first += bool(np.isin(leading[0], guilty))
        tally.among_two += bool(np.isin(leading, guilty).any())
        tally.named += right > 0
        tally.false += len(accused) - right
    return tally


def first(trials: int, seed: int) -> Iterator[Row]:
    """Contacts only: the planned codeword size, 100 decoys an account."""
    size = export_size(NUMBERS, ACCOUNTS, DECOYS)
    settings = (
        (NUMBERS, DECOYS, CALM, 1, trials),
        (NUMBERS, DECOYS, CALM, 2, trials),
        (NUMBERS, DECOYS, UNEVEN, 1, trials // 3),
        (NUMBERS, DECOYS, UNEVEN, 2, trials // 3),
        (NUMBERS, 120, CALM, 1, trials // 3),
        (300, DECOYS, CALM, 1, trials // 3),
    )
    for at, (numbers, decoys, kind, colluders, count) in enumerate(settings):
        held = export_size(numbers, ACCOUNTS, decoys) if numbers != NUMBERS else size
        found = rank(Pool(SubsetCode(numbers, held), decoys, STRAY, kind), colluders, count, (seed, 100 + at))
        name = f"{numbers} numbers, {decoys} decoys, {colluders} leaker(s), {kind}"
        more = {"k": held, "named": found.named, "false": found.false}
        yield row(f"{name}: first is right", count, found.first, **more)
        if colluders > 1:
            yield row(f"{name}: one among first two", count, found.among_two, **more)


def ceiling(trials: int, seed: int) -> Iterator[Row]:
    """The best any decoder could do that knew contact rate and background, by size of codeword and of pool."""
    settings = [(NUMBERS, DECOYS, size) for size in (4, 5, 6, 7, 8, 9, 10)]
    settings += [(NUMBERS, 110, 7), (NUMBERS, 120, 7), (NUMBERS, 120, 9), (250, DECOYS, 7), (300, DECOYS, 7)]
    for numbers, decoys, size in settings:
        pool = Pool(SubsetCode(numbers, size), decoys, STRAY, CALM)
        quiet = np.exp(poisson_log_pmf(np.array([-np.log1p(-STRAY)]), MOST_COUNTED))[0]
        gain: Floats = np.log(np.convolve(quiet, through_leak(decoys, size, RATE))[: MOST_COUNTED + 1] / quiet)
        right, held = 0.0, np.empty((0, 0), np.uint16)
        for trial in range(trials):
            rng = np.random.default_rng((seed, 200, numbers, decoys, size, trial))
            if trial % (5 * _DRAWN_FOR) == 0:
                held = random_subsets(pool.code, rng, ACCOUNTS)
            guilty = int(rng.integers(ACCOUNTS))
            counts = pool.ring(pool.rates(rng), held[guilty : guilty + 1], rng)
            scores = gain[np.minimum(counts, MOST_COUNTED)][held].sum(axis=1)
            best = scores.max()
            right += (scores[guilty] >= best - _TIE) / int((scores >= best - _TIE).sum())
        bits = leak_bits(numbers, size, decoys, RATE, STRAY)
        yield row(f"{numbers} numbers, {decoys} decoys, k={size}: likeliest is right", trials, round(right), bits=bits)


def relapse(trials: int, seed: int) -> Iterator[Row]:
    """Leaks of 20 decoys repeated, fresh codewords each time, until the account is named."""
    planned = export_size(NUMBERS, ACCOUNTS, FEW_DECOYS)
    for at, (size, decoys, kind) in enumerate(
        [(size, FEW_DECOYS, CALM) for size in (1, 2, 3, 4, 7)]
        + [(planned, FEW_DECOYS, UNEVEN), (4, 40, CALM), (7, 40, CALM), (7, DECOYS, CALM)]
    ):
        pool = Pool(SubsetCode(NUMBERS, size), decoys, STRAY, kind)
        stops = [_stop(pool, np.random.default_rng((seed, 300 + at, trial)), 1)[0] for trial in range(trials)]
        _, late = (float(np.quantile(stops, share)) for share in (0.5, 0.9))
        yield row(
            f"{decoys} decoys a leak, k={size}, {kind}: named within 6 leaks", trials, sum(one <= 6 for one in stops),
            median=float(np.median(stops)), mean=float(np.mean(stops)), p90=late,
        )  # fmt: skip
    pool, whole = Pool(SubsetCode(NUMBERS, planned), FEW_DECOYS, STRAY, CALM), max(1, trials // 40)
    found = [_stop(pool, np.random.default_rng((seed, 350, trial)), ACCOUNTS) for trial in range(whole)]
    yield row(f"the same beside all accounts, k={planned}", whole, sum(stop <= 6 for stop, _ in found),
              false=sum(false for _, false in found))  # fmt: skip


def _stop(pool: Pool, rng: np.random.Generator, accounts: int) -> tuple[int, int]:
    """Return after how many leaks account 0 is named, and how many innocents were until then."""
    rates, bar, epochs = pool.rates(rng), log_bar(ACCOUNTS, ALPHA), list[Epoch]()
    background, false = pool.background(rates, rng), 0
    scores: Floats = np.zeros((1, 1))
    for epoch in range(1, MOST_EPOCHS + 1):
        held: Subsets = random_subsets(pool.code, rng, accounts)
        epochs.append(weigh_contacts(pool.code, pool.ring(rates, held[:1], rng), background, pool.decoys))
        scores = scores + log_scores(epochs[-1:], [held])
        values = log_sum(scores + log_weights(epochs)[:, None], axis=0)
        false += int((values[1:] >= bar).sum())
        if values[0] >= bar:
            return epoch, false
    return MOST_EPOCHS, false


def pool(trials: int, seed: int) -> Iterator[Row]:
    """Twice the numbers the information bound asks for, at the size that tells most."""
    for at, (decoys, stray) in enumerate(((DECOYS, 0.02), (200, 0.02), (200, 0.1))):
        for counted in (False, True):
            bound = numbers_bound(float(np.log2(ACCOUNTS)), decoys, RATE, stray, counted=counted)
            if bound is None:
                continue
            size = best_size(2 * bound, decoys, RATE, stray)
            one = Pool(SubsetCode(2 * bound, size), decoys, stray, CALM)
            found = rank(one, 1, trials, (seed, 400 + at, int(counted)))
            name = f"{2 * bound} numbers, twice the bound {'with' if counted else 'without'} counts"
            yield row(f"{name}, {decoys} decoys, stray {stray}", trials, found.first, k=size, false=found.false)


def proof(trials: int, seed: int) -> Iterator[Row]:
    """The whole of `contact_proof` as a verdict calls it, plantings by account and number."""
    numbers = [E164(f"+8614000{at:06d}") for at in range(NUMBERS)]
    code = SubsetCode(NUMBERS, export_size(NUMBERS, ACCOUNTS, 4 * EXPORTS_PER_EPOCH))
    named = false = 0
    begun = time.process_time()
    for trial in range(trials):
        rng = np.random.default_rng((seed, 500, trial))
        one, held = Pool(code, DECOYS, STRAY, CALM), random_subsets(code, rng, ACCOUNTS)
        rates = one.rates(rng)
        counts = one.ring(rates, held[:1], rng)
        before = rng.poisson(rates * 3)
        spread = [DECOYS // code.size + (at < DECOYS % code.size) for at in range(code.size)]
        planted = {
            AccountId(f"A{at:06d}"): dict(zip((numbers[number] for number in word), spread, strict=True))
            for at, word in enumerate(held.tolist())
        }
        quiet = Quiet(dict(zip(numbers, map(int, before), strict=True)), 90.0)
        values = contact_proof(
            [Window(numbers, planted, dict(zip(numbers, map(int, counts), strict=True)), 30.0, quiet)]
        )
        accused = {account for account, value in values.items() if value >= log_bar(ACCOUNTS, ALPHA)}
        named += "A000000" in accused
        false += len(accused - {"A000000"})
    seconds = (time.process_time() - begun) / trials
    yield row("contact_proof: named in one epoch", trials, named, false=false, cpu_seconds_each=round(seconds, 2))


PARTS: dict[str, Callable[[int, int], Iterator[Row]]] = {
    "first": first, "ceiling": ceiling, "relapse": relapse, "pool": pool, "proof": proof,
}  # fmt: skip


def main() -> None:
    """Print a quick look at every part."""
    for name, trials in (("first", 30), ("ceiling", 200), ("relapse", 40), ("pool", 20), ("proof", 1)):
        begun = time.monotonic()
        print(f"{name}: {PARTS[name].__doc__}")
        list(PARTS[name](trials, SEED))
        print(f"  ({time.monotonic() - begun:.1f} s)")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("part", choices=PARTS)
    asked.add_argument("--trials", type=int, default=3000)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--results", type=Path, required=True)
    given = asked.parse_args()
    rows = list(PARTS[given.part](given.trials, given.seed))
    given.results.write_text(json.dumps({"part": given.part, "seed": given.seed, "rows": rows}, indent=1) + "\n")
