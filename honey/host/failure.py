"""Turns what a database driver raises into one line a person can act on.

Pure: reads exceptions, never retries and never hides one. A message names the place (table or database address
without its password), what is wrong and how to mend it.
"""

from enum import Enum, auto

from sqlalchemy.exc import DBAPIError, IntegrityError

from honey.errors import HostError
from honey.translation import _

MAX_REASON_CHARACTERS = 300  # a driver may quote a whole row

# PostgreSQL SQLSTATE (documentation, appendix A) and MySQL error numbers (server error reference).
READ_ONLY_CODES = frozenset({"42501", "25006", "1044", "1142", "1143", "1290", "1792", "1836"})
BUSY_CODES = frozenset({"55P03", "40P01", "40001", "1205", "1213"})
DUPLICATE_CODES = frozenset({"23505", "23P01", "1062", "1586"})
ABSENT_CODES = frozenset({"42P01", "42703", "1146", "1054"})
NOT_A_TABLE_CODES = frozenset({"55000", "42809", "1288", "1348", "1471"})


class HostRowError(HostError):
    """The host refused one row. `index` counts the rows of the batch from 0.

    `reason` is the driver's own line, which names the constraint or column. `duplicate` says that a unique value was
    already taken, so another value may do.
    """

    def __init__(self, index: int, reason: str, *, duplicate: bool = False) -> None:
        super().__init__(
            _(
                "the host refused row {number} of the batch: {reason}. Nothing was written.",
                number=index + 1,
                reason=reason,
            )
        )
        self.index = index
        self.reason = reason
        self.duplicate = duplicate


class Trouble(Enum):
    """What a failed statement was about."""

    READ_ONLY = auto()
    BUSY = auto()
    NOT_A_TABLE = auto()
    ABSENT = auto()
    NOT_A_DATABASE = auto()
    CONNECTION = auto()
    DUPLICATE = auto()
    ROW = auto()


# SQLite has no codes in its Python driver before 3.11's sqlite_errorname; its wording has been stable for decades.
SQLITE_WORDING = (
    ("readonly database", Trouble.READ_ONLY),
    ("is locked", Trouble.BUSY),
    ("because it is a view", Trouble.NOT_A_TABLE),
    ("may not be modified", Trouble.NOT_A_TABLE),
    ("no such table", Trouble.ABSENT),
    ("no such column", Trouble.ABSENT),
    ("file is not a database", Trouble.NOT_A_DATABASE),
    ("malformed", Trouble.NOT_A_DATABASE),
    ("unable to open database", Trouble.CONNECTION),
    ("disk i/o error", Trouble.CONNECTION),
    ("unique constraint failed", Trouble.DUPLICATE),
)

CODES = (
    (READ_ONLY_CODES, Trouble.READ_ONLY),
    (BUSY_CODES, Trouble.BUSY),
    (NOT_A_TABLE_CODES, Trouble.NOT_A_TABLE),
    (ABSENT_CODES, Trouble.ABSENT),
    (DUPLICATE_CODES, Trouble.DUPLICATE),
)

MENDING = {
    Trouble.READ_ONLY: _(
        "the host cannot be written; give this login (or the user running honey) the right to "
        "insert and delete there, or name a writable database in [host] url"
    ),
    Trouble.BUSY: _("another program held the host locked too long; try again when it is less busy"),
    Trouble.NOT_A_TABLE: _("it is a view that takes no rows; name the table behind it in [host] table"),
    Trouble.ABSENT: _("the table changed since it was read; run `honey host inspect` and correct [host]"),
    Trouble.NOT_A_DATABASE: _("that is no usable database; correct [host] url"),
    Trouble.CONNECTION: _("the host cannot be reached; check [host] url, the server and the network"),
}


def reason(exc: BaseException) -> str:
    """Return the driver's own message as one bounded line."""
    original = exc.orig if isinstance(exc, DBAPIError) and exc.orig is not None else exc
    arguments = original.args
    # PyMySQL raises (number, text).
    said = str(arguments[1]) if len(arguments) == 2 and isinstance(arguments[0], int) else str(original)
    line = next((line.strip() for line in said.splitlines() if line.strip()), type(original).__name__)
    return line[:MAX_REASON_CHARACTERS].rstrip(".")


def trouble(exc: BaseException) -> Trouble:
    """Tell what `exc` is about; `ROW` when nothing speaks against the row itself."""
    original = exc.orig if isinstance(exc, DBAPIError) else exc
    code = getattr(original, "sqlstate", None)
    if code is None and original is not None and original.args and isinstance(original.args[0], int):
        code = str(original.args[0])
    for codes, meaning in CODES:
        if code in codes:
            return meaning
    said = str(original).lower()
    for words, meaning in SQLITE_WORDING:
        if words in said:
            return meaning
    if isinstance(exc, DBAPIError) and exc.connection_invalidated:
        return Trouble.CONNECTION
    return Trouble.ROW


def host_error(exc: BaseException, place: str) -> HostError:
    """Return the error to raise for a statement that was about no row in particular."""
    mending = MENDING.get(trouble(exc))
    if mending is None:
        mending = (
            _("a row breaks a constraint of the host") if isinstance(exc, IntegrityError) else _("the host refused it")
        )
    return HostError(_("{place}: {reason}: {mending}.", place=place, reason=reason(exc), mending=mending))


def row_error(exc: BaseException, place: str, index: int) -> HostError:
    """Return the error to raise for the insertion of row `index`."""
    about = trouble(exc)
    if about in MENDING:
        return host_error(exc, place)
    return HostRowError(index, reason(exc), duplicate=about is Trouble.DUPLICATE)
