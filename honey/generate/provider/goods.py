"""Goods a buyer of leaked waybills wants, as a sender writes them on the waybill.

Wanted: mother and baby, women's shoes and clothes, skincare, liquor (press: the goods class sets the
price). Waybill texts are short and plain; brands are left out, they belong to somebody.
"""

import random

from faker.providers import BaseProvider

_HAN = {
    "母婴": (
        "婴儿奶粉",
        "婴儿纸尿裤",
        "宝宝辅食",
        "儿童推车",
        "婴儿连体衣",
        "孕妇装",
        "儿童安全座椅",
        "奶瓶套装",
        "待产包",
    ),
    "女鞋": ("女鞋", "女士单鞋", "女士高跟鞋", "女靴", "女士凉鞋", "女式运动鞋", "女士小白鞋"),
    "女装": ("连衣裙", "女装", "羊毛衫", "女士外套", "羽绒服", "半身裙", "女士针织衫"),
    "护肤": ("护肤品", "面霜", "精华液", "化妆品", "面膜", "护肤套装", "口红", "防晒霜"),
    "酒水": ("白酒", "红酒", "白酒礼盒", "葡萄酒", "黄酒"),
    "保健": ("保健品", "燕窝", "阿胶糕", "蛋白粉", "鱼油软胶囊"),
    "数码": ("手机", "平板电脑", "蓝牙耳机", "智能手表", "充电器"),
}
_LATIN = (
    "Baby formula",
    "Diapers",
    "Women's shoes",
    "Women's boots",
    "Dress",
    "Skincare set",
    "Face cream",
    "Lipstick",
    "Wine",
    "Spirits",
    "Headphones",
    "Smart watch",
    "Handbag",
    "Knitwear",
)
_WEIGHTS = (24, 16, 18, 18, 8, 8, 8)  # wanted classes first; our estimate, in the order of _HAN
_COUNTED_SHARE = 0.18
_WANTED_WORDS = (
    "婴 母 孕 宝宝 儿童 待产 奶瓶 奶粉 纸尿裤 女 裙 鞋 护肤 面霜 化妆 口红 面膜 精华 酒 燕窝 "
    "baby diaper women dress skin cream wine spirits shoe handbag cosmetic"
)
WANTED = tuple(_WANTED_WORDS.split())


class WaybillGoodsProvider(BaseProvider):
    """Adds `goods_han` and `goods_latin` to a Faker instance."""

    def goods_han(self) -> str:
        """Return a Chinese goods text."""
        rng: random.Random = self.generator.random
        kind = rng.choices(tuple(_HAN.values()), _WEIGHTS)[0]
        text = rng.choice(kind)
        if rng.random() < _COUNTED_SHARE:
            return f"{text}{rng.choice((' 1件', '*1', '*2', ' x1', '1盒', '2件'))}"
        return text

    def goods_latin(self) -> str:
        """Return an English goods text."""
        rng: random.Random = self.generator.random
        return rng.choice(_LATIN)


def is_wanted(goods: str) -> bool:
    """Whether a goods text names what buyers of leaked rows pay most for."""
    lowered = goods.lower()
    return any(word in lowered for word in WANTED)
