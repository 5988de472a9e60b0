"""The C kernel names every line that the search of single rows passes, few others, and bears any bytes."""

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.errors import ConfigError
from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.trace.block import native
from honey.trace.index import DecoyIndex
from honey.trace.prefilter import Prefilter
from tests.honey.trace.block.test_scan_block import FRAMES, forms, one_by_one

Rows = Callable[[int, int], Iterator[list[str]]]
Search = Callable[[bytes], list[int]]
KERNEL = native.SOURCES / "scan.c"
COMPILER = shutil.which("cc")
COMPILE_SECONDS = 120
FOREIGN = (
    *("12 Example Street, Flat 3", "Musterstraße 14", "221 Baker Street", "7 rue de l'Exemple", "5 Änderungsweg"),
    *("Åsgård 18", "大学城A12号3栋", "长江路(东)15号", "十二号路9号", "三环北路88号"),
)
INSERTED = "0189 -*xX.,'()_+@#●＊×１一十oOlIB号路道　\n\t\\u4e00王é之²①\u200b\u00a0º🄀𝟙⼀㆒ß\u0301ﬁK\"{}：，"

pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


@pytest.fixture(scope="session", params=["as installed", "without vector instructions"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kernel of this source tree, built in both of its ways."""
    assert COMPILER
    path: Path = tmp_path_factory.mktemp("kernel") / "_kernel.so"
    options = [f"-DHONEY_SOURCES={native.checksum()}u", *(["-DHONEY_PORTABLE"] if "without" in request.param else [])]
    subprocess.run(
        [COMPILER, "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", *options, KERNEL, "-o", path],
        check=True, timeout=COMPILE_SECONDS,
    )  # fmt: skip
    return path


def search_of(index: DecoyIndex, library: Path) -> Search:
    tables = native.NativeTables.of(Prefilter(index).sought)
    return lambda block: [int(line) for line in native.scan(block, tables, path=library)]


@pytest.fixture(scope="session")
def search(index: DecoyIndex, library: Path) -> Search:
    return search_of(index, library)


def block_of(texts: Sequence[str]) -> bytes:
    return "\n".join(text.replace("\n", "\r") for text in texts).encode("utf-8", "surrogatepass")


def missed(search: Search, prefilter: Prefilter, texts: Sequence[str]) -> list[str]:
    """Texts that may hold a decoy value and were not named, in a block of all or in one of their own."""
    together = set(search(block_of(texts)))
    wanted = one_by_one(prefilter, [text.replace("\n", "\r") for text in texts])
    return [texts[at] for at in wanted if at not in together or search(block_of([texts[at]])) != [0]]


def damaged(texts: Sequence[str], count: int, rng: random.Random) -> list[str]:
    found = []
    for _ in range(count):
        text = list(rng.choice(texts))
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randrange(2)] = rng.choice(INSERTED)
        found.append("".join(text))
    return found


@pytest.mark.parametrize("frame", FRAMES)
def test_every_form_in_every_frame_is_named(frame: str, decoys: list[Decoy], index: DecoyIndex, search: Search) -> None:
    texts = [frame.format(form) for decoy in decoys[::41] for form in forms(decoy)]
    assert missed(search, Prefilter(index), texts) == []


def test_damaged_forms_are_named(decoys: list[Decoy], index: DecoyIndex, search: Search) -> None:
    """Characters swapped, dropped and put in, so that every edge of every form is met."""
    whole = [form for decoy in decoys[:30] for form in forms(decoy)]
    assert missed(search, Prefilter(index), damaged(whole, 20_000, random.Random(8))) == []


def test_hardly_any_live_row_is_named(live_rows: Rows, search: Search) -> None:
    rows = [",".join(row) for row in live_rows(20_000, 22)]
    assert len(search(block_of(rows))) < len(rows) / 1000


def test_rows_of_both_kinds_are_told_apart_within_one_block(
    decoys: list[Decoy], index: DecoyIndex, live_rows: Rows, search: Search
) -> None:
    rng, texts = random.Random(5), [",".join(row) for row in live_rows(3000, 21)]
    for at in range(0, len(texts), 9):
        cut = rng.randrange(len(texts[at]))
        texts[at] = texts[at][:cut] + rng.choice(forms(rng.choice(decoys))) + texts[at][cut:]
    wanted = one_by_one(Prefilter(index), texts)
    assert set(wanted) <= set(search(block_of(texts)))
    assert len(wanted) > 100


def odd_decoys() -> Iterator[Decoy]:
    """Addresses of other habits, numbers of other lengths, waybill numbers that are words."""
    for at, detail in enumerate(FOREIGN):
        yield Decoy(
            DecoyId(f"F{at}"), f"Alex Sample{at}", E164(f"+1202555{100 + at:04d}" if at % 2 else f"+44770090{at:04d}"),
            PostalAddress("", "London", "", detail), f"{'ä' if at % 3 else 'a'}lex{at}@mail.example.com",
            f"AB{at}CD12" if at % 2 else f"ZTO{at}00{at}12345678901234567890", f"https://t.example/{at}{'x' * 8}",
        )  # fmt: skip


def odd_texts() -> list[str]:
    texts = []
    for decoy in odd_decoys():
        assert decoy.address
        assert decoy.phone
        detail, number = decoy.address.detail, str(decoy.waybill_number)
        texts += [detail, detail.upper(), detail.replace(" ", "  "), detail.replace(" ", "\u00a0"), f"Flat 2, {detail}"]
        texts += [detail.replace("号", ",号"), detail.replace("路", "路,"), detail.replace("十二", "12"), f"x{detail}"]
        texts += [number, number.lower(), f"no {number}.", f"{number}x", " ".join(number), number.translate(FULL_WIDTH)]
        texts += [str(decoy.phone), str(decoy.phone)[2:], str(decoy.phone)[3:6] + "****" + str(decoy.phone)[-4:]]
        texts += [str(decoy.email), str(decoy.email).upper(), f"邮箱{decoy.email}", str(decoy.link), "T.EXAMPLE/1"]
    return texts


FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def test_words_numbers_of_all_lengths_and_latin_addresses_are_named(library: Path) -> None:
    index = DecoyIndex.build(odd_decoys())
    search, prefilter, texts = search_of(index, library), Prefilter(index), odd_texts()
    assert missed(search, prefilter, texts) == []
    assert missed(search, prefilter, damaged(texts, 10_000, random.Random(9))) == []
    assert len(one_by_one(prefilter, texts)) > len(texts) / 2


_PIECES = st.sampled_from(
    [
        *("1400077", "140", "0037", "86", "+86 ", "0086", "****", "●●", "-", " ", "x", "文一西路", "双龙大道", "969"),
        *("号", "一", "七", "零", "０", "@", "mail.example.com", "example.net", "YT80000000", "00017", "\n", ",", "王"),
        *(
            "\\u",
            "O",
            "l",
            "B",
            "14O",
            "l4O",
            "ＹＴ",
            "\ud800",
            '":',
            '"',
            "\t",
            "  ",
            "²",
            "①",
            "之",
            "_",
            "#",
            "x" * 60,
        ),
    ]
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.lists(_PIECES, max_size=16).map("".join), max_size=20))
def test_lines_of_any_pieces_are_named(index: DecoyIndex, search: Search, texts: list[str]) -> None:
    assert missed(search, Prefilter(index), texts) == []


def test_any_bytes_are_borne(search: Search, decoys: list[Decoy]) -> None:
    """Random bytes, cut characters, blocks of a few bytes: lines that are there, in order, each time the same."""
    rng = random.Random(10)
    text = "\n".join(form for decoy in decoys[:5] for form in forms(decoy)).encode()
    blocks = [b"", b"\n", b"\xff" * 4096, b"\xe8" * 64, b"\\", b"@", b"1" * 300_000, b"1o" * 5000, b"1**" * 5000]
    blocks += [b"\xe4\xb8\x80" * 5000, b"1 " * 5000, b"@mail.example.com" * 500, "路,".encode() * 5000]
    blocks += [rng.randbytes(size) for size in range(65)]
    blocks += [bytes(rng.choices(b"0123456789-*xoOlIB @.\n\\\xe8\xb7\xaf\xef\xbc\x90", k=500)) for _ in range(500)]
    for _ in range(1000):
        start = rng.randrange(len(text))
        blocks.append(text[start : start + rng.randrange(200)])
    for block in blocks:
        lines = search(block)
        assert lines == sorted(set(lines)) == search(bytes(bytearray(block)))
        assert not lines or lines[-1] <= block.count(b"\n")


def test_more_lines_than_expected_are_all_named(decoys: list[Decoy], search: Search) -> None:
    block = b"\n".join([str(decoys[3].waybill_number).encode()] * 10_000)
    assert search(block) == list(range(10_000))


def test_an_index_without_decoys_names_nothing(library: Path) -> None:
    assert search_of(DecoyIndex.build([]), library)("14012345678,a@b.example.com,文一西路969号".encode()) == []


def test_a_library_from_other_sources_is_not_used(tmp_path: Path) -> None:
    assert COMPILER
    built = [tmp_path / "older.so", tmp_path / "foreign.so"]
    (tmp_path / "foreign.c").write_text("int honey = 1;")
    for source, path in zip([KERNEL, tmp_path / "foreign.c"], built, strict=True):
        subprocess.run([COMPILER, "-shared", "-fPIC", source, "-o", path], check=True, timeout=COMPILE_SECONDS)
    (tmp_path / "broken.so").write_bytes(b"none")
    for path in (*built, tmp_path / "broken.so", tmp_path / "none.so"):
        assert not native.available(path)


def test_the_kernel_is_chosen_by_the_environment() -> None:
    assert native.chosen({}) == native.available()
    assert not native.chosen({native.VARIABLE: "numpy"})
    with pytest.raises(ConfigError, match="leave it out"):
        native.chosen({native.VARIABLE: "fortran"})
