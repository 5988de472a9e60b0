"""Hands notices to Apprise. The only module that knows it; imported where [alerts] is configured, and nowhere else.

An Apprise URL holds credentials: it is shown nowhere, and what Apprise says of a failure is stripped of its parts.
"""

import logging
import re
import threading
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import unquote

from collector.config.alerts import TargetConfig
from collector.errors import ConfigError
from collector.translation import _

if TYPE_CHECKING:
    from apprise import Apprise

INSTALL = "pip install 'waybill-honeytokens[alerts]'"
SEND_SECONDS = 60.0  # Apprise waits 4 s to connect and 4 s between two bytes: a server that trickles takes for ever
NOT_WITHIN = f"no answer within {SEND_SECONDS:.0f} s"
STILL_HANGS = "an earlier try still hangs"
HIDDEN = "***"
_LEAST_SECRET_CHARS = 4
_ADDRESS = re.compile(r"[a-z0-9]+://\S+", re.IGNORECASE)


class Courier:
    """One target's way out.

    Raises:
        ConfigError: Apprise is not installed, or does not know such an address; the message does not hold it.
    """

    def __init__(self, target: TargetConfig) -> None:
        where = f"alerts.targets.{target.name}.url"
        try:
            apprise = import_module("apprise")  # here, because it takes half a second that others need not spend
        except ImportError as exc:
            raise ConfigError(_("{where}: notices need Apprise: {install}", where=where, install=INSTALL)) from exc
        # It names addresses when it complains; what we keep of that goes through `redacted`.
        logging.getLogger("apprise").propagate = False
        # A redirect would carry the notice, and the credentials, to somebody else's address.
        asset = apprise.AppriseAsset(
            async_mode=False, service_timeout=0, http_redirects=False, app_id="Waybill collector"
        )
        self._apprise: Apprise = apprise.Apprise(asset=asset)
        self._url = target.url
        if not self._apprise.add(target.url.reveal()) or len(self._apprise) != 1:
            raise ConfigError(
                _("{where} is not one address Apprise knows: see github.com/caronc/apprise/wiki", where=where)
            )
        self._hanging: threading.Thread | None = None

    def send(self, title: str, body: str, *, wait_seconds: float = SEND_SECONDS) -> str | None:
        """Return None once the target has taken the notice, else what went wrong, in one line without secrets."""
        if self._hanging is not None and self._hanging.is_alive():
            return STILL_HANGS
        said: list[str | None] = []
        # Of its own, because nothing ends a call that hangs; as a daemon it does not keep the process from ending.
        thread = threading.Thread(target=lambda: said.append(self._try(title, body)), name="alert", daemon=True)
        thread.start()
        thread.join(wait_seconds)
        if said:
            return said[0]
        self._hanging = thread
        return NOT_WITHIN

    def _try(self, title: str, body: str) -> str | None:
        try:
            result = self._apprise.notify(body=body, title=title, body_format="text", log_level=logging.WARNING)
            if result:
                return None
            lines = [entry.message for service in result for entry in service.logs()]
        except Exception as exc:  # noqa: BLE001 - of 170 services' code; a thread that dies would look like one that hangs
            lines = [type(exc).__name__]
        return redacted(" ".join(lines), self._url.reveal()) or "refused, without a reason"


def redacted(text: str, url: str) -> str:
    """Return one line without addresses and without what the URL is made of, but for its scheme."""
    text = _ADDRESS.sub(HIDDEN, " ".join(text.split()))
    _, _, rest = url.partition("://")
    parts = {part for found in re.split(r"[^A-Za-z0-9._~%+-]+", rest) for part in (found, unquote(found))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _LEAST_SECRET_CHARS:
            text = text.replace(part, HIDDEN)
    return text
