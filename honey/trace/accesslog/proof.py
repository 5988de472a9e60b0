"""E-values: how far an account's overlap with the leak goes beyond what innocent work at its outlets explains. Pure.

For each outlet and day take the mean over its leaked rows of (1 if accessed, else 0) / chance. Under the null its
expectation is 1 even if an innocent's accesses within that outlet and day hang together in any way (a shift, an export
of a stretch of rows); the product over outlet-days, mixed over eta, is then an e-value: P(E >= x) <= 1/x.
Assumed: the record is complete for this account, rows of one outlet-day are alike but for popularity, and an innocent's
choice of rows is independent of the thief's from one outlet-day to the next. Broken by: a shadow (two accounts that
work the same rows day after day), habits finer than a day (use shorter strata), a forged or selectively lost record.
"""

import math

import numpy as np

from honey.trace.accesslog.coalition import MAX_LEAKERS, Coalition, Leakers
from honey.trace.accesslog.record import UNPLACED, AccessEvidence, Bools, Floats
from honey.trace.accesslog.score import SHARES, Hypotheses, log_mean


def log_e_values(evidence: AccessEvidence, hypotheses: Hypotheses, kept: Bools, *, apart: bool = False) -> Floats:
    """Return ln E of every account, on the leaked rows marked in `kept` that have a stratum.

    `kept` must not depend on the accesses of the account that is tested. With `apart` every row counts alone, as if an
    innocent's accesses within a stratum did not hang together: sharper, and no proof.
    """
    used = kept & (evidence.row_stratum != UNPLACED)
    unit_of = np.arange(evidence.rows) if apart else evidence.row_stratum
    units = evidence.rows if apart else len(evidence.strata)
    per_unit = np.bincount(unit_of[used], minlength=units)
    accessed = np.flatnonzero(used[hypotheses.row])
    unit = unit_of[hypotheses.row[accessed]]
    cells, cell = np.unique(hypotheses.at[accessed] * max(1, units) + unit, return_inverse=True)
    weight = 1.0 / (hypotheses.chance[accessed] * per_unit[unit])
    gain = np.bincount(cell.reshape(-1), weight, minlength=len(cells))
    at, count = cells // max(1, units), int(np.count_nonzero(per_unit))
    terms = []
    for share in SHARES:
        lifted = np.log1p(share / (1.0 - share) * gain)
        terms.append(np.bincount(at, lifted, minlength=len(hypotheses.size)) + count * math.log1p(-share))
    return hypotheses.per_account(log_mean(np.stack(terms)), len(evidence.accounts))


class Proof:
    """E-values of groups when others may have leaked some of the rows.

    A group is tested on all rows, then on what another leaves over, on what two others leave over, and so on; the mean
    of all these is its e-value. The others are sought twice: by likelihood, and by how far they stand out from their
    colleagues (who accessed everything explains everything, and does not stand out). The group tested has no part in
    choosing them: that keeps the mean an e-value.
    """

    def __init__(self, coalition: Coalition, leakers: Leakers) -> None:
        self._coalition = coalition
        self._log_e: dict[bytes, Floats] = {}
        self._likely = [one.group for one in leakers.picks]
        self._outstanding = self._standing_out(without=None)

    def log_e_values(self, group: int, left: Bools) -> Floats:
        """Return ln E of all accounts, valid for those of `group`.

        It is the lesser of two means: over all rows, which alone is an e-value, and over those in `left`, which those
        ranked before did not access. So an account that shadows one of them is left without proof.
        """
        likely, outstanding = self._likely, self._outstanding
        if group in likely:
            likely = [one.group for one in self._coalition.search(without=group).picks]
        if group in outstanding:
            outstanding = self._standing_out(without=group)
        return np.minimum(*(self._mean((likely, outstanding), rows) for rows in (self._everything(), left)))

    def _mean(self, chains: tuple[list[int], list[int]], rows: Bools) -> Floats:
        values = [self.on(rows)]
        for chain in chains:
            left = rows
            for one in chain[: MAX_LEAKERS - 1]:
                left = left & ~self._coalition.rows_of(one)
                values.append(self.on(left))
        return log_mean(np.stack(values))

    def on(self, kept: Bools) -> Floats:
        """Return ln E of all accounts on the rows kept."""
        key = kept.tobytes()
        if key not in self._log_e:
            self._log_e[key] = log_e_values(self._coalition.evidence, self._coalition.hypotheses, kept)
        return self._log_e[key]

    def _everything(self) -> Bools:
        return np.ones(self._coalition.evidence.rows, dtype=np.bool_)

    def _standing_out(self, *, without: int | None) -> list[int]:
        """Return groups in order, each standing out most on what those before leave over."""
        chain: list[int] = []
        left = self._everything()
        while len(chain) < MAX_LEAKERS - 1:
            each = log_e_values(self._coalition.evidence, self._coalition.hypotheses, left, apart=True)
            groups = self._coalition.mean(each)
            groups[[*chain, *([] if without is None else [without])]] = -np.inf
            best = int(groups.argmax())
            if groups[best] <= 0:
                break
            chain.append(best)
            left = left & ~self._coalition.rows_of(best)
        return chain
