"""Blocks: either kernel names every line that the search of single rows passes, and bears any bytes."""

import os
import re
from collections.abc import Mapping
from unittest.mock import patch

from fuzz.decoys import INDEX, data_of, text_of
from honey.trace.block import native
from honey.trace.prefilter import Prefilter


def _searching(kernel: str) -> Prefilter:
    with patch.dict(os.environ, {native.VARIABLE: kernel}):
        return Prefilter(INDEX)


KERNELS = {name: _searching(name) for name in ("numpy", *(["native"] if native.available() else []))}
ONE_BY_ONE = KERNELS["numpy"]
# Not promised (docs/fuzzing.md): by numpy a house number in Chinese digits far behind its road, and a masked number
# glued to the end of digits longer than any number; by C a mailbox behind a grave accent.
UNPROMISED = {
    "numpy": re.compile(r"\W{16}[零〇一二两三四五六七八九十百壹贰叁肆伍陆柒捌玖幺]|[0-9]{40}"),
    "native": re.compile("`"),
}


def check(data: bytes) -> None:
    """Search the bytes as they stand, and the text that is drawn from them."""
    for prefilter in KERNELS.values():
        _named(prefilter, data)
    block = text_of(data).encode()
    lines = block.decode().split("\n")
    passed = {at for at, line in enumerate(lines) if ONE_BY_ONE.may_hold(line)}
    for name, prefilter in KERNELS.items():
        promised = {at for at in passed if not UNPROMISED[name].search(lines[at])}
        assert promised <= set(_named(prefilter, block))


def _named(prefilter: Prefilter, block: bytes) -> list[int]:
    named = list(prefilter.lines(block))
    assert named == sorted(set(named))
    assert all(0 <= line <= block.count(b"\n") for line in named)
    return named


def seeds() -> Mapping[str, bytes]:
    """Return blocks of rows with and without decoys."""
    clean = "YT9000000000001,李雷,14009123456,浙江省,杭州市,1号\n".encode()
    return {
        "plain": clean + data_of("14000770037", "\n") + clean,
        "masked": clean + data_of("140****0037", "\n", "1400077****", "\n", "140*****037"),
        "odd": data_of("一四〇〇〇七七〇〇三七", "\n", "l4OOO77OO37", "\n", "１４０００７７００３７", "\n") + clean,
        "places": data_of("文一西路", ",", "969号", "\n", "中山东路", "十二号院", "\n", "文一西路", "九百六十九号"),
        "latin": data_of("12 Example Street", "\n", "Example Street 12", "\n") + clean,
        "mail": data_of("0a1b2c3d4e5f@mail.example.com", "\n", "https://track.example.net/t/", "0a1b2c3d4e5f607"),
        "words": data_of("B7KQZ", "\n", "b7kqz", "\n", "yt 8000 0000 12345", "\n\n\r\n"),
    }  # fmt: skip
