"""The character encoding of a text export: learnt from its bytes, kept for what is added.

UTF-8, GB18030 (with GBK and GB2312 inside it) and Big5 share one property the record splitter needs: no byte below
0x30 is ever part of a longer character, so line ends, quotes, commas and tabs can be found in the raw bytes. UTF-16
lacks it and is worked on as UTF-8, which turns back into the same bytes.
"""

import codecs
from dataclasses import dataclass
from typing import BinaryIO

from honey.errors import InputError
from honey.translation import _

BLOCK_BYTES = 256 * 1024
TRIAL_BYTES = 256 * 1024  # of text from the first non-ASCII byte on: some thousand rows, decoded in 2 ms
BIG5_FREQUENT = range(0xA1, 0xC7)  # lead bytes of Big5 symbols and its 5,401 frequently used characters
BIG5_MARGIN = 0.2  # Big5 text nearly always decodes as GB18030 too, as rare characters: clearly fewer of those decides

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


@dataclass(frozen=True, slots=True)
class Charset:
    """A codec's name in Python, and the byte order mark the file begins with (often none)."""

    codec: str
    bom: bytes = b""

    @property
    def wide(self) -> bool:
        """Whether the file must be worked on as UTF-8."""
        return self.codec.startswith("utf-16")


def learn(stream: BinaryIO) -> Charset:
    """Return the charset of the text in a seekable `stream`, which is left at its start.

    A file without a mark is tried strictly as UTF-8, GB18030 and Big5 on a bounded stretch from its first non-ASCII
    byte on. Later bytes may still be invalid: whoever decodes them says so. Raises `InputError` if none fits.
    """
    stream.seek(0)
    head = stream.read(4)
    for bom, codec in _BOMS:
        if head.startswith(bom):
            stream.seek(0)
            return Charset(codec, bom)
    stream.seek(0)
    stretch = _first_non_ascii(stream)
    stream.seek(0)
    for codec in ("utf-8", "gb18030", "big5"):
        if _decodes(stretch, codec):
            return Charset(_big5_or_gb(stretch) if codec == "gb18030" else codec)
    raise InputError(_("the export is in no known encoding (UTF-8, UTF-16, GB18030, Big5): save it as UTF-8"))


def _first_non_ascii(stream: BinaryIO) -> bytes:
    """Return up to `TRIAL_BYTES` of whole lines from the block with the first non-ASCII byte on."""
    tail = b""
    while block := stream.read(BLOCK_BYTES):
        if not block.isascii():
            return tail + block + stream.read(TRIAL_BYTES)
        tail = block[block.rfind(b"\n") + 1 :]
    return b""


def _decodes(stretch: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)("strict").decode(stretch, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _big5_or_gb(stretch: bytes) -> str:
    if not _decodes(stretch, "big5"):
        return "gb18030"
    wide = [one for one in stretch.decode("gb18030", "ignore") if ord(one) > 0x7F]
    as_gb = sum(1 for one in wide if len(one.encode("gb2312", "ignore")) == 2) / max(1, len(wide))
    wide = [one for one in stretch.decode("big5", "ignore") if ord(one) > 0x7F]
    as_big5 = sum(1 for one in wide if one.encode("big5")[0] in BIG5_FREQUENT) / max(1, len(wide))
    return "big5" if as_big5 > as_gb + BIG5_MARGIN else "gb18030"


def to_utf8(source: BinaryIO, target: BinaryIO, charset: Charset) -> None:
    """Copy a UTF-16 `source`, mark and all, into `target` as UTF-8. Raises `InputError` where it is not UTF-16."""
    source.seek(0)
    decoder = codecs.getincrementaldecoder(charset.codec)("strict")
    lines = 1
    while True:
        block = source.read(BLOCK_BYTES)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as exc:
            raise InputError(
                _(
                    "row {lines} or later: not valid {codec} ({reason})",
                    lines=lines,
                    codec=charset.codec.upper(),
                    reason=exc.reason,
                )
            ) from exc
        if not block:
            break
        lines += text.count("\n")
        target.write(text.encode())
    target.seek(0)


class FromUtf8:
    """A sink that turns UTF-8 back into `charset` before it reaches `target`."""

    def __init__(self, target: BinaryIO, charset: Charset) -> None:
        self._target = target
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._codec = charset.codec

    def write(self, block: bytes) -> int:
        """Write a block, which may end inside a character."""
        self._target.write(self._decoder.decode(block).encode(self._codec))
        return len(block)
