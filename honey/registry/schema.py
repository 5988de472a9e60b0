"""Tables of the registry, in SQLAlchemy Core: the same statements run on SQLite and PostgreSQL.

No triggers, no sequences for order, no database-side time: clusters lack them, and a later one needs only a URL.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC time as RFC 3339 text with microseconds: sorts as text, reads the same on every database."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write the time; a naive one is a programming error."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive time")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read the time back."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


metadata = sa.MetaData()

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("outlet", sa.String(120), nullable=False, index=True),
)

beacon = sa.Table(
    "beacon",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("value", sa.String(400), nullable=False),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("provider", sa.String(80), nullable=False),
    sa.UniqueConstraint("kind", "value"),
)

beacon_use = sa.Table(
    "beacon_use",
    metadata,
    sa.Column("beacon_id", sa.ForeignKey("beacon.id"), primary_key=True),
    sa.Column("value_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("decoy_id", sa.String(40), nullable=False),
)

decoy = sa.Table(
    "decoy",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name_tag", sa.String(64), nullable=False, unique=True),  # keyed hash: no two decoys share a name
    sa.Column("waybill_tag", sa.String(64), unique=True),  # keyed hash: resident decoys are told in passing exports
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

planting = sa.Table(
    "planting",
    metadata,
    sa.Column("decoy_id", sa.ForeignKey("decoy.id"), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("outlet", sa.String(120), nullable=False),
    sa.Column("export_id", sa.String(120), index=True),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("planted_at", UtcTime),
    sa.Column("removed_at", UtcTime),
    sa.Column("reason", sa.String(500), nullable=False, default=""),
    sa.Column("sealed_row", sa.LargeBinary),  # what is written to the host, and the key it got there
)

export = sa.Table(
    "export",
    metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("account_id", sa.String(120), nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("row_count", sa.BigInteger),
    sa.Column("output_sha256", sa.String(64), nullable=False, default=""),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="1"),  # of the codeword its decoys were drawn from
)

carried = sa.Table(
    "carried",  # resident decoys that an export took along
    metadata,
    sa.Column("export_id", sa.ForeignKey("export.id"), primary_key=True),
    sa.Column("decoy_id", sa.ForeignKey("decoy.id"), primary_key=True),
)

access_file = sa.Table(
    "access_file",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(400), nullable=False),
    sa.Column("imported_at", UtcTime, nullable=False),
    sa.Column("events", sa.BigInteger, nullable=False),
)

access_event = sa.Table(
    "access_event",
    metadata,
    sa.Column("file_sha256", sa.ForeignKey("access_file.sha256"), primary_key=True),
    sa.Column("line", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("account_id", sa.String(120), nullable=False),
    sa.Column("action", sa.String(10), nullable=False),
    sa.Column("export_id", sa.String(120), index=True),
    sa.Column("waybill_number", sa.String(64), index=True),
    sa.Column("row_count", sa.BigInteger),
    sa.Column("outlet", sa.String(120)),
    sa.Index("access_event_account", "account_id", "action"),
)

hit = sa.Table(
    "hit",
    metadata,
    sa.Column("log", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("channel", sa.String(10), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

collector_log = sa.Table(
    "collector_log",
    metadata,
    sa.Column("log", sa.String(40), primary_key=True),
    sa.Column("url", sa.String(400), nullable=False, index=True),
    sa.Column("key", sa.String(64), nullable=False),  # Ed25519, hexadecimal
    sa.Column("seq", sa.BigInteger, nullable=False),  # as far as the newest checkpoint seen reaches
    sa.Column("note", sa.Text, nullable=False),
)

case = sa.Table(
    "leak_case",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("origin", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("closed_at", UtcTime),
    sa.Column("verdict", sa.String(12), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

log_entry = sa.Table(
    "log_entry",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("subject", sa.String(160), nullable=False, index=True),
    sa.Column("leaf", sa.LargeBinary(32), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("root", sa.String(64), nullable=False),
    sa.Column("signed_at", UtcTime, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)

opening = sa.Table(
    "opening",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("command", sa.String(200), nullable=False),
)

setting = sa.Table(
    "setting",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
