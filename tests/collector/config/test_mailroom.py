"""[mailroom]: what it accepts, and the one line for each thing it refuses."""

import tomllib
from zoneinfo import ZoneInfo

import pytest

from collector.config.file import Config, parse_config
from collector.config.value import Address
from collector.errors import ConfigError

ENVIRONMENT = {"WANG": "correct horse battery", "SHORT": "hunter2"}
LISTEN = '[log]\npath = "hits.db"\n[mailroom]\nlisten = "127.0.0.1:8082"\n'
USERS = '[mailroom.users]\nwang = { env = "WANG" }\n'
ROOM = LISTEN + USERS
SITES = "[mailroom.sites]\n"


def parse(text: str) -> Config:
    return parse_config(tomllib.loads(text), ENVIRONMENT)


def test_a_mail_room_needs_an_address_and_somebody_who_may_enter() -> None:
    room = parse(ROOM).mailroom
    assert room is not None
    assert (room.listen, list(room.users), room.sites, room.tls) == ((Address("127.0.0.1", 8082),), ["wang"], {}, None)
    assert room.users["wang"].reveal() == "correct horse battery"
    assert "horse" not in repr(room)


def test_times_are_in_its_time_zone_and_every_site_has_a_beginning_of_its_address() -> None:
    room = parse(
        LISTEN + 'timezone = "Asia/Shanghai"\n' + USERS + SITES + 'north = "文一西路969号"\nsouth = ""'
    ).mailroom
    assert room is not None
    assert room.timezone == ZoneInfo("Asia/Shanghai")
    assert room.sites == {"north": "文一西路969号", "south": ""}


REFUSED = {
    "nobody": (LISTEN, r"\[mailroom.users\] is missing"),
    "an empty list of people": (LISTEN + "[mailroom.users]", r"\[mailroom.users\] is missing"),
    "a short password": (ROOM + 'li = { env = "SHORT" }', "mailroom.users.li: use at least 12 characters"),
    "a password in the file": (ROOM + 'li = "correct horse battery"', "not the secret itself"),
    "a name with a colon": (ROOM + '"li:x" = { env = "WANG" }', "mailroom.users: 'li:x' must be"),
    "passwords unencrypted": (ROOM.replace("127.0.0.1", "0.0.0.0"), "passwords would cross the network"),
    "a certificate without key": (LISTEN + 'certificate = "c.pem"\n' + USERS, "mailroom.key is missing"),
    "a site that is no part of an address": (ROOM + SITES + '"a b" = ""', "mailroom.sites: 'a b' is part"),
    "a site of two lines": (ROOM + SITES + 'a = "x\\ny"', "mailroom.sites.a: one line"),
    "a time zone that is none": (LISTEN + 'timezone = "Mars"\n' + USERS, "mailroom.timezone: 'Mars' is not right"),
    "an unknown key": (LISTEN + "colour = 1\n" + USERS, "mailroom.colour is not known"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_is_said_in_one_line(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        parse(text)


def test_beyond_loopback_it_takes_a_certificate_or_an_explicit_word() -> None:
    remote = ROOM.replace("127.0.0.1", "0.0.0.0")
    for line in ('certificate = "c.pem"\nkey = "k.pem"\n', "insecure_remote = true\n"):
        assert parse(remote.replace(USERS, line + USERS)).mailroom is not None
