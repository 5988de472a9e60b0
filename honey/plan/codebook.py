"""The codewords of an account: k of the N shared phone numbers, by secret keyed draws.

The draw must stay secret and fresh: an innocent account's codeword is then independent of anything a thief or a
robocaller does, which is what bounds false accusations whatever they do (docs/decisions/0003). Residents and exports
have separate draws, because rows that lie in the host are seen by colleagues: what they show is no secret.
"""

from collections.abc import Sequence
from math import comb

from honey.codes.accuse import ALPHA
from honey.derive import PlanKey, stream
from honey.model.account import AccountId
from honey.model.beacon import E164

PHONES_PER_ACCOUNT = 4  # k of residents; with a fixed decoy budget the best k grows with the expected contacts
RESIDENT, EXPORT = "resident", "export"  # classes of codewords, and first words of the contexts decoys are drawn in
EXPORTS_PER_EPOCH = 25  # that an account makes: one on each working day of a month; a judgement
# Fewer decoys on a number rarely make it ring at all when one decoy in ten is contacted (docs/contacts.md).
_DECOYS_PER_NUMBER = 10
_LEAST_ACCOUNTS = 1000


def codeword(
    key: PlanKey, epoch: int, account: AccountId, numbers: Sequence[E164], size: int, *, kind: str = RESIDENT
) -> tuple[E164, ...]:
    """Return `size` distinct numbers for the account in this epoch; all of them when there are fewer.

    The same key, epoch, account and pool give the same draw; a new epoch re-draws. An export's codeword of a smaller
    size is the beginning of that of a larger one.
    """
    if kind == RESIDENT:
        return tuple(stream(key, "codeword", epoch, account).sample(list(numbers), min(size, len(numbers))))
    rng, deck = stream(key, f"codeword {kind}", epoch, account), list(numbers)
    for at in range(min(size, len(deck))):
        chosen = rng.randrange(at, len(deck))
        deck[at], deck[chosen] = deck[chosen], deck[at]
    return tuple(deck[:size])


def export_size(numbers: int, accounts: int, decoys: int) -> int:
    """Return how many of so many numbers an account's exports are spread over, `decoys` being planted in one epoch.

    The fewest that can prove an account by contacts of one epoch alone: C(numbers, k) >= accounts / alpha. Fewer where
    the decoys would lie too thin to ring; several epochs then prove it together. Where no k is enough, as residents.
    Accounts are rounded up to a power of ten, so that a new colleague does not re-draw the codewords of an epoch.
    """
    rounded = 10 ** len(str(max(accounts, _LEAST_ACCOUNTS) - 1))
    proving = (size for size in range(1, numbers // 2 + 1) if comb(numbers, size) >= rounded / ALPHA)
    return max(1, min(next(proving, PHONES_PER_ACCOUNT), decoys // _DECOYS_PER_NUMBER))
