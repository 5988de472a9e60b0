"""Which real rows lend their columns to decoys: recent, ordinary ones.

Pure.
"""

import random
import re
from collections.abc import Sequence

from honey.host.columnprofile import ColumnProfile, naive
from honey.host.profile import Profile
from honey.host.senders import sender_key
from honey.model.waybill import Role, Row

_RARE_NULL = 0.2  # null share below which an empty field makes a row unusual
_POOL_PER_DONOR = 4  # recent ordinary rows to draw each donor from
_POOL_AT_LEAST = 50
_GONE = re.compile(r"(?:^|_)(?:is_?)?(?:deleted?|del|removed|void(?:ed)?|archived|hidden)(?:_|$)", re.IGNORECASE)
_TYPED = re.compile(r"(?:test|asdf?|qwe|abc|xx+|aa+|测试|演示|demo|\d{1,6}|(.)\1+)", re.IGNORECASE)
_SHOWN = (Role.WAYBILL_NUMBER, Role.RECIPIENT_NAME, Role.RECIPIENT_PHONE, Role.RECIPIENT_ADDRESS, Role.RECIPIENT)


def choose_donors(rows: Sequence[Row], profile: Profile, rng: random.Random, count: int) -> list[Row]:
    """Return `count` donors, recent and ordinary ones first; a row comes twice only when there are too few.

    Ordinary: filled where most rows are filled, shown to the host's users (not deleted), not typed by testers.
    """
    if not rows or count <= 0:
        return []
    created = profile.column(profile.created_at)
    oddities = [_oddities(row, profile) for row in rows]
    least = min(oddities)
    ordinary = [(_age_rank(row, created), -at) for at, row in enumerate(rows) if oddities[at] == least]
    pool = [rows[-at] for _, at in sorted(ordinary)[: max(_POOL_AT_LEAST, _POOL_PER_DONOR * count)]]
    donors = rng.sample(pool, min(count, len(pool)))
    return donors + rng.choices(pool, k=count - len(donors))


def _age_rank(row: Row, created: ColumnProfile | None) -> float:
    found = created.times.read(row.get(created.column.name)) if created is not None and created.times else None
    return -naive(found[0]).timestamp() if found else float("inf")


def _oddities(row: Row, profile: Profile) -> int:
    odd = 0
    for column in profile.columns:
        value = row.get(column.column.name)
        empty = value is None or value == ""
        if empty:
            odd += column.null_share < _RARE_NULL and column.distinct_share > 0
        elif _GONE.search(column.column.name) and str(value).lower() not in {"0", "false", "n", "no", "否"}:
            odd += 10
        if column.role in _SHOWN and column.distinct_share > 0:
            odd += empty or (isinstance(value, str) and _TYPED.fullmatch(value) is not None)
    if profile.senders:
        odd += sender_key(row, profile.roles) not in profile.senders
    return odd
