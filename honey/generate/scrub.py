"""Copied text without people in it: the donor's customer replaced by the decoy, anybody else's values blanked.

Pure.
"""

from honey.host.personal import contains_personal
from honey.model.decoy import Decoy
from honey.model.waybill import ColumnRoles, Role, Row

_SHORTEST = 2  # characters; a single one is found everywhere


class Scrubber:
    """Cleans the texts copied from one donor row."""

    def __init__(self, decoy: Decoy, donor: Row, roles: ColumnRoles) -> None:
        own = {
            Role.RECIPIENT_NAME: decoy.name,
            Role.RECIPIENT_PHONE: None,
            Role.RECIPIENT_EMAIL: None,
            Role.RECIPIENT_ADDRESS: None,
            Role.SENDER_NAME: None,
            Role.SENDER_PHONE: None,
        }
        self._swaps = [
            (text, instead)
            for role, instead in own.items()
            if role in roles and len(text := str(donor.get(roles[role]) or "")) >= _SHORTEST
        ]

    def clean(self, value: object, nothing: object) -> object:
        """Return the text with the donor's name replaced, `nothing` when more of a person stands in it."""
        if not isinstance(value, str) or len(value) < _SHORTEST:
            return value
        text = value
        for theirs, ours in self._swaps:
            if theirs in text:
                if ours is None or theirs == text:
                    return nothing
                text = text.replace(theirs, ours)
        return nothing if contains_personal(text) else text
