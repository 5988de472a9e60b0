"""[alerts]: what it accepts, and the one line for each thing it refuses."""

import tomllib
from pathlib import Path

import pytest

from collector.config.file import Config, parse_config
from collector.errors import ConfigError

ENVIRONMENT = {"URL": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"}
ALERTS = '[log]\npath = "hits.db"\n[alerts]\n'
OPS = '[alerts.targets.ops]\nurl = { env = "URL" }\n'


def parse(text: str) -> Config:
    return parse_config(tomllib.loads(text), ENVIRONMENT)


def test_a_target_needs_its_address_and_hides_it() -> None:
    """By default it hears of what people do, every quarter of an hour at most."""
    alerts = parse(ALERTS + OPS).alerts
    assert alerts is not None
    (ops,) = alerts.targets
    assert (ops.name, ops.channels, ops.every_minutes) == (
        "ops",
        ("call", "sms", "mail", "post", "access", "tagged"),
        15,
    )
    assert (alerts.path, alerts.give_up_days, alerts.retry_seconds) == (None, 3, 30)
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in repr(alerts)


def test_what_is_said_once_holds_for_all_targets_that_say_nothing_else() -> None:
    text = ALERTS + 'channels = ["dns"]\nevery_minutes = 60\npath = "out.db"\n' + OPS
    alerts = parse(
        text + '[alerts.targets.night]\nurl = { env = "URL" }\nchannels = ["call", "tagged"]\nevery_minutes = 1\n'
    ).alerts
    assert alerts is not None
    assert alerts.path == Path("out.db")
    assert [(one.name, one.channels, one.every_minutes) for one in alerts.targets] == [
        ("ops", ("dns",), 60),
        ("night", ("call", "tagged"), 1),
    ]


REFUSED = {
    "nobody to tell": (ALERTS, r"\[alerts\] tells nobody"),
    "an address in the file": (ALERTS + '[alerts.targets.ops]\nurl = "slack://x"', "not the secret itself"),
    "no address": (ALERTS + "[alerts.targets.ops]", "alerts.targets.ops.url is missing"),
    "an unknown channel": (ALERTS + OPS + 'channels = ["fax"]', "alerts.targets.ops.channels: 'fax' is not right"),
    "a negative time": (ALERTS + OPS + "every_minutes = -1", "alerts.targets.ops.every_minutes must be"),
    "no patience": (ALERTS + "give_up_days = 0\n" + OPS, "alerts.give_up_days must be"),
    "an unknown key": (ALERTS + OPS + "colour = 1", "alerts.targets.ops.colour is not known"),
    "a name of two lines": (ALERTS + OPS.replace("ops", '"a\\nb"'), "must be a name"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_is_said_in_one_line(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as refused:
        parse(text)
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in str(refused.value)
