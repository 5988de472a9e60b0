"""Copied text without people in it: the donor's customer replaced by the decoy, anybody else's values blanked.

Pure.
"""

from honey.host.personal import contains_personal
from honey.model.decoy import Decoy
from honey.model.waybill import ColumnRoles, Role, Row

_SHORTEST = 2  # characters; a single one is found everywhere
_SHORTEST_LATIN = 5  # An and Lee stand in many words


class Scrubber:
    """Cleans the texts copied from one donor row; `sender_kept` says that its sender is a business and stays."""

    def __init__(self, decoy: Decoy, donor: Row, roles: ColumnRoles, *, sender_kept: bool = False) -> None:
        self._decoy, self._donor, self._roles, self._sender_kept = decoy, donor, roles, sender_kept
        self._swaps: list[tuple[str, str | None]] | None = None

    def _made_swaps(self) -> list[tuple[str, str | None]]:
        own = {
            Role.RECIPIENT_NAME: self._decoy.name,
            Role.RECIPIENT_PHONE: None,
            Role.RECIPIENT_EMAIL: None,
            Role.RECIPIENT_ADDRESS: None,
        }
        if not self._sender_kept:
            own |= {Role.SENDER_NAME: None, Role.SENDER_PHONE: None}
        theirs = {role: str(self._donor.get(self._roles[role]) or "") for role in own if role in self._roles}
        return [
            (text, own[role])
            for role, text in theirs.items()
            if len(text) >= (_SHORTEST_LATIN if text.isascii() else _SHORTEST)
        ]

    def clean(self, value: object, nothing: object) -> object:
        """Return the text with the donor's name replaced, `nothing` when more of a person stands in it."""
        if not isinstance(value, str) or len(value) < _SHORTEST:
            return value
        if self._swaps is None:
            self._swaps = self._made_swaps()
        text = value
        for theirs, ours in self._swaps:
            if theirs in text:
                if ours is None or theirs == text:
                    return nothing
                text = text.replace(theirs, ours)
        return nothing if contains_personal(text) else text
