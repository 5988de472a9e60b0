"""A decoy's identity in the host's own style, one value per column role.

Pure.
"""

import re
from collections.abc import Callable

from honey.host.columnprofile import ColumnProfile
from honey.host.personal import PersonalKind
from honey.host.phonestyle import PhoneStyle
from honey.host.profile import Profile
from honey.model.decoy import Decoy
from honey.model.waybill import Role, Row

_PLAIN_PHONE = PhoneStyle(())
_HIDDEN_MAIL = re.compile(r"(.?)(\*+)(.?)@")


class DecoyFields:
    """The written forms of one decoy for one donor row, made when first asked for."""

    def __init__(self, decoy: Decoy, donor: Row, profile: Profile) -> None:
        self._decoy = decoy
        self._donor = donor
        self._profile = profile
        self._places = profile.places.write(decoy.address) if decoy.address is not None else {}

    def by_role(self, role: Role, column: ColumnProfile) -> object:
        """Return the value for a recipient, waybill or link column; None when the decoy has none."""
        like = self._donor.get(column.column.name)
        if role in self._places or role in _PLACES:
            return self._places.get(role)
        return _BY_ROLE[role](self, column, like)

    def by_kind(self, kind: PersonalKind, column: ColumnProfile) -> object:
        """Return the value for a column that holds people's values without having a role."""
        like = self._donor.get(column.column.name)
        if kind is PersonalKind.PHONE:
            return self.phone(column, like)
        if kind is PersonalKind.EMAIL:
            return self.email(column, like)
        if kind is PersonalKind.NAME:
            return self.name(column, like)
        return self._places.get(Role.RECIPIENT_ADDRESS) if kind is PersonalKind.ADDRESS else None

    def by_sender_role(self, role: Role, column: ColumnProfile) -> object:
        """Return the decoy's value for the sender column of the same meaning."""
        mirrored = Role(role.value.replace("sender", "recipient"))
        return self.by_role(mirrored, column)

    def name(self, column: ColumnProfile, like: object) -> str:
        """Return the name with the host's mask, capitals and ending."""
        style = column.name or self._profile.name_style
        return style.write(self._decoy.name, like)

    def phone(self, column: ColumnProfile, like: object) -> str | None:
        """Return the phone number with the host's calling code, grouping and mask."""
        return (column.phone or _PLAIN_PHONE).write(self._decoy.phone, like) if self._decoy.phone else None

    def email(self, _: ColumnProfile, like: object) -> str | None:
        """Return the mailbox, masked when the donor's is."""
        email = self._decoy.email
        hidden = _HIDDEN_MAIL.search(like) if isinstance(like, str) else None
        if email is None or hidden is None:
            return email
        local, domain = email.split("@", 1)
        return f"{local[: len(hidden[1])]}{hidden[2]}{local[len(local) - len(hidden[3]) :]}@{domain}"

    def whole(self, _: ColumnProfile, like: object) -> str:
        """Return name, phone and address in one text, in the host's order."""
        style = self._profile.recipient_text
        phone = (style.phones or _PLAIN_PHONE).write(self._decoy.phone) if self._decoy.phone else ""
        address = str(self._places.get(Role.RECIPIENT_ADDRESS) or "")
        return style.write(like, name=self._decoy.name, phone=phone, address=address)

    def waybill_number(self, _: ColumnProfile, __: object) -> str | None:
        """Return the decoy's number from the carrier's block."""
        return self._decoy.waybill_number

    def link(self, _: ColumnProfile, __: object) -> str | None:
        """Return the decoy's link."""
        return self._decoy.link

    def goods(self, column: ColumnProfile, like: object) -> object:
        """Return the decoy's goods where the column has room for them, else the donor's."""
        goods, room = self._decoy.goods, column.column.max_length
        return like if goods is None or (room is not None and len(goods) > room) else goods


_PLACES = frozenset(
    {
        Role.RECIPIENT_PROVINCE,
        Role.RECIPIENT_CITY,
        Role.RECIPIENT_DISTRICT,
        Role.RECIPIENT_ADDRESS,
        Role.RECIPIENT_POSTCODE,
        Role.RECIPIENT_COUNTRY,
    },
)

_BY_ROLE: dict[Role, Callable[[DecoyFields, ColumnProfile, object], object]] = {
    Role.RECIPIENT_NAME: DecoyFields.name,
    Role.RECIPIENT_PHONE: DecoyFields.phone,
    Role.RECIPIENT_EMAIL: DecoyFields.email,
    Role.RECIPIENT: DecoyFields.whole,
    Role.WAYBILL_NUMBER: DecoyFields.waybill_number,
    Role.LINK: DecoyFields.link,
    Role.GOODS: DecoyFields.goods,
}
