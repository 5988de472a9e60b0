"""Ordinary rows."""

import pytest

from honey.seed.passthrough.ordinary import Ordinary

SAMPLE = [["YT1", "王芳", "已签收", ""]] * 97 + [["YT2", "李伟", "已退回", "急"]] * 3


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param(["YT9", "赵敏", "已签收", ""], True, id="like most"),
        pytest.param(["YT9", "赵敏", "已退回", ""], False, id="of a rare class"),
        pytest.param(["YT9", "", "已签收", ""], False, id="empty where others are filled"),
        pytest.param(["YT9", "测试", "已签收", ""], False, id="typed by a tester"),
        pytest.param(["YT9", "赵敏", "已签收"], False, id="ragged"),
    ],
)
def test_ordinary_rows_are_told(cells: list[str], expected: bool) -> None:
    sample = [[f"{row[0]}{at}", f"{row[1]}{at}", *row[2:]] for at, row in enumerate(SAMPLE)]
    assert Ordinary.learn(sample, 4).holds(cells) is expected
