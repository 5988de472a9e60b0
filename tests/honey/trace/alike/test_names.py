"""Names are read as `normalise` reads them, and told apart by what a mask leaves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.model.decoy import Decoy, DecoyId
from honey.trace import normalise
from honey.trace.alike.codes import Partition
from honey.trace.alike.names import Names, normalised
from honey.trace.row import Row

NAMES = ("王小红", "王伟", "李小红", "欧阳红", "司马小红", "sarah jones", "sam jones", "sarah lee", "")
PARTS = st.sampled_from(
    [
        *"王小红藝々一x*某",
        "先生",
        "女士",
        "小姐",
        "太太",
        "老师",
        "收件人",
        "姓名",
        "收货人",
        "亲启",
        "(收)",
        "同学",
        "阿姨",
        "经理",
        "师傅",
    ]
)


@settings(derandomize=True)
@given(st.lists(PARTS | st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=4).map("".join))
def test_a_name_is_read_as_normalised(text: str) -> None:
    assert normalised(text) == normalise.name(text)


@pytest.mark.parametrize(
    ("cells", "alike"),
    [
        (["王**"], [{0, 1}, {2, 3, 4, 5, 6, 7}, {8}]),
        (["王*红"], [{0}, {1, 2, 3, 4, 5, 6, 7}, {8}]),
        (["**红"], [{0}, {2}, {3}, {4}, {1, 5, 6, 7}, {8}]),
        (["*小红"], [{0}, {2}, {4}, {1, 3, 5, 6, 7}, {8}]),
        (["王女士"], [{0, 1}, {2, 3, 4, 5, 6, 7}, {8}]),
        (["S*** J***"], [{5, 6}, {0, 1, 2, 3, 4, 7}, {8}]),
        (["Sar*** J***"], [{5}, {0, 1, 2, 3, 4, 6, 7}, {8}]),
        (["李军婷"], [{0, 1, 2, 3, 4, 5, 6, 7}, {8}]),
        (["杭州市"], [{0, 1, 2, 3, 4, 5, 6, 7, 8}]),
    ],
    ids=str,
)
def test_names_are_told_apart_by_what_a_mask_leaves(cells: list[str], alike: list[set[int]]) -> None:
    """王女士 and 王** say as little of 王伟 as of 王小红; of another surname each is another share of the people."""
    names = Names.of([Decoy(DecoyId(str(at)), name) for at, name in enumerate(NAMES)])
    partition = Partition(len(NAMES))
    names.split(partition, np.arange(len(NAMES), dtype=np.int32), Row.of(cells))
    found = partition.classes(np.zeros(0, np.intp))
    assert sorted(map(sorted, found)) == sorted(map(sorted, alike))


def test_whole_names_are_found_alone_and_inside_text() -> None:
    names = Names.of([Decoy(DecoyId(str(at)), name) for at, name in enumerate(NAMES)])
    assert set(names.whole(Row.of(["寄件 王小红", "Sarah Jones12"]))) == {0, 5}
