"""Whether a message is from whom it says: SPF (RFC 7208) by pyspf and DKIM (RFC 6376) by dkimpy, as claims.

Never a reason to refuse: a forged sender is a contact like any other. Nothing is asked of any name server but the
configured resolver. Owns a few threads, because both packages wait for answers.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import dns.exception
import dns.resolver

from collector import limits
from collector.config.value import Address
from collector.errors import ConfigError
from collector.listeners.mail import NULL_SENDERS, Envelope
from collector.translation import _

try:
    import dkim
    import spf
except ImportError:  # an extra: only who sets [smtp] resolver needs them
    HAS_PACKAGES = False
else:
    HAS_PACKAGES = True

LOOKUP_SECONDS = 3.0  # of one question
CACHED_ANSWERS = 2000
MAX_SIGNATURES = 3  # DKIM signatures looked at; mailing lists add a second one
LEAST_KEY_BITS = 1024  # RFC 8301 3.2
TOO_LATE = "temperror: not answered in time"
# What dkimpy finds wrong with strangers' signatures is no message for the operator.
logging.getLogger("dkimpy").setLevel(logging.CRITICAL)


class Lookup:
    """Questions to one resolver, until a deadline."""

    def __init__(self, resolver: dns.resolver.Resolver, seconds: float) -> None:
        self._resolver = resolver
        self._ends = time.monotonic() + seconds

    def ask(self, name: str, kind: str) -> list[Any]:
        """Return the records, none where the name or the type does not exist.

        Raises:
            dns.exception.DNSException: the resolver did not say, or the deadline has passed.
        """
        left = self._ends - time.monotonic()
        if left <= 0:
            raise dns.exception.Timeout
        try:
            return list(self._resolver.resolve(name, kind, lifetime=min(left, LOOKUP_SECONDS), search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []


class SenderChecks:
    """The checks of one [smtp] section.

    Raises:
        ConfigError: the packages are not installed.
    """

    def __init__(self, resolver: Address) -> None:
        if not HAS_PACKAGES:
            raise ConfigError(
                _(
                    "smtp.resolver is set, but dkimpy and pyspf are missing: `pip install "
                    "'waybill-honeytokens[mailauth]'`, or leave smtp.resolver out"
                )
            )
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.nameservers = [resolver.host]
        self._resolver.port = resolver.port
        self._resolver.cache = dns.resolver.LRUCache(CACHED_ANSWERS)
        self._threads = ThreadPoolExecutor(limits.MAX_SENDER_CHECKS, thread_name_prefix="sender")

    async def claims(self, envelope: Envelope) -> dict[str, str]:
        """Return `spf` and `dkim`, each with its domain; never raises for what a message says."""
        loop = asyncio.get_running_loop()
        lookup = Lookup(self._resolver, limits.SENDER_CHECK_SECONDS)
        checks: dict[str, Callable[[], str]] = {
            "spf": partial(spf_of, envelope, lookup),
            "dkim": partial(dkim_of, envelope.content, lookup),
        }
        running = {name: loop.run_in_executor(self._threads, check) for name, check in checks.items()}
        await asyncio.wait(running.values(), timeout=limits.SENDER_CHECK_SECONDS)
        return {name: check.result() if check.done() else TOO_LATE for name, check in running.items()}

    def close(self) -> None:
        """Give the threads back without waiting for them; each ends with its deadline."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def spf_of(envelope: Envelope, lookup: Lookup) -> str:
    """Return the SPF result for the sender, or for the greeting of a bounce: "pass example.org"."""
    helo = envelope.helo.strip("[]")
    sender = f"postmaster@{helo}" if envelope.mail_from in NULL_SENDERS else envelope.mail_from
    domain = sender.rpartition("@")[2].lower()
    if not domain:
        return "none"
    try:
        result, _, _ = _query(sender, helo, envelope.peer, lookup).check()
    except Exception as exc:  # noqa: BLE001 - pyspf raises ValueError, UnicodeError and others on hostile records
        result = f"permerror: {type(exc).__name__}"
    return f"{result} {domain}"


def dkim_of(content: bytes, lookup: Lookup) -> str:
    """Return the results of the first signatures: "pass example.org; fail list.example.net", or "none"."""
    results = []
    try:
        message = dkim.DKIM(content, minkey=LEAST_KEY_BITS, timeout=LOOKUP_SECONDS)
        signatures = sum(name.lower() == b"dkim-signature" for name, _ in message.headers)
    except Exception as exc:  # noqa: BLE001 - dkimpy raises what it likes on hostile headers
        return f"permerror: {type(exc).__name__}"
    for number in range(min(signatures, MAX_SIGNATURES)):
        message.domain = None
        try:
            result = "pass" if message.verify(number, dnsfunc=partial(_key_record, lookup)) else "fail"
        except dkim.ValidationError:  # another body or time than was signed
            result = "fail"
        except (dns.exception.DNSException, dkim.DnsTimeoutError):
            result = "temperror"
        except Exception as exc:  # noqa: BLE001 - dkimpy raises what it likes on hostile headers
            result = f"permerror: {type(exc).__name__}"
        domain = (message.domain or b"").decode("ascii", "replace").lower()
        results.append(f"{result} {domain}".strip())
    return "; ".join(results) or "none"


def _key_record(lookup: Lookup, name: bytes, timeout: float = 0) -> bytes | None:
    del timeout  # the deadline is the lookup's
    found = lookup.ask(name.decode("ascii"), "TXT")
    return b"".join(found[0].strings) if found else None


def _query(sender: str, helo: str, peer: str, lookup: Lookup) -> Any:  # noqa: ANN401 - pyspf ships no types
    class Query(spf.query):  # type: ignore[misc]  # pyspf ships no types
        """One evaluation whose questions go to our resolver; pyspf itself would ask the system's."""

        def dns(self, name: object, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[object]:
            del cnames  # the resolver follows them
            try:
                found = [_value(record, qtype) for record in lookup.ask(str(name), qtype)]
            except dns.exception.DNSException as exc:
                raise spf.TempError(f"DNS {type(exc).__name__}") from exc
            if not found and not ignore_void:
                self.void_lookups += 1
                if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                    raise spf.PermError(f"Void lookup limit of {spf.MAX_VOID_LOOKUPS} exceeded")
            return found

    return Query(i=peer, s=sender, h=helo, querytime=int(limits.SENDER_CHECK_SECONDS))


def _value(record: Any, kind: str) -> object:  # noqa: ANN401 - a record of any type
    if kind in {"A", "AAAA"}:
        return record.address
    if kind == "MX":
        return (record.preference, record.exchange.to_text(omit_final_dot=True))
    if kind == "PTR":
        return record.target.to_text(omit_final_dot=True)
    return record.strings
