"""Which parts of a decoy a table or export has columns for."""

from collections.abc import Collection
from dataclasses import dataclass

from honey.model.waybill import Role

_ADDRESS_ROLES = {Role.RECIPIENT_ADDRESS, Role.RECIPIENT_PROVINCE, Role.RECIPIENT_CITY, Role.RECIPIENT_DISTRICT}


@dataclass(frozen=True, slots=True)
class Needs:
    """What each decoy must carry."""

    name: bool
    phone: bool
    address: bool
    email: bool
    link: bool
    waybill_number: bool
    goods: bool

    @classmethod
    def of(cls, roles: Collection[Role]) -> "Needs":
        """Read the needs off the mapped roles; one free-text recipient column holds name, phone and address."""
        whole = Role.RECIPIENT in roles
        return cls(
            name=whole or Role.RECIPIENT_NAME in roles,
            phone=whole or Role.RECIPIENT_PHONE in roles,
            address=whole or bool(_ADDRESS_ROLES.intersection(roles)),
            email=Role.RECIPIENT_EMAIL in roles,
            link=Role.LINK in roles,
            waybill_number=Role.WAYBILL_NUMBER in roles,
            goods=Role.GOODS in roles,
        )
