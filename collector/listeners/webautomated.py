"""Which requests no person made: previews of chats, mail gateways that open links, crawlers, scanners, prefetching.

A label only, from what the request says of itself; nothing is dropped for it, and whether it counts is for `honey` to
decide: a preview shows that somebody pasted the link. Families are the names their makers publish.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

# kind -> product names, as they stand in User-Agent.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "preview": (
        *("Slackbot", "Slack-ImgProxy", "TelegramBot", "WhatsApp", "Twitterbot", "facebookexternalhit", "Facebot"),
        *("Discordbot", "LinkedInBot", "SkypeUriPreview", "DingTalkBot", "redditbot", "Pinterestbot", "vkShare"),
        *("Mattermost-Bot", "Iframely", "Embedly", "Mastodon", "kakaotalk-scrap"),
    ),
    "mail gateway": (
        *("GoogleImageProxy", "YahooMailProxy", "Barracuda", "Proofpoint", "Mimecast", "BingPreview", "FortiMail"),
        *("TrendMicro", "Zscaler"),
    ),
    "crawler": (
        *("Googlebot", "Google-InspectionTool", "GoogleOther", "bingbot", "Baiduspider", "Sogou", "360Spider"),
        *("Bytespider", "YisouSpider", "YandexBot", "DuckDuckBot", "Applebot", "PetalBot", "AhrefsBot", "SemrushBot"),
        *("MJ12bot", "DotBot", "GPTBot", "ClaudeBot", "CCBot", "Amazonbot", "ia_archiver", "archive.org_bot"),
        *("Let's Encrypt",),
    ),
    "scanner": (
        *("CensysInspect", "Expanse", "InternetMeasurement", "zgrab", "masscan", "Nmap", "Nuclei", "Nikto", "sqlmap"),
        *("WPScan", "l9explore", "NetcraftSurveyAgent", "urlscan", "VirusTotal", "PhishTank", "gobuster"),
    ),
    "program": (
        *("curl/", "Wget/", "python-requests", "Python-urllib", "python-httpx", "aiohttp", "Go-http-client"),
        *("Java/", "okhttp", "Apache-HttpClient", "libwww-perl", "PostmanRuntime", "node-fetch", "axios/", "Scrapy"),
        *("HeadlessChrome", "PhantomJS", "Playwright", "Puppeteer", "Selenium", "HTTrack"),
    ),
}
# What loads a page before anybody asked to see it.
PREFETCH_HEADERS = {"purpose", "sec-purpose", "x-purpose", "x-moz"}
PREFETCH_VALUES = ("prefetch", "preview", "prerender", "instant")
MAX_AGENT_CHARS = 1000

# One expression a kind: a name begins where no letter goes before ("curl/" is not in "xcurl/").
_KINDS = {
    kind: re.compile(rf"(?<![A-Za-z])({'|'.join(re.escape(name) for name in names)})", re.IGNORECASE)
    for kind, names in FAMILIES.items()
}
# Cubot makes telephones.
_OTHER = re.compile(r"(?<![A-Za-z])(?!cubot)[A-Za-z-]*(?:bot|crawler|spider|scanner)(?![A-Za-z])", re.IGNORECASE)


def automated(method: str, headers: Sequence[tuple[str, str]]) -> str:
    """Return what speaks for a program ("preview: Slackbot", "prefetch: …", "HEAD"), or an empty text."""
    agent = ""
    for name, value in headers:
        lower = name.lower()
        if lower == "user-agent":
            agent = value[:MAX_AGENT_CHARS]
        elif lower in PREFETCH_HEADERS and any(word in value.lower() for word in PREFETCH_VALUES):
            return f"prefetch: {name}: {value[:40]}"
    if found := _family(agent):
        return found
    if method == "HEAD":
        return "HEAD request"
    return "" if agent.strip() else "no User-Agent"


@lru_cache(maxsize=1024)  # of MAX_AGENT_CHARS at most; visitors share few
def _family(agent: str) -> str:
    for kind, names in _KINDS.items():
        if found := names.search(agent):
            return f"{kind}: {found.group().rstrip('/')}"
    other = _OTHER.search(agent)
    return f"crawler: {other.group()}" if other else ""
