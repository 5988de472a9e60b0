"""The sample case, packed once."""

from datetime import timedelta

import pytest

from tests.honey.evidence.sample_case import OPENED_AT, Bundle, build


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The honest bundle."""
    return build(tmp_path_factory.mktemp("registry") / "registry.db")


@pytest.fixture(scope="session")
def late_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The same, but the decoys were committed a day after the case was opened."""
    return build(tmp_path_factory.mktemp("late") / "registry.db", planted_at=OPENED_AT + timedelta(days=1))


@pytest.fixture(scope="session")
def sealed_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The honest bundle of a collector that seals what it records."""
    return build(tmp_path_factory.mktemp("sealed") / "registry.db", is_sealed=True)
