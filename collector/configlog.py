"""[log]: where hits are kept, who signs for them and who can read them."""

from dataclasses import dataclass
from pathlib import Path

from collector import limits
from collector.configvalue import Secret, Section
from collector.errors import ConfigError
from collector.hit import Channel
from collector.hit.sealing import parse_public
from collector.retention import OTHERS, TAGGED, Retention

MAX_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class LogConfig:
    """[log]: where hits are kept."""

    path: Path  # relative paths count from the current folder
    max_bytes: int = limits.MAX_LOG_BYTES  # the file never grows beyond this; then contacts are refused and counted
    signing_key: Secret | None = None  # None: made on the first run, beside the log
    checkpoint_hits: int = limits.CHECKPOINT_HITS
    checkpoint_seconds: int = limits.CHECKPOINT_SECONDS
    retention: Retention | None = None  # None: nothing is ever erased
    seal_to: bytes | None = None  # the public key contacts are closed to; None: they are kept in the open


def log(section: Section) -> LogConfig:
    """Read [log]."""
    section.only(("path", "max_bytes", "signing_key", "checkpoint_hits", "checkpoint_seconds", "seal_to", "retention"))
    return LogConfig(
        path=Path(section.text("path")),
        max_bytes=section.number("max_bytes", limits.MAX_LOG_BYTES, 1 << 20, 1 << 46),
        signing_key=section.secret("signing_key", required=False),
        checkpoint_hits=section.number("checkpoint_hits", limits.CHECKPOINT_HITS, 1, 1_000_000),
        checkpoint_seconds=section.number("checkpoint_seconds", limits.CHECKPOINT_SECONDS, 1, 86_400),
        retention=_retention(section.section("retention")),
        seal_to=_public(section),
    )


def _retention(section: Section | None) -> Retention | None:
    """Read [log.retention]: days by class; `others` is every channel that is not named."""
    if section is None:
        return None
    channels = [one.value for one in Channel]
    section.only((TAGGED, *channels, OTHERS, "erase_unpulled"))
    others = section.number(OTHERS, 0, 0, MAX_DAYS)
    days = {name: section.number(name, others, 0, MAX_DAYS) for name in channels}
    days[TAGGED] = section.number(TAGGED, 0, 0, MAX_DAYS)
    return Retention(days, erase_unpulled=section.flag("erase_unpulled", default=False))


def _public(section: Section) -> bytes | None:
    text = section.text("seal_to", "")
    if not text:
        return None
    try:
        return parse_public(text)
    except ValueError as exc:
        raise ConfigError(f"{section.name}.seal_to: {exc}: copy it as `honey keys new` printed it") from exc
