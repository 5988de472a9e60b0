"""Waybill numbers, mailboxes and links are read as `normalise` and the URL parser read them, only sooner."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.model.decoy import Decoy, DecoyId
from honey.trace import normalise
from honey.trace.alike.tokens import DigitsInside, Links, link_of, mailbox_of, waybill_of


def linked(*links: str | None) -> Links:
    return Links.of([Decoy(DecoyId(f"D{at}"), "王小红", link=link) for at, link in enumerate(links)])


@settings(derandomize=True)
@given(st.text("0aZ.-+@_ <>é１", max_size=20))
def test_a_mailbox_is_read_as_normalised(text: str) -> None:
    assert mailbox_of(text) == normalise.mailbox(text)


@settings(derandomize=True)
@given(st.text("0aZ.- '１Ｙ", max_size=12))
def test_a_waybill_number_is_read_as_normalised(text: str) -> None:
    assert waybill_of(text) == normalise.waybill(text)


@settings(derandomize=True)
@given(st.sampled_from(["https://", "http://", "", "ftp://"]), st.text("aZ0.-@/?#%_~", max_size=24))
def test_a_plain_link_is_split_as_any_other(scheme: str, text: str) -> None:
    """A user name before the host takes the long way and changes neither parts nor domain."""
    link = f"{scheme}host.example.net/{text}"
    rest = urlsplit(link if "://" in link else f"//{link}")
    slow = link.replace("host.example.net", "u@host.example.net", 1)
    if rest.path.strip("/") or rest.query or rest.fragment:
        assert link_of(link) == link_of(slow)
    assert link_of(link)[1] == "example.net"


@pytest.mark.parametrize(
    ("links", "texts"),
    [
        pytest.param(["https://t.example.net/track/000001", "https://t.example.net/track/000002"],
                     ["000001", "000002"], id="a shared path names nobody"),
        pytest.param(["https://t.example.net/track/abcdefgh"], ["abcdefgh"], id="of a single link the longest part"),
        pytest.param([None, "a1b2c3.t.example.net", "d4e5f6.t.example.net"], ["", "a1b2c3", "d4e5f6"],
                     id="a bare host name by its first label"),
        pytest.param(["https://t.example.net/?a=111111&b=222222", "https://t.example.net/?a=333333"],
                     ["111111\n222222", "333333"], id="all parts of its own"),
        pytest.param(["https://t.example.net/111111", "https://t.example.net/111111"], ["", ""], id="one link twice"),
    ],
)  # fmt: skip
def test_a_link_is_known_by_what_no_other_has(links: list[str | None], texts: list[str]) -> None:
    found = linked(*links)
    assert found.texts == texts
    assert found.domains == {"example.net"}
    assert [list(found.by_token.places(text.split("\n")[0])) for text in texts if text] == [
        [at] for at, text in enumerate(texts) if text
    ]


@settings(derandomize=True)
@given(st.lists(st.text("0017A\n-", max_size=9), min_size=1, max_size=5), st.sampled_from(["00", "0017", "1", "17"]))
def test_digits_inside_are_found(texts: list[str], digits: str) -> None:
    others = texts[::-1]
    found = DigitsInside((texts, others), [1, 2, 4]).holders(digits)
    assert set(found) == {
        at for at, both in enumerate(zip(texts, others, strict=True)) if any(digits in one for one in both)
    }


def test_more_digits_than_a_machine_word_holds_are_compared_in_full() -> None:
    held = DigitsInside((["9" * 25, str((1 << 64) + 12345)],), [20])
    assert set(held.holders("9" * 20)) == {0}
    assert held.holders(str((1 << 64) + 12345)) == [1]
    assert held.holders("00000000000000012345") == []
