"""Tells the targets, each in a thread of its own, so that one that hangs holds up no other and no listener.

`schedule` is the clock; what is due stands in the outbox. A target has one notice under way at most: what comes
meanwhile is counted in the next one.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol, Self

from collector.config.alerts import AlertsConfig, TargetConfig
from collector.config.file import Config
from collector.errors import CollectorError, ConfigError
from collector.outbox.arrivals import Arrivals
from collector.outbox.backoff import wait_seconds
from collector.outbox.courier import INSTALL, Courier
from collector.outbox.overview import outbox_path
from collector.outbox.store import Notice, Outbox
from collector.translation import _

try:
    from schedule import Scheduler
except ImportError:
    HAS_CLOCK = False
else:
    HAS_CLOCK = True

TICK_SECONDS = 1
STOP_SECONDS = 5.0  # for a notice that is being sent; later it counts as not sent
PASSED_OVER_HITS = 10_000  # of other channels, after which it is written down that they are not for a target

_logger = logging.getLogger("collector")
Clock = Callable[[], datetime]


class Sends(Protocol):
    """What takes a notice to its target."""

    def send(self, title: str, body: str) -> str | None:
        """Return None once it was taken, else why not."""


@dataclass(slots=True)
class Worker:
    """What one target is owed and how it gets it. `tick` does what is due; only one thread may call it."""

    target: TargetConfig
    config: AlertsConfig
    outbox: Outbox
    arrivals: Arrivals
    courier: Sends
    now: Clock
    chance: Callable[[], float]
    looked: tuple[str, int] = ("", 0)  # log, and up to which hit nothing was for the target: not looked at again

    def begin(self) -> None:
        """Let a target that is new be told of what comes from now on.

        Raises:
            LogError, LogUnwritableError: log or outbox cannot be used.
        """
        log, head = self.arrivals.log_and_head()
        self.outbox.told(self.target.name, log, head)

    def tick(self) -> None:
        """Queue a notice if one is due, and send the one that waits if its time has come.

        Raises:
            LogError, LogUnwritableError: log or outbox cannot be used now.
        """
        waiting = self.outbox.queued(self.target.name)
        if waiting is None and self._may_tell():
            self._gather()
            waiting = self.outbox.queued(self.target.name)
        if waiting is not None and waiting.is_due(self.now()):
            self._send(waiting)

    def _may_tell(self) -> bool:
        latest = self.outbox.newest(self.target.name)
        if latest is None:
            return True
        since = self.now() - latest.created_at
        return since < timedelta() or since >= timedelta(minutes=self.target.every_minutes)  # or the clock went back

    def _gather(self) -> None:
        name = self.target.name
        log, head = self.arrivals.log_and_head()
        told = self.outbox.told(name, log, head)
        after = max(told, self.looked[1]) if self.looked[0] == log else told
        digest, to = self.arrivals.after(after, self.target.channels)
        self.looked = log, to
        if digest is not None:
            self.outbox.put(name, log, digest, to=to, now=self.now())
        elif to - told >= PASSED_OVER_HITS:
            self.outbox.pass_over(name, log, to)

    def _send(self, notice: Notice) -> None:
        began_at, tries = self.now(), notice.tries + 1
        pause = wait_seconds(tries, self.chance(), first=self.config.retry_seconds)
        self.outbox.trying(notice, now=began_at, next_try_at=began_at + timedelta(seconds=pause))
        error = self.courier.send(notice.title, notice.body)
        if error is None:
            self.outbox.sent(notice, now=self.now())
            return
        is_dead = self.now() - notice.created_at >= timedelta(days=self.config.give_up_days)
        self.outbox.failed(notice, error, is_dead=is_dead)
        fate = "given up, see `collector alerts`" if is_dead else f"tried again in {pause:.0f} s"
        _logger.warning("alerts: notice %d to %s, try %d: %s; %s", notice.id, notice.target, tries, error, fate)


class AlertService:
    """All targets of a configuration, told from `__enter__` to `__exit__`; without [alerts] nobody is.

    Raises:
        ConfigError: what it needs is not installed, or an address is not one.
    """

    def __init__(self, config: Config, now: Clock) -> None:
        if config.alerts is not None and not HAS_CLOCK:
            raise ConfigError(_("alerts: notices need schedule: {install}", install=INSTALL))
        self._config = config
        self._alerts = config.alerts
        self._couriers = {one.name: Courier(one) for one in (config.alerts.targets if config.alerts else ())}
        self._now = now
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._outbox: Outbox | None = None

    def __enter__(self) -> Self:
        """Open the outbox and begin; the log must be there.

        Raises:
            LogError, LogLockedError, LogUnwritableError: log or outbox cannot be used.
        """
        alerts = self._alerts
        if alerts is None:
            return self
        log, chance = self._config.log.path, Random().random  # noqa: S311 - jitter is no secret
        self._outbox = outbox = Outbox(outbox_path(alerts, log))
        for target in alerts.targets:
            worker = Worker(target, alerts, outbox, Arrivals(log), self._couriers[target.name], self._now, chance)
            worker.begin()
            name = f"alerts {target.name}"
            self._threads.append(threading.Thread(target=self._run, args=(worker,), name=name, daemon=True))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Begin nothing more and give what is being sent a moment. What it leaves is sent after the next start."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        if self._outbox is not None and not any(thread.is_alive() for thread in self._threads):
            self._outbox.close()

    def _run(self, worker: Worker) -> None:
        failing = ""

        def job() -> None:
            nonlocal failing
            try:
                worker.tick()
                failing = ""
            except CollectorError as exc:
                if str(exc) != failing:  # once, not every second
                    failing = str(exc)
                    _logger.warning("alerts: %s", failing)
            except Exception:
                _logger.exception("alerts: a fault in this program")

        clock = _clock(job)
        while not self._stopping.wait(TICK_SECONDS / 2):
            clock.run_pending()
            if (clock.idle_seconds or 0) > TICK_SECONDS:  # the machine's clock was put back, which `schedule` waits for
                clock = _clock(job)


def _clock(job: Callable[[], None]) -> "Scheduler":
    clock = Scheduler()
    clock.every(TICK_SECONDS).seconds.do(job)
    return clock
