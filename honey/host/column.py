"""One column as the database or the export's header describes it."""

from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """The few types that matter for planting; a column of an export is always TEXT."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DATETIME = "datetime"
    DATE = "date"
    BOOLEAN = "boolean"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its constraints. `max_length` is in characters."""

    name: str
    type: ColumnType = ColumnType.TEXT
    sql_type: str = ""  # as the database spells it, for people
    nullable: bool = True
    max_length: int | None = None
    primary_key: bool = False
    autoincrement: bool = False  # the host fills it in itself when it is left out
    unique: bool = False  # alone, by constraint, index or key
    has_default: bool = False
    computed: bool = False
    foreign_key: str = ""  # "table.column" it points at, or empty
