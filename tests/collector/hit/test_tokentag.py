"""Check tags: our own tokens are told from made-up ones by their end, whatever characters they are written in."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.hit import Channel, Contact
from collector.hit.tokentag import BASE32, LINK_FORMS, MAIL_TAG_CHARS, TagKey

KEY = TagKey(bytes(range(32)))
OTHER = TagKey(bytes(range(1, 33)))
ALPHABETS = pytest.mark.parametrize(
    "alphabet", LINK_FORMS, ids=["digits", "hexadecimal", "base32", "capitals and digits", "letters and digits"]
)


def bodies(alphabet: str, count: int, length: int = 12) -> list[str]:
    rng = random.Random(7)
    return ["".join(rng.choices(alphabet, k=length)) for _ in range(count)]


@ALPHABETS
def test_a_tagged_token_is_known_in_its_own_characters(alphabet: str) -> None:
    for body in bodies(alphabet, 300):
        token = KEY.link(body, alphabet)
        assert token.startswith(body)
        assert len(token) == len(body) + LINK_FORMS[alphabet]
        assert set(token) <= set(alphabet)
        assert KEY.is_link(token)
        assert not OTHER.is_link(token)


@ALPHABETS
def test_made_up_tokens_and_changed_ones_are_not_known(alphabet: str) -> None:
    for body in bodies(alphabet, 3000, 20):
        assert not KEY.is_link(body)
    token = KEY.link(bodies(alphabet, 1)[0], alphabet)
    for at in range(len(token)):
        changed = token[:at] + alphabet[alphabet.index(token[at]) - 1] + token[at + 1 :]
        assert not KEY.is_link(changed)
    assert not KEY.is_link(token[1:])
    assert not KEY.is_link(token + alphabet[0])


@ALPHABETS
def test_a_made_up_tag_is_right_once_in_four_thousand_million_or_less(alphabet: str) -> None:
    assert len(alphabet) ** LINK_FORMS[alphabet] >= 2**32


def test_a_mailbox_is_known_whatever_its_case_and_extension() -> None:
    local = KEY.mailbox("wang_xq1982250417")
    assert local[:-MAIL_TAG_CHARS] == "wang_xq1982250417"
    assert local[-MAIL_TAG_CHARS:].isdigit()
    for written in (local, local.upper(), f"{local}+shop"):
        assert KEY.is_mailbox(written)
    assert not KEY.is_mailbox(local[:-1])
    assert not KEY.is_mailbox("x" + local)
    made_up = sum(KEY.is_mailbox(f"wang{number:010}") for number in range(20_000))
    assert made_up <= 10


TOKEN = KEY.link("abcdefgh", BASE32)
CAPITALS = KEY.link("AB12CD34EF", string.ascii_uppercase + string.digits)
MAILBOX = KEY.mailbox("wangjialin88204170")
REACHED = {
    "a label in a zone": (Channel.DNS, f"{TOKEN}.t.example.net", True),
    "a label below others": (Channel.DNS, f"www.{TOKEN}.t.example.net", True),
    "another name of the zone": (Channel.DNS, "www.t.example.net", False),
    "a token as a claim of a call": (Channel.CALL, TOKEN, False),
    "a segment of a path": (Channel.WEB, f"https://track.example.net/q/{CAPITALS}", True),
    "a segment with a suffix": (Channel.WEB, f"https://track.example.net/q/{CAPITALS}.html", True),
    "a value of a query": (Channel.WEB, f"https://track.example.net/q?no={CAPITALS}&x=1", True),
    "the host of a link": (Channel.WEB, f"https://{TOKEN}.t.example.net/", True),
    "an escaped segment": (Channel.WEB, f"https://track.example.net/q/%{ord(TOKEN[0]):02x}{TOKEN[1:]}", True),
    "a path in other capitals": (Channel.WEB, f"https://track.example.net/q/{CAPITALS.lower()}", False),
    "a path of a scanner": (Channel.WEB, "https://track.example.net/wp-login.php", False),
    "what is no URL": (Channel.WEB, "http://[", False),
    "a recipient": (Channel.MAIL, f"{MAILBOX}@mail.example.com", True),
    "another recipient": (Channel.MAIL, "info@mail.example.com", False),
    "no recipient": (Channel.MAIL, "", False),
}


@pytest.mark.parametrize(("channel", "beacon", "is_known"), REACHED.values(), ids=REACHED.keys())
def test_a_contact_is_known_by_what_it_reached(channel: Channel, beacon: str, is_known: bool) -> None:
    assert KEY.has_tag(Contact(channel, beacon, "192.0.2.1")) is is_known


@given(st.sampled_from((Channel.DNS, Channel.WEB, Channel.MAIL)), st.text(max_size=400))
def test_any_text_is_known_or_not(channel: Channel, text: str) -> None:
    assert KEY.has_tag(Contact(channel, text, "")) is False


def test_the_key_does_not_show_itself() -> None:
    assert KEY.key.hex() not in repr(KEY)
    assert "0123" not in repr(KEY)
