"""A photo of a label: checked, without the place it was taken at, small enough for a hit, and its barcodes.

Pillow and zxing-cpp do the work where they are installed (the extra `mailroom`); without them photos stay as they
came, which the answer says. Neither holds the interpreter while it works, so the other listeners go on.
"""

import hashlib
import io
import struct
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collector import limits
from collector.errors import CollectorError
from collector.translation import _

try:
    from PIL import Image, ImageOps
except ImportError:
    HAS_PILLOW = False
else:
    HAS_PILLOW = True
try:
    import zxingcpp
except ImportError:
    HAS_BARCODES = False
else:
    HAS_BARCODES = HAS_PILLOW

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

INSTALL = "pip install 'waybill-honeytokens[mailroom]'"
NOT_STRIPPED = f"what the camera wrote into the photo (time, place) was kept: {INSTALL} on the collector removes it"
NOT_READ = f"barcodes were not read: {INSTALL} on the collector reads them"

MAX_PHOTO_BYTES = 12 << 20  # 12 MiB; phones' photos have 2 to 8
# 50 megapixels are phones' usual most. At these sizes work takes 280 MB at its peak (docs/mailroom.md).
MAX_MEGAPIXELS = {"JPEG": 50, "PNG": 50, "WEBP": 16}
READ_SIDE_PIXELS = 3000  # the longer side in which barcodes are looked for: a photo of 12 megapixels takes 0.5 s
# Longer sides and JPEG qualities tried until the copy fits a hit; of noise, the worst there is, the last has 0.4 MB.
COPIES = ((2400, 85), (2000, 80), (1600, 75), (1200, 60))
MAX_BARCODES = 16
MAX_BARCODE_CHARS = 500
_LEAST_WAYBILL_CHARS = 8
# What Pillow raises for broken pictures, besides its own kinds of OSError.
_BROKEN = (OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, struct.error, zlib.error)
_one_at_a_time = threading.Lock()  # each holds a decoded picture in memory


class PhotoError(CollectorError):
    """A photo cannot be taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """What one barcode says."""

    kind: str
    text: str
    is_linear: bool


@dataclass(frozen=True, slots=True)
class Photo:
    """What becomes of an upload: the picture as kept, and what is claimed of it."""

    raw: bytes
    sha256: str  # of the upload
    claims: dict[str, str] = field(default_factory=dict)
    barcodes: tuple[Barcode, ...] = ()
    notes: tuple[str, ...] = ()  # for whoever entered it

    @property
    def waybill_number(self) -> str:
        """The one linear barcode that can be a waybill number, or nothing where there are several or none."""
        found = {
            code.text.upper()
            for code in self.barcodes
            if code.is_linear and len(code.text) >= _LEAST_WAYBILL_CHARS and code.text.isascii() and code.text.isalnum()
        }
        return found.pop() if len(found) == 1 else ""


def capabilities() -> str:
    """Say what becomes of a photo here."""
    if not HAS_PILLOW:
        return _("kept as they come, at most 1 MiB, barcodes not read; {install} mends that", install=INSTALL)
    barcodes = _("barcodes are read") if HAS_BARCODES else _("barcodes are not read: {install}", install=INSTALL)
    return _("kept without metadata; {barcodes}", barcodes=barcodes)


def kind_of(data: bytes) -> str:
    """Return jpeg, png or webp by the first bytes, whatever its name or type claims; empty: none of them."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def read_photo(data: bytes) -> Photo:
    """Return the photo as it is kept.

    Raises:
        PhotoError: it is too large, no picture, or broken.
    """
    if len(data) > MAX_PHOTO_BYTES:
        raise PhotoError(_("photo: larger than {size} MiB: take it in a lower resolution", size=MAX_PHOTO_BYTES >> 20))
    kind = kind_of(data)
    if not kind:
        raise PhotoError(_("photo: must be JPEG, PNG or WebP"))
    digest = hashlib.sha256(data).hexdigest()
    claims = {"photo_sha256": digest, "photo_bytes": str(len(data))}
    if not HAS_PILLOW:
        if len(data) > limits.MAX_RAW_BYTES:
            raise PhotoError(
                _(
                    "photo: larger than 1 MiB: take it in a lower resolution, or {install} on the collector",
                    install=INSTALL,
                )
            )
        return Photo(data, digest, {**claims, "photo_kept": kind}, notes=(NOT_STRIPPED, NOT_READ))
    with _one_at_a_time:
        try:
            raw, barcodes = _worked(data)
        except (*_BROKEN, Image.DecompressionBombError) as exc:
            raise PhotoError(_("photo: cannot be read as a picture: take it again")) from exc
    claims |= {"photo_kept": "jpeg, without metadata", **_barcode_claims(barcodes)}
    return Photo(raw, digest, claims, tuple(barcodes), () if HAS_BARCODES else (NOT_READ,))


def _worked(data: bytes) -> tuple[bytes, list[Barcode]]:
    with Image.open(io.BytesIO(data), formats=tuple(MAX_MEGAPIXELS)) as opened:
        most = MAX_MEGAPIXELS[str(opened.format)]
        if opened.width * opened.height > most * 1_000_000:
            raise PhotoError(_("photo: more than {most} megapixels: take it in a lower resolution", most=most))
        opened.thumbnail((READ_SIDE_PIXELS, READ_SIDE_PIXELS))  # first, so that there is one large picture at most
        picture = _plain(ImageOps.exif_transpose(opened))
    return _copy(picture), _read_barcodes(picture)


def _plain(picture: "Picture") -> "Picture":
    """Return it in RGB, on white where it is transparent."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(ground, seen).convert("RGB")


def _copy(picture: "Picture") -> bytes:
    """Return a JPEG that holds the pixels and nothing else, small enough for a hit."""
    for side, quality in COPIES:
        smaller = Image.new("RGB", picture.size)  # takes the pixels over, not what was read beside them
        smaller.paste(picture)
        smaller.thumbnail((side, side))
        out = io.BytesIO()
        smaller.save(out, "JPEG", quality=quality)
        if out.tell() <= limits.MAX_RAW_BYTES:
            return out.getvalue()
    raise PhotoError(_("photo: too large however it is scaled: take it in a lower resolution"))


def _read_barcodes(picture: "Picture") -> list[Barcode]:
    if not HAS_BARCODES:
        return []
    formats = zxingcpp.barcode_formats_list(zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.AllLinear))
    linear = {str(one) for one in formats}
    found: dict[tuple[str, str], Barcode] = {}
    for code in zxingcpp.read_barcodes(picture.convert("L"), text_mode=zxingcpp.TextMode.Plain):
        text = "".join(one for one in code.text[:MAX_BARCODE_CHARS] if one.isprintable())
        if code.valid and text and len(found) < MAX_BARCODES:
            found.setdefault((str(code.format), text), Barcode(str(code.format), text, str(code.format) in linear))
    return list(found.values())


def _barcode_claims(barcodes: Sequence[Barcode]) -> dict[str, str]:
    if not barcodes:
        return {}
    return {
        "barcodes": "\n".join(code.text for code in barcodes),
        "barcode_kinds": "\n".join(code.kind for code in barcodes),
    }
