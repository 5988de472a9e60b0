"""The evidence of a record small enough to be held whole; the registry's look-ups must say the same. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

import numpy as np

from honey.model.account import AccountId, ExportId
from honey.trace.accesslog.record import SOMEONE, UNPLACED, AccessEvidence, Held, Stratum

WholeRecord = Mapping[tuple[AccountId, ExportId | None], Collection[str]]  # release -> the waybill numbers it holds


def evidence_from(
    record: WholeRecord, strata: Mapping[str, Stratum], leaked: Collection[str], *, population: int | None = None
) -> AccessEvidence:
    """Count everything from the whole record. `strata` holds the stratum of every number that has one."""
    whole: dict[AccountId, set[str]] = defaultdict(set)
    for (account, _), numbers in record.items():
        whole[account].update(numbers)
    popularity = Counter(number for numbers in whole.values() for number in numbers)
    rows = sorted(number for number in set(leaked) if popularity[number])
    at_row = {number: at for at, number in enumerate(rows)}
    places = sorted({strata[one] for one in rows if one in strata}, key=lambda one: (one.outlet, one.from_at))
    at_place = {one: at for at, one in enumerate(places)}
    releases = sorted(
        (one for one, numbers in record.items() if not at_row.keys().isdisjoint(numbers)),
        key=lambda one: (one[0], one[1] or ""),
    )
    accounts = sorted({account for account, _ in releases})
    at_account = {one: at for at, one in enumerate(accounts)}
    pairs = [(at, at_row[number]) for at, one in enumerate(releases) for number in set(record[one]) if number in at_row]
    held = [(at_account.get(one, SOMEONE), _by_place(numbers, strata, at_place)) for one, numbers in whole.items()]
    told = [(at, _by_place(set(record[one]), strata, at_place)) for at, one in enumerate(releases)]
    sizes = _by_place(popularity, strata, at_place)
    count = Counter(account for account, _ in record)
    return AccessEvidence(
        accounts=tuple(accounts),
        account_rows=np.array([len(whole[one]) for one in accounts], dtype=np.int64),
        account_releases=np.array([count[one] for one in accounts], dtype=np.int64),
        releases=tuple(export for _, export in releases),
        release_account=np.array([at_account[account] for account, _ in releases], dtype=np.int64),
        release_rows=np.array([len(set(record[one])) for one in releases], dtype=np.int64),
        access_release=np.array([release for release, _ in sorted(pairs)], dtype=np.int64),
        access_row=np.array([row for _, row in sorted(pairs)], dtype=np.int64),
        row_popularity=np.array([popularity[one] for one in rows], dtype=np.int64),
        row_stratum=np.array([at_place[strata[one]] if one in strata else UNPLACED for one in rows], dtype=np.int64),
        strata=tuple(places),
        stratum_rows=np.array([sizes[at] for at in range(len(places))], dtype=np.int64),
        by_account=Held.of([(place, holder, rows) for holder, each in held for place, rows in each.items()]),
        by_release=Held.of([(place, holder, rows) for holder, each in told for place, rows in each.items()]),
        record_accesses=sum(len(numbers) for numbers in whole.values()),
        population=population or len(whole),
        rows_unknown=len(set(leaked)) - len(rows),
    )


def _by_place(numbers: Collection[str], strata: Mapping[str, Stratum], at_place: Mapping[Stratum, int]) -> Counter[int]:
    return Counter(at_place[strata[one]] for one in numbers if one in strata and strata[one] in at_place)
