"""Statements that choose rows of the host: the newest, one account's, and a spread over all outlets.

Pure: builds SQLAlchemy statements for one reflected table, runs nothing.
"""

import sqlalchemy as sa

from honey.host.reflection import Shape
from honey.model.waybill import ColumnRoles, Role

RANK = "honey_rank"


def newest_order(shape: Shape, roles: ColumnRoles) -> list[sa.ColumnElement[object]]:
    """Newest first: by creation time where its column is known, then by key."""
    created = roles.get(Role.CREATED_AT)
    names = ([created] if created else []) + [name for name in shape.primary_key if name != created]
    return [shape.statement.c[name].desc() for name in names]


def newest(
    shape: Shape, roles: ColumnRoles, limit: int, where: sa.ColumnElement[bool] | None = None
) -> list[sa.Select[tuple[object, ...]]]:
    """Statements to run in turn until `limit` rows are found: rows with a creation time, then rows without one.

    Two statements, because databases disagree where NULL sorts and because each can use an index as it is.
    """
    base = sa.select(*shape.statement.c).limit(limit)
    if where is not None:
        base = base.where(where)
    ordered = base.order_by(*newest_order(shape, roles))
    created = roles.get(Role.CREATED_AT)
    column = next((one for one in shape.columns if one.name == created), None)
    if column is None or not column.nullable:
        return [ordered]
    moment = shape.statement.c[column.name]
    return [ordered.where(moment.is_not(None)), ordered.where(moment.is_(None))]


def spread(shape: Shape, roles: ColumnRoles, limit: int, total: int) -> sa.Select[tuple[object, ...]]:
    """Rows from everywhere: the newest of every outlet in turn, or of every account; else evenly over time.

    Scans the table once; `total` is its number of rows.
    """
    group = roles.get(Role.OUTLET) or roles.get(Role.ACCOUNT)
    by = shape.statement.c[group] if group else None
    rank = sa.func.row_number().over(partition_by=by, order_by=newest_order(shape, roles) or None)
    ranked = sa.select(*shape.statement.c, rank.label(RANK)).subquery()
    chosen = sa.select(*(ranked.c[column.name] for column in shape.columns))
    if by is None:
        step = max(1, total // max(1, limit))
        chosen = chosen.where((ranked.c[RANK] - 1) % step == 0)
    return chosen.order_by(ranked.c[RANK]).limit(limit)
