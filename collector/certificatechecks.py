"""What `collector check` says of certificates and of what SPF and DKIM need."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from collector.acme import overview as acme
from collector.certificates import TlsFiles, look_at, now_utc
from collector.config.acme import AcmeConfig, PlannedCertificate
from collector.config.file import Config
from collector.listeners.mailsender import SenderChecks
from collector.translation import _


def certificate_checks(config: Config) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield names of checks and what carries them out."""
    if config.web is not None:
        yield from _tls("web", config.web.tls, config.web.hosts, _("plain HTTP: a proxy in front must end TLS"))
    if config.hooks is not None:
        yield from _tls("hooks", config.hooks.tls, (), _("plain HTTP: a proxy in front must end TLS"))
    if config.mailroom is not None:
        yield from _tls("mailroom", config.mailroom.tls, (), _("plain HTTP: reached by a TLS proxy or a tunnel alone"))
    if config.smtp is not None:
        yield from _tls("smtp", config.smtp.tls, (), _("no STARTTLS: mail comes unencrypted, some senders refuse"))
        if config.smtp.resolver is not None:
            yield "smtp.resolver", partial(_resolver, config)
    if config.sip is not None and config.sip.tls is not None:
        yield from _tls("sip", config.sip.tls, (), "")
    if config.acme is not None:
        yield "acme", partial(acme.account, config.acme)
        for plan in config.acme.certificates:
            yield f"{plan.section}.certificate", partial(_planned, config.acme, plan)


def _tls(
    section: str, files: TlsFiles | None, names: Sequence[str], without: str
) -> Iterator[tuple[str, Callable[[], str]]]:
    if files is None:
        yield f"{section}.certificate", lambda: _("none, {without}", without=without)
    elif not files.is_acme:
        yield f"{section}.certificate", lambda: look_at(files, names, now_utc())


def _planned(config: AcmeConfig, plan: PlannedCertificate) -> str:
    return acme.certificate(config, plan, now_utc())


def _resolver(config: Config) -> str:
    if config.smtp is None or config.smtp.resolver is None:
        return _("none")
    SenderChecks(config.smtp.resolver).close()
    return _("{resolver} is asked for SPF and DKIM", resolver=config.smtp.resolver)
