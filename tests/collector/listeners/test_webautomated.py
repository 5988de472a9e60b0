"""Requests that no person made are labelled, and those of persons are not."""

import pytest

from collector.config.file import WebConfig
from collector.listeners.web import Request, contact_of
from collector.listeners.webautomated import automated

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.40"
)
LARK = f"{CHROME} Lark/7.28.10 LarkLocale/zh_CN"

AUTOMATED = {
    "Slack": ("GET", {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}, "preview: Slackbot"),
    "Telegram": ("GET", {"User-Agent": "TelegramBot (like TwitterBot)"}, "preview: TelegramBot"),
    "WhatsApp": ("GET", {"user-agent": "WhatsApp/2.23.20 A"}, "preview: WhatsApp"),
    "a mail gateway": ("GET", {"User-Agent": f"{CHROME} BingPreview/1.0b"}, "mail gateway: BingPreview"),
    "a search engine": (
        "GET",
        {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"},
        "crawler: Baiduspider",
    ),
    "a scanner": ("GET", {"User-Agent": "Mozilla/5.0 zgrab/0.x"}, "scanner: zgrab"),
    "a tool": ("GET", {"User-Agent": "curl/8.5.0"}, "program: curl"),
    "an unknown bot": ("GET", {"User-Agent": "Mozilla/5.0 (compatible; NeverHeardBot/1.0)"}, "crawler: NeverHeardBot"),
    "a prefetch": (
        "GET",
        {"User-Agent": CHROME, "Sec-Purpose": "prefetch;prerender"},
        "prefetch: Sec-Purpose: prefetch;prerender",
    ),
    "a preview of Safari": ("GET", {"User-Agent": CHROME, "X-Purpose": "preview"}, "prefetch: X-Purpose: preview"),
    "a HEAD request": ("HEAD", {"User-Agent": CHROME}, "HEAD request"),
    "nobody": ("GET", {}, "no User-Agent"),
}


@pytest.mark.parametrize(("method", "headers", "label"), AUTOMATED.values(), ids=AUTOMATED.keys())
def test_a_program_is_labelled_and_still_recorded(method: str, headers: dict[str, str], label: str) -> None:
    received = Request(method, "/t/YT8000000000123", [*headers.items()], b"", "203.0.113.9", "4711")
    contact = contact_of(received, WebConfig(listen=()))
    assert contact.claims["automated"] == label
    assert contact.claims["waybill_number"] == "YT8000000000123"


PERSONS = {
    "a browser": CHROME,
    "a browser in WeChat": WECHAT,
    "a browser in Feishu": LARK,
    "Cubot phone": "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) Mobile",
}


@pytest.mark.parametrize("agent", PERSONS.values(), ids=PERSONS.keys())
def test_a_person_is_not_labelled(agent: str) -> None:
    """Also in the browsers of chats, whose names stand in previews as well."""
    assert automated("GET", [("User-Agent", agent)]) == ""


LOOK_UPS = {
    "by query": (Request("GET", "/track?no=YT8000000000123", [], b"", "", ""), "YT8000000000123"),
    "by path": (Request("GET", "/waybill/YT8000000000123/", [], b"", "", ""), "YT8000000000123"),
    "by a posted form": (
        Request("POST", "/track", [("Content-Type", "application/x-www-form-urlencoded")], b"no=YT8%20", "", ""),
        "YT8",
    ),
    "by something else posted": (Request("POST", "/track", [("Content-Type", "text/plain")], b"no=YT8", "", ""), None),
    "none": (Request("GET", "/about", [], b"", "", ""), None),
}


@pytest.mark.parametrize(("received", "number"), LOOK_UPS.values(), ids=LOOK_UPS.keys())
def test_the_number_looked_up_is_claimed(received: Request, number: str | None) -> None:
    assert contact_of(received, WebConfig(listen=())).claims.get("waybill_number") == number


def test_a_posted_number_is_the_beacon_because_the_address_does_not_hold_it() -> None:
    received, _ = LOOK_UPS["by a posted form"]
    assert contact_of(received, WebConfig(listen=())).beacon == "YT8"
