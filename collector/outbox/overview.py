"""What `collector alerts` and the management address say: who was told, who waits, what failed. Reads only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collector.config.alerts import AlertsConfig, TargetConfig
from collector.config.file import Config
from collector.hit import format_at
from collector.outbox.arrivals import Arrivals
from collector.outbox.store import DEAD, QUEUED, SENT, SUFFIX, TargetState, read_outbox
from collector.outbox.wording import Digest, lines_of
from collector.translation import _, joined, stored

NOTICES_SHOWN = 20
_FATES = {QUEUED: _("queued"), SENT: _("sent"), DEAD: _("dead")}


def outbox_path(config: AlertsConfig, log: Path) -> Path:
    """Return where the outbox is."""
    return config.path or log.with_name(log.name + SUFFIX)


def overview(config: Config, *, most: int = NOTICES_SHOWN) -> list[dict[str, Any]]:
    """Return the state of each target as JSON, without its address.

    Raises:
        LogError, LogUnwritableError: log or outbox cannot be read.
    """
    alerts = config.alerts
    if alerts is None:
        return []
    arrivals = Arrivals(config.log.path) if config.log.path.is_file() else None
    log = arrivals.log_and_head()[0] if arrivals else ""
    found = read_outbox(outbox_path(alerts, config.log.path), [target.name for target in alerts.targets], log)
    states = {one.target: one for one in found}
    return [_target(target, states[target.name], arrivals, most) for target in alerts.targets]


def _target(target: TargetConfig, state: TargetState, arrivals: Arrivals | None, most: int) -> dict[str, Any]:
    waiting: Digest | None = None
    if arrivals is not None and state.told is not None:
        waiting, _head = arrivals.after(state.told, target.channels)
    counted = {name: sum(one.state == name for one in state.notices) for name in (QUEUED, SENT, DEAD)}
    sent_at = next((one.sent_at for one in state.notices if one.sent_at is not None), None)
    return {
        "target": target.name,
        "channels": list(target.channels),
        "every_minutes": target.every_minutes,
        "told": state.told,
        "waiting": {
            "contacts": waiting.contacts if waiting else 0,
            "lines": lines_of(waiting.arrivals if waiting else ()),
        },
        **counted,
        "last_sent_at": None if sent_at is None else format_at(sent_at),
        "notices": [one.to_json() for one in state.notices[:most]],
    }


def target_lines(target: Mapping[str, Any]) -> list[str]:
    """Return what is known of a target, for people."""
    fate = joined(", ", (f"{target[name]} " + _FATES[name] for name in (QUEUED, SENT, DEAD)))
    last = target["last_sent_at"] or _("never")
    lines: list[str] = [_("{target}: {fate}; last sent {last}", target=target["target"], fate=fate, last=last)]
    lines += [_("  not told yet: {line}", line=stored(line)) for line in target["waiting"]["lines"]]
    for one in target["notices"]:
        if one["state"] == SENT and not one["tries"] > 1:
            continue
        next_try = _(", next {at}", at=one["next_try_at"]) if one["next_try_at"] else ""
        lines.append(
            _(
                "  notice {id} {state}, {contacts} contacts, made {created_at}, {tries} tries{next_try}{error}",
                id=one["id"],
                state=_FATES.get(one["state"], one["state"]),
                contacts=one["contacts"],
                created_at=one["created_at"],
                tries=one["tries"],
                next_try=next_try,
                error=f": {one['last_error']}" if one["last_error"] else "",
            )
        )
    return lines
