"""A photo of a label: what it may be, what is taken out of it, what is read from it."""

import io
import random
import struct
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image

from collector import limits
from collector.mailroom import photo as photos
from collector.mailroom.photo import Barcode, PhotoError, kind_of, read_photo
from tests.collector.mailroom.pictures import MAKER, encoded, label, waybill

NUMBER = "YT8000000001234"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_and_camera_are_gone_and_the_barcode_is_read(kind: str) -> None:
    """Turned upright as the camera asked; the upload stays known by its hash."""
    sent = encoded(waybill(NUMBER), kind, located=True)
    assert MAKER in sent
    kept = read_photo(sent)
    assert MAKER not in kept.raw
    with Image.open(io.BytesIO(kept.raw)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (900, 1200), {})
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(picture.info)
    assert kept.waybill_number == NUMBER
    assert kept.claims["barcodes"] == NUMBER
    assert kept.claims["barcode_kinds"] == "Code 128"
    assert len(kept.claims["photo_sha256"]) == 64
    assert kept.notes == ()


def test_all_barcodes_become_claims_but_only_a_single_linear_one_is_the_number() -> None:
    """Two linear codes: somebody has to say which is the waybill's."""
    qr = zxingcpp.BarcodeFormat.QRCode
    both = read_photo(encoded(label((qr, "王女士 https://t.example.net/x"), (zxingcpp.BarcodeFormat.Code128, NUMBER))))
    assert sorted(both.claims["barcodes"].splitlines()) == sorted([NUMBER, "王女士 https://t.example.net/x"])
    assert both.waybill_number == NUMBER
    two = replace(both, barcodes=(Barcode("Code 128", NUMBER, True), Barcode("Code 128", "SF1234567890123", True)))
    assert two.waybill_number == ""


@pytest.mark.parametrize("text", ["1234567", "网易123456", "A B C D E F G H"], ids=["short", "Chinese", "spaces"])
def test_a_barcode_that_can_be_no_waybill_number_is_none(text: str) -> None:
    kept = photos.Photo(b"", "", barcodes=(Barcode("Code 128", text, True),))
    assert kept.waybill_number == ""


def test_a_large_photo_is_scaled_until_it_fits_a_hit() -> None:
    """12 megapixels of noise, which compress worst."""
    noise = Image.frombytes("L", (1000, 750), random.Random(1).randbytes(750_000)).resize((4000, 3000))
    sent = encoded(noise)
    assert len(sent) > limits.MAX_RAW_BYTES
    kept = read_photo(sent)
    assert len(kept.raw) <= limits.MAX_RAW_BYTES
    with Image.open(io.BytesIO(kept.raw)) as picture:
        assert max(picture.size) >= 1200


def test_what_is_transparent_becomes_white() -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    with Image.open(io.BytesIO(read_photo(encoded(clear, "PNG")).raw)) as picture:
        assert picture.getpixel((20, 20)) == (255, 255, 255)


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    image = io.BytesIO()
    Image.new("RGB", (1, 1)).save(image, "PNG")
    return image.getvalue()[:16] + head + image.getvalue()[29:]


REFUSED = {
    "a GIF by another name": (b"GIF89a" + b"\0" * 40, "must be JPEG, PNG or WebP"),
    "SVG": (b"<svg onload='alert(1)'/>", "must be JPEG, PNG or WebP"),
    "a few bytes": (b"\xff\xd8", "must be JPEG, PNG or WebP"),
    "a JPEG that ends at once": (b"\xff\xd8\xff\xe0\0\x10JFIF", "cannot be read as a picture"),
    "half a photo": (encoded(waybill(NUMBER))[:9000], "cannot be read as a picture"),
    "too many bytes": (b"\xff\xd8\xff" + b"\0" * photos.MAX_PHOTO_BYTES, "larger than 12 MiB"),
    "a bomb": (png_of(60_000, 60_000), "photo: "),
    "a large picture": (png_of(9000, 9000), "photo: "),
}


@pytest.mark.parametrize(("sent", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_photo_is_refused_in_one_line(sent: bytes, why: str) -> None:
    with pytest.raises(PhotoError, match=why):
        read_photo(sent)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    blank = io.BytesIO()
    Image.new("1", (7200, 7200)).save(blank, "PNG")
    assert blank.tell() < 50_000
    with pytest.raises(PhotoError, match="more than 50 megapixels"):
        read_photo(blank.getvalue())


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow says what is wrong in them
def test_bytes_changed_anywhere_give_a_photo_or_the_one_error() -> None:
    """600 damaged files of each kind."""
    chance = random.Random(20261122)
    small = waybill(NUMBER).resize((160, 120))
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = encoded(small, kind, located=True)
        for _ in range(600):
            spoilt = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                spoilt[chance.randrange(12, len(spoilt))] = chance.randrange(256)
            try:
                kept = read_photo(bytes(spoilt[: chance.choice((len(spoilt), chance.randrange(12, len(spoilt))))]))
            except PhotoError:
                continue
            assert kind_of(kept.raw) == "jpeg"


def test_without_the_libraries_a_small_photo_stays_as_it_came_and_the_answer_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(photos, "HAS_PILLOW", False)
    monkeypatch.setattr(photos, "HAS_BARCODES", False)
    sent = encoded(waybill(NUMBER), located=True)
    kept = read_photo(sent)
    assert kept.raw == sent
    assert [note.partition(":")[0] for note in kept.notes] == [
        "what the camera wrote into the photo (time, place) was kept",
        "barcodes were not read",
    ]
    with pytest.raises(PhotoError, match="larger than 1 MiB"):
        read_photo(sent + b"\0" * limits.MAX_RAW_BYTES)
    assert "pip install" in photos.capabilities()
