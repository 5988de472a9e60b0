"""When a certificate is got, renewed or tried again. Pure: clock and chance are arguments.

At two thirds of its lifetime, or when the authority suggests (RFC 9773), at most at five sixths. After a failure in 15
minutes, then twice as long each time up to six hours, each times 0.8 to 1.2: Let's Encrypt allows five an hour.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509

from collector.translation import _

RENEW_AT, LATEST_AT = 2 / 3, 5 / 6  # of a certificate's lifetime
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 900.0, 21_600.0
JITTER = 0.2
LEAST_BETWEEN = timedelta(
    days=1
)  # two certificates, or a third of a shorter life: a wrong clock must not order for ever
_MOST_DOUBLINGS = 10  # beyond it the longest wait is reached by far
_TIMES = ("next_try_at", "suggested_at", "ask_again_at", "failed_at")


@dataclass(frozen=True, slots=True)
class Held:
    """What is in place for a section."""

    names: frozenset[str]
    begins_at: datetime
    ends_at: datetime
    is_temporary: bool  # made here, so that the port could open

    @property
    def lifetime(self) -> timedelta:
        """Return how long it is valid in all."""
        return self.ends_at - self.begins_at


@dataclass(frozen=True, slots=True)
class State:
    """What was tried for one section, kept in a file."""

    directory: str = ""  # whom the certificate in place comes from
    failures: int = 0  # in a row
    error: str = ""  # of the last of them
    failed_at: datetime | None = None
    tried_plan: str = ""  # what was tried last: another plan is tried at once
    next_try_at: datetime | None = None  # not before
    suggested_at: datetime | None = None  # when the authority wants it renewed
    ask_again_at: datetime | None = None  # when to ask for the next suggestion

    def to_json(self) -> str:
        """Return the contents of the file."""
        return json.dumps({key: _written(value) for key, value in asdict(self).items()})

    @classmethod
    def of(cls, text: str) -> "State":
        """Read the file; what is not right there is as if it were missing: at worst a try is made too early."""
        try:
            found = json.loads(text)
        except ValueError:
            return cls()
        if not isinstance(found, dict):
            return cls()
        known: dict[str, Any] = {}
        for one in fields(cls):
            value = found.get(one.name)
            if one.name in _TIMES:
                known[one.name] = _time(value)
            elif isinstance(value, type(one.default)):
                known[one.name] = value
        return cls(**known)


def held(certificate: x509.Certificate, names: frozenset[str]) -> Held:
    """Describe a certificate. Only temporary ones are signed by themselves."""
    is_temporary = certificate.issuer == certificate.subject
    return Held(names, certificate.not_valid_before_utc, certificate.not_valid_after_utc, is_temporary)


def fingerprint(directory: str, names: Mapping[str, str]) -> str:
    """Return what identifies a plan: authority, names, challenges."""
    text = json.dumps([directory, sorted(names.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def renews_at(one: Held, state: State) -> datetime:
    """Return when a certificate is to be renewed."""
    latest = one.begins_at + one.lifetime * LATEST_AT
    if state.suggested_at is not None:
        return min(state.suggested_at, latest)
    return one.begins_at + one.lifetime * RENEW_AT


def reason(one: Held | None, state: State, names: Mapping[str, str], directory: str, now: datetime) -> str:
    """Return why a certificate is to be got now, or nothing."""
    if one is None or one.is_temporary:
        return _("there is none yet")
    if missing := sorted(set(names) - one.names):
        return _("it is not for {missing}", missing=", ".join(missing))
    if state.directory and state.directory != directory:
        return _("it is from another authority")
    if now >= renews_at(one, state):
        return _("it is to be renewed")
    return ""


def waits_until(state: State, plan: str, now: datetime) -> datetime | None:
    """Return until when nothing is tried, after a failure or a success, or None where nothing waits."""
    if state.next_try_at is None or state.tried_plan != plan or now >= state.next_try_at:
        return None
    longest = max(timedelta(seconds=LONGEST_WAIT_SECONDS * (1 + JITTER)), LEAST_BETWEEN)
    return state.next_try_at if state.next_try_at - now <= longest else None  # else the clock was put back


def failed(state: State, error: str, plan: str, *, now: datetime, chance: float) -> State:
    """Return the state after one more failure; `chance` is from [0, 1)."""
    failures = state.failures + 1
    doubled = FIRST_WAIT_SECONDS * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
    seconds = min(doubled, LONGEST_WAIT_SECONDS) * (1 - JITTER + 2 * JITTER * chance)
    later = now + timedelta(seconds=seconds)
    return replace(state, failures=failures, error=error, failed_at=now, tried_plan=plan, next_try_at=later)


def succeeded(one: Held | None, directory: str, plan: str, *, now: datetime) -> State:
    """Return the state after a certificate came."""
    pause = min(one.lifetime / 3, LEAST_BETWEEN) if one is not None else LEAST_BETWEEN
    return State(directory=directory, tried_plan=plan, next_try_at=now + pause)


def asks_now(one: Held, state: State, now: datetime) -> bool:
    """Say whether the authority's suggestion is to be asked for: while it is valid, not more often than it wants."""
    if one.is_temporary or now >= one.ends_at:
        return False
    return state.ask_again_at is None or now >= state.ask_again_at


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
