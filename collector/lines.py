"""Starts and checks our own lines: SIP, SMPP, call records and Asterisk's events. Called by the supervisor alone."""

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

from collector.config.file import Config
from collector.config.lines import CdrConfig, Remote
from collector.config.mns import Endpoint
from collector.duties import duties_of
from collector.errors import ConfigError
from collector.hitlog.reader import HitReader
from collector.listeners import cdrwatch, smppjoin, smppspool
from collector.listeners.ami import AmiListener
from collector.listeners.ari import AriListener, require_packages
from collector.listeners.cdrwatch import CdrListener
from collector.listeners.mns import MnsListener
from collector.listeners.mnshttp import reach
from collector.listeners.sip import SipListener
from collector.listeners.smpp import SmppListener
from collector.listeners.smppjoin import EventIds
from collector.listeners.smppspool import PartSpool
from collector.recorder import Recorder
from collector.translation import _

REACH_SECONDS = 5.0
NONCE_BYTES = 16
HITS_LOOKED_BACK = 20_000  # for messages that a centre may send again after a restart


async def start_lines(
    stack: AsyncExitStack,
    config: Config,
    recorder: Recorder,
    now: Callable[[], datetime],
    *,
    sip_udp: Sequence[socket.socket],
    sip_tcp: Sequence[socket.socket],
    sip_tls: Sequence[socket.socket] = (),
) -> SipListener | None:
    """Start what is configured; `stack` stops it. The SIP listener is returned for its `check`.

    Raises:
        LogUnwritableError: the spool of short messages cannot be written.
    """
    sip = None
    if config.sip is not None:
        sip = SipListener(config.sip, recorder)
        stack.push_async_callback(sip.stop)
        await sip.start(sip_udp, sip_tcp, sip_tls)
    if config.smpp is not None:
        spool = PartSpool(_beside(config.log.path, smppspool.SUFFIX), duties_of(config).sealer)
        smpp = SmppListener(config.smpp, recorder, now, spool, EventIds(_messages_on_record(config.log.path)))
        stack.push_async_callback(smpp.stop)
        await smpp.start()
    if config.cdr is not None:
        state = config.cdr.state or _beside(config.log.path, cdrwatch.SUFFIX)
        cdr = CdrListener(config.cdr, recorder, state)
        stack.push_async_callback(cdr.stop)
        await cdr.start()
    if config.mns is not None:
        mns = MnsListener(config.mns, recorder, now, partial(secrets.token_hex, NONCE_BYTES))
        stack.push_async_callback(mns.stop)
        await mns.start()
    if config.ami is not None:
        ami = AmiListener(config.ami, recorder)
        stack.push_async_callback(ami.stop)
        await ami.start()
    if config.ari is not None:
        ari = AriListener(config.ari, recorder)
        stack.push_async_callback(ari.stop)
        await ari.start()
    return sip


def line_checks(config: Config) -> Iterator[tuple[str, Callable[[], str]]]:
    """Give what `collector check` looks at: name and a look that returns a detail or raises ConfigError."""
    if config.sip is not None:
        yield "sip.trusted_peers", partial(_trusted_peers, len(config.sip.trusted_peers))
    for path in config.cdr.paths if config.cdr else ():
        yield f"cdr {path}", partial(_readable, path, config.cdr)
    for remote in config.smpp.connect if config.smpp else ():
        yield f"smpp {remote}", partial(_reachable, remote, "smpp")
    if config.mns is not None:
        yield "mns.endpoint", partial(_queues_reachable, config.mns.endpoint, "endpoint")
        yield "mns.token_endpoint", partial(_queues_reachable, config.mns.token_endpoint, "token_endpoint")
    if config.ami is not None:
        yield f"ami {config.ami.connect}", partial(_reachable, config.ami.connect, "ami")
    if config.ari is not None:
        yield "ari", _ari_package
        yield f"ari {config.ari.connect}", partial(_reachable, config.ari.connect, "ari")


def _ari_package() -> str:
    require_packages()
    return _("its package is installed")


def _trusted_peers(count: int) -> str:
    if not count:
        return _(
            "none: whoever calls is a stranger, limited and without asserted identity; name your operator's networks"
        )
    return _("{count} networks", count=count)


def _readable(path: Path, config: CdrConfig | None) -> str:
    is_folder = config is not None and config.format == "freeswitch-json"
    if not path.exists():
        if not path.parent.is_dir():
            raise ConfigError(
                _("cdr.paths: {parent} does not exist: name the folder the exchange writes to", parent=path.parent)
            )
        return _("not there yet: it will be read from its beginning")
    if path.is_dir() != is_folder:
        raise ConfigError(
            _(
                "cdr.paths: {path} must be {kind} for this format",
                path=path,
                kind=_("a folder") if is_folder else _("a file"),
            )
        )
    if not os.access(path, os.R_OK | (os.X_OK if is_folder else 0)):
        raise ConfigError(_("cdr.paths: {path} cannot be read: let this user read it", path=path))
    return _("can be read")


def _reachable(remote: Remote, section: str) -> str:
    try:
        socket.create_connection((remote.host, remote.port), REACH_SECONDS).close()
    except OSError as exc:
        raise ConfigError(
            _(
                "{section}.connect: {remote} cannot be reached ({reason}): mend the address or the firewall",
                section=section,
                remote=remote,
                reason=exc.strerror or exc,
            )
        ) from exc
    return _("can be reached; the password is tried by the run alone")


def _queues_reachable(endpoint: Endpoint, key: str) -> str:
    try:
        reach(endpoint)
    except OSError as exc:
        raise ConfigError(
            _(
                "mns.{key}: {authority} cannot be reached ({reason}): mend the address, the firewall or "
                "the system's certificates",
                key=key,
                authority=endpoint.authority,
                reason=exc.strerror or exc,
            )
        ) from exc
    return _("can be reached; the key is tried by the run alone")


def _messages_on_record(log: Path) -> Iterator[tuple[str, datetime]]:
    reader = HitReader(log)
    for hit in reader.stream_from(max(1, reader.head().seq - HITS_LOOKED_BACK)):
        if hit.contact.provider == smppjoin.PROVIDER and hit.contact.event_id is not None:
            yield hit.contact.event_id, hit.received_at


def _beside(log: Path, suffix: str) -> Path:
    return log.with_name(log.name + suffix)
