"""Names, mailboxes, links and goods of decoys."""

import random
import re
from collections import Counter
from itertools import pairwise

import pytest

from collector.hit import Channel, Contact
from collector.hit.tokentag import TagKey
from honey.errors import PoolExhaustedError
from honey.generate.identity import make_goods, make_link, make_mailbox, make_name, name_style_for
from honey.generate.provider.goods import is_wanted
from honey.generate.provider.hanname import pinyin
from honey.generate.provider.hantables import GENERATIONS, PINYIN, SURNAMES
from honey.host.column import Column
from honey.host.namestyle import NameStyle, Script
from honey.host.personal import is_person_name
from honey.host.profile import learn
from honey.model.beacon import PostalAddress
from honey.model.waybill import Role
from tests.honey.generate.conftest import Sample

NAMES = 20_000
TAGS = TagKey(bytes(range(32)))


def _names(style: NameStyle, count: int = NAMES) -> list[str]:
    rng, taken, made = random.Random(4), set[str](), []
    for _ in range(count):
        made.append(make_name(rng, style, taken))
        taken.add(made[-1])
    return made


def test_twenty_thousand_chinese_names_are_all_different() -> None:
    assert len(set(_names(NameStyle()))) == NAMES


def test_twenty_thousand_german_names_are_all_different() -> None:
    assert len(set(_names(NameStyle(script=Script.LATIN, locale="de_DE")))) == NAMES


def test_surnames_and_lengths_follow_the_population() -> None:
    """Drawn freely: five surnames make up 30.8 % of the population, names of two characters about a fifth."""
    rng = random.Random(2)
    names = [make_name(rng, NameStyle(), ()) for _ in range(10_000)]
    assert sum(name[0] in "王李张刘陈" for name in names) / len(names) == pytest.approx(0.32, abs=0.03)
    assert Counter(map(len, names))[2] / len(names) == pytest.approx(0.21, abs=0.02)
    assert sum(is_person_name(name) for name in names) / len(names) > 0.95


def test_given_names_are_more_varied_than_faker_s_hundred_and_fifty() -> None:
    rng = random.Random(2)
    assert len({make_name(rng, NameStyle(), ())[1:] for _ in range(20_000)}) > 2_000


def test_every_character_of_our_tables_has_a_pinyin() -> None:
    used = {one for born in GENERATIONS for one in born.single + born.first + born.second} | set(SURNAMES)
    assert used <= PINYIN.keys()
    assert pinyin("欧阳晓雪") == ("ouyang", "xiao", "xue")


def test_the_same_stream_gives_the_same_names() -> None:
    assert _names(NameStyle(), 50) == _names(NameStyle(), 50)


def test_streams_used_in_turn_do_not_disturb_each_other() -> None:
    alone = [make_name(rng, NameStyle(), ()) for rng in [random.Random(1)] for _ in range(5)]
    first, other, mixed = random.Random(1), random.Random(2), []
    for _ in range(5):
        mixed.append(make_name(first, NameStyle(), ()))
        make_name(other, NameStyle(script=Script.LATIN), ())
    assert alone == mixed


def test_a_name_never_outgrows_its_column() -> None:
    style = NameStyle(script=Script.LATIN, locale="de_DE", company_share=0.5, max_length=14)
    assert all(len(name) <= 14 for name in _names(style, 300))


def test_running_out_of_names_is_said() -> None:
    class Everything:
        def __contains__(self, _: object) -> bool:
            return True

    with pytest.raises(PoolExhaustedError, match="no name is left"):
        make_name(random.Random(1), NameStyle(), Everything())


def test_a_northwind_decoy_in_graz_is_named_as_austrians_are(northwind: Sample) -> None:
    style = name_style_for(northwind.profile, PostalAddress("", "Graz", "", "Wiener Str. 1"))
    assert (style.script, style.locale, style.max_length) == (Script.LATIN, "de_AT", 40)


def test_mailboxes_are_unique_and_look_written_by_people() -> None:
    rng = random.Random(1)
    made = [make_mailbox(rng, "王晓雪", "mail.example.com") for _ in range(NAMES)]
    assert len(set(made)) == NAMES
    assert all(one.endswith("@mail.example.com") and one.startswith("w") for one in made)
    assert all(local.replace("_", "").replace(".", "").isalnum() for local in (one.split("@")[0] for one in made))


@pytest.mark.parametrize("name", ["Jörg Müller", "Vins & Co", "王", "", "Ωμέγα"])
def test_any_name_gets_an_ascii_mailbox(name: str) -> None:
    local = make_mailbox(random.Random(1), name, "mail.example.com").split("@")[0]
    assert local.isascii()
    assert len(local) <= 64  # RFC 5321 4.5.3.1.1


@pytest.mark.parametrize(
    ("like", "start", "end"),
    [
        (None, "https://track.example.net/t/", ""),
        ("https://kd.example.com/q/8F3K2.html?x=1", "https://track.example.net/q/", ".html"),
        ("http://kd.example.com/c/d/1234567", "https://track.example.net/c/d/", ""),
        ("https://kd.example.com/AbC9z", "https://track.example.net/", ""),
    ],
)
def test_a_link_keeps_the_shape_of_the_host_s_links(like: str | None, start: str, end: str) -> None:
    rng = random.Random(1)
    links = [make_link(rng, "https://track.example.net/", like) for _ in range(1000)]
    assert all(link.startswith(start) and link.endswith(end) for link in links)
    stems = [link[len(start) : len(link) - len(end)] for link in links]
    assert len(set(stems)) == 1000
    assert all("/" not in stem and len(stem) >= 11 for stem in stems)


def test_a_link_stem_of_digits_stays_digits_and_holds_sixty_bits() -> None:
    link = make_link(random.Random(1), "https://track.example.net", "https://kd.example.com/t/771234")
    stem = link.rpartition("/")[2]
    assert stem.isdigit()
    assert 10 ** len(stem) >= 2**60


def test_in_a_dns_zone_the_token_is_the_first_label() -> None:
    link = make_link(random.Random(1), "t.example.net", "http://kd.example.com/q/8F3K2.html")
    host = link.removeprefix("http://").partition("/")[0]
    assert host.endswith(".t.example.net")
    assert 32 ** len(host.partition(".")[0]) >= 2**60


def test_goods_are_the_host_s_own_with_the_wanted_ones_first(chinese: Sample) -> None:
    rng = random.Random(1)
    drawn = Counter(make_goods(rng, chinese.profile) for _ in range(2000))
    assert set(drawn) <= {str(row["goods"]) for row in chinese.rows}
    assert all(drawn[wanted] > 2 * drawn["文具"] for wanted in ("连衣裙", "女鞋", "婴儿奶粉", "护肤品", "白酒"))


def test_goods_of_one_customer_alone_are_never_used_again() -> None:
    rows = [{"goods": f"定制相册 王小明{at}", "name": "王小明"} for at in range(40)]
    profile = learn([Column("goods"), Column("name")], rows, {Role.GOODS: "goods", Role.RECIPIENT_NAME: "name"})
    goods = [make_goods(random.Random(at), profile) for at in range(200)]
    assert not {row["goods"] for row in rows} & set(goods)
    assert sum(map(is_wanted, goods)) > 120


def test_names_in_sequence_do_not_repeat_a_surname_more_than_chance_allows() -> None:
    names = _names(NameStyle(), 2000)
    assert sum(a[0] == b[0] for a, b in pairwise(names)) / len(names) < 0.05


LIKES = {
    "a zone": ("t.example.net", None),
    "no link of the host's": ("https://track.example.net", None),
    "digits": ("https://track.example.net", "https://kd.example.com/t/771234"),
    "long digits": ("https://track.example.net", f"https://kd.example.com/t/{'7' * 40}"),
    "hexadecimal": ("https://track.example.net", "https://kd.example.com/t/0012ab34cd.pdf"),
    "capitals": ("https://track.example.net", "http://kd.example.com/q/8F3K2.html"),
    "letters of both cases": ("https://track.example.net", "http://kd.example.com/q/8f3K2"),
}


@pytest.mark.parametrize(("base", "like"), LIKES.values(), ids=LIKES.keys())
def test_a_link_with_a_tag_has_the_form_of_one_without_and_is_known(base: str, like: str | None) -> None:
    for seed in range(200):
        plain, tagged = (make_link(random.Random(seed), base, like, tags) for tags in (None, TAGS))
        assert TAGS.has_tag(Contact(Channel.WEB, tagged, "")) is True
        assert TAGS.has_tag(Contact(Channel.WEB, plain, "")) is False
        assert len(plain) <= len(tagged) <= len(plain) + 4
        assert re.sub("[A-Za-z0-9]{11,}", "", plain) == re.sub("[A-Za-z0-9]{11,}", "", tagged)
        if base == "t.example.net":
            assert TAGS.has_tag(Contact(Channel.DNS, tagged.split("/")[2], "")) is True


def test_a_mailbox_with_a_tag_is_known() -> None:
    made = [make_mailbox(random.Random(seed), "王晓雪", "mail.example.com", TAGS) for seed in range(300)]
    assert all(TAGS.has_tag(Contact(Channel.MAIL, one, "")) for one in made)
    assert len(set(made)) == 300
