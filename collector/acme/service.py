"""Attends to the certificates while the collector runs, in one thread, so that a slow authority holds up no listener.

What is due stands in files; the thread only looks every few seconds. Runs in one process, however many serve the ports.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from random import SystemRandom
from typing import Self

from collector.acme.keeper import Keeper
from collector.acme.places import AcmeError, BusyError
from collector.config.acme import PlannedCertificate
from collector.config.file import Config

TICK_SECONDS = 5.0  # between two looks at the files
PAUSE_SECONDS = 60.0  # after a fault that no state remembers
STOP_SECONDS = 5.0  # for an order that is under way; one that is broken off is made anew after the next start
_logger = logging.getLogger("collector")


class AcmeService:
    """All certificates of [acme], attended to from `begin` to `__exit__`; without [acme] nothing happens.

    Raises:
        ConfigError: what it needs is not installed.
    """

    def __init__(self, config: Config, now: Callable[[], datetime]) -> None:
        self._keeper: Keeper | None = None
        if config.acme is not None:
            self._keeper = Keeper.of(config.acme, now, SystemRandom().random)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failing = ""

    def __enter__(self) -> Self:
        """Make temporary certificates where there are none, so that every port can open.

        Raises:
            AcmeError: the folder cannot be read or written.
        """
        if self._keeper is not None:
            self._keeper.prepare()
        return self

    def after(self, announce: Callable[[str], None]) -> Callable[[str], None]:
        """Return what announces that every port is served, and then begins: an authority asks back at once."""

        def announce_and_begin(line: str) -> None:
            announce(line)
            self.begin()

        return announce_and_begin

    def begin(self) -> None:
        """Start the thread."""
        if self._keeper is not None:
            self._thread = threading.Thread(target=self._run, args=(self._keeper,), name="acme", daemon=True)
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Begin nothing more and give what is under way a moment."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _run(self, keeper: Keeper) -> None:
        while not self._stopping.is_set():
            for plan in keeper.config.certificates:
                if not self._stopping.is_set():
                    self._attend(keeper, plan)
            self._stopping.wait(TICK_SECONDS)

    def _attend(self, keeper: Keeper, plan: PlannedCertificate) -> None:
        names = ", ".join(plan.names)
        try:
            keeper.ask(plan)
            outcome = keeper.attend(plan)
            self._failing = ""
        except BusyError:
            return
        except AcmeError as exc:
            if str(exc) != self._failing:  # once, not at every look
                self._failing = str(exc)
                _logger.warning("acme: %s", exc)
            self._stopping.wait(PAUSE_SECONDS)
            return
        except Exception:
            _logger.exception("acme: a fault in this program")
            self._stopping.wait(PAUSE_SECONDS)
            return
        state = outcome.state
        if outcome.is_new and outcome.held is not None:
            _logger.info("acme: [%s] new certificate for %s until %s", plan.section, names, outcome.held.ends_at)
        elif outcome.error and state.next_try_at is not None:
            again = f"try {state.failures}, the next at {state.next_try_at:%Y-%m-%d %H:%M} UTC"
            _logger.warning("acme: no certificate for [%s] %s: %s; %s", plan.section, names, outcome.error, again)
