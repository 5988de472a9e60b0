"""The identity of a decoy: name, mailbox, link, goods. Phone numbers, addresses and domains come from the pools.

Pure given the random stream. Faker is the engine, with providers of our own; one engine per thread, because a Faker
generator carries its random stream as state.
"""

import random
import re
import threading
import unicodedata
from collections.abc import Container
from functools import lru_cache
from itertools import accumulate
from urllib.parse import urlsplit

from faker import Factory

from collector.hit.tokentag import TagKey
from honey.errors import PoolExhaustedError
from honey.generate.provider.goods import WaybillGoodsProvider, is_wanted
from honey.generate.provider.hanname import HanNameProvider, pinyin
from honey.generate.provider.latinname import LatinNameProvider, locale_of
from honey.generate.provider.token import TokenProvider
from honey.host.namestyle import NameStyle, Script
from honey.host.placestyle import plain
from honey.host.profile import Profile
from honey.model.beacon import PostalAddress
from honey.translation import _

_USUAL_TRIES = 12  # then names that mix decades, which are many more
_TRIES = 2000  # by then nearly every name our tables can make is taken
_FEW_GOODS = 0.5  # distinct share of goods texts up to which the host's own are used again
_GOODS_ROWS = 3  # a goods text seen in so many rows is no one customer's
_WANTED_WEIGHT = 4  # a wanted class is drawn so many times as often as the host's own share of it
_DEFAULT_PATH = "t"

_threads = threading.local()


class Engine:
    """A Faker generator with our providers, which can also be called by name on it."""

    def __init__(self) -> None:
        self._generator = Factory.create("zh_CN")
        self.han = HanNameProvider(self._generator)
        self.latin = LatinNameProvider(self._generator)
        self.goods = WaybillGoodsProvider(self._generator)
        self.tokens = TokenProvider(self._generator)
        for provider in (self.han, self.latin, self.goods, self.tokens):
            self._generator.add_provider(provider)

    def drawing_from(self, rng: random.Random) -> "Engine":
        """Return the engine, its draws taken from `rng` from now on."""
        self._generator.random = rng
        return self


def engine(rng: random.Random) -> Engine:
    """Return this thread's engine, drawing from `rng`."""
    made: Engine | None = getattr(_threads, "engine", None)
    if made is None:
        made = _threads.engine = Engine()
    return made.drawing_from(rng)


def household_surnames(rng: random.Random) -> tuple[str, str]:
    """Return the two surnames of a Chinese couple: whoever is reached on one number bears one of them."""
    han = engine(rng).han
    return han.han_surname(), han.han_surname()


def make_name(rng: random.Random, style: NameStyle, taken: Container[str], *, surnames: tuple[str, ...] = ()) -> str:
    """Return a name in the style's script, unlike all in `taken` (a set; the caller adds to it).

    A Chinese name bears one of `surnames` when they are given and still hold a free name.

    Raises PoolExhaustedError when hardly any name is left.
    """
    fake = engine(rng)
    room = style.max_length if style.max_length is not None else 10**6
    for attempt in range(_TRIES):
        if style.script is Script.HAN:
            surname = rng.choice(surnames) if surnames and attempt < _TRIES // 2 else None
            name = fake.han.han_name(surname) if attempt < _USUAL_TRIES else fake.han.wide_han_name(surname)
        elif rng.random() < style.company_share:
            name = fake.latin.latin_company(style.locale)
        else:
            name = fake.latin.latin_person(style.locale)
        if name not in taken and len(name) <= room:
            return name
    raise PoolExhaustedError(_("no name is left that is not taken already: plan fewer decoys"))


def name_style_for(profile: Profile, address: PostalAddress | None) -> NameStyle:
    """Return the profile's name style with the locale of the country an address lies in, as far as the host shows."""
    style, places = profile.name_style, profile.places
    found = places.cities.get(plain(address.city)) if address is not None else None
    country = (found.country if found else None) or places.country
    return NameStyle(
        script=style.script,
        masks=style.masks,
        upper=style.upper,
        short=style.short,
        company_share=style.company_share,
        max_length=style.max_length,
        locale=locale_of(country),
    )


def make_mailbox(rng: random.Random, name: str, domain: str, tags: TagKey | None = None) -> str:
    """Return a mailbox under a mail domain of ours that nobody can guess; with `tags` it has a check tag."""
    syllables = pinyin(name) or tuple(_latin_words(name)) or ("wang", "li")
    return f"{engine(rng).tokens.mail_local_part(syllables, tags)}@{domain}"


def make_link(rng: random.Random, web_host_or_zone: str, like: str | None, tags: TagKey | None = None) -> str:
    """Return an unguessable link under a web host (`https://host`) or a DNS zone (`t.example.net`) of ours.

    `like` is a link of the host's own: directories and suffix are kept, the last stem becomes the token. In a DNS
    zone the token is the first label, because the look-up of the name is all that is seen there. With `tags` the token
    has a check tag.
    """
    parts = urlsplit(like) if like else None
    directories, _, last = parts.path.rpartition("/") if parts else ("", "", "")
    stem, dot, suffix = last.rpartition(".") if "." in last else (last, "", "")
    fake = engine(rng).tokens
    if "://" not in web_host_or_zone:
        scheme = parts.scheme if parts and parts.scheme else "https"
        return f"{scheme}://{fake.link_token(tags=tags)}.{web_host_or_zone.strip('.')}{directories}/"
    base = web_host_or_zone.rstrip("/")
    if parts is None:
        return f"{base}/{_DEFAULT_PATH}/{fake.link_token(tags=tags)}"
    return f"{base}{directories}/{fake.link_token(stem, tags)}{dot}{suffix}"


def make_goods(rng: random.Random, profile: Profile) -> str:
    """Return a goods text: the host's own when it uses few, what buyers want first, else one of ours."""
    texts, weights = _usual_goods(profile.goods)
    if texts:
        return rng.choices(texts, cum_weights=weights)[0]
    fake = engine(rng).goods
    return fake.goods_han() if profile.script is Script.HAN else fake.goods_latin()


@lru_cache(maxsize=16)
def _usual_goods(goods: tuple[tuple[str, int], ...]) -> tuple[list[str], list[int]]:
    """Return the goods texts to use again with their cumulated weights; none when the host's are too varied."""
    usual = [(text, count) for text, count in goods if count >= _GOODS_ROWS]
    if len(goods) > _FEW_GOODS * sum(count for _, count in goods):
        return [], []
    weights = (count * (_WANTED_WEIGHT if is_wanted(text) else 1) for text, count in usual)
    return [text for text, _ in usual], list(accumulate(weights))


def _latin_words(name: str) -> list[str]:
    """Return a Latin name as ASCII words, surname first."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z]+", bare)
    return [words[-1], *words[:-1]] if words else []
