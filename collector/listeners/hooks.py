"""Webhooks of telephony and mail providers: a Flask application at /hooks/<name> and /hooks/<name>/<secret_path>.

A request that its provider signed is recorded and then gets the provider's expected answer; 503 if the log cannot be
written, so that the provider sends it again. A forged one gets 403: it is no contact, but counted and logged.
"""

import hmac
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING

from flask import Flask, Request, Response, abort, request

from collector import limits
from collector.config.file import HookConfig
from collector.errors import CollectorError, ForgedError
from collector.hit import Contact
from collector.http.peer import client_address, is_within
from collector.http.server import malformed_request
from collector.later import OFFERED, Answer, Later
from collector.listeners.webhooks import provider_for
from collector.listeners.webhooks.amazon import SUBSCRIBE_CLAIM, download
from collector.listeners.webhooks.request import PLAIN, HookAnswer, HookRequest, Provider, refusal
from collector.recorder import Recorder, record_unwaited
from collector.redaction import HOOKS_PREFIX

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = HOOKS_PREFIX
RETRY_AFTER_SECONDS = 30
MAIL_PROVIDERS = frozenset({"mailgun", "sendgrid", "postmark", "ses"})  # whose callbacks carry attachments
UNAVAILABLE = HookAnswer(503, PLAIN, "cannot be recorded now, send it again\n")
FORBIDDEN = HookAnswer(403, PLAIN, "forbidden\n")
TOO_LARGE = HookAnswer(413, PLAIN, "too large\n")

_logger = logging.getLogger("collector")


@dataclass(frozen=True, slots=True)
class Hook:
    """A configured webhook with its provider."""

    config: HookConfig
    provider: Provider

    @classmethod
    def of(cls, config: HookConfig) -> "Hook":
        """Find the provider.

        Raises:
            ConfigError: as `provider_for`.
        """
        return cls(config, provider_for(config))

    @property
    def max_body_bytes(self) -> int:
        """The most one request may carry; more gets 413."""
        usual = (
            limits.MAX_MAIL_HOOK_BODY_BYTES if self.config.provider in MAIL_PROVIDERS else limits.MAX_HTTP_BODY_BYTES
        )
        return self.config.max_body_bytes or usual


def max_body_bytes(hooks: Iterable[Hook]) -> int:
    """Return what a server of all these webhooks, and of pages, must take in."""
    return max((limits.MAX_HTTP_BODY_BYTES, *(hook.max_body_bytes for hook in hooks)))


def admit(hook: Hook, hook_request: HookRequest, *, peer: str, secret: str) -> None:
    """Raise ForgedError unless the request may come from the provider: address, source network, signature."""
    expected = hook.config.secret_path.reveal() if hook.config.secret_path else ""
    if not hmac.compare_digest(secret.encode("utf-8", "replace"), expected.encode()):
        raise ForgedError("wrong secret path")
    if hook.config.allow and not is_within(peer, hook.config.allow):
        raise ForgedError("not from an allowed network")
    hook.provider.check(hook_request)


def receive(
    hook: Hook, hook_request: HookRequest, recorder: Recorder, fetch: Callable[[str], bytes] = download
) -> HookAnswer:
    """Record an admitted request and return the provider's expected answer; 400 if unreadable, 503 if not on disk."""
    contacts = hook.provider.contacts(hook_request)
    if not contacts:
        return _no_contact(hook, recorder)
    is_recorded = True
    try:
        recorder.record(contacts).result(limits.RECORD_WAIT_SECONDS)
    except (CollectorError, TimeoutError):
        is_recorded = False
    return _answer(hook, contacts, recorder, is_recorded=is_recorded, fetch=fetch)


def _no_contact(hook: Hook, recorder: Recorder) -> HookAnswer:
    recorder.count(f"hooks.{hook.config.name}.no_contact")
    return hook.provider.answer(())


def _answer(
    hook: Hook,
    contacts: Sequence[Contact],
    recorder: Recorder,
    *,
    is_recorded: bool,
    fetch: Callable[[str], bytes] = download,
) -> HookAnswer:
    if not is_recorded:
        recorder.count(f"hooks.{hook.config.name}.unavailable")
        return UNAVAILABLE
    _confirm(hook, contacts, fetch)
    return refusal(contacts) or hook.provider.answer(contacts)


def _confirm(hook: Hook, contacts: Sequence[Contact], fetch: Callable[[str], bytes]) -> None:
    """Visit the address that confirms a subscription, if the configuration asks for it."""
    address = contacts[0].claims.get(SUBSCRIBE_CLAIM)
    if address is None:
        return
    if not hook.config.fetch:
        _logger.warning("hook %s: a subscription waits for you to open the address in its hit", hook.config.name)
        return
    try:
        fetch(address)
    except OSError as exc:
        _logger.warning("hook %s: the subscription cannot be confirmed: %s", hook.config.name, exc)


class HookApp(Flask):
    """The WSGI application of some webhooks."""

    def __init__(self, hooks: Iterable[Hook]) -> None:
        super().__init__("collector.hooks", static_folder=None)
        self.hooks: Mapping[str, Hook] = {hook.config.name: hook for hook in hooks}

    def is_quick(self, path: str) -> bool:
        """Say whether serving a path waits for nothing; a hook with `fetch` visits its provider."""
        hook = self.hooks.get(path.removeprefix(PREFIX).partition("/")[0])
        return hook is None or not hook.config.fetch


def create_app(
    hooks: Iterable[Hook],
    recorder: Recorder,
    now: Callable[[], datetime],
    trusted_proxies: Sequence[IPv4Network | IPv6Network] = (),
) -> HookApp:
    """Return the WSGI application that serves `hooks`."""
    app = HookApp(hooks)

    def called(name: str, secret: str = "") -> Response:
        hook = app.hooks.get(name)
        if hook is None:
            recorder.count("hooks.unknown")
            abort(404)
        request.max_content_length = hook.max_body_bytes
        peer = client_address(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), trusted_proxies)
        hook_request = HookRequest(
            method=request.method,
            target=request.environ.get("REQUEST_URI") or request.full_path.rstrip("?"),
            headers={key.lower(): value for key, value in request.headers.items()},
            body=request.get_data(),
            received_at=now(),
        )
        try:
            admit(hook, hook_request, peer=peer, secret=secret)
        except ForgedError as exc:
            recorder.count(f"hooks.{name}.forged")
            _logger.warning("hook %s: forged request from %s: %s", name, peer, exc)
            return _response(FORBIDDEN)
        if hook.config.fetch or OFFERED not in request.environ:
            return _response(receive(hook, hook_request, recorder))
        contacts = hook.provider.contacts(hook_request)
        if not contacts:
            return _response(_no_contact(hook, recorder))

        def say(is_recorded: bool) -> Answer:
            return _said(_answer(hook, contacts, recorder, is_recorded=is_recorded))

        return _LaterResponse(Later(contacts, recorder, say))

    @app.errorhandler(413)
    def too_large(_: Exception) -> Response:
        recorder.count(f"hooks.{(request.view_args or {}).get('name', '')}.too_large")
        record_unwaited(recorder, _refused(request.remote_addr or "", request), lost="hooks.lost")
        return _response(TOO_LARGE)

    methods = ["GET", "POST"]
    app.add_url_rule(f"{PREFIX}<name>", view_func=called, methods=methods)
    app.add_url_rule(f"{PREFIX}<name>/<path:secret>", view_func=called, methods=methods)
    return app


def beside(site: "WSGIApplication", hooks: HookApp, names: Iterable[str]) -> "Beside":
    """Return an application that sends the addresses of webhooks to `hooks` and every other one to `site`."""
    return Beside(site, hooks, frozenset(names))


@dataclass(frozen=True, slots=True)
class Beside:
    """Webhooks and pages at one address."""

    site: "WSGIApplication"
    hooks: HookApp
    names: frozenset[str]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve a request."""
        return self._application(environ.get("PATH_INFO", ""))(environ, start_response)

    def is_quick(self, path: str) -> bool:
        """Say whether serving a path waits for nothing."""
        is_quick: Callable[[str], bool] = getattr(self._application(path), "is_quick", lambda _: False)
        return is_quick(path)

    def _application(self, path: str) -> "WSGIApplication":
        is_hook = path.startswith(PREFIX) and path.removeprefix(PREFIX).partition("/")[0] in self.names
        return self.hooks if is_hook else self.site


def _refused(peer: str, refused: Request) -> Contact:
    """Return the contact for a request whose body is not taken."""
    head = f"{refused.method} {refused.environ.get('REQUEST_URI', '')}\r\n{refused.headers}"
    opening = head.encode("latin-1", "replace")[: limits.MAX_MALFORMED_BYTES]
    return malformed_request(peer, opening, f"413 {refused.content_length} bytes are more than max_body_bytes")


class _LaterResponse(Response):
    """What Flask is given for an answer that its server sends later."""

    def __init__(self, later: Later) -> None:
        super().__init__(content_type=PLAIN)  # without one it looks for a default, at the price of an exception
        self._later = later

    def __call__(self, _: "WSGIEnvironment", __: "StartResponse") -> Iterable[bytes]:
        """Leave the answer to the server."""
        return self._later


def _response(answer: HookAnswer) -> Response:
    said = _said(answer)
    return Response(said.body, said.status, said.headers)


def _said(answer: HookAnswer) -> Answer:
    headers = [("Content-Type", answer.content_type)]
    if answer is UNAVAILABLE:
        headers.append(("Retry-After", str(RETRY_AFTER_SECONDS)))
    return Answer(_status_line(answer.status), headers, answer.body.encode())


@lru_cache
def _status_line(status: int) -> str:
    return Response(status=status).status
