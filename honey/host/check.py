"""What would keep planting in this host from working or from looking natural.

Reads the table's shape and one row, and proves writability with a transaction that is rolled back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from honey.errors import HostError
from honey.host.column import Column, ColumnType
from honey.host.table import HostRowError, HostTable
from honey.model.waybill import Role
from honey.translation import _, joined

# Roles a leaked row is sold for (reference: name, phone and address are what is sold; waybill numbers are the rest).
CONTACT_ROLES = (Role.RECIPIENT, Role.RECIPIENT_NAME, Role.RECIPIENT_PHONE, Role.RECIPIENT_ADDRESS)
UNIQUE_ROLES = (Role.RECIPIENT, Role.RECIPIENT_ADDRESS, Role.RECIPIENT_EMAIL, Role.WAYBILL_NUMBER, Role.LINK)

# Characters the shortest useful value takes.
LEAST_CHARACTERS = {
    Role.RECIPIENT_PHONE: 11,  # a Chinese mobile number without country code
    Role.SENDER_PHONE: 11,
    Role.WAYBILL_NUMBER: 8,  # the shortest carrier format (Deppon)
    Role.RECIPIENT_NAME: 4,
    Role.RECIPIENT_ADDRESS: 20,
    Role.RECIPIENT: 40,
}


class Severity(StrEnum):
    """An error keeps planting from working; a warning makes it weaker or easier to spot."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for the operator."""

    severity: Severity
    message: str


def check(table: HostTable) -> list[Finding]:
    """Return all findings, errors first."""
    found = [*_roles(table), *_columns(table), *_constraints(table), *_writing(table)]
    return sorted(found, key=lambda finding: finding.severity is Severity.WARNING)


def _error(message: str) -> Finding:
    return Finding(Severity.ERROR, message)


def _warning(message: str) -> Finding:
    return Finding(Severity.WARNING, message)


def _roles(table: HostTable) -> Iterator[Finding]:
    mapped = table.roles
    if not any(role in mapped for role in CONTACT_ROLES):
        yield _error(_("no column of the recipient is mapped: nothing a decoy could carry; see `honey host inspect`"))
    elif Role.RECIPIENT not in mapped and Role.RECIPIENT_PHONE not in mapped:
        yield _warning(_("recipient_phone is not mapped: nobody can call a decoy, only found rows can be traced"))
    if not any(role in mapped for role in UNIQUE_ROLES):
        yield _warning(_("no waybill number, address, mailbox or link is mapped: no single column will name a decoy"))
    if Role.CREATED_AT not in mapped:
        yield _warning(_("created_at is not mapped: decoys cannot be dated like the rows around them"))
    if Role.ACCOUNT not in mapped and Role.OUTLET not in mapped:
        yield _warning(
            _(
                "neither account nor outlet is mapped: resident decoys lie in nobody's view in particular; "
                "rely on export decoys and the access record"
            )
        )
    columns: dict[str, list[Role]] = {}
    for role, name in mapped.items():
        columns.setdefault(name, []).append(role)
    for name, roles in columns.items():
        if len(roles) > 1:
            yield _error(_("column {name} is mapped to {roles}: leave one", name=name, roles=joined(_(" and "), roles)))


def _columns(table: HostTable) -> Iterator[Finding]:
    for role in table.roles:
        column = table.column(role)
        if column is None:
            continue
        if column.computed:
            yield _error(
                _(
                    "{role} = {column}: the host computes this column; map the one it is computed from",
                    role=role,
                    column=column.name,
                )
            )
        least = LEAST_CHARACTERS.get(role, 0)
        if column.max_length is not None and column.max_length < least:
            yield _warning(
                _(
                    "{role} = {column} holds {max_length} characters, decoys need {least}",
                    role=role,
                    column=column.name,
                    max_length=column.max_length,
                    least=least,
                )
            )
        if column.type is ColumnType.OTHER:
            yield _warning(
                _(
                    "{role} = {column} has the type {sql_type}, which decoys cannot fill",
                    role=role,
                    column=column.name,
                    sql_type=column.sql_type,
                )
            )


def _constraints(table: HostTable) -> Iterator[Finding]:
    if table.is_view:
        yield _warning(_("the mapped table is a view: rows planted through it may not be found again"))
    elif not table.primary_key:
        yield _warning(_("the table has no primary key: planted rows are recognised by all their values together"))
    by_column = {name: role for role, name in table.roles.items()}
    for column in table.columns:
        if column.foreign_key:
            yield _warning(
                _(
                    "{column} refers to {foreign_key}: decoys repeat the value of a neighbouring row, so that "
                    "row's counterpart seems to have one more",
                    column=column.name,
                    foreign_key=column.foreign_key,
                )
            )
        if _needs_new_value(column) and column.name not in by_column:
            yield _warning(
                _(
                    "{column} must be unique and has no role: decoys take the next free value after a row",
                    column=column.name,
                )
            )
    for name in table.triggers:
        yield _warning(
            _("trigger {name} runs when a row is planted or removed: see that it sends and changes nothing", name=name)
        )


def _needs_new_value(column: Column) -> bool:
    return column.unique and not (column.autoincrement or column.has_default or column.computed)


def _writing(table: HostTable) -> Iterator[Finding]:
    """Plant a copy of the newest row and take it back: a clash on a unique value proves writability as well."""
    donors = table.donors(account=None, outlet=None, limit=1)
    if not donors:
        yield _warning(_("the table is empty: decoys have nothing to resemble"))
        mapped = set(table.roles.values())
        for column in table.columns:
            if not (column.nullable or column.has_default or column.autoincrement or column.name in mapped):
                yield _error(
                    _(
                        "{column} must have a value, has no role, and there is no row to learn one from",
                        column=column.name,
                    )
                )
        return
    counted = {column.name for column in table.columns if column.autoincrement}
    try:
        table.try_insert([{name: value for name, value in donors[0].items() if name not in counted}])
    except HostRowError as exc:
        if not exc.duplicate:
            yield _error(_("a copy of the host's newest row is refused: {reason}", reason=exc.reason))
    except HostError as exc:
        yield _error(exc.message)
