"""Exports passing through: the original rows stay as they are, decoys are added in plausible places.

`prepare` reads, checks and learns and records nothing; `Prepared.write` adds decoys that were made meanwhile.
Nothing here knows the registry, makes decoys, or decides how many there are.
"""

from honey.seed.passthrough.columns import parse_columns, recognise
from honey.seed.passthrough.formats import Format
from honey.seed.passthrough.passthrough import Passed, Prepared, pass_through, prepare

__all__ = ["Format", "Passed", "Prepared", "parse_columns", "pass_through", "prepare", "recognise"]
