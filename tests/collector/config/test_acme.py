"""[acme]: which certificates are planned for what is configured, and the one line for each thing that cannot be."""

import tomllib
from pathlib import Path

import pytest

from collector.config.acme import DNS_01, HTTP_01
from collector.config.file import Config, parse_config
from collector.errors import ConfigError

ACME = '[acme]\ndirectory = "https://ca.example.net/dir"\nagree_to_terms = true\nfolder = "acme"\n'
WEB = '[web]\nlisten = ["127.0.0.1:"]\nhosts = ["Track.example.net"]\ncertificate = "acme"\n'
HTTP = 'listen_http = ["127.0.0.1:"]\n'
DNS = '[dns]\nlisten = ["127.0.0.1:"]\nzones = ["t.example.net"]\n'
SMTP = '[smtp]\nlisten = ["127.0.0.1:"]\ndomains = ["mail.example.com", "post.t.example.net"]\ncertificate = "acme"\n'
MAILROOM = '[mailroom]\nlisten = ["127.0.0.1:"]\ncertificate = "acme"\nusers = { wang = { env = "WANG" } }\n'
HOOK = '[webhooks.calls]\nprovider = "twilio"\nkey = { env = "KEY" }\npublic_url = "https://Hooks.example.net:8443/x"\n'
SIP = '[sip]\nlisten_tls = ["127.0.0.1:"]\ncertificate = "acme"\n'
HOOKS = '[hooks]\nlisten = ["127.0.0.1:"]\ncertificate = "acme"\n'
ENVIRONMENT = {"WANG": "correct horse battery", "KEY": "12345", "HMAC": "c2VjcmV0"}


def parse(text: str) -> Config:
    return parse_config(tomllib.loads('[log]\npath = "hits.db"\n' + text), ENVIRONMENT)


def planned(text: str) -> dict[str, dict[str, str]]:
    config = parse(text)
    assert config.acme is not None
    return {one.section: dict(one.names) for one in config.acme.certificates}


PLANS = {
    "hosts by http": (WEB + HTTP + ACME, {"web": {"track.example.net": HTTP_01}}),
    "names of our zones by dns": (
        WEB + HTTP + DNS + SMTP + ACME,
        {
            "web": {"track.example.net": HTTP_01},
            "smtp": {"mail.example.com": HTTP_01, "post.t.example.net": DNS_01},
        },
    ),
    "a mail host alone": (
        WEB + HTTP + SMTP + 'hostname = "mx.example.com"\n' + ACME,
        {"web": {"track.example.net": HTTP_01}, "smtp": {"mx.example.com": HTTP_01}},
    ),
    "webhooks beside the pages": (
        WEB + HTTP + HOOK + ACME,
        {"web": {"track.example.net": HTTP_01, "hooks.example.net": HTTP_01}},
    ),
    "webhooks of their own": (
        WEB + HTTP + HOOK + HOOKS + ACME,
        {"web": {"track.example.net": HTTP_01}, "hooks": {"hooks.example.net": HTTP_01}},
    ),
    "names the operator wrote": (
        WEB + DNS + ACME + '[acme.names]\nweb = ["T.example.net", "*.t.example.net", "t.example.net"]\n',
        {"web": {"t.example.net": DNS_01, "*.t.example.net": DNS_01}},
    ),
    "a mail room": (
        WEB + HTTP + MAILROOM + ACME + '[acme.names]\nmailroom = "post.example.net"\n',
        {"web": {"track.example.net": HTTP_01}, "mailroom": {"post.example.net": HTTP_01}},
    ),
    "a line": (
        WEB + HTTP + DNS + SIP + ACME + '[acme.names]\nsip = "sip.t.example.net"\n',
        {"web": {"track.example.net": HTTP_01}, "sip": {"sip.t.example.net": DNS_01}},
    ),
    "http is forced": (
        WEB.replace("Track.", "t.") + HTTP + DNS + ACME + 'challenge = "http-01"\n',
        {"web": {"t.example.net": HTTP_01}},
    ),
    "dns is forced": (WEB + DNS + ACME + 'challenge = "dns-01"\n', {"web": {"track.example.net": DNS_01}}),
    "pages behind a proxy answer, too": (
        WEB.replace('certificate = "acme"\n', "") + SMTP + ACME,
        {"smtp": {"mail.example.com": HTTP_01, "post.t.example.net": HTTP_01}},
    ),
    "nothing wants one": (WEB.replace('certificate = "acme"\n', "") + ACME, {}),
}


@pytest.mark.parametrize(("text", "expected"), PLANS.values(), ids=PLANS.keys())
def test_each_section_has_one_certificate_for_the_names_it_is_reached_by(
    text: str, expected: dict[str, dict[str, str]]
) -> None:
    assert planned(text) == expected


def test_listeners_and_files_are_told_where_things_lie() -> None:
    config = parse(WEB + HTTP + DNS + ACME)
    assert config.web is not None
    assert config.web.tls is not None
    assert config.dns is not None
    assert config.web.tls.certificate == config.web.tls.key == Path("acme/certificates/web.pem")
    assert config.web.acme_answers == config.dns.acme_answers == Path("acme/challenges")


def test_without_the_section_nothing_looks_for_answers() -> None:
    config = parse(WEB.replace('certificate = "acme"\n', "") + DNS)
    assert config.web is not None
    assert config.dns is not None
    assert (config.acme, config.web.acme_answers, config.dns.acme_answers) == (None, None, None)


def test_a_customers_key_does_not_show_itself() -> None:
    config = parse(WEB + HTTP + ACME + '[acme.external_account]\nkid = "kid-1"\nhmac = { env = "HMAC" }\n')
    assert config.acme is not None
    assert config.acme.external_account is not None
    assert config.acme.external_account.hmac.reveal() == "c2VjcmV0"
    assert "c2VjcmV0" not in repr(config)


REFUSED = {
    "no authority": (WEB + HTTP, r'web\.certificate = "acme" needs the section \[acme\]'),
    "plain http": (
        WEB + HTTP + ACME.replace("https:", "http:"),
        r"acme\.directory must be the https address .*letsencr",
    ),
    "no host": (WEB + HTTP + ACME.replace("ca.example.net", ""), r"acme\.directory must be"),
    "terms": (WEB + HTTP + ACME.replace("true", "false"), r"acme\.agree_to_terms must be true"),
    "no folder": (WEB + HTTP + ACME.replace('folder = "acme"\n', ""), r"acme\.folder is missing"),
    "a misspelt key": (WEB + HTTP + ACME + "agree = true\n", r"acme\.agree is not known"),
    "an odd contact": (WEB + HTTP + ACME + 'contact = "a@example.net, b@example.net"\n', r"acme\.contact must be one"),
    "an unknown challenge": (WEB + HTTP + ACME + 'challenge = "tls-alpn-01"\n', r"acme\.challenge must be one of auto"),
    "a secret in the file": (
        WEB + HTTP + ACME + '[acme.external_account]\nkid = "k"\nhmac = "c2VjcmV0"\n',
        r"acme\.external_account\.hmac must be \{ env",
    ),
    "an unknown section": (
        WEB + HTTP + ACME + '[acme.names]\npop = ["a.example.net"]\n',
        r"acme\.names\.pop is not known",
    ),
    "no host name": (WEB + HTTP + ACME + '[acme.names]\nweb = ["a b"]\n', r"acme\.names\.web: 'a b' is not right"),
    "no names": (WEB.replace('hosts = ["Track.example.net"]\n', "") + HTTP + ACME, r"for which names\? set web\.hosts"),
    "no names of a mail room": (WEB + HTTP + MAILROOM + ACME, r"for which names\? set \[acme\.names\] mailroom"),
    "no names of a line": (WEB + HTTP + SIP + ACME, r"for which names\? set \[acme\.names\] sip"),
    "too many": (
        WEB + HTTP + ACME + f"[acme.names]\nweb = {[f'h{n}.example.net' for n in range(101)]}\n",
        r"at most 100 names, not 101",
    ),
    "no port 80": (
        WEB + ACME,
        r'web\.certificate for track\.example\.net: .*set web\.listen_http = \["0\.0\.0\.0:80"\]',
    ),
    "no name server": (WEB + ACME + 'challenge = "dns-01"\n', r"dns-01 is answered by \[dns\], which is missing"),
    "a wildcard elsewhere": (
        WEB + HTTP + DNS + ACME + '[acme.names]\nweb = ["*.example.net"]\n',
        r"a wildcard is proven by DNS alone: example\.net must lie in one of \[dns\] zones",
    ),
    "a mail host that is none": (
        WEB + HTTP + SMTP + 'hostname = "mail host"\n' + ACME,
        r"smtp\.certificate: 'mail host'",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        parse(text)
    assert len(str(caught.value).splitlines()) == 1


def test_with_a_key_beside_it_acme_is_a_file_like_any_other() -> None:
    config = parse(WEB + 'key = "k.pem"\n' + HTTP)
    assert config.web is not None
    assert config.web.tls is not None
    assert (config.web.tls.certificate, config.web.tls.is_acme) == (Path("acme"), False)
