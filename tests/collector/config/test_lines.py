"""[sip], [smpp], [cdr], [ami] and [ari]: what they accept, and the one line for each thing they refuse."""

import tomllib
from pathlib import Path

import pytest

from collector.config.file import Config, parse_config
from collector.config.lines import Remote
from collector.config.value import Address
from collector.errors import ConfigError

ENVIRONMENT = {"P": "secret08", "LONG": "x" * 65, "BREAK": "a\r\nAction: Command"}
LOG = '[log]\npath = "hits.db"\n'
SMPP = LOG + '[smpp]\nconnect = "smsc.example.net"\nsystem_id = "honey"\npassword = { env = "P" }\n'
AMI = LOG + '[ami]\nconnect = "127.0.0.1"\nusername = "honey"\nsecret = { env = "P" }\n'
ARI = LOG + '[ari]\nconnect = "127.0.0.1"\nusername = "honey"\npassword = { env = "P" }\n'
SIP = LOG + '[sip]\nlisten = "127.0.0.1:"\n'
CDR = LOG + '[cdr]\npaths = "Master.csv"\n'


def parse(text: str) -> Config:
    return parse_config(tomllib.loads(text), ENVIRONMENT)


def test_a_line_needs_little() -> None:
    """What is left out has a safe value."""
    config = parse(SIP)
    assert config.sip is not None
    assert (config.sip.listen, config.sip.answer, config.sip.trusted_peers) == ((Address("127.0.0.1", 0),), 486, ())
    smpp = parse(SMPP).smpp
    assert smpp is not None
    assert (smpp.connect, smpp.bind, smpp.password.reveal()) == (
        (Remote("smsc.example.net", 2775),),
        "receiver",
        "secret08",
    )
    assert "secret08" not in repr(smpp)
    cdr = parse(CDR).cdr
    assert cdr is not None
    assert (cdr.paths, cdr.format, cdr.timezone) == ((Path("Master.csv"),), "asterisk", None)
    ami = parse(AMI).ami
    assert ami is not None
    assert (ami.connect, ami.username) == (Remote("127.0.0.1", 5038), "honey")
    ari = parse(ARI).ari
    assert ari is not None
    assert (ari.connect, ari.application, ari.prefix) == (Remote("127.0.0.1", 8088), "waybill-collector", "")
    assert "secret08" not in repr(ari)


def test_an_ipv6_server_is_written_in_brackets() -> None:
    smpp = parse(SMPP.replace('"smsc.example.net"', '["[2001:db8::1]:2776", "[2001:db8::2]"]')).smpp
    assert smpp is not None
    assert [str(one) for one in smpp.connect] == ["[2001:db8::1]:2776", "[2001:db8::2]:2775"]


REFUSED = {
    "a 2xx answer": (SIP + "answer = 200", "sip.answer must be a whole number from 400 to 699"),
    "an answer we do not know": (SIP + "answer = 499", "sip.answer must be one of 486, 480"),
    "a number that is none": (SIP + 'numbers = ["x"]', "sip.numbers: 'x' is not right"),
    "a country by name": (SIP + 'country = "CN"', "sip.country must be a calling code"),
    "a network that is none": (SIP + 'trusted_peers = ["carrier"]', "sip.trusted_peers: 'carrier' is not right"),
    "an unknown key": (SIP + "password = 1", "sip.password is not known"),
    "an smpp server that is none": (SMPP.replace("smsc.example.net", "a b:1"), "smpp.connect: 'a b:1' is not right"),
    "an smpp port that is none": (SMPP.replace("example.net", "example.net:0"), "smpp.connect"),
    "an smpp password that is too long": (SMPP.replace('"P"', '"LONG"'), "smpp.password: at most 64 bytes"),
    "an smpp password in the file": (SMPP.replace('{ env = "P" }', '"x"'), "smpp.password must be { env"),
    "a system_id that is too long": (SMPP.replace('"honey"', f'"{"h" * 16}"'), "smpp.system_id: at most 15 ASCII"),
    "an smpp version": (SMPP + 'version = "3.3"', "smpp.version must be one of 3.4, 5.0"),
    "a sender": (SMPP + 'bind = "transmitter"', "smpp.bind must be one of receiver, transceiver"),
    "a format": (CDR + 'format = "x"', "cdr.format must be one of asterisk"),
    "columns of JSON": (CDR + 'format = "freeswitch-json"\ncolumns = ["a"]', "JSON records name their fields"),
    "a time zone": (CDR + 'timezone = "Beijing"', "cdr.timezone: 'Beijing' is not right"),
    "no paths": (LOG + "[cdr]\n", "cdr.paths is missing"),
    "a line break in the ami secret": (AMI.replace('"P"', '"BREAK"'), "ami.secret must be one line"),
    "a line break in the ari password": (ARI.replace('"P"', '"BREAK"'), "ari.password must be one line"),
    "an ari password in the file": (ARI.replace('{ env = "P" }', '"x"'), "ari.password must be { env"),
    "an ari user with a colon": (ARI.replace('"honey"', '"a:b"'), "ari.username must not hold a colon"),
    "an ari application that is two": (ARI + 'application = "a,b"', "ari.application: at most 64 letters"),
    "an ari prefix with a query": (ARI + 'prefix = "a?b"', "ari.prefix must be the prefix of http.conf"),
    "no ari server": (ARI.replace('connect = "127.0.0.1"\n', ""), "ari.connect is missing"),
    "no ami server": (AMI.replace('connect = "127.0.0.1"\n', ""), "ami.connect is missing"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_is_said_in_one_line_that_names_the_key(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
