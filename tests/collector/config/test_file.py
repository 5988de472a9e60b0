"""The configuration: what it accepts, and the one line it gives for each thing it refuses."""

import tomllib
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from collector.config.alerts import USUAL_CHANNELS
from collector.config.file import Config, ProcessesConfig, load_config, parse_config
from collector.config.value import Address, Secret
from collector.duties import flood_of
from collector.errors import ConfigError
from collector.hitlog.flood import FloodConfig
from collector.listeners.webhooks import provider_for

ENVIRONMENT = {
    "TWILIO_AUTH_TOKEN": "12345",
    "COLLECTOR_TOKEN": "let-me-read-the-hits",
    "ALIYUN_PATH": "an-address-nobody-guesses",
    "SMPP_PASSWORD": "secret08",
    "AMI_SECRET": "amp111",
    "ARI_PASSWORD": "asterisk",
    "HITS_KEY": "01" * 32,
    "TOKEN_KEY": "02" * 32,
    "MAILROOM_WANG": "correct horse battery",
    "ALERT_URL": "json://127.0.0.1/",
    "ALIYUN_KEY_SECRET": "an operator's secret",
    "ACME_HMAC": "zWNDZM6eQGHWpSRT",
}

CONTRACT = """
[log]
path = "var/hits.db"
[dns]
listen = ["0.0.0.0:53"]
zones = ["t.example.net"]
answers = ["203.0.113.5"]
[web]
listen = ["0.0.0.0:443"]
hosts = ["track.example.net"]
[smtp]
listen = ["0.0.0.0:25"]
domains = ["mail.example.com"]
[webhooks.calls]
provider = "twilio"
key = { env = "TWILIO_AUTH_TOKEN" }
public_url = "https://hooks.example.net"
secret_path = ""
allow = []
[manage]
listen = "127.0.0.1:8053"
token = { env = "COLLECTOR_TOKEN" }
"""


def parse(text: str) -> Config:
    return parse_config(tomllib.loads(text), ENVIRONMENT)


def test_the_contracts_example_is_read() -> None:
    """What the design shows is a complete configuration."""
    config = parse(CONTRACT)
    assert config.log.path == Path("var/hits.db")
    assert config.dns is not None
    assert config.dns.listen == (Address("0.0.0.0", 53),)
    assert config.dns.zones == ("t.example.net",)
    assert config.dns.answers == (ip_address("203.0.113.5"),)
    assert config.web is not None
    assert config.web.hosts == ("track.example.net",)
    assert config.smtp is not None
    assert config.smtp.domains == ("mail.example.com",)
    (hook,) = config.webhooks
    assert (hook.name, hook.provider, hook.public_url) == ("calls", "twilio", "https://hooks.example.net")
    assert hook.key is not None
    assert hook.key.reveal() == "12345"
    assert hook.secret_path is None
    assert config.manage is not None
    assert config.manage.listen == (Address("127.0.0.1", 8053),)
    assert config.manage.token.reveal() == "let-me-read-the-hits"


def test_the_log_signs_with_a_key_of_its_own_unless_one_is_given() -> None:
    """Without a key it is made beside the log, so the configuration need not name one."""
    plain = parse('[log]\npath = "x"').log
    assert (plain.signing_key, plain.checkpoint_hits, plain.checkpoint_seconds) == (None, 10_000, 60)
    stated = parse('[log]\npath = "x"\ncheckpoint_hits = 5\nsigning_key = { env = "HITS_KEY" }').log
    assert stated.checkpoint_hits == 5
    assert stated.signing_key is not None
    assert "0101" not in repr(stated)
    with pytest.raises(ConfigError, match=r"log\.signing_key must be 64 hexadecimal digits"):
        parse('[log]\npath = "x"\nsigning_key = { env = "AMI_SECRET" }')


def test_contents_are_kept_for_ever_unless_days_are_given() -> None:
    """Every channel is a class, and tagged names one of their own; `others` is for what is not named."""
    assert parse('[log]\npath = "x"').log.retention is None
    kept = parse('[log]\npath = "x"\n[log.retention]\ndns = 30\nothers = 90\nsms = 0').log.retention
    assert kept is not None
    assert (kept.days["dns"], kept.days["sms"], kept.days["mail"], kept.days["tagged"]) == (30, 0, 90, 0)
    assert not kept.erase_unpulled
    for line in ("dns = -1", "dns = 1.5", "post_card = 3", "dns = 99999"):
        with pytest.raises(ConfigError, match=r"log\.retention"):
            parse(f'[log]\npath = "x"\n[log.retention]\n{line}')


def test_contacts_are_sealed_to_a_public_key() -> None:
    """As `honey keys new` prints it; anything else is refused with a word about where to get it."""
    assert parse('[log]\npath = "x"').log.seal_to is None
    sealed = parse(f'[log]\npath = "x"\nseal_to = "x25519:{"ab" * 32}"').log
    assert sealed.seal_to == b"\xab" * 32
    for text in ("ab" * 32, "x25519:ab", "x25519:" + "AB" * 32, "x25519:" + "00" * 32):
        with pytest.raises(ConfigError, match=r"log\.seal_to: .*honey keys new"):
            parse(f'[log]\npath = "x"\nseal_to = "{text}"')


def test_the_shipped_file_is_valid_and_listens_on_loopback_only() -> None:
    """config/collector.toml as it stands is safe to run."""
    config = load_config(Path(__file__).parents[3] / "config" / "collector.toml", {})
    assert config.dns is not None
    assert config.web is not None
    assert config.smtp is not None
    for section in (config.dns, config.web, config.smtp):
        assert all(address.is_loopback and address.port > 1023 for address in section.listen)


def test_the_shipped_file_with_every_comment_opened_is_valid_too() -> None:
    """The keys that are commented out are real ones."""
    text = (Path(__file__).parents[3] / "config" / "collector.toml").read_text()
    lines = [
        line.removeprefix("# ") if line.startswith("# ") and (" = " in line or "# [" in line) else line
        for line in text.splitlines()
    ]
    config = parse("\n".join(lines))
    assert config.hooks is not None
    assert config.manage is not None
    assert [hook.name for hook in config.webhooks] == ["calls", "privacy", "mail"]
    assert all(provider_for(hook) for hook in config.webhooks)
    assert all((config.sip, config.smpp, config.cdr, config.ami, config.mns))
    assert config.mailroom is not None
    assert list(config.mailroom.sites) == ["north"]
    assert config.alerts is not None
    (target,) = config.alerts.targets
    assert (target.name, target.channels) == ("ops", USUAL_CHANNELS)


def test_one_process_does_all_unless_the_file_says_otherwise() -> None:
    assert parse('[log]\npath = "hits.db"\n').processes == ProcessesConfig(0, "")
    asked = '[log]\npath = "hits.db"\n[processes]\nlisteners = 3\nuser = "collector"\n'
    assert parse(asked).processes == ProcessesConfig(3, "collector")
    shipped = load_config(Path(__file__).parents[3] / "config" / "collector.toml", {})
    assert shipped.processes.listeners == 1


def test_a_missing_section_is_a_listener_switched_off() -> None:
    """Only the log is needed."""
    config = parse('[log]\npath = "hits.db"')
    assert (config.dns, config.web, config.smtp, config.hooks, config.webhooks, config.manage) == (
        None,
        None,
        None,
        None,
        (),
        None,
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", Address("127.0.0.1", 8080)),
        ("127.0.0.1:", Address("127.0.0.1", 0)),
        ("127.0.0.1:0", Address("127.0.0.1", 0)),
        ("localhost:80", Address("127.0.0.1", 80)),
        ("[::1]:53", Address("::1", 53)),
        ("[::]:", Address("::", 0)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    """An empty port or 0 picks a free one; IPv6 stands in brackets or not."""
    config = parse(f'[log]\npath="h"\n[web]\nlisten = ["{text}"]')
    assert config.web is not None
    assert config.web.listen == (address,)


def test_addresses_print_as_they_are_written() -> None:
    """What `collector run` prints can be pasted into the file."""
    assert str(Address("::1", 53)) == "[::1]:53"
    assert str(Address("127.0.0.1", 53)) == "127.0.0.1:53"


def test_names_are_normalised_at_the_border() -> None:
    """Lower case, no final dot, international names in their ASCII form."""
    config = parse('[log]\npath="h"\n[dns]\nlisten="127.0.0.1:"\nzones=["T.Example.NET.", "快递.example"]')
    assert config.dns is not None
    assert config.dns.zones == ("t.example.net", "快递".encode("idna").decode() + ".example")


def test_networks_take_single_addresses() -> None:
    """203.0.113.9 is a network of one."""
    config = parse('[log]\npath="h"\n[web]\nlisten="127.0.0.1:"\ntrusted_proxies=["203.0.113.9", "2001:db8::/32"]')
    assert config.web is not None
    assert config.web.trusted_proxies == (ip_network("203.0.113.9/32"), ip_network("2001:db8::/32"))


def test_secrets_come_from_files_and_hide_themselves(tmp_path: Path) -> None:
    """The final newline is not part of the secret, and no representation shows it."""
    path = tmp_path / "token"
    path.write_text("s3cret-of-the-file\n")
    config = parse(f'[log]\npath="h"\n[manage]\nlisten="127.0.0.1:"\ntoken={{ file = "{path}" }}')
    assert config.manage is not None
    assert config.manage.token.reveal() == "s3cret-of-the-file"
    for shown in (repr(config), str(config.manage), f"{config.manage.token}", repr(Secret("s3cret"))):
        assert "s3cret" not in shown


SMTP_SIZE = '[smtp]\nlisten="127.0.0.1:"\ndomains=["a"]\nmax_message_bytes=99999999'
PROXIES = '[web]\nlisten="127.0.0.1:"\ntrusted_proxies='
LOG = '[log]\npath = "h"\n'
DNS = LOG + '[dns]\nlisten="127.0.0.1:"'
REFUSED = {
    "too many processes": (
        '[log]\npath = "hits.db"\n[processes]\nlisteners = 65\n',
        "processes.listeners must be a whole number from 0 to 64",
    ),
    "no log section": ("", r"\[log\] is missing"),
    "an unknown section": (LOG + "[fax]\n", "fax is not known; known here: log, dns, web, smtp"),
    "an unknown key": (
        DNS + '\nzone=["x"]',
        "dns.zone is not known; known here: listen, zones",
    ),
    "a value instead of a section": ("web = 1\n" + LOG, r"web must be a section: \[web\]"),
    "an address left out": (LOG + "[web]\n", "web.listen is missing"),
    "a path that is a number": ("[log]\npath = 1", "log.path must be text"),
    "an empty path": ('[log]\npath = ""', "log.path must be text"),
    "a log too small": ('[log]\npath = "h"\nmax_bytes = 5', "log.max_bytes must be a whole number from"),
    "a log size that is true": ('[log]\npath = "h"\nmax_bytes = true', "log.max_bytes must be a whole number"),
    "no zones": (DNS + "\nzones=[]", "dns.zones must not be empty"),
    "a zone with a space": (DNS + '\nzones=["a b"]', "dns.zones: 'a b' is not right"),
    "a zone with an empty label": (DNS + '\nzones=["a..b"]', "dns.zones: 'a..b'"),
    "IPv6 among answers": (DNS + '\nzones=["a"]\nanswers=["::1"]', "dns.answers: '::1'"),
    "nine answers": (
        DNS + '\nzones=["a"]\nanswers=["192.0.2.1"' + ',"192.0.2.1"' * 8 + "]",
        "dns.answers must be a list of at most 8",
    ),
    "an address without port": (LOG + '[web]\nlisten=["127.0.0.1"]', "web.listen: '127.0.0.1' is not right"),
    "an address without host": (LOG + '[web]\nlisten=[":80"]', "web.listen: ':80' is not right"),
    "a host name to listen on": (LOG + '[web]\nlisten=["www.example.net:80"]', "web.listen: 'www.example.net:80'"),
    "a port beyond 65535": (LOG + '[web]\nlisten=["127.0.0.1:65536"]', "web.listen"),
    "a port in Arabic digits": (LOG + '[web]\nlisten=["127.0.0.1:٨٠"]', "web.listen"),
    "a list of numbers": (LOG + "[web]\nlisten=[80]", "web.listen must be a list"),
    "a network with host bits": (
        LOG + PROXIES + '["192.0.2.1/24"]',
        "trusted_proxies",
    ),
    "no mail domains": (LOG + '[smtp]\nlisten="127.0.0.1:"', "smtp.domains is missing"),
    "too large mails": (
        LOG + SMTP_SIZE,
        "max_message_bytes",
    ),
    "webhooks without an address": (LOG + '[webhooks.calls]\nprovider="standard"', r"add \[web\], or \[hooks\]"),
    "hooks without webhooks": (LOG + '[hooks]\nlisten="127.0.0.1:"', r"\[hooks\] has no webhooks"),
    "a webhook that is no section": (LOG + "[webhooks]\ncalls = 1", r"webhooks.calls must be a section"),
    "a webhook's name with a slash": (LOG + '[webhooks."a/b"]\nprovider="standard"', "letters, digits"),
    "an unknown answer": (LOG + '[webhooks.calls]\nprovider="twilio"\nanswer="sing"', "busy, rejected, hangup"),
    "a key in the file itself": (LOG + '[webhooks.calls]\nprovider="twilio"\nkey="12345"', "not the secret itself"),
    "a key from two places": (LOG + '[webhooks.calls]\nprovider="twilio"\nkey={env="A", file="b"}', "must be { env"),
    "a variable that is not set": (LOG + '[webhooks.calls]\nprovider="twilio"\nkey={env="NONE"}', "NONE is not set"),
    "a missing secret file": (LOG + '[webhooks.calls]\nprovider="twilio"\nkey={file="/none"}', "cannot read the file"),
    "no token": (LOG + '[manage]\nlisten="127.0.0.1:"', "manage.token is missing"),
    "an empty token": (LOG + '[manage]\nlisten="127.0.0.1:"\ntoken={env="NONE"}', "NONE is not set"),
    "a management address for everybody": (
        LOG + '[manage]\nlisten="0.0.0.0:8053"\ntoken={env="COLLECTOR_TOKEN"}',
        "not loopback.*insecure_remote = true",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_is_said_in_one_line_that_names_the_key(text: str, message: str) -> None:
    """And a secret is never in it."""
    with pytest.raises(ConfigError, match=message) as caught:
        parse(text)
    assert len(str(caught.value).splitlines()) == 1
    assert "12345" not in str(caught.value)


def test_a_remote_management_address_is_possible_when_asked_for() -> None:
    """insecure_remote = true is the loud way to have it."""
    text = LOG + '[manage]\nlisten="0.0.0.0:8053"\ntoken={env="COLLECTOR_TOKEN"}\ninsecure_remote=true'
    assert parse(text).manage is not None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "COLLECTOR_CONFIG"),
        (b"[log\n", "is not TOML"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[log]\nx=1\n", "log.x is not known"),
    ],
    ids=["missing", "no TOML", "UTF-16", "a wrong key"],
)
def test_files_that_cannot_be_read_are_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    """The message starts with the file."""
    path = tmp_path / "collector.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(path, {})
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


INTERNET = """
[log]
path = "hits.db"
[dns]
listen = ["0.0.0.0:53", "[::]:53"]
zones = ["t.example.net"]
answers_per_second = 0
[web]
listen = ["0.0.0.0:443"]
certificate = "/etc/collector/tls/fullchain.pem"
key = "/etc/collector/tls/privkey.pem"
listen_http = ["0.0.0.0:80"]
acme_folder = "/var/lib/collector/acme"
[smtp]
listen = ["0.0.0.0:25"]
domains = ["mail.example.com"]
resolver = "127.0.0.1:53"
max_messages_per_minute = 0
[webhooks.mail]
provider = "mailgun"
key = { env = "TWILIO_AUTH_TOKEN" }
max_body_bytes = 33554432
"""


def test_what_a_collector_on_the_internet_needs_is_read() -> None:
    """Certificates, plain HTTP beside HTTPS, a resolver and the caps."""
    config = parse(INTERNET)
    assert config.dns is not None
    assert config.dns.answers_per_second == 0
    assert config.web is not None
    assert config.web.tls is not None
    assert config.web.tls.key == Path("/etc/collector/tls/privkey.pem")
    assert config.web.listen_http == (Address("0.0.0.0", 80),)
    assert config.smtp is not None
    assert (config.smtp.tls, config.smtp.resolver) == (None, Address("127.0.0.1", 53))
    assert config.smtp.max_messages_per_minute == 0
    assert config.webhooks[0].max_body_bytes == 33_554_432


INTERNET_FAULTS = {
    "a certificate without key": ('key = "/etc/collector/tls/privkey.pem"\n', "", "web.key is missing: TLS takes both"),
    "two resolvers": ('"127.0.0.1:53"', '["127.0.0.1:53", "127.0.0.2:53"]', "smtp.resolver takes one address"),
    "a resolver by name": (
        '"127.0.0.1:53"',
        '"dns.example.net:53"',
        "smtp.resolver: 'dns.example.net:53' is not right",
    ),
    "a body without bound": ("33554432", "1000000000", "webhooks.mail.max_body_bytes must be a whole number"),
}


@pytest.mark.parametrize(("old", "new", "message"), INTERNET_FAULTS.values(), ids=INTERNET_FAULTS.keys())
def test_what_is_wrong_with_it_is_named(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(INTERNET.replace(old, new))


def test_plain_http_stands_beside_https_only() -> None:
    text = INTERNET.replace(
        'certificate = "/etc/collector/tls/fullchain.pem"\nkey = "/etc/collector/tls/privkey.pem"\n', ""
    )
    with pytest.raises(ConfigError, match=r"web\.listen_http and web\.acme_folder stand beside HTTPS"):
        parse(text)


def test_contacts_are_sorted_under_a_flood_only_where_our_names_can_be_told() -> None:
    """Without the key of the tags a sample would leave out decoys' names like any others."""
    config = parse('[log]\npath = "x"\ntoken_key = { env = "TOKEN_KEY" }\n[log.flood]\nkeep_one_in = 50')
    assert config.log.flood == FloodConfig(keep_one_in=50)
    assert flood_of(config) is not None
    assert flood_of(parse('[log]\npath = "x"\ntoken_key = { env = "TOKEN_KEY" }')) is None
    with pytest.raises(ConfigError, match=r"log\.flood: .*honey keys list"):
        parse('[log]\npath = "x"\n[log.flood]')
    assert "0202" not in repr(config)
    with pytest.raises(ConfigError, match=r"log\.token_key must be 64 hexadecimal digits"):
        flood_of(parse('[log]\npath = "x"\ntoken_key = { env = "AMI_SECRET" }\n[log.flood]'))
