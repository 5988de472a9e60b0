"""What `collector check` says of certificates from an authority. Asks nobody and changes nothing."""

import os
from datetime import datetime
from importlib.util import find_spec
from urllib.parse import urlsplit

from collector.acme.keeper import INSTALL, held, state
from collector.acme.places import AcmeError, read
from collector.acme.renewal import LATEST_AT, State, reason, renews_at
from collector.certificates import look_at
from collector.config.acme import AcmeConfig, PlannedCertificate
from collector.errors import ConfigError
from collector.translation import _, stored

NOW = _("`collector acme now` tries at once")


def account(config: AcmeConfig) -> str:
    """Return a line about the authority and our account there.

    Raises:
        ConfigError: something is missing.
        AcmeError: the folder cannot be used.
    """
    if find_spec("acme") is None:
        raise ConfigError(_("getting certificates needs two more packages: {install}", install=INSTALL))
    if config.ca_file is not None and not os.access(config.ca_file, os.R_OK):
        raise ConfigError(
            _(
                "acme.ca_file: cannot read {ca_file}: mend the path, or let this user read the file",
                ca_file=config.ca_file,
            )
        )
    folder = config.places.folder.absolute()
    place = next(one for one in (folder, *folder.parents) if one.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise AcmeError(_("cannot write in {place}: mend acme.folder, or let this user write there", place=place))
    if not config.certificates:
        return _('nothing is got: no section says certificate = "acme"')
    is_open = read(config.places.account(config.directory, "account.json")) is not None
    said = _("account open") if is_open else _("the first run opens an account")
    return _("{host}: {said}", host=urlsplit(config.directory).hostname, said=said)


def certificate(config: AcmeConfig, plan: PlannedCertificate, now: datetime) -> str:
    """Return a line about one certificate.

    Raises:
        AcmeError: it is a temporary one and no other could be had, or the one there is was not renewed in time.
        ConfigError: it cannot be used.
    """
    one, known = held(plan), state(config, plan)
    names = ", ".join(f"{name} ({kind})" for name, kind in plan.names.items())
    trouble = _trouble(known)
    if one is None or one.is_temporary:
        if trouble:
            raise AcmeError(
                _(
                    "a temporary certificate is shown for {names}: {trouble}; {now}",
                    names=names,
                    trouble=trouble,
                    now=NOW,
                )
            )
        return _("none yet: the next run gets one for {names}", names=names)
    if now >= one.begins_at + one.lifetime * LATEST_AT:
        raise AcmeError(
            _(
                "expires on {ends_at:%Y-%m-%d %H:%M} UTC and is not renewed: {trouble}; {now}",
                ends_at=one.ends_at,
                trouble=trouble or _("no collector has run since it was due"),
                now=NOW,
            )
        )
    if set(plan.names) - one.names:
        why = reason(one, known, plan.names, config.directory, now)
        if trouble:
            raise AcmeError(_("{why}, and no other could be had: {trouble}; {now}", why=why, trouble=trouble, now=NOW))
        return _("{why}: the next run gets one for {names}", why=why, names=names)
    text = look_at(plan.files, tuple(plan.names), now, least_days=0)
    return _("{text}, renewed from {renews_at:%Y-%m-%d %H:%M} UTC", text=text, renews_at=renews_at(one, known)) + (
        "; " + trouble if trouble else ""
    )


def _trouble(known: State) -> str:
    if not known.failures or known.failed_at is None:
        return ""
    text = _(
        "{failures} tries failed, the last at {failed_at:%Y-%m-%d %H:%M} UTC: {error}",
        failures=known.failures,
        failed_at=known.failed_at,
        error=stored(known.error),
    )
    return text + (
        _("; the next is at {next_try_at:%Y-%m-%d %H:%M} UTC", next_try_at=known.next_try_at)
        if known.next_try_at
        else ""
    )
