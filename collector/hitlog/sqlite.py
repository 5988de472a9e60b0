"""The SQLite that sqlite-utils uses, which is pysqlite3's where that is installed, and whether it is a safe one."""

from typing import TYPE_CHECKING

from collector.translation import _

if TYPE_CHECKING:
    import sqlite3
else:
    from sqlite_utils.utils import sqlite3

__all__ = ["has_wal_reset_bug", "sqlite3", "version_warning"]


def has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    """Say whether this SQLite may corrupt a WAL database when two connections write or checkpoint at once.

    3.7.0 to 3.51.2, fixed in 3.51.3 and in the branches 3.50.7 and 3.44.6 (sqlite.org, "WAL-reset bug").
    """
    fixed_in_branch = {(3, 50): 7, (3, 44): 6}.get((version[0], version[1]))
    if fixed_in_branch is not None:
        return version[2] < fixed_in_branch
    return (3, 7, 0) <= version < (3, 51, 3)


def version_warning(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str | None:
    """Return one line for the operator if the SQLite in use has the bug, else None."""
    if not has_wal_reset_bug(version):
        return None
    return _(
        "SQLite {version} has the WAL-reset bug (fixed in 3.51.3): the one-writer rule avoids it here, "
        "but install pysqlite3 and let no other program write the log",
        version=".".join(map(str, version)),
    )
