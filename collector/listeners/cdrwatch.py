"""Call records as contacts: follows the files of [cdr] and keeps, beside the hit log, how far they are on record.

The position is stored only after the hits are durable, so a crash reads records again and the log knows their event
ids. If the log cannot be written the files simply wait.
"""

import asyncio
import json
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from collector.config.lines import CdrConfig
from collector.errors import CollectorError
from collector.hit import Contact
from collector.listeners.cdr import CdrError, Exchange, contact_of_json, contact_of_line
from collector.listeners.cdrfiles import Batch, FolderFollower, Follower, LineFollower, one_each
from collector.listeners.cdrlines import asterisk_records
from collector.listeners.linenumber import Numbering
from collector.loop import end
from collector.recorder import Recorder

SUFFIX = ".cdr"
POLL_SECONDS = 1.0
TROUBLE_SECONDS = 30.0  # between tries of what cannot be read or recorded
MAX_STATE_BYTES = 16 << 20
RECORD_AT_ONCE = 500  # contacts

_logger = logging.getLogger("collector")


class CdrListener:
    """The [cdr] section: one task for each path."""

    def __init__(self, config: CdrConfig, recorder: Recorder, state: Path) -> None:
        self._config = config
        self._recorder = recorder
        self._state = state
        self._exchange = Exchange(
            format=config.format,
            numbering=Numbering(config.country, config.numbers),
            columns=config.columns,
            contexts=config.contexts,
            timezone=config.timezone,
        )
        self._positions: dict[str, dict[str, Any]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Go on where the last run ended; without one, at the beginning of each file."""
        self._positions = await asyncio.to_thread(load_state, self._state)
        self._tasks = [asyncio.create_task(self._follow(path)) for path in self._config.paths]

    async def stop(self) -> None:
        """Stop reading; the positions are on disk."""
        await end(self._tasks)

    # --- inside ------------------------------------------------------------------------------------------------------

    async def _follow(self, path: Path) -> None:
        follower = self._follower(path)
        try:
            while True:
                try:
                    batch = await asyncio.to_thread(follower.read)
                    await self._record(batch)
                    follower.accept(batch)
                    if batch.is_new:
                        self._positions[str(path)] = batch.position
                        await asyncio.to_thread(save_state, self._state, dict(self._positions))
                    wait = 0.0 if batch.items else POLL_SECONDS
                except FileNotFoundError:  # the exchange has not written anything yet
                    wait = POLL_SECONDS
                except (CollectorError, OSError) as exc:
                    reason = exc.strerror if isinstance(exc, OSError) else "the hit log cannot be written"
                    _logger.warning("cdr %s: %s; trying again in %.0f s", path, reason, TROUBLE_SECONDS)
                    wait = TROUBLE_SECONDS
                except Exception as exc:  # noqa: BLE001 - a task that died would go unnoticed
                    self._recorder.count("cdr.errors")
                    _logger.error("cdr %s: %s", path, type(exc).__name__)  # noqa: TRY400 - its text may hold content
                    wait = TROUBLE_SECONDS
                await asyncio.sleep(wait)
        finally:
            follower.close()

    def _follower(self, path: Path) -> Follower:
        position = self._positions.get(str(path), {})
        if self._config.format == "freeswitch-json":
            return FolderFollower(path, position)
        return LineFollower(path, position, asterisk_records if self._config.format == "asterisk" else one_each)

    async def _record(self, batch: Batch) -> None:
        contacts = [contact for item in batch.items if (contact := self._contact(item)) is not None]
        for at in range(0, len(contacts), RECORD_AT_ONCE):
            await asyncio.wrap_future(self._recorder.record(_same_call_once(contacts[at : at + RECORD_AT_ONCE])))
        for name, number in batch.counts.items():
            self._recorder.count(name, number)

    def _contact(self, item: bytes) -> Contact | None:
        read = contact_of_json if self._config.format == "freeswitch-json" else contact_of_line
        try:
            contact = read(item, self._exchange)
        except CdrError:
            self._recorder.count("cdr.malformed")
            return None
        if contact is None:
            self._recorder.count("cdr.other_calls")
        return contact


def load_state(path: Path) -> dict[str, dict[str, Any]]:
    """Return the stored positions; a file that is missing or broken means reading from the beginning."""
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(MAX_STATE_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {name: value for name, value in document.items() if isinstance(value, dict)}


def save_state(path: Path, positions: dict[str, dict[str, Any]]) -> None:
    """Replace the stored positions: the old ones or the new ones are on disk, never half of them.

    Raises:
        OSError: they could not be written.
    """
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(positions, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _same_call_once(contacts: Sequence[Contact]) -> list[Contact]:
    """Return one contact of each call; the log would do the same, one look-up each."""
    return list({contact.event_id: contact for contact in reversed(contacts)}.values())[::-1]
