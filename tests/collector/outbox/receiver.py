"""A server that takes notices on loopback, and can be told to refuse, to hang, to redirect or to be gone."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCEPT, REFUSE, HANG, REDIRECT = "accept", "refuse", "hang", "redirect"
HANG_SECONDS = 120.0
PATH = "/hook/k3yk3yk3y"


@dataclass
class Receiver:
    """What came in, in order; `mood` says what the next request gets."""

    port: int
    mood: str = ACCEPT
    asked: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The Apprise URL, with credentials and short time-outs."""
        return f"json://hookuser:s3samepw@127.0.0.1:{self.port}{PATH}?rto=1&cto=1"

    def wait_for(self, *, asked: int = 0, taken: int = 0) -> None:
        """Wait until so many requests came and so many notices were taken."""
        with self.changed:
            done = self.changed.wait_for(lambda: self.asked >= asked and len(self.taken) >= taken, 90)
        assert done, f"{self.asked} asked, {len(self.taken)} taken"


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver on a free port, or on the one it had before."""
    receiver = Receiver(port)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mood = receiver.mood
            with receiver.changed:
                receiver.asked += 1
                if mood == ACCEPT:
                    receiver.taken.append({**json.loads(body), "path": self.path})
                receiver.changed.notify_all()
            if mood == HANG:
                receiver.ending.wait(HANG_SECONDS)
                return
            self.send_response({ACCEPT: 200, REFUSE: 503, REDIRECT: 307}[mood])
            if mood == REDIRECT:
                self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object, **__: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.ending.set()
            server.shutdown()
            thread.join()
