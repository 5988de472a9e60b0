"""Photos of labels, made on the spot: noise for paper, barcodes, and what a phone writes beside the pixels."""

import io

import numpy as np
import zxingcpp
from PIL import Image

MAKER = b"HoneyPhone 7"


def label(
    *codes: tuple[zxingcpp.BarcodeFormat, str], size: tuple[int, int] = (1200, 900), degrees: float = 3
) -> Image.Image:
    """A sheet of grey paper with barcodes one below the other, held a little askew."""
    sheet = Image.linear_gradient("L").resize(size).point(lambda value: 170 + value // 4)
    top = size[1] // 12
    for kind, text in codes:
        drawn = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, kind), scale=4)
        code = Image.fromarray(np.asarray(drawn))
        sheet.paste(code, (size[0] // 12, top))
        top += code.height + size[1] // 20
    return sheet.rotate(degrees, fillcolor=200)


def waybill(*texts: str) -> Image.Image:
    return label(*((zxingcpp.BarcodeFormat.Code128, text) for text in texts))


def encoded(picture: Image.Image, kind: str = "JPEG", *, located: bool = False) -> bytes:
    """The picture as a file; `located`: with the camera's name and the place in Hangzhou it was taken at."""
    out = io.BytesIO()
    exif = Image.Exif()
    if located:
        exif[0x010F] = MAKER.decode()  # Make
        exif[0x0112] = 6  # Orientation: turned by 90 degrees
        exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 16.0, 12.0), 3: "E", 4: (120.0, 9.0, 5.0)})  # GPS
    picture.save(out, kind, exif=exif) if located else picture.save(out, kind)
    return out.getvalue()
