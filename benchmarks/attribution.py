"""Accounts ranked per second: one leak among M accounts with an export and a read-everything release each."""

import random
import time

from honey.model.account import AccountId, ExportId
from honey.model.attribution import Release
from honey.model.decoy import DecoyId
from honey.model.sighting import DumpPlace, Match, Sighting
from honey.trace.attribute import attribute
from honey.trace.inquiry import Inquiry, Settings

SIZES = (1_000, 10_000, 100_000)
DECOYS_PER_EXPORT = 4
READ_DECOYS = 20
SEEN = 12


def inquiry(accounts: int, rng: random.Random) -> Inquiry:
    """A leak of the first account's rows; everybody reads decoys of everybody."""
    decoys = [DecoyId(f"D-{number}") for number in range(accounts)]
    releases = []
    for number in range(accounts):
        name = AccountId(f"A-{number}")
        own = frozenset(DecoyId(f"X-{number}-{at}") for at in range(DECOYS_PER_EXPORT))
        releases.append(Release(name, ExportId(f"E-{number}"), own))
        releases.append(Release(name, None, frozenset(rng.sample(decoys, READ_DECOYS))))
    seen = sorted(releases[0].decoys | set(list(releases[1].decoys)[: SEEN - DECOYS_PER_EXPORT]))
    sightings = tuple(
        Sighting(frozenset([decoy]), "recipient_phone", Match.MASKED, DumpPlace("dump", at), 1e-5)
        for at, decoy in enumerate(seen)
    )
    counts = {AccountId(f"A-{number}"): 2 for number in range(accounts)}
    settings = Settings(accounts, 0.999, 0.5, 0.001, 1, has_record=True)
    return Inquiry(sightings, tuple(releases), {"all": frozenset(decoys)}, counts, settings)


def main() -> None:
    """Print accounts ranked per second beside merely walking over the same releases, for growing M."""
    print(f"{'accounts':>9} {'seconds':>8} {'accounts/s':>11} {'x walking the releases':>23}  named")
    for accounts in SIZES:
        asked = inquiry(accounts, random.Random(1))
        begun = time.perf_counter()
        assert not sum(1 for release in asked.releases for decoy in release.decoys if decoy in asked.residents)
        walked = time.perf_counter() - begun
        begun = time.perf_counter()
        found = attribute(asked)
        seconds = time.perf_counter() - begun
        named = ", ".join(one.account for one in found.suspects) if found.verdict == "identified" else "nobody"
        print(f"{accounts:9,} {seconds:8.3f} {accounts / seconds:11,.0f} {seconds / walked:23.1f}  {named}")
