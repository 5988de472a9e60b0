"""Every socket of a configuration, bound before anything listens to them."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

from collector.config.file import Config
from collector.config.value import Address
from collector.errors import CollectorError
from collector.sockets import address_of, listen_tcp, listen_udp_and_tcp


@dataclass(slots=True)
class Bound:
    """Every socket of the configuration, before anything listens to them."""

    dns_udp: list[socket.socket] = field(default_factory=list)
    dns_tcp: list[socket.socket] = field(default_factory=list)
    web: list[socket.socket] = field(default_factory=list)
    web_http: list[socket.socket] = field(default_factory=list)
    smtp: list[socket.socket] = field(default_factory=list)
    sip_udp: list[socket.socket] = field(default_factory=list)
    sip_tcp: list[socket.socket] = field(default_factory=list)
    sip_tls: list[socket.socket] = field(default_factory=list)
    hooks: list[socket.socket] = field(default_factory=list)
    mailroom: list[socket.socket] = field(default_factory=list)
    manage: list[socket.socket] = field(default_factory=list)

    @classmethod
    def of(cls, config: Config) -> "Bound":
        """Bind everything or nothing.

        Raises:
            BindError: naming the address that cannot be had.
        """
        bound = cls()
        try:
            for address in config.dns.listen if config.dns else ():
                udp, tcp = listen_udp_and_tcp(address, "dns")
                bound.dns_udp.append(udp)
                bound.dns_tcp.append(tcp)
            for address in config.sip.listen if config.sip else ():
                udp, tcp = listen_udp_and_tcp(address, "sip")
                bound.sip_udp.append(udp)
                bound.sip_tcp.append(tcp)
            for address in config.sip.listen_tls if config.sip else ():
                bound.sip_tls.append(listen_tcp(address, "sip"))
            for address in config.web.listen_http if config.web else ():
                bound.web_http.append(listen_tcp(address, "web"))
            for section in ("web", "smtp", "hooks", "mailroom", "manage"):
                part = getattr(config, section)
                addresses: Sequence[Address] = part.listen if part else ()
                for address in addresses:
                    getattr(bound, section).append(listen_tcp(address, section))
        except CollectorError:
            bound.close()
            raise
        return bound

    def addresses(self, config: Config) -> dict[str, list[str]]:
        """Return what each part listens on; webhooks without an address of their own are found where the pages are."""
        parts = {"dns": self.dns_udp, "web": self.web, "smtp": self.smtp, "sip": self.sip_udp, "manage": self.manage}
        parts |= {"web_http": self.web_http, "sip_tls": self.sip_tls, "mailroom": self.mailroom}
        if config.webhooks:
            parts["hooks"] = self.hooks or self.web
        return {name: [address_of(endpoint) for endpoint in sockets] for name, sockets in parts.items() if sockets}

    def close(self) -> None:
        """Give every address back."""
        pages = (self.web, self.web_http, self.hooks, self.mailroom, self.manage)
        for endpoints in (self.dns_udp, self.sip_udp, self.dns_tcp, self.smtp, self.sip_tcp, self.sip_tls, *pages):
            for endpoint in endpoints:
                endpoint.close()
