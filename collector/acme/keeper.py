"""Keeps the certificates of a configuration current: looks at what is in place, orders what is due, notes how it went.

Owns the files of certificates and their state. The thread of `service` and `collector acme now` both go through here; a
lock in the folder lets one of them order at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, cast

from collector.acme.pair import described, temporary
from collector.acme.places import AcmeError, read, write
from collector.acme.renewal import (
    Held,
    State,
    asks_now,
    failed,
    fingerprint,
    reason,
    succeeded,
    waits_until,
)
from collector.config.acme import AcmeConfig, PlannedCertificate
from collector.errors import ConfigError
from collector.translation import _

if TYPE_CHECKING:
    from types import ModuleType

INSTALL = "pip install 'waybill-honeytokens[acme]'"
LEAST_ASK, MOST_ASK = timedelta(hours=1), timedelta(days=1)  # between two questions for a suggestion, RFC 9773 4.3
ASK_AFTER_FAILURE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of one certificate."""

    section: str
    is_new: bool
    error: str  # empty: none
    held: Held | None
    state: State


@dataclass(frozen=True, slots=True)
class Keeper:
    """See the module. `authority` is the module that orders: it is loaded by `of` because it needs the extra."""

    config: AcmeConfig
    now: Callable[[], datetime]
    chance: Callable[[], float]
    authority: "ModuleType"

    @classmethod
    def of(cls, config: AcmeConfig, now: Callable[[], datetime], chance: Callable[[], float]) -> "Keeper":
        """Load what orders.

        Raises:
            ConfigError: it is not installed.
        """
        try:
            return cls(config, now, chance, import_module("collector.acme.authority"))
        except ImportError as exc:
            raise ConfigError(
                _("acme: getting certificates needs two more packages: {install}", install=INSTALL)
            ) from exc

    def prepare(self) -> None:
        """Make temporary certificates where there are none, so that every port can open.

        Raises:
            AcmeError: the folder cannot be read or written.
        """
        for plan in self.config.certificates:
            one = self.held(plan)
            if one is None or (one.is_temporary and one.names != frozenset(plan.names)):
                write(plan.files.certificate, temporary(tuple(plan.names), self.now()))

    def attend(self, plan: PlannedCertificate, *, at_once: bool = False, force: bool = False) -> Outcome:
        """Get or renew one certificate if that is due; `at_once` does not wait after failures, `force` is not due.

        Raises:
            BusyError: another process orders now.
            AcmeError: the folder cannot be read or written; a failed order is an `Outcome` with an error.
        """
        if not force and not self._is_due(plan, at_once=at_once):
            return Outcome(plan.section, False, "", self.held(plan), self.state(plan))
        with self.config.places.locked():
            if not force and not self._is_due(plan, at_once=at_once):  # another process was at it meanwhile
                return Outcome(plan.section, False, "", self.held(plan), self.state(plan))
            state, error = self.state(plan), ""
            self._keep(plan, state)  # on a full disk nothing is ordered
            try:
                write(plan.files.certificate, cast("bytes", self.authority.obtain(self.config, plan)))
            except AcmeError as exc:
                error = str(exc)
                state = failed(state, error, self._plan_of(plan), now=self.now(), chance=self.chance())
            else:
                state = succeeded(self.held(plan), self.config.directory, self._plan_of(plan), now=self.now())
            self._keep(plan, state)
        return Outcome(plan.section, not error, error, self.held(plan), state)

    def ask(self, plan: PlannedCertificate) -> None:
        """Ask the authority when it wants a certificate renewed, as often as it likes to be asked; quiet if it fails.

        Raises:
            AcmeError: the folder cannot be read or written.
        """
        pair, state, now = read(plan.files.certificate), self.state(plan), self.now()
        one = described(pair) if pair else None
        if pair is None or one is None or state.directory != self.config.directory or not asks_now(one, state, now):
            return
        self._keep(plan, replace(state, ask_again_at=now + ASK_AFTER_FAILURE))  # on a full disk nobody is asked
        try:
            wanted_at, again_at = cast("tuple[datetime | None, datetime]", self.authority.suggestion(self.config, pair))
        except AcmeError:
            return
        again_at = min(max(again_at, now + LEAST_ASK), now + MOST_ASK)
        self._keep(plan, replace(state, suggested_at=wanted_at, ask_again_at=again_at))

    def held(self, plan: PlannedCertificate) -> Held | None:
        """Return what is in place, or None where nothing that can be used is."""
        return held(plan)

    def state(self, plan: PlannedCertificate) -> State:
        """Return what was tried."""
        return state(self.config, plan)

    def _is_due(self, plan: PlannedCertificate, *, at_once: bool) -> bool:
        state, now = self.state(plan), self.now()
        if not reason(self.held(plan), state, plan.names, self.config.directory, now):
            return False
        return at_once or waits_until(state, self._plan_of(plan), now) is None

    def _plan_of(self, plan: PlannedCertificate) -> str:
        return fingerprint(self.config.directory, plan.names)

    def _keep(self, plan: PlannedCertificate, state: State) -> None:
        write(self.config.places.state(plan.section), state.to_json().encode())


def held(plan: PlannedCertificate) -> Held | None:
    """Return what is in place for a plan, or None where nothing that can be used is."""
    pair = read(plan.files.certificate)
    return described(pair) if pair else None


def state(config: AcmeConfig, plan: PlannedCertificate) -> State:
    """Return what was tried for a plan."""
    return State.of((read(config.places.state(plan.section)) or b"").decode("utf-8", "replace"))
