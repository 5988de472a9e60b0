"""How far the evidence proves an account, whatever else may have happened: e-values. Pure.

An e-value has a mean of at most 1 if the account is innocent, so it reaches x with probability at most 1 / x. Naming an
account only at accounts / alpha bounds the chance that a case names any innocent account by alpha.

Two sources multiply. *Draws*: decoys added to one export alone were drawn in secret for it, so whatever was seen, an
innocent export's decoys are a fresh draw: no model of thieves, robocallers or coalitions is needed. *The record*:
decoys that lay in the host and real rows, by how much better this account explains them than all others together
could; that holds as far as the access record is complete.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from honey.model.account import AccountId
from honey.model.attribution import Basis, Release
from honey.model.decoy import DecoyId
from honey.model.sighting import Match
from honey.model.waybill import Role
from honey.plan.evidence import LEAST_DRAW, TOKEN_DRAW
from honey.trace.inquiry import Inquiry, Stock
from honey.trace.weighing import SHARES, log_sum

# Largest shares of names among those drawn for one household, measured on 200,000 draws: 王玲 0.44 %, of three
# characters below 0.05 %; a surname is one of two.
NAME_DRAW = 1 / 200
HOUSEHOLD_DRAW = 1 / 2
LAST_DIGITS_DRAW = 1e-4  # four digits of a waybill number, cited

_PHONE, _NAME, _WAYBILL = Role.RECIPIENT_PHONE.value, Role.RECIPIENT_NAME.value, Role.WAYBILL_NUMBER.value
_ADDRESS, _TOKENS = Role.RECIPIENT_ADDRESS.value, (Role.RECIPIENT_EMAIL.value, Role.LINK.value)
_WHOLE = (Match.EXACT, Match.NORMALISED)


class Draws:
    """The e-values by draws of one inquiry's accounts, each computed when it is asked for.

    A bet is laid on every decoy drawn for an export. Seen, it pays 1 / (G (u_g + c_g)): G is how many different pieces
    of evidence there are, values of ours that were never planted among them (somebody listed the block); u_g is the
    chance that a fresh draw agrees with this one, c_g that it agrees as well with something a live customer left. Over
    fresh draws that is at most sum_g (u_g + c_g) / (G (u_g + c_g)) = 1, whatever the evidence is and whoever left it.
    Unseen, it pays nothing. A share q of the stake is laid on each; q is averaged.
    """

    def __init__(self, inquiry: Inquiry) -> None:
        self._counts = inquiry.release_counts
        self._price, self._given_number = _prices(inquiry)
        self._releases: dict[AccountId, list[Release]] = {}
        for release in inquiry.releases:
            if any(not self._price.keys().isdisjoint(household) for household in release.drawn):
                self._releases.setdefault(release.account, []).append(release)
        self._known: dict[AccountId, float] = {}

    def log_e_value(self, account: AccountId) -> float:
        """Return ln of the account's e-value: half the stake on no export at all, the rest evenly on its releases."""
        if account not in self._known:
            values = [self._log_export(one) for one in self._releases.get(account, ())]
            count = max(self._counts.get(account, 1), len(values))
            exported = log_sum(values) - math.log(count) if values else -math.inf
            self._known[account] = log_sum([0.0, exported]) - math.log(2)
        return self._known[account]

    def _log_export(self, release: Release) -> float:
        """Return ln of the mean, over the share of the export that surfaced, of the product of the bets."""
        terms = [0.0] * len(SHARES)
        for household in release.drawn:
            seen = sorted((self._price[decoy], decoy) for decoy in household if decoy in self._price)
            # One number is drawn for all of them: it counts once, for whichever of them was seen best.
            paid = [price * len(household) for price, _ in seen[:1]]
            paid += [self._given_number[decoy] for _, decoy in seen[1:]]
            for log_bet in (*map(_log_bet, paid), *[_log_bet(math.inf)] * (len(household) - len(seen))):
                terms = [one + other for one, other in zip(terms, log_bet, strict=True)]
        return log_sum(terms) - math.log(len(terms))


@lru_cache(maxsize=4096)
def _log_bet(price: float) -> tuple[float, ...]:
    """Return, for every share of the stake, ln of what a bet at this price leaves; infinite when it was lost."""
    return tuple(math.log1p(share * (1.0 / price - 1.0)) for share in SHARES)


def log_bar(inquiry: Inquiry, basis: Basis = Basis.DRAWS) -> float:
    """Return ln of the e-value that names an account of this inquiry.

    Proof by the record fails where the record has a gap, which is as likely as `unrecorded_prior`, a judgement: the
    more likely, the better must an account explain the evidence than all others do. Its prior is in the probability.
    """
    settings = inquiry.settings
    return math.log((settings.accounts if basis is Basis.DRAWS else settings.unrecorded_prior) / settings.alpha)


def log_combined(draws: float, record: Iterable[float]) -> float:
    """Return ln of the product of the e-value by draws and the mean of 1 and those by the record, which overlap."""
    values = [0.0, *record]
    return draws + log_sum(values) - math.log(len(values))


def bits_per_row(stock: Stock) -> float:
    """Return how many bits one more decoy seen whole adds if all of its export surfaced; 0 if decoys carry nothing."""
    return _bits(stock, (_PHONE, _NAME, _ADDRESS, _WAYBILL))


def bits_per_contact(stock: Stock) -> float:
    """Return the same for a contact that reaches a decoy's number and cites its name."""
    return _bits(stock, (_PHONE, _NAME)) if stock.phones else 0.0


def _bits(stock: Stock, roles: Sequence[str]) -> float:
    return max(0.0, -math.log2(_draw(dict.fromkeys(roles, Match.EXACT), stock)))


def _prices(inquiry: Inquiry) -> tuple[dict[DecoyId, float], dict[DecoyId, float]]:
    """Return the price per unit paid of a bet on each decoy seen, and the same when its number was known before."""
    stock, drawn, beside = inquiry.settings.stock, dict[frozenset[DecoyId], float](), dict[frozenset[DecoyId], float]()
    for one in inquiry.sightings:
        if one.chance >= 1.0:  # a bare contact: nothing is laid on those
            continue
        matches = dict(one.fields) or {one.field: one.match}
        share = len(one.decoys) / stock.decoys if len(one.decoys) > 1 and stock.decoys else 0.0
        rest = {role: match for role, match in matches.items() if role != _PHONE}
        for kept, agreeing in ((drawn, matches), (beside, rest)):
            chance = max(LEAST_DRAW, share, _draw(agreeing, stock)) + one.chance
            kept[one.decoys] = min(kept.get(one.decoys, math.inf), chance)
    pieces = len(drawn) + inquiry.unplanted
    return _by_decoy(drawn, pieces), _by_decoy(beside, pieces)


def _by_decoy(chances: Mapping[frozenset[DecoyId], float], pieces: int) -> dict[DecoyId, float]:
    """Take for each decoy the evidence that shows it best; every piece makes each bet dearer."""
    found: dict[DecoyId, float] = {}
    for decoys, chance in chances.items():
        for decoy in decoys:
            found[decoy] = min(found.get(decoy, math.inf), pieces * chance)
    return found


def _draw(matches: Mapping[str, Match], stock: Stock) -> float:
    """Return the chance that a fresh draw agrees with one row or contact in these fields."""
    chance = 1.0
    if matches.get(_PHONE) in _WHOLE:
        chance /= max(1, stock.phones)
    elif matches.get(_PHONE) is Match.MASKED:
        chance /= max(1, stock.phone_endings)
    if _NAME in matches:
        chance *= NAME_DRAW if matches[_NAME] in _WHOLE else HOUSEHOLD_DRAW
    if _WAYBILL in matches:
        chance *= max(1 / max(1, stock.waybill_numbers), 0.0 if matches[_WAYBILL] in _WHOLE else LAST_DIGITS_DRAW)
    if matches.get(_ADDRESS) in _WHOLE:
        chance /= max(1, stock.rooms)
    for role in _TOKENS:
        chance *= TOKEN_DRAW if matches.get(role) in _WHOLE else 1.0
    return chance
