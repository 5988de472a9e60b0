"""Which senders are businesses: seen with several recipients, so their values identify no private person.

Pure. See docs/decisions/0201-senders-kept-or-replaced.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from honey.model.waybill import ColumnRoles, Role, Row

BUSINESS_ROWS = 3  # sampled rows, each to another recipient, that make a sender a business
IDENTITY = (Role.SENDER, Role.SENDER_NAME, Role.SENDER_PHONE, Role.SENDER_EMAIL, Role.SENDER_ADDRESS)


@dataclass(frozen=True, slots=True)
class BusinessSender:
    """All sender columns of one business as they stand in a row, with how often and from which outlets."""

    values: Mapping[str, object]
    rows: int
    outlets: frozenset[object]


def sender_columns(roles: ColumnRoles) -> tuple[str, ...]:
    """Return every column that describes the sender, empty when none of them names a person."""
    named = any(role in roles for role in IDENTITY)
    return tuple(name for role, name in roles.items() if named and role.value.startswith("sender"))


def sender_key(row: Row, roles: ColumnRoles) -> tuple[str, ...]:
    """Return what names the sender of a row."""
    return tuple(str(row.get(roles[role]) or "") for role in IDENTITY if role in roles)


def learn_senders(rows: Sequence[Row], roles: ColumnRoles) -> dict[tuple[str, ...], BusinessSender]:
    """Return the businesses among the senders, by `sender_key`."""
    columns = sender_columns(roles)
    if not columns:
        return {}
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(sender_key(row, roles), []).append(row)
    return {
        key: BusinessSender({name: found[0].get(name) for name in columns}, len(found), _outlets(found, roles))
        for key, found in groups.items()
        if any(key) and len(_recipients(found, roles)) >= BUSINESS_ROWS
    }


def _recipients(rows: Sequence[Row], roles: ColumnRoles) -> set[tuple[str, ...]]:
    naming = [
        roles[role]
        for role in (Role.RECIPIENT, Role.RECIPIENT_NAME, Role.RECIPIENT_PHONE, Role.RECIPIENT_ADDRESS)
        if role in roles
    ]
    return {tuple(str(row.get(name)) for name in naming) if naming else (str(at),) for at, row in enumerate(rows)}


def _outlets(rows: Sequence[Row], roles: ColumnRoles) -> frozenset[object]:
    return frozenset(row.get(roles[Role.OUTLET]) for row in rows) if Role.OUTLET in roles else frozenset()
