"""Asterisk's events over its REST Interface: calls while they still ring, and texts, which no call record has.

Events are sent once, as those of [ami]: what happens while we are not connected, or cannot write, is missing here and
counted as far as it is seen. Calls have the event ids of [cdr] and [ami], so one that several see is one hit.
"""

import asyncio
import logging
from collections import OrderedDict

from collector.config.lines import AriConfig
from collector.errors import ConfigError
from collector.hit import Contact
from collector.listeners.ariwire import (
    MAX_MESSAGE_BYTES,
    REPLACED,
    AriError,
    contact_of_event,
    events_url,
    login,
    parse_event,
)
from collector.listeners.cdr import Exchange
from collector.listeners.linenumber import Numbering
from collector.listeners.reconnect import ConnectionEndedError, keep_connected
from collector.loop import end
from collector.recorder import Recorder, record_unwaited
from collector.translation import _

try:
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
except ImportError:  # an extra: only who has [ari] needs it
    HAS_PACKAGES = False
else:
    HAS_PACKAGES = True

CONNECT_SECONDS = 30.0
PING_SECONDS = 30.0  # between pings, and for an answer to one
CLOSE_SECONDS = 2.0  # for Asterisk's good-bye
WAITING_MESSAGES = 16  # read ahead
MAX_TOLD = 10_000  # calls whose later events are passed over
LOST = "ari.lost"
REFUSED = {
    401: "the login was refused: see ari.username and ari.password",
    403: "the login was refused: see ari.username and ari.password",
    404: "there is no REST Interface: load res_ari_events, and see ari.prefix",
}

_logger = logging.getLogger("collector")
_quiet = logging.getLogger("collector.websockets")
_quiet.setLevel(logging.WARNING)  # at DEBUG it writes headers, and the password is one of them


def require_packages() -> None:
    """Say what is missing.

    Raises:
        ConfigError: the extra is not installed.
    """
    if not HAS_PACKAGES:
        raise ConfigError(_("[ari] needs a package: pip install 'waybill-honeytokens[ari]', or remove the section"))


class AriListener:
    """The [ari] section."""

    def __init__(self, config: AriConfig, recorder: Recorder) -> None:
        require_packages()
        self._config = config
        self._recorder = recorder
        self._exchange = Exchange(
            format="asterisk", numbering=Numbering(config.country, config.numbers), contexts=config.contexts
        )
        self._told: OrderedDict[str, None] = OrderedDict()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Connect and stay connected."""
        target = str(self._config.connect)
        kept = keep_connected("ari", target, self._connect_once, self._recorder)
        self._tasks.append(asyncio.create_task(kept))

    async def stop(self) -> None:
        """Disconnect."""
        await end(self._tasks)

    async def _connect_once(self) -> None:
        remote = self._config.connect
        events = connect(
            events_url(self._config),
            additional_headers=login(self._config),
            host=remote.host,  # and port: so no redirect takes the password elsewhere
            port=remote.port,
            proxy=None,
            compression=None,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=WAITING_MESSAGES,
            open_timeout=CONNECT_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            close_timeout=CLOSE_SECONDS,
            logger=_quiet,
        )
        try:
            async with events as connection:
                _logger.warning("ari %s: listening", remote)
                await self._receive(connection)
        except InvalidStatus as exc:
            status = exc.response.status_code
            raise ConnectionEndedError(REFUSED.get(status, f"the server answered {status}")) from exc
        except ConnectionClosed as exc:
            if exc.sent is not None and not exc.rcvd_then_sent:
                raise ConnectionEndedError(f"closed by us with code {exc.sent.code}") from exc
        except WebSocketException as exc:
            raise ConnectionEndedError("not a REST Interface of Asterisk") from exc

    async def _receive(self, connection: "ClientConnection") -> None:
        async for message in connection:
            raw = message if isinstance(message, bytes) else message.encode()
            try:
                event = parse_event(raw)
            except AriError:
                self._recorder.count("ari.malformed")
                continue
            if event["type"] == REPLACED:
                raise ConnectionEndedError("another program took over ari.application: give each a name of its own")
            contact = contact_of_event(event, self._exchange, raw=raw)
            if contact is not None and not self._is_told(contact):
                record_unwaited(self._recorder, contact, lost=LOST)

    def _is_told(self, contact: Contact) -> bool:
        """Say whether an earlier event told of this call; the dialplan may have sent it to another number since."""
        channel_id = contact.claims.get("unique_id", "")
        if channel_id in self._told:
            return True
        if channel_id:
            self._told[channel_id] = None
            if len(self._told) > MAX_TOLD:
                self._told.popitem(last=False)
        return False
