"""A few decoys to look for, and texts made of their values: bytes that the fuzzer draws become rows worth reading."""

import re

from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.trace.index import DecoyIndex

DECOYS = (
    Decoy(
        DecoyId("D1"), "王诗涵", E164("+8614000770037"),
        PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号3栋2单元1801室"),
        "0a1b2c3d4e5f@mail.example.com", "YT8000000012345", "https://track.example.net/t/0a1b2c3d4e5f607", "婴儿连体衣",
    ),
    Decoy(
        DecoyId("D2"), "欧阳明", E164("+8614000770038"),
        PostalAddress("河北省", "石家庄市", "长安区", "中山东路十二号院5号楼"),
        None, "B7KQZ", None, None,
    ),
    Decoy(
        DecoyId("D3"), "John Smith", E164("+442079460123"),
        PostalAddress("", "London", "", "12 Example Street, Flat 3"),
        None, None, None, None,
    ),
    Decoy(DecoyId("D4"), "王诗涵", E164("+8614000770037"), None, None, None, None, None),
)  # fmt: skip
INDEX = DecoyIndex.build(DECOYS)
FRAGMENTS = (
    *("14000770037", "14000770038", "+86", "0086-", "140-0077-0037", "140****0037", "1400077****", "140*****037"),
    *("１４０００７７００３７", "一四〇〇〇七七〇〇三七", "l4OOO77OO37", "140 0077", "0037", "1.40008E+10"),
    *("+44 20 7946 0123", "王诗涵", "王**", "*诗涵", "王女士", "欧阳明", "歐陽明", "J*** S***", "John Smith", "李雷"),
    *("浙江省", "杭州市", "余杭区", "文一西路", "969号", "九百六十九号", "3栋2单元1801室", "3-2-1801", "中山东路"),
    *("十二号院", "中山東路", "12 Example Street", "Example Street 12", "Flat 3", "LONDON", "B7KQZ", "b7kqz"),
    *("0a1b2c3d4e5f@mail.example.com", "@MAIL.EXAMPLE.COM", "https://track.example.net/t/", "0a1b2c3d4e5f607"),
    *("YT8000000012345", "YT8OOOOOOO12345", "yt 8000 0000 12345", "8000000012345", "婴儿连体衣", "\\u738b", "&#49;"),
    *(
        "\t",
        ",",
        "----",
        "；",
        " ",
        "\u3000",
        "-",
        "*",
        "＊",
        "x",
        "X",
        "#",
        "号",
        "室",
        "1",
        "0",
        "９",
        "十",
        "O",
        "l",
    ),
    *(".", "@", '"', "'", "\r", "\x00", "\u200b", "\u00a0", "\u0301", "ß", "ﬁ", "²", "①", "🄀", "𝟙", "⼀", "\u2028"),
)
_DRAWN = re.compile(rb"\xff(.?)", re.DOTALL)  # a byte no UTF-8 has, and one that says which fragment


def text_of(data: bytes) -> str:
    """Return a text: UTF-8 as it stands, and for each 0xFF and the byte behind it a fragment."""

    def fragment(drawn: re.Match[bytes]) -> bytes:
        return FRAGMENTS[ord(drawn[1] or b"\0") % len(FRAGMENTS)].encode()

    return _DRAWN.sub(fragment, data).decode("utf-8", "replace")


def data_of(*fragments: str) -> bytes:
    """Return what `text_of` makes a text of these fragments from; others stand as they are."""
    return b"".join(bytes((0xFF, FRAGMENTS.index(one))) if one in FRAGMENTS else one.encode() for one in fragments)
