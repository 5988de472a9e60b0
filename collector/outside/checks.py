"""The set-up as the Internet sees it: delegation, ports, certificates, mail, webhooks, clock; each with how to mend it.

Run on another machine with the same configuration, or on this one. What it asks is recorded like any contact, under
names that begin with `check-` and no decoy bears. With the log at hand it looks whether that happened.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import dns.flags
import dns.message
import dns.rdatatype

from collector.config.file import Config, DnsConfig, HookConfig
from collector.hitlog.reader import HitReader
from collector.outside.vantage import MAX_BODY_BYTES, UnreachableError, Vantage, nonce
from collector.translation import _, joined

MAX_CLOCK_SECONDS = 2.0  # providers' replay windows are minutes, but times are evidence
RECORD_SECONDS = 5.0  # until what was asked must be on record
POLL_SECONDS = 0.05
_REFUSALS = {400, 401, 403, 405}
Look = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Outside:
    """What is checked, and from where. `records` is None where the log is sealed or lies on another machine."""

    config: Config
    vantage: Vantage
    time_server: str  # host name or address
    records: HitReader | None = None
    after: int = 0  # hits on record before anything was asked
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def outside_checks(outside: Outside) -> Iterator[tuple[str, Look]]:
    """Yield names of checks and what carries them out; raises nothing itself."""
    config = outside.config
    for zone in config.dns.zones if config.dns else ():
        yield f"outside dns {zone}", partial(_delegation, outside, zone)
    for host in config.web.hosts if config.web else ():
        yield f"outside web {host}", partial(_web, outside, host)
    for domain in config.smtp.domains if config.smtp else ():
        yield f"outside smtp {domain}", partial(_mail, outside, domain)
    for hook in config.webhooks:
        yield f"outside webhooks.{hook.name}", partial(_hook, outside, hook)
    yield "outside clock", partial(_clock, outside)


def _delegation(outside: Outside, zone: str) -> str:
    """The name servers that the resolver knows are ours, answer by UDP and TCP, and a fresh name comes back right."""
    dns_config, vantage = outside.config.dns, outside.vantage
    assert dns_config is not None  # noqa: S101 - only called for its zones
    wanted = {server.rstrip(".").lower() for server in dns_config.nameservers or (f"ns1.{zone}",)}
    known = {server.rstrip(".").lower() for server in vantage.look_up(zone, "NS")}
    if not known:
        raise UnreachableError(
            _(
                "{zone} is not delegated: set NS records to {wanted} at its parent",
                zone=zone,
                wanted=", ".join(sorted(wanted)),
            )
        )
    if known != wanted:
        raise UnreachableError(
            _(
                "{zone} is delegated to {known}, and [dns] says {wanted}: mend the parent's NS records or nameservers",
                zone=zone,
                known=", ".join(sorted(known)),
                wanted=", ".join(sorted(wanted)),
            )
        )
    reached = 0
    for server in sorted(known):
        addresses = vantage.addresses(server)
        if not addresses:
            raise UnreachableError(
                _("{server} has no address: add a glue record at the parent of {zone}", server=server, zone=zone)
            )
        for address in addresses:
            _ask_server(outside, address, f"{nonce()}.{zone}")
            reached += 1
    name = f"{nonce()}.{zone}"
    answered = set(vantage.look_up(name, "A"))
    if answered != {str(address) for address in dns_config.answers}:
        raise UnreachableError(
            _(
                "{name} resolves to {answered}, not to what [dns] answers says",
                name=name,
                answered=sorted(answered) or _("nothing"),
            )
        )
    recorded = _recorded(outside, name)
    return _(
        "{known}: {reached} addresses answer by UDP and TCP{recorded}",
        known=", ".join(sorted(known)),
        reached=reached,
        recorded=recorded,
    )


def _ask_server(outside: Outside, address: str, name: str) -> None:
    for over_tcp in (False, True):
        answer = outside.vantage.ask_server(address, name, over_tcp=over_tcp)
        if not answer.flags & dns.flags.AA or _answers(answer) != _expected(outside.config.dns):
            raise UnreachableError(
                _("{address} answers for somebody else: is another DNS server on its port 53?", address=address)
            )


def _answers(answer: dns.message.Message) -> set[str]:
    return {item.to_text() for record_set in answer.answer for item in record_set if item.rdtype == dns.rdatatype.A}


def _expected(config: DnsConfig | None) -> set[str]:
    return {str(address) for address in config.answers} if config else set()


def _web(outside: Outside, host: str) -> str:
    """Every address of a host takes TLS under its name, or plain HTTP where no certificate is configured."""
    web, vantage = outside.config.web, outside.vantage
    assert web is not None  # noqa: S101 - only called for its hosts
    addresses = vantage.addresses(host)
    if not addresses:
        raise UnreachableError(_("{host} has no address: set A and AAAA records", host=host))
    said = []
    for address in addresses:
        for tls in (True, False) if web.tls and web.listen_http else (bool(web.tls) or not web.listen_http,):
            path = f"/{nonce()}"
            with vantage.connected(host, address, tls=tls) as connection:
                connection.request("GET", path, headers={"User-Agent": "collector check"})
                status = connection.getresponse().status
            if status >= 500:
                raise UnreachableError(
                    _(
                        "{host} at {address} answers {status}: see the collector's journal",
                        host=host,
                        address=address,
                        status=status,
                    )
                )
            said.append(f"{address} {'HTTPS' if tls else 'HTTP'} {status}" + _recorded(outside, path))
    return joined("; ", said)


def _mail(outside: Outside, domain: str) -> str:
    """The domain's mail exchangers lead here, take a recipient of it, and offer STARTTLS under their names."""
    smtp, vantage = outside.config.smtp, outside.vantage
    assert smtp is not None  # noqa: S101 - only called for its domains
    servers = [record.split()[-1].rstrip(".").lower() for record in vantage.look_up(domain, "MX")]
    if not servers:
        raise UnreachableError(_("{domain} has no MX record: point it to this host", domain=domain))
    said = []
    for server in servers:
        addresses = vantage.addresses(server)
        if not addresses:
            raise UnreachableError(
                _("{server}, the MX of {domain}, has no address: set A and AAAA records", server=server, domain=domain)
            )
        for address in addresses:
            with vantage.mail_server(address) as connection:
                if smtp.tls and not connection.has_extn("starttls"):
                    raise UnreachableError(
                        _("{address} offers no STARTTLS: something stands between it and [smtp]", address=address)
                    )
                secured = bool(smtp.tls)
                if secured:
                    connection._host = server  # type: ignore[attr-defined]  # the name the certificate must bear
                    connection.starttls(context=vantage.trust)
                    connection.ehlo()
                connection.mail("")
                code, text = connection.rcpt(f"{nonce()}@{domain}")
                if code != 250:
                    raise UnreachableError(
                        _(
                            "{address} refuses recipients of {domain} ({code} {text!r}): mend [smtp]",
                            address=address,
                            domain=domain,
                            code=code,
                            text=text,
                        )
                    )
                connection.rset()
            said.append(f"{server} {address} " + (_("with STARTTLS") if secured else _("without STARTTLS")))
    return joined("; ", said)


def _hook(outside: Outside, hook: HookConfig) -> str:
    """The provider's address is reached, and refuses a request that nobody signed."""
    host, tls = _hook_host(outside.config, hook)
    addresses = outside.vantage.addresses(host)
    if not addresses:
        raise UnreachableError(_("{host} has no address: set A and AAAA records, or mend public_url", host=host))
    with outside.vantage.connected(host, addresses[0], tls=tls) as connection:
        connection.request("POST", f"/hooks/{hook.name}", body=b"", headers={"User-Agent": "collector check"})
        response = connection.getresponse()
        response.read(MAX_BODY_BYTES)
    page = (response.getheader("Content-Type") or "").startswith("text/html")  # what [web] shows for any other path
    if response.status not in _REFUSALS and page:
        raise UnreachableError(
            _(
                "{host} knows no /hooks/{hook}: is it another server, or an older configuration?",
                host=host,
                hook=hook.name,
            )
        )
    if response.status not in _REFUSALS:
        raise UnreachableError(
            _(
                "{host} answers {status} to a stranger: set a key, a secret path or allow",
                host=host,
                status=response.status,
            )
        )
    return _("{host}: reached, refuses strangers ({status})", host=host, status=response.status)


def _hook_host(config: Config, hook: HookConfig) -> tuple[str, bool]:
    scheme, separator, rest = hook.public_url.partition("://")
    if separator:
        return rest.split("/")[0].split(":")[0], scheme == "https"
    if config.web and config.web.hosts:
        return config.web.hosts[0], bool((config.hooks or config.web).tls)
    raise UnreachableError(
        _("webhooks.{hook}: nothing says its host name; set public_url or [web] hosts", hook=hook.name)
    )


def _clock(outside: Outside) -> str:
    server, vantage = outside.time_server, outside.vantage
    literal = server.replace(".", "").isdigit() or ":" in server
    addresses = [server] if literal else vantage.addresses(server)
    if not addresses:
        raise UnreachableError(_("time server {server} has no address: name another with --ntp", server=server))
    offset = vantage.clock_offset(addresses[0], outside.now())
    seconds = offset / timedelta(seconds=1)
    if abs(seconds) > MAX_CLOCK_SECONDS:
        raise UnreachableError(
            _(
                "this clock is {seconds:+.1f} s off {server}: run chrony or systemd-timesyncd",
                seconds=seconds,
                server=server,
            )
        )
    return _("{seconds:+.3f} s off {server}", seconds=seconds, server=server)


def _recorded(outside: Outside, part: str) -> str:
    """Wait until a hit whose beacon holds `part` is on record."""
    if outside.records is None:
        return ""
    end, seen = time.monotonic() + RECORD_SECONDS, outside.after
    while time.monotonic() < end:
        for hit in outside.records.stream_from(seen + 1):
            seen = hit.seq
            if part in hit.contact.beacon:
                return _(", recorded")
        time.sleep(POLL_SECONDS)
    raise UnreachableError(_("{part} was answered and is not on record: is this another collector's log?", part=part))
