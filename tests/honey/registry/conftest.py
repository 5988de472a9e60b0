"""A registry in a real SQLite file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from honey.registry.seal import Seal
from honey.registry.store import Registry

KEY = b"\x05" * 32


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the registry of this test lies."""
    return f"sqlite:///{tmp_path / 'registry.db'}"


@pytest.fixture
def registry(url: str) -> Iterator[Registry]:
    """An empty registry."""
    with Registry.create(url, Seal(KEY)) as made:
        yield made
