"""[alerts]: whom to tell that contacts came, and how often. Read by `collector.config.file` alone."""

from dataclasses import dataclass
from pathlib import Path

from collector.config.value import Secret, Section
from collector.errors import ConfigError
from collector.hit import Channel
from collector.hitlog.retention import TAGGED
from collector.translation import _

TARGET_KEYS = ("url", "channels", "every_minutes")
# The Internet's noise reaches names and links every minute; somebody who is told of it stops reading. What bears our
# check tag is none.
USUAL_CHANNELS = (*(one.value for one in Channel if one not in {Channel.DNS, Channel.WEB}), TAGGED)
EVERY_MINUTES = 15
GIVE_UP_DAYS = 3
RETRY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """[alerts.targets.NAME]: one address that notices go to."""

    name: str
    url: Secret  # an Apprise URL; it holds the credentials
    channels: tuple[str, ...] = USUAL_CHANNELS  # or `tagged`: names of ours, by any channel
    every_minutes: int = EVERY_MINUTES  # at most one notice in this time


@dataclass(frozen=True, slots=True)
class AlertsConfig:
    """[alerts]: content-free notices of new contacts."""

    targets: tuple[TargetConfig, ...]
    path: Path | None = None  # the outbox; None: beside the hit log
    give_up_days: int = GIVE_UP_DAYS  # after which a notice is dead
    retry_seconds: int = RETRY_SECONDS  # after the first failure; then twice as long each time, at most an hour


def alerts(section: Section) -> AlertsConfig:
    """Read [alerts]."""
    section.only(("targets", "path", "give_up_days", "retry_seconds", "channels", "every_minutes"))
    path = section.text("path", "")
    channels = _channels(section, USUAL_CHANNELS)
    minutes = section.number("every_minutes", EVERY_MINUTES, 0, 10_080)
    targets = tuple(
        _target(name, target, channels=channels, minutes=minutes) for name, target in section.sections("targets")
    )
    if not targets:
        raise ConfigError(_('[alerts] tells nobody: add [alerts.targets.NAME] with url = {{ env = "ALERT_URL" }}'))
    return AlertsConfig(
        targets,
        Path(path) if path else None,
        section.number("give_up_days", GIVE_UP_DAYS, 1, 365),
        section.number("retry_seconds", RETRY_SECONDS, 1, 3600),
    )


def _target(name: str, section: Section, *, channels: tuple[str, ...], minutes: int) -> TargetConfig:
    section.only(TARGET_KEYS)
    if not name.isprintable() or not 1 <= len(name) <= 64:
        raise ConfigError(_("alerts.targets: {name!r} must be a name of at most 64 characters", name=name))
    return TargetConfig(
        name=name,
        url=section.secret("url", required=True),
        channels=_channels(section, channels),
        every_minutes=section.number("every_minutes", minutes, 0, 10_080),
    )


def _channels(section: Section, default: tuple[str, ...]) -> tuple[str, ...]:
    return section.values("channels", _channel, f"channels: {', '.join(Channel)}, {TAGGED}") or default


def _channel(text: str) -> str:
    return text if text == TAGGED else Channel(text).value
