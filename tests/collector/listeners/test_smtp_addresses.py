"""The short way of reading an address says what aiosmtpd says, or leaves the address to it."""

import random
from collections.abc import Callable
from functools import partial

from aiosmtpd.smtp import SMTP

from collector.listeners.smtp import CanarySession

SEED = 20261122
ROUNDS = 20_000
PLAIN = (
    "<a@example.org>",
    "<a.b+c@x-y.example.org> SIZE=100 BODY=8BITMIME",
    "<a@b>  SMTPUTF8",
    "<a@b> SIZE=1 (comment)",
    "<a@b>\tSIZE=1",
    "a@example.org SIZE=1",
    "<>",
    '<"a b"@example.org>',
    "<a@[192.0.2.1]>",
    "<@relay.example.org:a@example.org>",
)
SIGNS = "ab0.-_@<>() \t\"\\,;:[]=%é+!'\x00\x7f\r"


def spoilt(text: str, chance: random.Random) -> str:
    signs = list(text)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(signs) + 1)
        signs[at : at + chance.randrange(2)] = chance.choice((chance.choice(SIGNS), ""))
    return "".join(signs)


def test_every_address_is_read_as_aiosmtpd_reads_it() -> None:
    session = object.__new__(CanarySession)  # neither reading looks at a connection
    chance = random.Random(SEED)
    texts = [spoilt(chance.choice(PLAIN), chance) for _ in range(ROUNDS)]

    def reading(read: Callable[[str], object], text: str) -> object:
        try:
            return read(text)
        except Exception as exc:  # noqa: BLE001 - aiosmtpd's parser raises whatever it likes
            return type(exc)

    ours, theirs = session._getaddr, partial(SMTP._getaddr, session)
    assert [text for text in (*PLAIN, *texts) if reading(ours, text) != reading(theirs, text)] == []


def test_what_most_senders_write_takes_the_short_way() -> None:
    class NoLongWay(CanarySession):
        local_part_limit = property(lambda _: 1 / 0)  # which only aiosmtpd looks at

    session = object.__new__(NoLongWay)
    assert session._getaddr("<a.b+c@x-y.example.org> SIZE=100 BODY=8BITMIME") == (
        "a.b+c@x-y.example.org",
        "SIZE=100 BODY=8BITMIME",
    )
    assert session._getaddr("<token@mail.example.com>") == ("token@mail.example.com", "")
