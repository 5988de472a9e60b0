"""The record format: what a collector writes and `honey` reads. All that `honey` knows of the collector.

`record` has the values, `reading` parses and checks them, `checkpoint` signs how far a log reaches, `sealing` closes
contacts to a public key, `tokentag` tells our own names from made-up ones. Pure: no files, no sockets, no clock.
"""

from collector.hit.reading import parse_hit, parse_record, verify_chain
from collector.hit.record import (
    FORMAT_VERSION,
    GENESIS,
    LATER_VERSION,
    Channel,
    Contact,
    ErasedHit,
    Hit,
    Record,
    canonical_json,
    chained,
    clean_text,
    format_at,
    raw_bytes,
    seal,
)

__all__ = [
    "FORMAT_VERSION",
    "GENESIS",
    "LATER_VERSION",
    "Channel",
    "Contact",
    "ErasedHit",
    "Hit",
    "Record",
    "canonical_json",
    "chained",
    "clean_text",
    "format_at",
    "parse_hit",
    "parse_record",
    "raw_bytes",
    "seal",
    "verify_chain",
]
