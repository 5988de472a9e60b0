"""HTTPS to the authority: certbot's `ClientNetwork` with limits on time and size, and patience with nonces.

The authority is the operator's choice, its answers are not: they end at a size and at a time, and lead nowhere but to
https addresses.
"""

import time
from pathlib import Path
from typing import Any

import requests
from acme import messages
from acme.client import ClientNetwork
from josepy.jwa import ES256
from josepy.jwk import JWK
from requests.adapters import HTTPAdapter

WAIT_SECONDS = 30  # to connect, and between two bytes
MAX_ANSWER_BYTES = 1 << 20  # the longest is a chain, some 10 KiB
NONCE_TRIES = 12  # RFC 8555 6.5: a refused nonce is to be tried again; certbot's own client does so once
BLOCK_BYTES = 16 << 10
AGENT = "waybill-collector"


class TooMuchError(requests.RequestException):
    """An answer that is too long, or takes too long."""


class Bounded(HTTPAdapter):
    """Reads an answer up to its limits, and trusts `ca_file` alone where one is given."""

    def __init__(self, ca_file: Path | None, until: float) -> None:
        super().__init__()
        self._ca_file = ca_file
        self.until = until  # of time.monotonic

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - the library's
        """Send a request and read its answer.

        Raises:
            requests.RequestException: there is none, or it is beyond a limit.
        """
        kwargs |= {"stream": True, "timeout": self._left_seconds()}
        if self._ca_file is not None:
            kwargs["verify"] = str(self._ca_file)
        response = super().send(request, *args, **kwargs)
        content = b""
        while block := response.raw.read1(BLOCK_BYTES, decode_content=True):  # what is there, without waiting for more
            content += block
            if len(content) > MAX_ANSWER_BYTES:
                response.close()
                raise TooMuchError(f"its answer is longer than {MAX_ANSWER_BYTES} bytes")
            self._left_seconds()
        response._content = content  # what `requests` itself does with an answer that is not streamed
        return response

    def _left_seconds(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TooMuchError("it takes too long to answer")
        return min(WAIT_SECONDS, left)


class Network(ClientNetwork):
    """The authority as one account sees it; close it after use."""

    def __init__(self, key: JWK, ca_file: Path | None, seconds: float) -> None:
        super().__init__(key, alg=ES256, user_agent=AGENT, timeout=WAIT_SECONDS)
        self.session.adapters.clear()  # no plain HTTP, whatever the directory says
        self.session.mount("https://", Bounded(ca_file, time.monotonic() + seconds))

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - the library's signature
        """Send a signed request, with another nonce as often as one is refused."""
        for _ in range(NONCE_TRIES - 1):
            try:
                return self._post_once(*args, **kwargs)
            except messages.Error as exc:
                if exc.code != "badNonce":
                    raise
        return self._post_once(*args, **kwargs)

    def close(self) -> None:
        """Close the connections."""
        self.session.close()
