"""Webhooks of telephony and mail providers: a Flask application at /hooks/<name> and /hooks/<name>/<secret_path>.

A request that its provider signed is recorded and then gets the provider's expected answer; 503 if the log cannot be
written, so that the provider sends it again. A forged one gets 403: it is no contact, but counted and logged.
"""

import hmac
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING

from flask import Flask, Request, Response, abort, request

from collector import limits
from collector.config import HookConfig
from collector.errors import CollectorError, ForgedError
from collector.hit import Contact
from collector.httppeer import client_address, is_within
from collector.listeners.webhooks import provider_for
from collector.listeners.webhooks.amazon import SUBSCRIBE_CLAIM, download
from collector.listeners.webhooks.request import HookAnswer, HookRequest, Provider, refusal
from collector.recorder import Recorder, record_unwaited
from collector.redaction import HOOKS_PREFIX
from collector.wsgi import malformed_request

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = HOOKS_PREFIX
RETRY_AFTER_SECONDS = 30
MAIL_PROVIDERS = frozenset({"mailgun", "sendgrid", "postmark", "ses"})  # whose callbacks carry attachments
UNAVAILABLE = HookAnswer(503, "text/plain; charset=utf-8", "cannot be recorded now, send it again\n")
FORBIDDEN = HookAnswer(403, "text/plain; charset=utf-8", "forbidden\n")
TOO_LARGE = HookAnswer(413, "text/plain; charset=utf-8", "too large\n")

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
        recorder.count(f"hooks.{hook.config.name}.no_contact")
        return hook.provider.answer(contacts)
    try:
        recorder.record(contacts).result(limits.RECORD_WAIT_SECONDS)
    except (CollectorError, TimeoutError):
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


def create_app(
    hooks: Iterable[Hook],
    recorder: Recorder,
    now: Callable[[], datetime],
    trusted_proxies: Sequence[IPv4Network | IPv6Network] = (),
) -> Flask:
    """Return the WSGI application that serves `hooks`."""
    app = Flask("collector.hooks", static_folder=None)
    by_name: Mapping[str, Hook] = {hook.config.name: hook for hook in hooks}

    def called(name: str, secret: str = "") -> Response:
        hook = by_name.get(name)
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
        return _response(receive(hook, hook_request, recorder))

    @app.errorhandler(413)
    def too_large(_: Exception) -> Response:
        recorder.count(f"hooks.{(request.view_args or {}).get('name', '')}.too_large")
        record_unwaited(recorder, _refused(request.remote_addr or "", request), lost="hooks.lost")
        return _response(TOO_LARGE)

    methods = ["GET", "POST"]
    app.add_url_rule(f"{PREFIX}<name>", view_func=called, methods=methods)
    app.add_url_rule(f"{PREFIX}<name>/<path:secret>", view_func=called, methods=methods)
    return app


def beside(site: "WSGIApplication", hooks: "WSGIApplication", names: Iterable[str]) -> "WSGIApplication":
    """Return an application that sends the addresses of webhooks to `hooks` and every other one to `site`."""
    known = frozenset(names)

    def front(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        is_hook = path.startswith(PREFIX) and path.removeprefix(PREFIX).partition("/")[0] in known
        return (hooks if is_hook else site)(environ, start_response)

    return front


def _refused(peer: str, refused: Request) -> Contact:
    """Return the contact for a request whose body is not taken."""
    head = f"{refused.method} {refused.environ.get('REQUEST_URI', '')}\r\n{refused.headers}"
    opening = head.encode("latin-1", "replace")[: limits.MAX_MALFORMED_BYTES]
    return malformed_request(peer, opening, f"413 {refused.content_length} bytes are more than max_body_bytes")


def _response(answer: HookAnswer) -> Response:
    response = Response(answer.body, status=answer.status, content_type=answer.content_type)
    if answer is UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
