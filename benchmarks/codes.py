"""How often the codes name the right accounts, and how often a wrong one; from seeds, so that anyone can rerun it.

`python -m benchmarks codes` is a quick look. The figures of docs/codes.md, each part with its own seed and trials:
`python -m benchmarks.codes dump --trials 400 --setting 0 --results dump.json` (parts: dump, null,
speed). A trial is the same whatever else is run. Intervals are Wilson's, 95 %. Contacts: `benchmarks.contacts`.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from honey.codes.accuse import accused, log_bar
from honey.codes.attack import Attack, hypotheses, leak, present
from honey.codes.background import PRIOR_SHAPE, Counts, Floats, learn_background
from honey.codes.contact import MOST_COUNTED, weigh_contacts
from honey.codes.contact_joint import joint_contact_e_values
from honey.codes.draw import SubsetCode, Subsets, code_for, keyed_words, random_subsets, random_words, unpack_bits
from honey.codes.evalue import log_e_values, weigh
from honey.codes.joint import joint_e_values

SEED = 20261122
ACCOUNTS = 100_000
ALPHA = 1e-6  # a case
ALPHAS = (0.1, 0.01, 0.001)  # at which false accusations are counted
RATE = 0.1  # of decoys contacted
STRAY = 0.02  # chance of a gated stray contact on a number in the window
BURN_IN_WINDOWS = 3.0  # ninety days before, in windows of thirty
UNGATED = 180.0  # raw calls for one that passes the gate: 0.12 a day for 30 days against STRAY
# Colluders, shared beacons, share of rows dropped.
DUMPS = ((2, 150, 0.0), (2, 200, 0.0), (2, 200, 0.1), (2, 260, 0.1), (3, 500, 0.0), (3, 600, 0.0))
SPEEDS = (100_000, 300_000, 1_000_000)  # accounts
CALM, UNEVEN = "every number alike", "numbers as uneven as real ones"

Row = dict[str, Any]


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95 % score interval (Wilson 1927)."""
    z, share = 1.96, hits / trials
    middle, spread = share + z * z / (2 * trials), z * (share * (1 - share) / trials + (z / (2 * trials)) ** 2) ** 0.5
    return max(0.0, (middle - spread) / (1 + z * z / trials)), min(1.0, (middle + spread) / (1 + z * z / trials))


def row(name: str, trials: int, hits: int, **more: object) -> Row:
    low, high = wilson(hits, trials)
    print(f"  {name:74} {hits:6,}/{trials:<6,} {hits / trials:7.2%}  [{low:.2%}, {high:.2%}]  {more or ''}", flush=True)
    return {"name": name, "trials": trials, "hits": hits, "rate": hits / trials, "low": low, "high": high, **more}


# Observations by innocents and by coalitions that no model foresees, with the number of the accounts that are guilty.
Seen = NDArray[np.bool_]
NULL_LEAKS: dict[str, tuple[Callable[[np.random.Generator, Seen, Floats], Seen], int]] = {
    "dump by an unlisted account": (lambda rng, _, biases: rng.random(len(biases)) < biases, 0),
    "dump of noise": (lambda rng, _, biases: rng.random(len(biases)) < rng.random(), 0),
    "two interleave": (lambda rng, bits, _: leak(bits, Attack.INTERLEAVE, rng), 2),
    "five merge, models stop at three": (lambda rng, bits, _: leak(bits, Attack.MERGE, rng), 5),
    "seven flip coins, half the rows lost": (lambda rng, bits, _: leak(bits, Attack.COIN, rng, drop_rate=0.5), 7),
}
NULL_LENGTHS = (12, 60)  # beacons; with so few as 12 even the rarest words are drawn, and means come near what they are


@dataclass(frozen=True, slots=True)
class Asked:
    """What to run: `trials` from number `first` on; settings, attacks and numbers of accounts, all if none is given."""

    trials: int
    seed: int = SEED
    first: int = 0
    settings: tuple[int, ...] = ()
    attacks: tuple[Attack, ...] = ()
    accounts: tuple[int, ...] = ()


def alike(colluders: int) -> dict[Attack, str]:
    """Return one attack for each that differs, and the names of all that are one and the same for so many colluders."""
    names: dict[tuple[float, ...], list[Attack]] = {}
    for attack in Attack:
        names.setdefault(tuple(present(attack, colluders)), []).append(attack)
    return {group[-1]: " = ".join(group) for group in names.values()}


def dump(asked: Asked) -> Iterator[Row]:
    """Coalitions whose merged dump is found."""
    for at in asked.settings or range(len(DUMPS)):
        colluders, length, dropped = DUMPS[at]
        setting = f"{colluders} colluders, {length} beacons, {dropped:.0%} dropped"
        for attack, name in alike(colluders).items():
            if asked.attacks and attack not in asked.attacks:
                continue
            some, whole, false = 0, 0, 0
            for trial in range(asked.first, asked.first + asked.trials):
                right, wrong = _coalition(at, attack, (asked.seed, at, trial))
                some += right > 0
                whole += right == colluders
                false += wrong
            yield row(f"{setting}, {name}, >=1 named", asked.trials, some, false=false)
            yield row(f"{setting}, {name}, all named", asked.trials, whole, false=false)


def _coalition(at: int, attack: Attack, seed: tuple[int, ...]) -> tuple[int, int]:
    """Return how many colluders, and how many innocents, one case names."""
    colluders, length, dropped = DUMPS[at]
    code, rng = code_for(colluders, length), np.random.default_rng(seed)
    words = random_words(code, rng, ACCOUNTS)
    guilty = rng.choice(ACCOUNTS, colluders, replace=False)
    seen = leak(unpack_bits(words[guilty], length), attack, rng, drop_rate=dropped)
    named = accused(joint_e_values(weigh(code, hypotheses(3), seen), words).log_e, ALPHA)
    right = len(np.intersect1d(named, guilty))
    return right, len(named) - right


@dataclass(frozen=True, slots=True)
class Pool:
    """Numbers that leaks and strangers ring."""

    code: SubsetCode
    decoys: int
    stray: float
    kind: str

    def rates(self, rng: np.random.Generator) -> Floats:
        """Return each number's expected stray contacts in a window."""
        if self.kind == CALM:
            return np.full(self.code.numbers, -np.log1p(-self.stray))
        mean = PRIOR_SHAPE * ((1 - self.stray) ** (-1 / PRIOR_SHAPE) - 1)  # so that P(any) is `stray`
        return rng.gamma(PRIOR_SHAPE, mean / PRIOR_SHAPE, self.code.numbers)

    def background(self, rates: Floats, rng: np.random.Generator) -> Floats:
        """Learn from a burn-in: raw calls where numbers differ, as gated ones would be too few to tell them apart."""
        windows = BURN_IN_WINDOWS * (UNGATED if self.kind == UNEVEN else 1.0)
        return learn_background(rng.poisson(rates * windows), windows).log_pmf(1.0, MOST_COUNTED)

    def ring(self, rates: Floats, held: Subsets, rng: np.random.Generator) -> Counts:
        """Return the contacts of one window in which the accounts with these numbers leak."""
        counts: Counts = rng.poisson(rates)
        size = self.code.size
        for numbers in held:
            spread = np.full(size, self.decoys // size) + (np.arange(size) < self.decoys % size)
            np.add.at(counts, numbers, rng.binomial(rng.permuted(spread), RATE))
        return counts


def null(asked: Asked) -> Iterator[Row]:
    """Cases in which every account is innocent, or the models are wrong: false accusations at three alphas."""
    for length in NULL_LENGTHS:
        for name, (kind, guilty) in NULL_LEAKS.items():
            single, joint = [], []
            for trial in range(asked.first, asked.first + asked.trials):
                rng = np.random.default_rng((asked.seed, 40 + length, len(name), trial))
                code, accounts = code_for(3, length), 500
                words = random_words(code, rng, accounts)
                seen = kind(rng, unpack_bits(words[:guilty], length), code.biases[code.run_of])
                weighing = weigh(code, hypotheses(3), seen)
                single.append(log_e_values(weighing, words)[guilty:])
                joint.append(joint_e_values(weighing, words, candidates=60).log_e[guilty:])
            for rule, found in (("single", single), ("joint", joint)):
                yield from _false(f"{length} beacons, {name}, {rule}", np.stack(found), accounts)
    yield from _contact_null(asked)


def _false(kind: str, log_e: Floats, accounts: int) -> Iterator[Row]:
    """Count the (cases, innocents) cases that name anybody, and average the e-values with the error of the mean."""
    means, highest = np.exp(log_e).mean(axis=1), log_e.max(axis=1)
    mean, error = float(means.mean()), float(means.std() / len(means) ** 0.5)
    for alpha in ALPHAS:
        hits = int(np.sum(highest >= log_bar(accounts, alpha)))
        yield row(f"false accusations, {kind}, alpha {alpha}", len(log_e), hits, mean_e=mean, mean_error=error)


def _contact_null(asked: Asked) -> Iterator[Row]:
    accounts, code = 2_000, SubsetCode(60, 6)
    for at, stray in enumerate((0.02, 0.2, 2.0)):
        calm, found = Pool(code, 60, STRAY, CALM), []
        for trial in range(asked.first, asked.first + asked.trials):
            rng = np.random.default_rng((asked.seed, 50 + at, trial))
            held = random_subsets(code, rng, accounts)
            background = calm.background(calm.rates(rng), rng)
            epoch = weigh_contacts(code, rng.poisson(stray, code.numbers), background, 60)
            found.append(joint_contact_e_values([epoch], [held], candidates=30).log_e)
        yield from _false(
            f"contacts without a leak, {stray / STRAY:g} x the learnt background", np.stack(found), accounts
        )


def speed(asked: Asked) -> Iterator[Row]:
    """Seconds by number of accounts, 500 beacons, three colluders; the peak is of the process, so one number a run."""
    code = code_for(3, 500)
    for accounts in asked.accounts or SPEEDS:
        rng = np.random.default_rng((asked.seed, 60, accounts))
        clock = [(time.perf_counter(), time.process_time())]
        words = keyed_words(code, b"not a secret", 1, [str(one) for one in range(accounts)])
        clock.append((time.perf_counter(), time.process_time()))
        weighing = weigh(code, hypotheses(3), leak(unpack_bits(words[:3], 500), Attack.INTERLEAVE, rng))
        log_e_values(weighing, words)
        clock.append((time.perf_counter(), time.process_time()))
        joint_e_values(weighing, words)
        clock.append((time.perf_counter(), time.process_time()))
        figures: Row = {"accounts": accounts}
        for name, (wall, cpu) in zip(("draw", "single", "joint"), np.diff(clock, axis=0), strict=True):
            figures |= {f"{name}_s": float(wall), f"{name}_cpu_s": float(cpu)}
        figures["peak_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # kilobytes on Linux
        print("  " + "   ".join(f"{name} {value:,.2f}" for name, value in figures.items()), flush=True)
        yield {"name": "speed", **figures}


PARTS: dict[str, Callable[[Asked], Iterator[Row]]] = {"dump": dump, "null": null, "speed": speed}


def main() -> None:
    """Print a quick look at every part."""
    for name, trials in (("speed", 1), ("dump", 1), ("null", 20)):
        begun = time.monotonic()
        print(f"{name}: {PARTS[name].__doc__}")
        list(PARTS[name](Asked(trials)))
        print(f"  ({time.monotonic() - begun:.1f} s)")


def asked_for(arguments: argparse.Namespace) -> Asked:
    return Asked(
        arguments.trials,
        arguments.seed,
        arguments.first,
        tuple(arguments.setting),
        tuple(arguments.attack),
        tuple(arguments.accounts),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial (dump, null)")
    parser.add_argument("--setting", type=int, nargs="*", default=[], choices=range(len(DUMPS)), help="dump only")
    parser.add_argument("--attack", type=Attack, nargs="*", default=[], help="dump only")
    parser.add_argument("--accounts", type=int, nargs="*", default=[], help="speed only")
    parser.add_argument("--results", type=Path, required=True)
    given = parser.parse_args()
    rows = list(PARTS[given.part](asked_for(given)))
    given.results.write_text(json.dumps({"part": given.part, "seed": given.seed, "rows": rows}, indent=1) + "\n")
