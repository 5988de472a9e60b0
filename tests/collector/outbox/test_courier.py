"""Apprise against a real server on loopback: it takes, refuses, hangs, redirects, is gone."""

import logging
import sys

import pytest

from collector.config.alerts import TargetConfig
from collector.config.value import Secret
from collector.errors import ConfigError
from collector.outbox.courier import NOT_WITHIN, STILL_HANGS, Courier
from tests.collector.outbox.receiver import HANG, PATH, REDIRECT, REFUSE, receiving


def courier(url: str) -> Courier:
    return Courier(TargetConfig("ops", Secret(url)))


def test_a_notice_arrives_as_it_was_worded() -> None:
    with receiving() as server:
        assert courier(server.url).send("3 new contacts", "on 2 beacons\n<b>, channel sms") is None
    (taken,) = server.taken
    assert (taken["title"], taken["message"], taken["path"]) == (
        "3 new contacts",
        "on 2 beacons\n<b>, channel sms",
        PATH,
    )


def test_a_refusal_has_a_reason_without_the_address() -> None:
    with receiving() as server:
        server.mood = REFUSE
        error = courier(server.url).send("t", "b")
        gone = server.url
    assert error is not None
    assert "error=503" in error
    later = courier(gone).send("t", "b")
    assert later is not None
    assert "onnection" in later
    assert not logging.getLogger("apprise").propagate  # it names addresses in the program's log, too
    for secret in ("hookuser", "s3samepw", "k3yk3yk3y", "127.0.0.1"):
        assert secret not in error + later


def test_a_redirect_is_not_followed() -> None:
    """It would carry the notice to somebody else's address."""
    with receiving() as server:
        server.mood = REDIRECT
        assert courier(server.url).send("t", "b") is not None
        assert (server.asked, server.taken) == (1, [])


def test_a_server_that_hangs_is_left_and_asked_again_once_it_let_go() -> None:
    """While the first call hangs there is no second one."""
    with receiving() as server:
        slow = courier(server.url.replace("rto=1", "rto=30"))
        server.mood = HANG
        assert slow.send("t", "b", wait_seconds=0.2) == NOT_WITHIN
        assert slow.send("t", "b", wait_seconds=0.2) == STILL_HANGS
        server.wait_for(asked=1)
        assert server.asked == 1
        error = courier(server.url).send("t", "b")  # Apprise's own time-out, of one second here
        assert error is not None


@pytest.mark.parametrize(
    "url", ["nonsense://s3samepw", "s3samepw", "slack://s3samepw", "json://", "json://a, json://b"]
)
def test_an_address_that_is_none_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError, match=r"alerts.targets.ops.url is not one address") as refused:
        courier(url)
    assert "s3samepw" not in str(refused.value)


def test_without_apprise_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"notices need Apprise: pip install 'waybill-honeytokens\[alerts\]'"):
        courier("json://127.0.0.1/")
