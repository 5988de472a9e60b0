"""Statements that choose rows of the host: the newest, one account's, and a spread over all outlets.

Pure: builds SQLAlchemy statements for one reflected table, runs nothing.
"""

import sqlalchemy as sa

from honey.host.reflection import Shape
from honey.model.waybill import ColumnRoles, Role

RANK = "honey_rank"
SPREAD_ROWS = 200_000  # bounds the ranking on a table of any size; weeks of a city's parcels


def newest_order(shape: Shape, roles: ColumnRoles) -> list[sa.ColumnElement[object]]:
    """Newest first: by creation time where its column is known, then by key."""
    return [shape.statement.c[name].desc() for name in _ordering_names(shape, roles)]


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

    Everywhere means the newest `SPREAD_ROWS` rows; `total` is the table's number of rows. Only keys are ranked and
    sorted, the chosen rows are fetched by them.
    """
    table = shape.statement
    group = roles.get(Role.OUTLET) or roles.get(Role.ACCOUNT)
    keys = shape.primary_key or tuple(column.name for column in shape.columns)
    needed = dict.fromkeys([*keys, *([group] if group else []), *_ordering_names(shape, roles)])
    order = _missing_last(shape, roles, table) + newest_order(shape, roles)
    recent = sa.select(*(table.c[name] for name in needed)).order_by(*order).limit(SPREAD_ROWS).subquery()
    descending = [recent.c[name].desc() for name in _ordering_names(shape, roles)]
    rank_order = _missing_last(shape, roles, recent) + descending
    rank = sa.func.row_number().over(partition_by=recent.c[group] if group else None, order_by=rank_order or None)
    ranked = sa.select(*(recent.c[name] for name in keys), rank.label(RANK)).subquery()
    chosen = sa.select(ranked)
    if group is None:
        step = max(1, min(total, SPREAD_ROWS) // max(1, limit))
        chosen = chosen.where((ranked.c[RANK] - 1) % step == 0)
    picked = chosen.order_by(ranked.c[RANK]).limit(limit).subquery()
    if not shape.primary_key:
        return sa.select(*(picked.c[name] for name in keys)).order_by(picked.c[RANK])
    same = sa.and_(*(table.c[name] == picked.c[name] for name in keys))
    return sa.select(*table.c).join(picked, same).order_by(picked.c[RANK])


def _ordering_names(shape: Shape, roles: ColumnRoles) -> list[str]:
    created = roles.get(Role.CREATED_AT)
    return ([created] if created else []) + [name for name in shape.primary_key if name != created]


def _missing_last(shape: Shape, roles: ColumnRoles, source: sa.FromClause) -> list[sa.ColumnElement[object]]:
    """Databases disagree where NULL sorts; a column that has none can use its index."""
    created = roles.get(Role.CREATED_AT)
    nullable = any(column.nullable for column in shape.columns if column.name == created)
    return [sa.case((source.c[created].is_(None), 1), else_=0)] if created and nullable else []
