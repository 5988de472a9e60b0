"""Archives: bombs are refused, equal content is equal bytes."""

import io
import zipfile
from pathlib import Path

import pytest

from honey.errors import InputError
from honey.seed.passthrough import still_zip
from honey.seed.passthrough.still_zip import StillZip, refuse_bombs


def archive(**parts: bytes) -> zipfile.ZipFile:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return zipfile.ZipFile(raw)


def test_an_honest_archive_passes() -> None:
    refuse_bombs(archive(a=bytes(range(256)) * 1000, b=b" " * 1_000_000))


def test_a_part_packed_too_well_is_refused() -> None:
    with pytest.raises(InputError, match="part 'a' is packed over 200 times"):
        refuse_bombs(archive(a=b" " * (still_zip.RATIO_FLOOR_BYTES + 1)))


def test_too_much_in_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still_zip, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(InputError, match="unpacks to 1200 bytes, more than 1000: export as CSV"):
        refuse_bombs(archive(a=b"x" * 600, b=b"y" * 600))


def test_too_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still_zip, "MAX_ENTRIES", 1)
    with pytest.raises(InputError, match="holds 2 parts"):
        refuse_bombs(archive(a=b"", b=b""))


def test_equal_content_is_equal_bytes(tmp_path: Path) -> None:
    """Neither the clock nor a file's own time gets in."""
    made = []
    for at in range(2):
        path = tmp_path / f"part{at}"
        path.write_bytes(b"from a file")
        raw = io.BytesIO()
        with StillZip(raw) as out:
            out.writestr("a", b"from memory")
            out.write(path, "b")
        made.append(raw.getvalue())
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as found:
        assert [found.read(name) for name in ("a", "b")] == [b"from memory", b"from a file"]
