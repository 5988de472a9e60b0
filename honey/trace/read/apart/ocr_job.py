"""Photos and screenshots by RapidOCR (the extra `ocr`): what stands at one height is one row, whatever the tilt.

Its models come inside its wheel and are given by path, so that nothing is ever downloaded. Lines that were hard to
read are kept: a number with one wrong character may still be told from the rest of its row.
"""

import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import rapidocr
from PIL import Image, ImageOps
from rapidocr.utils.output import RapidOCROutput

from honey.trace.read.apart import told
from honey.trace.read.apart.frames import Frame, Lost, Note, Table
from honey.trace.read.cells import row_text
from honey.trace.read.source import UnreadableError, stated
from honey.translation import _

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
MAX_PIXELS = 120_000_000  # of a frame: telephones take up to 108 million; decoded 360 MB
MAX_FRAMES = 200  # of a TIFF, which is what a fax or a scanner writes
MAX_SIDE_PIXELS = 3000  # looked at: 8.5 s of CPU and 1.3 GB
CERTAIN = 0.8  # confidence of a line below which it was hard to read
_SAME_HEIGHT = 0.5  # of a line's height, between the middles of two parts of one row
_MEND = _("copy it again from where it lay, or paste the text that is on it into a text file")
_WRONG = _(
    "text was read from a picture by OCR, which takes some characters for others: check what was found against it"
)

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of text: its four corners, from the first character's upper one on, and how certain it is (0 to 1)."""

    text: str
    corners: Points
    certainty: float


def read(path: Path) -> Iterator[Frame]:
    """Yield the rows of every frame.

    Raises:
        UnreadableError: the picture is broken, or too large to be a photo.
    """
    with _opened(path) as image:
        pixels = _frame(image, 0)  # what is broken, or no photo, is refused before the engine is loaded
        frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
        engine, row, hard, seen = _engine(), 1, 0, 0
        yield Table("", "photo")
        for at in range(min(frames, MAX_FRAMES)):
            told.still_at_work()
            lines = recognised(engine, _frame(image, at) if at else pixels)
            rows = rows_of(lines)
            yield from told.rows((row_text(texts, f"page {at + 1}" if frames > 1 else "") for texts in rows), row)
            row += len(rows)
            seen += len(lines)
            hard += sum(line.certainty < CERTAIN for line in lines)
    yield Note(_summary(seen, hard))
    if frames > MAX_FRAMES:
        yield Lost(
            "",
            _(
                "has {frames:,} pages; only the first {max_frames} were read; split it",
                frames=frames,
                max_frames=MAX_FRAMES,
            ),
        )


def recognised(engine: rapidocr.RapidOCR, pixels: npt.NDArray[np.uint8]) -> list[Line]:
    """Return what is written on a picture, in no order."""
    found = engine(pixels)
    if not isinstance(found, RapidOCROutput) or not (found.txts and found.scores) or found.boxes is None:
        return []
    return [
        Line(text, np.asarray(corners, np.float64), float(score))
        for text, corners, score in zip(found.txts, found.boxes, found.scores, strict=True)
    ]


def rows_of(lines: Sequence[Line]) -> list[list[str]]:
    """Return the lines as rows of cells, in the order in which most of them are read."""
    if not lines:
        return []
    corners = np.stack([line.corners for line in lines])
    along = np.median(corners[:, 1] - corners[:, 0], axis=0)  # from left to right, as most of the text runs
    along = along / (np.hypot(*along) or 1.0)
    across = np.array([-along[1], along[0]])
    middles = corners.mean(axis=1)
    heights = np.hypot(*(corners[:, 3] - corners[:, 0]).T)
    places, starts = middles @ across, middles @ along
    rows: list[list[int]] = []
    for at in map(int, np.argsort(places, kind="stable")):
        last = rows[-1][-1] if rows else at
        if rows and places[at] - places[last] < _SAME_HEIGHT * min(heights[at], heights[last]):
            rows[-1].append(at)
        else:
            rows.append([at])
    return [[lines[at].text for at in sorted(row, key=lambda at: float(starts[at]))] for row in rows]


def _summary(seen: int, hard: int) -> str:
    if not seen:
        return _("no text was found on this picture by OCR")
    return _WRONG + (_("; {hard:,} of its {seen:,} lines were hard to read", hard=hard, seen=seen) if hard else "")


def _opened(path: Path) -> Image.Image:
    """Open a picture without decoding it; one too large is refused by what its head says."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image = Image.open(path, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise _bomb() from exc
    except Exception as exc:  # Pillow raises what it likes on broken files
        raise UnreadableError(_("broken picture ({exc}); {mend}", exc=_said(exc, path), mend=_MEND)) from exc
    return image


def _frame(image: Image.Image, at: int) -> npt.NDArray[np.uint8]:
    """Decode one frame: upright, in the size that is looked at, blue first as the engine wants it."""
    try:
        image.seek(at)
        _require_photo(image)
        image.draft("RGB", (MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))  # JPEG alone: decodes to a fraction of its size
        image.load()
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
        return np.ascontiguousarray(np.asarray(_on_white(upright))[:, :, ::-1])
    except (UnreadableError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise _bomb() from exc
    except Exception as exc:  # Pillow raises what it likes on broken files
        raise UnreadableError(_("broken picture ({reason}); {mend}", reason=stated(exc), mend=_MEND)) from exc


def _on_white(image: Image.Image) -> Image.Image:
    """Return the picture in colours; what shines through is white, as on a screen."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _engine() -> rapidocr.RapidOCR:
    """Return the engine on its own models and one thread: readers run side by side."""
    cv2.setNumThreads(1)
    logging.disable(logging.CRITICAL)
    models = Path(rapidocr.__file__).parent / "models"
    wanted = {}
    for part in ("det", "cls", "rec"):
        found = sorted(models.glob(f"*_{part}_*.onnx"))
        if len(found) != 1:
            raise UnreadableError(
                _("cannot be read: the OCR package brings no models; reinstall waybill-honeytokens[ocr]")
            )
        wanted[f"{part.capitalize()}.model_path"] = str(found[0])
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    kept = {"Global.text_score": 0.0, "Global.max_side_len": MAX_SIDE_PIXELS, "Global.log_level": "critical"}
    return rapidocr.RapidOCR(params={**wanted, **threads, **kept})


def _said(exc: Exception, path: Path) -> str:
    return stated(exc).replace(str(path), "it").replace(repr(str(path)), "it")


def _require_photo(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:  # Pillow looks at the first frame alone
        raise _bomb()


def _bomb() -> UnreadableError:
    return UnreadableError(
        _(
            "is a picture of more than {max_pixels:,} pixels, which is no photo; save a smaller copy",
            max_pixels=MAX_PIXELS,
        )
    )
