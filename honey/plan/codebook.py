"""The codeword of an account: k of the N shared phone numbers, by a secret keyed draw.

The draw must stay secret and fresh: an innocent account's codeword is then independent of anything a thief or a
robocaller does, which is what bounds false accusations whatever they do (docs/decisions/0003).
"""

from collections.abc import Sequence

from honey.derive import PlanKey, stream
from honey.model.account import AccountId
from honey.model.beacon import E164


def codeword(key: PlanKey, epoch: int, account: AccountId, numbers: Sequence[E164], size: int) -> tuple[E164, ...]:
    """Return `size` distinct numbers for the account in this epoch; all of them when there are fewer.

    The same key, epoch, account and pool give the same draw; a new epoch re-draws.
    """
    rng = stream(key, "codeword", epoch, account)
    return tuple(rng.sample(list(numbers), min(size, len(numbers))))
