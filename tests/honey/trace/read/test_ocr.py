"""Photos of labels, rendered here: names, numbers and addresses are read; what is no photo is one clear line."""

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from honey.model.beacon import E164
from honey.model.decoy import Decoy, DecoyId
from honey.model.sighting import DumpPlace
from honey.trace.index import DecoyIndex
from honey.trace.read import contents
from honey.trace.scan import scan
from tests.honey.trace.read.conftest import Read

pytest.importorskip("rapidocr", reason="the extra `ocr` is not installed")
from PIL import Image, ImageDraw, ImageFont

FONTS = ("NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc", "wqy-microhei.ttc")  # Debian: fonts-noto-cjk, fonts-wqy-*
SIZE = 32
LABEL = (
    "顺丰速运 SF1400000012345",
    "收件人：王诗涵",
    "14000770037",
    "四川省成都市武侯区人民南路四段12号",
    "婴儿连体衣",
)
ORIENTATION = 0x0112  # EXIF's tag
TURNED_LEFT = 6  # its value for a picture that must be turned by 90 degrees to the right to be upright


def font() -> ImageFont.FreeTypeFont:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, SIZE)
        except OSError:
            continue
    pytest.skip(f"none of {', '.join(FONTS)} is installed")


def label(*rows: tuple[str, ...] | str) -> Image.Image:
    """Return a picture of rows of text; the cells of one stand 500 pixels apart."""
    image = Image.new("RGB", (1000, 80 + 2 * SIZE * len(rows)), "white")
    draw, drawn_with = ImageDraw.Draw(image), font()
    for at, row in enumerate(rows):
        for column, text in enumerate([row] if isinstance(row, str) else row):
            draw.text((40 + 500 * column, 40 + 2 * SIZE * at), text, font=drawn_with, fill=(20, 20, 20))
    return image


def tilted() -> Image.Image:
    return label(*LABEL).rotate(5, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)


def read_from(seen: dict[str, list[tuple[str, ...]]]) -> str:
    return "\n".join("".join(values) for rows in seen.values() for values in rows).replace(" ", "")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "turned.jpg", "tilted.png", "see-through.png"])
def test_a_label_is_read_whatever_the_format_and_however_it_was_held(name: str, tmp_path: Path, read: Read) -> None:
    image, exif = label(*LABEL), Image.Exif()
    if name == "turned.jpg":
        exif[ORIENTATION] = TURNED_LEFT
        image = image.rotate(90, expand=True)
    elif name == "tilted.png":
        image = tilted()
    elif name == "see-through.png":
        image.putalpha(image.convert("L").point(lambda light: 255 if light < 128 else 0))
    image.save(tmp_path / name, exif=exif)
    seen = read(tmp_path / name)
    text = read_from({name: seen.values(name)})
    for line in LABEL:
        assert line.replace(" ", "").replace("：", "") in text.replace("：", "").replace(":", "")
    assert seen.kinds == {name: "photo"}
    assert "check what was found against it" in seen.notes[name][0]
    assert [row for row, _ in seen.rows[name]] == list(range(1, len(LABEL) + 1))


def test_what_stands_at_one_height_is_one_row(tmp_path: Path, read: Read) -> None:
    label(("王诗涵", "14000770037"), ("欧阳明", "14000770038")).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").values("a.png") == [("王诗涵", "14000770037"), ("欧阳明", "14000770038")]


def test_every_page_of_a_tiff_is_read_and_named(tmp_path: Path, read: Read) -> None:
    label("14000770037").save(tmp_path / "a.tif", save_all=True, append_images=[label("王诗涵")])
    seen = read(tmp_path / "a.tif")
    assert seen.places("a.tif", "14000770037") == [(1, "page 1")]
    assert seen.places("a.tif", "王诗涵") == [(2, "page 2")]


def test_a_decoy_on_a_photo_in_an_archive_is_found(tmp_path: Path) -> None:
    raw = io.BytesIO()
    label("王诗涵", "14000770037").save(raw, "JPEG", quality=70)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("photo.jpg", raw.getvalue())
    decoy = Decoy(DecoyId("D1"), "王诗涵", E164("+8614000770037"), None, None, None)
    (sighting,) = scan([tmp_path], DecoyIndex.build([decoy])).sightings
    assert sighting.decoys == {"D1"}
    assert isinstance(sighting.place, DumpPlace)
    assert sighting.place.file.endswith("a.zip!photo.jpg")


def test_a_picture_without_text_is_said(tmp_path: Path, read: Read) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "a.png")
    seen = read(tmp_path / "a.png")
    assert seen.rows == {"a.png": []}
    assert seen.notes == {"a.png": ["no text was found on this picture by OCR"]}


@pytest.mark.parametrize("side", [11_500, 20_000], ids=["above the limit", "above twice the limit"])
def test_a_picture_that_decodes_to_too_much_is_refused_by_its_head(side: int, tmp_path: Path, read: Read) -> None:
    Image.new("1", (side, side)).save(tmp_path / "a.png")
    seen = read(tmp_path / "a.png")
    assert list(seen.unreadable) == ["a.png"]
    assert "pixels, which is no photo" in seen.unreadable["a.png"]
    assert not seen.rows


def test_a_later_page_that_decodes_to_too_much_is_refused(tmp_path: Path, read: Read) -> None:
    small = Image.new("1", (200, 100), 1)
    small.save(
        tmp_path / "a.tif", save_all=True, append_images=[Image.new("1", (11_500, 11_500), 1)], compression="group4"
    )
    assert "pixels, which is no photo" in read(tmp_path / "a.tif").unreadable["a.tif"]


@pytest.mark.parametrize("kept", [4, 20, 1000], ids=["no head", "a head", "half"])
def test_a_cut_picture_is_one_line(kept: int, tmp_path: Path, read: Read) -> None:
    raw = io.BytesIO()
    tilted().save(raw, "JPEG")
    (tmp_path / "a.jpg").write_bytes(raw.getvalue()[:kept])
    seen = read(tmp_path / "a.jpg")
    assert seen.unreadable["a.jpg"].startswith("broken picture")
    assert str(tmp_path) not in seen.unreadable["a.jpg"]


@pytest.fixture
def without_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    contents.has_ocr.cache_clear()
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    yield
    contents.has_ocr.cache_clear()


@pytest.mark.usefixtures("without_engine")
def test_without_the_extra_a_photo_is_listed_with_both_ways_to_read_it(tmp_path: Path, read: Read) -> None:
    label("14000770037").save(tmp_path / "a.png")
    (reason,) = read(tmp_path / "a.png").unreadable.values()
    assert "paste the text" in reason
    assert "install waybill-honeytokens[ocr]" in reason
