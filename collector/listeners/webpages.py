"""What a visitor of a canary link sees: a neutral page, a tracking result made up from the number, or an image.

Pure functions. Nothing is looked up: the same number gives the same result on any day of a period, whoever made it up.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

# 1 x 1 pixel, transparent, GIF89a.
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
MAX_NUMBER_CHARS = 40  # of a waybill number shown back; real ones have 10 to 20
_MINUTE_CHARS = 16  # of an ISO time, to the minute
PERIOD_DAYS = 9  # how long a made-up parcel travels before it starts anew

SECURITY_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),  # a page opened twice is seen twice
)


@dataclass(frozen=True, slots=True)
class Page:
    """A whole HTTP answer."""

    status: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Texts:
    title: str
    number: str
    search: str
    state: str
    welcome: str
    events: tuple[str, str, str, str]
    cities: tuple[str, ...]


_CHINESE = _Texts(
    title="快件查询",
    number="运单号",
    search="查询",
    state="运输中",
    welcome="请输入运单号查询快件状态。",
    events=("【{0}】已揽收", "【{0}】快件已发往 {1}", "【{1}】快件到达转运中心", "【{1}】快件运输中，请耐心等待"),
    cities=("杭州市", "金华市", "苏州市", "广州市", "郑州市", "武汉市", "成都市", "西安市"),
)
_ENGLISH = _Texts(
    title="Parcel tracking",
    number="Waybill number",
    search="Track",
    state="In transit",
    welcome="Enter a waybill number to see where your parcel is.",
    events=(
        "Picked up in {0}",
        "Departed {0} for {1}",
        "Arrived at {1} sorting centre",
        "On its way, please be patient",
    ),
    cities=("Hangzhou", "Jinhua", "Suzhou", "Guangzhou", "Zhengzhou", "Wuhan", "Chengdu", "Xi'an"),
)


def image() -> Page:
    """Return the pixel."""
    return Page("200 OK", "image/gif", PIXEL)


def robots() -> Page:
    """Ask search engines to stay away; a crawler that comes all the same is recorded."""
    return Page("200 OK", "text/plain; charset=utf-8", b"User-agent: *\nDisallow: /\n")


def front_page(accept_language: str) -> Page:
    """Return the neutral page, which knows no number."""
    texts = _texts(accept_language)
    return _html(texts, f"<p>{texts.welcome}</p>", "")


def tracking_page(number: str, accept_language: str, now: datetime) -> Page:
    """Return a plausible result for any number. `now` only decides which days it shows."""
    texts = _texts(accept_language)
    number = number[:MAX_NUMBER_CHARS]
    seed = hashlib.sha256(number.encode("utf-8", "replace")).digest()
    start = seed[0] % len(texts.cities)
    goal = (start + 1 + seed[1] % (len(texts.cities) - 1)) % len(texts.cities)
    names = (texts.cities[start], texts.cities[goal])
    picked_up_at = _picked_up_at(seed, now)
    rows = []
    for step, event in enumerate(texts.events):
        at = picked_up_at + timedelta(hours=5 * step + seed[2 + step] % 5, minutes=seed[6 + step] % 60)
        if at <= now:
            rows.append(f"<tr><td>{at.isoformat(' ')[:_MINUTE_CHARS]}</td><td>{event.format(*names)}</td></tr>")
    body = f"<h2>{escape(number)}</h2><p><b>{texts.state}</b></p><table>{''.join(reversed(rows))}</table>"
    return _html(texts, body, number)


def _picked_up_at(seed: bytes, now: datetime) -> datetime:
    """Return the last time this number's parcel set out, at least a day ago and stable for `PERIOD_DAYS`."""
    phase = timedelta(minutes=int.from_bytes(seed[10:14], "big") % (PERIOD_DAYS * 24 * 60))
    epoch = datetime(2020, 1, 1, tzinfo=now.tzinfo) + phase
    elapsed = now - timedelta(days=1) - epoch
    return epoch + elapsed // timedelta(days=PERIOD_DAYS) * timedelta(days=PERIOD_DAYS)


def _texts(accept_language: str) -> _Texts:
    """Chinese for whoever asks for it first or for nothing."""
    first = accept_language.split(",", maxsplit=1)[0].strip().lower()
    return _CHINESE if not first or first.startswith("zh") else _ENGLISH


def _html(texts: _Texts, body: str, number: str) -> Page:
    language = "zh-CN" if texts is _CHINESE else "en"
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{texts.title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<style>body{font-family:sans-serif;max-width:40em;margin:2em auto;padding:0 1em;color:#333}"
        "td{padding:.4em .8em .4em 0;border-bottom:1px solid #eee}</style></head><body>"
        f'<h1>{texts.title}</h1><form action="/track"><label>{texts.number} '
        f'<input name="no" maxlength="{MAX_NUMBER_CHARS}" value="{escape(number)}"></label> '
        f"<button>{texts.search}</button></form>{body}</body></html>"
    )
    return Page("200 OK", "text/html; charset=utf-8", page.encode("utf-8", "replace"))
