"""One suspected leak."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

CaseId = NewType("CaseId", str)


class Origin(StrEnum):
    """What brought the case up: a dump somebody was handed, or contacts on decoys."""

    DUMP = "dump"
    CONTACT = "contact"


class CaseState(StrEnum):
    """A closed case keeps its evidence: later hits open a new one."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Case:
    """A case with the inquiry it was judged on, the attribution that came out, and what was scanned."""

    id: CaseId
    origin: Origin
    state: CaseState
    opened_at: datetime
    updated_at: datetime
    inquiry: Mapping[str, Any]
    attribution: Mapping[str, Any]
    scanned: Mapping[str, Any]
    files: Mapping[str, str]  # dump file -> SHA-256 of its bytes
    access: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # who accessed the dump's real rows
