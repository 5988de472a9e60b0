"""`kill -9` of `collector run` under load: what was acknowledged is on record once, and the chain verifies.

`python -m benchmarks.collector_kills --rounds 100`; fewer by default.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.collector.killing import kill_rounds
from tests.collector.running import CONFIG

ROUNDS = 5


def main(arguments: Sequence[str] = ()) -> None:
    """Print what was acknowledged and what is on record; fail if they differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--listeners", type=int, default=0, help="processes beside the one that writes the log")
    chosen = parser.parse_args(arguments)
    config = f"{CONFIG}[processes]\nlisteners = {chosen.listeners}\n"
    started_at = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="collector-kills-") as folder:
        outcome = kill_rounds(Path(folder), chosen.rounds, seed=chosen.seed, config=config)
    if outcome.wrong:
        raise AssertionError(f"acknowledged and not on record once: {outcome.wrong}")
    seconds = time.perf_counter() - started_at
    print(f"kill -9 under load, {chosen.rounds} rounds in {seconds:.0f} s; chain verified")
    print(f"acknowledged {len(outcome.acknowledged):,}; lost 0, doubled 0; calls sent again {outcome.retried_calls:,}")
    print("on record: " + ", ".join(f"{channel.value} {number:,}" for channel, number in outcome.channels.items()))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
