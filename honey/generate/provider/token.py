"""Mail local parts and link tokens: unguessable, and written the way people and carriers write them.

A local part needs 40 random bits and more, a link 60: spammers make up plausible addresses, and a hit on one that
nobody planted must stay impossible (spammers guess addresses: UnsubCentral).
"""

import math
import random
import string
from collections.abc import Sequence

from faker.providers import BaseProvider

from collector.hit.tokentag import BASE32, LINK_FORMS, TagKey

MAIL_BITS = 40
LINK_BITS = 60
_SPELLED = (
    "bai ban bao bei bo cai can chang chen cheng chun da dan dao de deng di dong duo en fan fang fei feng fu gang gao "
    "ge gong guang gui guo hai han hao he heng hong hou hua huan hui jia jian jiang jie jin jing jiu ju juan jun kai "
    "kang ke kuan kun lan lang lei leng li lian liang lin ling long lu lun man mao mei meng mi mian min ming mu nan "
    "ning nuo pei peng pin ping pu qi qian qiang qiao qin qing qiu quan ran ren rong ru rui run sen shan shao shen "
    "sheng shi shu shuang si song su tai tan tang tao teng tian ting tong tuo wan wang wei wen wu xi xia xian xiang "
    "xiao xin xing xiu xu xuan xue ya yan yang yao ye yi yin ying yong you yu yuan yue yun ze zhan zhang zhao zhe "
    "zhen zheng zhi zhong zhou zhu zhuo zi zong"
)
_SYLLABLES = tuple(_SPELLED.split())


class TokenProvider(BaseProvider):
    """Adds `mail_local_part` and `link_token` to a Faker instance."""

    def mail_local_part(self, syllables: Sequence[str], tags: TagKey | None = None) -> str:
        """Return a local part that begins like the name, surname first, and holds at least MAIL_BITS random bits.

        With `tags` it ends in a check tag, by which collectors know it for one of ours.
        """
        local = self._mail_body(syllables)
        return local if tags is None else tags.mailbox(local)

    def _mail_body(self, syllables: Sequence[str]) -> str:
        rng: random.Random = self.generator.random
        surname = syllables[0]
        initials = "".join(one[0] for one in syllables)
        style = rng.random()
        if style < 0.4:  # wangjialin8820417
            return surname + rng.choice(_SYLLABLES) + rng.choice(_SYLLABLES) + _digits(rng, 8)
        if style < 0.7:  # wxm_hkjq5520183
            return initials + rng.choice(("", "_", ".")) + _letters(rng, 4) + _digits(rng, 7)
        return surname + rng.choice(("_", "", ".")) + _letters(rng, 2) + _digits(rng, 10)  # wang_xq1982250417

    def link_token(self, like: str = "", tags: TagKey | None = None) -> str:
        """Return a token of at least LINK_BITS bits nobody can guess, of the same characters as `like` and no shorter.

        With `tags` its end is a check tag, by which collectors know it for one of ours. Whoever has the key of the tags
        has still MAIL_BITS to guess.
        """
        rng: random.Random = self.generator.random
        alphabet = _alphabet(like)
        length = max(len(like), _characters(LINK_BITS, alphabet))
        if tags is None:
            return "".join(rng.choices(alphabet, k=length))
        body = max(length - LINK_FORMS[alphabet], _characters(MAIL_BITS, alphabet))
        return tags.link("".join(rng.choices(alphabet, k=body)), alphabet)


def _characters(bits: int, alphabet: str) -> int:
    return math.ceil(bits / math.log2(len(alphabet)))


def _alphabet(like: str) -> str:
    if like.isdigit() and like.isascii():
        return string.digits
    plain = like.isalnum() and like.isascii()
    if plain and set(like) <= set(string.hexdigits.lower()) and len(like) >= 8:
        return string.digits + "abcdef"
    if plain and like == like.upper():
        return string.ascii_uppercase + string.digits
    if plain and like != like.lower():
        return string.ascii_letters + string.digits
    return BASE32


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=count))
