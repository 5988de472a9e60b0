"""Which account's export codeword rang: proof from contacts that say nothing. Pure.

All exports of an account in one epoch show the same k of the N numbers, a secret draw. Contacts are counted per number,
a campaign once, and each account's numbers are held against a fresh draw (`honey.codes.contact`): for an innocent
account the mean of that e-value is at most 1, whoever calls and for whatever reason. What is believed of strangers and
of contact rates costs power when it is wrong, never an innocent.

An e-value of decoys that were *named* rests on the same draw: average it with this one (`codes.accuse.dependent`),
do not multiply. Raise the plan's epoch when numbers are added to the pool: a word drawn from fewer numbers is no
fresh draw from all.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from honey.codes.background import Background, Counts, Floats, control_factor, learn_background
from honey.codes.bound import leak_bits
from honey.codes.contact import MOST_COUNTED, Epoch, contact_e_values, weigh_contacts
from honey.codes.contact_joint import joint_contact_e_values
from honey.codes.draw import SubsetCode, Subsets
from honey.model.account import AccountId
from honey.model.beacon import E164

_LIKELY_RATE = 0.1  # of leaked decoys contacted, for what is said to be missing; unknown for courier data
_JOINT_ACCOUNTS = 32  # fewer alike are each weighed alone
_FACTOR = 4  # accounts whose decoys differ by less than this are weighed alike
_MOST_NUMBERS = 1 << 16
_LEAST_DAYS = 1e-3  # of a window: in none at all nothing could ring


@dataclass(frozen=True, slots=True)
class Quiet:
    """How often strangers ring, all counted by campaign: see `rung.rung`.

    `before` is from before anything was planted on the numbers. Controls are counted with the campaigns that touched
    them, each control at least as 0, before and since.
    """

    before: Mapping[E164, int] = field(default_factory=dict)
    before_days: float = 0.0
    controls_before: Mapping[E164, int] = field(default_factory=dict)
    controls_since: Mapping[E164, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """One epoch of export codewords: what was planted where, and what has rung in the days since.

    `planted` holds the export decoys of every account that made exports, per number. A decoy that was named as well
    may be counted in `rung`.
    """

    numbers: Sequence[E164]
    planted: Mapping[AccountId, Mapping[E164, int]]
    rung: Mapping[E164, int]
    days: float
    quiet: Quiet = Quiet()

    def __post_init__(self) -> None:
        """Refuse what cannot be: it would make an innocent's word look unlike a draw."""
        if len(set(self.numbers)) != len(self.numbers) or len(self.numbers) > _MOST_NUMBERS:
            raise ValueError(f"a window has at most {_MOST_NUMBERS:,} numbers, each once")
        if self.days < 0 or self.quiet.before_days < 0 or min(self.rung.values(), default=0) < 0:
            raise ValueError("days and contacts are not negative")
        if any(not set(held) <= set(self.numbers) for held in self.planted.values()):
            raise ValueError("decoys were planted on numbers that the window does not know")


def contact_proof(windows: Sequence[Window]) -> Mapping[AccountId, float]:
    """Return ln of the e-value of every account that made exports; the windows' draws are independent."""
    prepared = [_Prepared.of(one) for one in windows]
    groups: dict[tuple[tuple[int, int, int], ...], list[AccountId]] = defaultdict(list)
    for account in sorted({account for one in windows for account in one.planted}):
        kinds = ((at, *one.kinds[account]) for at, one in enumerate(prepared) if account in one.kinds)
        if pattern := tuple(kinds):
            groups[pattern].append(account)
    found: dict[AccountId, float] = {}
    for pattern, accounts in groups.items():
        epochs = [prepared[at].epoch(size, magnitude) for at, size, magnitude in pattern]
        words = [prepared[at].words(accounts, size) for at, size, _ in pattern]
        joint = len(accounts) >= _JOINT_ACCOUNTS
        values = joint_contact_e_values(epochs, words).log_e if joint else contact_e_values(epochs, words)
        found |= dict(zip(accounts, map(float, values), strict=True))
    return found


def bits_per_contact(window: Window, rate: float = _LIKELY_RATE) -> float:
    """Return how many bits one more contact is likely to tell about the leaker, for the usual account; 0 if none."""
    held = [(len(numbers), sum(numbers.values())) for numbers in window.planted.values() if numbers]
    if not held or not len(window.numbers):
        return 0.0
    size, decoys = (int(np.median([one[at] for one in held])) for at in (0, 1))
    stray = float(-np.expm1(_background(window)[:, 0].mean()))
    return leak_bits(len(window.numbers), max(1, size), decoys, rate, min(max(stray, 1e-9), 1 - 1e-9)) / (decoys * rate)


@dataclass(slots=True, eq=False)
class _Prepared:
    """A window as arrays. An account is weighed by its kind: numbers held, and the magnitude of its decoys' count."""

    window: Window
    places: Mapping[E164, int]
    kinds: Mapping[AccountId, tuple[int, int]]
    decoys: Mapping[tuple[int, int], int]  # the most that any account of a kind has
    counts: Counts
    background: Floats
    epochs: dict[tuple[int, int], Epoch] = field(default_factory=dict)

    @classmethod
    def of(cls, window: Window) -> "_Prepared":
        kinds, most = dict[AccountId, tuple[int, int]](), dict[tuple[int, int], int]()
        for account, numbers in window.planted.items():
            held = [count for count in numbers.values() if count > 0]
            if held:
                kind = kinds[account] = len(held), math.ceil(math.log(sum(held), _FACTOR))
                most[kind] = max(most.get(kind, 0), sum(held))
        places = {number: at for at, number in enumerate(window.numbers)}
        return cls(window, places, kinds, most, _counts(window.rung, window.numbers), _background(window))

    def epoch(self, size: int, magnitude: int) -> Epoch:
        kind = size, magnitude
        if kind not in self.epochs:
            code = SubsetCode(len(self.window.numbers), size)
            self.epochs[kind] = weigh_contacts(code, self.counts, self.background, self.decoys[kind])
        return self.epochs[kind]

    def words(self, accounts: Sequence[AccountId], size: int) -> Subsets:
        held = [
            sorted(self.places[number] for number, count in self.window.planted[one].items() if count > 0)
            for one in accounts
        ]
        return np.array(held, np.uint16).reshape(len(accounts), size)


def _counts(contacts: Mapping[E164, int], numbers: Sequence[E164]) -> Counts:
    return np.array([contacts.get(number, 0) for number in numbers], np.int64)


def _background(window: Window) -> Floats:
    """Return ln P(y stray contacts on each number), from its own past, else from the controls, else as published."""
    quiet, numbers = window.quiet, window.numbers
    factor = 1.0
    if quiet.before_days > 0:
        learnt = learn_background(_counts(quiet.before, numbers), quiet.before_days)
        if quiet.controls_before:
            expected = sum(quiet.controls_before.values()) * window.days / quiet.before_days
            factor = control_factor(sum(quiet.controls_since.values()), expected)
    elif quiet.controls_since and window.days > 0:
        controls = sorted(quiet.controls_since)
        pool = learn_background(_counts(quiet.controls_since, controls), window.days)
        learnt = Background(np.zeros(len(numbers), np.int64), 0.0, pool.shape, pool.mean_per_day)
    else:
        learnt = learn_background(np.zeros(len(numbers), np.int64), 0.0)
    return learnt.log_pmf(max(window.days, _LEAST_DAYS), MOST_COUNTED, factor=factor)
