"""Two messages of one template are seen to be one, whoever they address; other messages are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.trace.wording import MAX_CHARS, MAX_LINKS, MAX_WORDS, Wording, wording_of

TEMPLATE = "{who}您好，我是快递客服，您的包裹{number}在运输途中丢失，现为您办理双倍理赔，请添加客服微信{number}处理"


def of(text: str) -> Wording:
    return wording_of({"text": text})


def alike(one: str, other: str) -> bool:
    return not set(of(one).sketch).isdisjoint(of(other).sketch)


@pytest.mark.parametrize(
    "other",
    [
        TEMPLATE.format(who="欧阳先生", number="YT88812345678"),
        TEMPLATE.format(who="李小明女士", number="4321"),
        TEMPLATE.format(who="", number=""),
        TEMPLATE.format(who="王女士", number="1").replace("，", " "),
        TEMPLATE.format(who="王女士", number="１２３").replace("客服微信", "客服V信"),
        TEMPLATE.format(who="王女士", number="1").replace("，", "·*·"),
        "【中国快递】" + TEMPLATE.format(who="王女士", number="1") + "退订回T",
        TEMPLATE.format(who="王女士", number="1").replace("丢", "\u200b丢\u200b"),
    ],
    ids=["names", "full name", "nobody", "spaces", "one character", "signs", "frame", "invisible"],
)
def test_a_template_is_recognised(other: str) -> None:
    assert alike(TEMPLATE.format(who="王女士", number="YT80000000123"), other)


@pytest.mark.parametrize(
    "other",
    [
        "尊敬的客户，您的信用卡账单已出，本期应还金额为元，请于到期日前还款，避免影响您的信用记录",
        "您有一个快递已到菜鸟驿站，凭取件码到小区门口领取，营业时间早九点到晚九点",
        "Your parcel is waiting at the depot, please confirm your address and pay the customs fee",
    ],
)
def test_another_message_is_another(other: str) -> None:
    assert of(other).sketch
    assert not alike(TEMPLATE.format(who="王女士", number="1"), other)


@pytest.mark.parametrize("text", ["", "王女士您好", "您好 12345678901234567890", "http://t.cn/abcdef", "\x00" * 100])
def test_what_everybody_says_has_no_sketch(text: str) -> None:
    assert of(text).sketch == ()


def test_links_are_known_by_their_host_and_short_ones_by_all_of_them() -> None:
    assert of("退款 https://www.kuaidi-refund.example.com/a?b=1 点击").links == ("kuaidi-refund.example.com",)
    assert of("退款点击t.cn/AbC12").links == ("t.cn/abc12",)
    assert of("write to me@mail.example.com").links == ()


def test_names_and_numbers_that_vary_are_told() -> None:
    said = of("您好王女士，尾号4321的快递YT80000000123丢失，满30减5")
    assert "王" in said.titled
    assert said.numbers == {"4321", "yt80000000123"}


def test_all_claims_that_hold_text_are_read() -> None:
    assert wording_of({"transcript": "您好王女士", "note": "1234", "address": "5678", "peer_port": "9999"}) == Wording(
        titled=frozenset({"王", "好王"}), numbers=frozenset({"1234"})
    )


@settings(derandomize=True, max_examples=200)
@given(st.text(max_size=2 * MAX_CHARS))
def test_any_text_is_taken_apart_under_caps(text: str) -> None:
    said = of(text)
    assert said == of(text)
    assert len(said.links) <= MAX_LINKS
    assert max(len(said.numbers), len(said.titled) / 2) <= MAX_WORDS
    assert len(said.sketch) in {0, 6}


@pytest.mark.parametrize("text", ["a." * 4000, "a" * 8000, "www." * 2000, "1@" * 4000, "王女士" * 3000, "//" * 4000])
def test_hostile_text_is_read_as_well(text: str) -> None:
    assert len(of(text).links) <= MAX_LINKS
