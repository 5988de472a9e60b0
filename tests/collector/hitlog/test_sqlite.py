"""Which SQLite versions have the WAL-reset bug."""

import pytest

from collector.hitlog.sqlite import has_wal_reset_bug, version_warning

VERSIONS = [
    ((3, 6, 23), False),
    ((3, 7, 0), True),
    ((3, 40, 1), True),
    ((3, 44, 5), True),
    ((3, 44, 6), False),
    ((3, 45, 0), True),
    ((3, 50, 6), True),
    ((3, 50, 7), False),
    ((3, 51, 2), True),
    ((3, 51, 3), False),
    ((3, 53, 4), False),
]


@pytest.mark.parametrize(("version", "affected"), VERSIONS)
def test_affected_versions(version: tuple[int, int, int], affected: bool) -> None:
    """3.7.0 to 3.51.2, but not the fixed branches 3.44.6 and 3.50.7."""
    assert has_wal_reset_bug(version) is affected


def test_the_operator_is_told_the_version_and_the_remedy() -> None:
    """One line naming both."""
    warning = version_warning((3, 40, 1))
    assert warning is not None
    assert "3.40.1" in warning
    assert "pysqlite3" in warning
    assert version_warning((3, 53, 4)) is None
