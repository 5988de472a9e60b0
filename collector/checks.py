"""What `collector check` looks at before a run: the log, its chain, the SQLite in use, the providers and the ports."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from collector import privileges
from collector.certificatechecks import certificate_checks
from collector.config.alerts import TargetConfig
from collector.config.file import Config, HookConfig
from collector.config.log import LogConfig
from collector.config.value import Address, Secret
from collector.errors import CollectorError, LogUnwritableError
from collector.hit.sealing import key_id
from collector.hitlog.lock import writer_of
from collector.hitlog.reader import HitReader
from collector.hitlog.signing import LogKey, key_path
from collector.hitlog.sqlite import sqlite3, version_warning
from collector.lines import line_checks
from collector.listeners.webhooks import provider_for
from collector.mailroom import photo
from collector.outbox.courier import Courier
from collector.outside.checks import Outside, outside_checks
from collector.sockets import listen_tcp, listen_udp_and_tcp
from collector.translation import _

SHORT_TOKEN_CHARS = 16  # below, a token can be guessed


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    detail: str


def run_checks(config: Config) -> list[Check]:
    """Look at everything; a failure does not keep the rest from being looked at. Changes nothing."""
    writer = writer_of(config.log.path)
    checks = [_check("sqlite", _sqlite), _check("log", partial(_log, config.log.path, writer))]
    if config.log.path.is_file():
        checks.append(_check("chain", partial(_chain, config.log.path)))
    checks += [
        _check("log.signing_key", partial(_signing_key, config.log)),
        _check("log.seal_to", partial(_sealing, config.log)),
        _check("processes.user", partial(privileges.look_at, config.processes.user)),
    ]
    checks += [_check(f"webhooks.{hook.name}", partial(_provider, hook)) for hook in config.webhooks]
    checks += [_check(name, look) for name, look in (*certificate_checks(config), *line_checks(config))]
    if config.manage is not None:
        checks.append(_check("manage.token", partial(_token, config.manage.token)))
    if config.mailroom is not None:
        checks.append(_check("mailroom.photos", photo.capabilities))
    for target in config.alerts.targets if config.alerts else ():
        checks.append(_check(f"alerts {target.name}", partial(_target, target)))
    checks += [_check(name, partial(_port, bind, writer)) for name, bind in _addresses(config)]
    return checks


def run_outside_checks(outside: Outside) -> list[Check]:
    """Look at the set-up as the Internet sees it."""
    return [_check(name, look) for name, look in outside_checks(outside)]


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=look())
    except CollectorError as exc:
        return Check(name, ok=False, detail=exc.message)


def _sqlite() -> str:
    return version_warning() or _("version {version}", version=sqlite3.sqlite_version)


def _log(path: Path, writer: str | None) -> str:
    if writer is not None:
        return _("{path}: written by process {writer} now", path=path, writer=writer)
    folder = next(one for one in path.absolute().parents if one.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as exc:
        raise LogUnwritableError(
            _("cannot write in {folder} ({reason}): mend the folder or [log] path", folder=folder, reason=exc.strerror)
        ) from exc
    if not path.exists():
        return _("{path}: will be made by the first run", path=path)
    if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
        raise LogUnwritableError(_("cannot write {path}: mend its permissions or [log] path", path=path))
    return _("{path}: can be written", path=path)


def _chain(path: Path) -> str:
    head = HitReader(path).verify()
    return _("log {log}: {seq} hits, head {hash}", log=head.log, seq=head.seq, hash=head.hash)


def _signing_key(log: LogConfig) -> str:
    if log.signing_key is not None:
        return _("given")
    path = key_path(log.path)
    if not path.exists():
        return _("{path}: will be made by the first run", path=path)
    LogKey.beside(log.path)
    return _("{path}: can be used", path=path)


def _sealing(log: LogConfig) -> str:
    if log.seal_to is None:
        return _("hits can be read by whoever takes this host: `honey keys new` gives a key to seal them to")
    return _("hits are sealed to key {seal_to}", seal_to=key_id(log.seal_to))


def _provider(hook: HookConfig) -> str:
    provider_for(hook)
    return _("{provider}: ready", provider=hook.provider)


def _target(target: TargetConfig) -> str:
    Courier(target)
    return _("{channels}; `collector alerts --test` tries it", channels=", ".join(target.channels))


def _token(token: Secret) -> str:
    if len(token.reveal()) < SHORT_TOKEN_CHARS:
        return _(
            "set, but shorter than {short_token_chars} characters: a longer one cannot be guessed",
            short_token_chars=SHORT_TOKEN_CHARS,
        )
    return _("set")


def _addresses(config: Config) -> Iterator[tuple[str, Callable[[], None]]]:
    for address in config.dns.listen if config.dns else ():
        yield f"dns {address}", partial(_try_udp_and_tcp, address, "dns")
    for address in config.sip.listen if config.sip else ():
        yield f"sip {address}", partial(_try_udp_and_tcp, address, "sip")
    for address in config.sip.listen_tls if config.sip else ():
        yield f"sip {address} (TLS)", partial(_try_tcp, address, "sip")
    for address in config.web.listen_http if config.web else ():
        yield f"web {address}", partial(_try_tcp, address, "web")
    for section in ("web", "smtp", "hooks", "mailroom", "manage"):
        part = getattr(config, section)
        for address in part.listen if part else ():
            yield f"{section} {address}", partial(_try_tcp, address, section)


def _try_udp_and_tcp(address: Address, section: str) -> None:
    for endpoint in listen_udp_and_tcp(address, section):
        endpoint.close()


def _try_tcp(address: Address, section: str) -> None:
    listen_tcp(address, section).close()


def _port(bind: Callable[[], None], writer: str | None) -> str:
    if writer is not None:
        return _("not tried while process {writer} runs", writer=writer)
    bind()
    return _("free")
