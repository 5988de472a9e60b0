"""[log]: where hits are kept, who signs for them and who can read them."""

import re
from dataclasses import dataclass
from pathlib import Path

from collector import limits
from collector.config.value import Secret, Section
from collector.errors import ConfigError
from collector.hit import Channel
from collector.hit.sealing import Sealer, parse_public
from collector.hit.tokentag import TagKey
from collector.hitlog.flood import FloodConfig
from collector.hitlog.retention import OTHERS, TAGGED, Retention
from collector.hitlog.signing import LogKey
from collector.translation import _

MAX_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class LogConfig:
    """[log]: where hits are kept."""

    path: Path  # relative paths count from the current folder
    max_bytes: int = limits.MAX_LOG_BYTES  # the file never grows beyond this; then contacts are refused and counted
    signing_key: LogKey | None = None  # None: made on the first run, beside the log
    checkpoint_hits: int = limits.CHECKPOINT_HITS
    checkpoint_seconds: int = limits.CHECKPOINT_SECONDS
    retention: Retention | None = None  # None: nothing is ever erased
    token_key: TagKey | None = None  # tells tokens of our own; None: none is known to be
    flood: FloodConfig | None = None  # None: all is recorded as long as the log can
    seal_to: bytes | None = None  # the public key contacts are closed to; None: they are kept in the open


def log(section: Section) -> LogConfig:
    """Read [log]."""
    signed = ("signing_key", "checkpoint_hits", "checkpoint_seconds")
    section.only(("path", "max_bytes", *signed, "seal_to", "retention", "token_key", "flood"))
    token_key, signing_key = (section.secret(name, required=False) for name in ("token_key", "signing_key"))
    flood = _flood(section.section("flood"))
    if flood is not None and token_key is None:
        raise ConfigError(
            _(
                "{section}.flood: nothing tells our own names from others: set {section}.token_key to what "
                "`honey keys list` prints",
                section=section.name,
            )
        )
    return LogConfig(
        path=Path(section.text("path")),
        max_bytes=section.number("max_bytes", limits.MAX_LOG_BYTES, 1 << 20, 1 << 46),
        signing_key=LogKey.of(signing_key.reveal(), f"{section.name}.signing_key") if signing_key else None,
        checkpoint_hits=section.number("checkpoint_hits", limits.CHECKPOINT_HITS, 1, 1_000_000),
        checkpoint_seconds=section.number("checkpoint_seconds", limits.CHECKPOINT_SECONDS, 1, 86_400),
        retention=_retention(section.section("retention")),
        seal_to=_public(section),
        token_key=_tag_key(token_key, section.name) if token_key else None,
        flood=flood,
    )


def _tag_key(secret: Secret, section: str) -> TagKey:
    if not re.fullmatch(r"[0-9a-f]{64}", secret.reveal(), re.ASCII):
        raise ConfigError(
            _("{section}.token_key must be 64 hexadecimal digits, as `honey keys list` prints it", section=section)
        )
    return TagKey(bytes.fromhex(secret.reveal()))


def _flood(section: Section | None) -> FloodConfig | None:
    """Read [log.flood]."""
    if section is None:
        return None
    usual = FloodConfig()
    section.only(("contacts_per_second", "waiting", "keep_one_in"))
    return FloodConfig(
        contacts_per_second=section.number("contacts_per_second", usual.contacts_per_second, 1, 1_000_000),
        waiting=section.number("waiting", usual.waiting, 1, limits.MAX_WAITING_CONTACTS),
        keep_one_in=section.number("keep_one_in", usual.keep_one_in, 1, 1_000_000),
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
        public = parse_public(text)
        Sealer(public, b"").batch()  # some 32 bytes are no key one can seal to (RFC 7748, 6.1)
    except ValueError as exc:
        raise ConfigError(
            _("{section}.seal_to: {exc}: copy it as `honey keys new` printed it", section=section.name, exc=exc)
        ) from exc
    return public
