"""What went wrong at an authority, in one line. The authority's own words are kept, cut and without line breaks."""

from collections.abc import Iterator

import requests
from acme import errors, messages
from acme.challenges import DNS01, HTTP01

from collector.alert import printable
from collector.translation import _

MOST_CHARS = 600
_MENDS = {
    "connection": _("the name must point here, and the port be open in the firewall"),
    "dns": _("the name must be delegated to [dns], or have an address"),
    "unauthorized": _("what it found is not what this collector shows: does the name point here?"),
    "caa": _("a CAA record of the domain names other authorities"),
    "rateLimited": _("wait, and use the authority's staging directory to try things out"),
    "externalAccountRequired": _("set [acme.external_account]"),
    "rejectedIdentifier": _("this authority does not certify such a name"),
}
_PORTS = {HTTP01.typ: _(" (http-01, port 80)"), DNS01.typ: _(" (dns-01, TXT record)")}


def said(exc: BaseException, host: str) -> str:
    """Return what went wrong in one line; `host` is the authority."""
    text = "; ".join(_parts(exc, host))
    short = text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}…"
    return printable(" ".join(short.split()))


def _parts(exc: BaseException, host: str) -> Iterator[str]:
    match exc:
        case errors.ValidationError():
            for failed in exc.failed_authzrs:
                yield from _refused(failed)
        case errors.IssuanceError():
            yield _("{host} does not issue it: {error}", host=host, error=_problem(exc.error))
        case errors.TimeoutError():
            yield _("{host} did not decide in time", host=host)
        case messages.Error():
            yield f"{host} refuses: {_problem(exc)}"
        case requests.exceptions.SSLError():
            yield _(
                "the TLS certificate of {host} is not trusted: acme.ca_file names a private authority's roots",
                host=host,
            )
        case requests.ConnectionError() | requests.Timeout():
            yield _("{host} cannot be reached: let this machine connect to it, or mend acme.directory", host=host)
        case requests.RequestException() | OSError():
            yield f"{host}: {exc}"
        case _:
            yield _(
                "{host} does not answer as RFC 8555 says ({name}): is acme.directory right?",
                host=host,
                name=type(exc).__name__,
            )


def _refused(failed: messages.AuthorizationResource) -> Iterator[str]:
    for challenge in failed.body.challenges:
        if challenge.error is not None:
            way = _PORTS.get(getattr(challenge.chall, "typ", ""), "")
            yield f"{failed.body.identifier.value}{way}: {_problem(challenge.error)}"


def _problem(error: messages.Error) -> str:
    code = error.code or "unknown"
    own = [str(error.detail or error.title or _("no reason given"))]
    own += [f"{one.identifier.value if one.identifier else ''} {one.detail}" for one in error.subproblems or ()]
    mend = f" ({_MENDS[code]})" if code in _MENDS else ""
    return f"{code}: {', '.join(own)}{mend}"
