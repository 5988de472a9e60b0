"""From the options of `collector check --outside` to what is checked and from where."""

import dns.exception
import dns.resolver

from collector.config.file import Config
from collector.config.value import Address
from collector.errors import ConfigError
from collector.hitlog.reader import HitReader
from collector.outside.checks import Outside
from collector.outside.vantage import Vantage
from collector.translation import _

DEFAULT_TIME_SERVER = "pool.ntp.org"
DNS_PORT = 53


def view(config: Config, resolver: str | None, time_server: str) -> Outside:
    """Return the set-up as seen from this machine.

    Raises:
        ConfigError: no resolver is known.
    """
    vantage = Vantage(_resolver(resolver))
    records = HitReader(config.log.path) if config.log.path.is_file() and config.log.seal_to is None else None
    return Outside(config, vantage, time_server, records, records.head().seq if records else 0)


def _resolver(given: str | None) -> Address:
    if given:
        host, separator, port = given.rpartition(":")
        with_port = separator and port.isdigit() and (":" not in host or host.endswith("]"))
        return Address(host.strip("[]"), int(port)) if with_port else Address(given.strip("[]"), DNS_PORT)
    try:
        known = dns.resolver.Resolver().nameservers
    except dns.exception.DNSException as exc:
        raise ConfigError(_("no DNS resolver is configured on this machine: name one with --resolver")) from exc
    return Address(str(known[0]), DNS_PORT)
