"""Input that can be read twice, output that is whole or absent."""

import io
import os
from pathlib import Path

import pytest

from honey.seed.passthrough.spool import copy_range, seekable, sha256, whole_or_nothing


def test_a_pipe_is_copied() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"a,b\n1,2\n")
    os.close(writer)
    with os.fdopen(reader, "rb") as source:
        file, is_copy = seekable(source)
    with file:
        assert is_copy
        assert file.read() == b"a,b\n1,2\n"


def test_a_file_is_used_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a")
    with path.open("rb") as source:
        assert seekable(source) == (source, False)


def test_a_range_is_copied() -> None:
    out = io.BytesIO()
    copy_range(io.BytesIO(b"0123456789"), out, 2, 5)
    copy_range(io.BytesIO(b"0123456789"), out, 8, None)
    assert out.getvalue() == b"23489"


def test_a_digest_covers_the_whole_file() -> None:
    file = io.BytesIO(b"abc")
    file.seek(2)
    assert sha256(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def _fail_half_way(target: Path | io.BytesIO) -> None:
    with whole_or_nothing(target) as file:
        file.write(b"half")
        raise RuntimeError


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        _fail_half_way(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_writes_nothing_to_a_stream() -> None:
    target = io.BytesIO()
    with pytest.raises(RuntimeError):
        _fail_half_way(target)
    assert target.getvalue() == b""


def test_success_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    with whole_or_nothing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
