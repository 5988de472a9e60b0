"""What a column of a waybill table or export is for."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """Column roles, as written in `[host.columns]` and in `--columns role=name`."""

    WAYBILL_NUMBER = "waybill_number"
    ORDER_NUMBER = "order_number"
    ACCOUNT = "account"
    OUTLET = "outlet"
    CREATED_AT = "created_at"
    GOODS = "goods"
    NOTE = "note"
    LINK = "link"
    RECIPIENT = "recipient"
    RECIPIENT_NAME = "recipient_name"
    RECIPIENT_PHONE = "recipient_phone"
    RECIPIENT_EMAIL = "recipient_email"
    RECIPIENT_PROVINCE = "recipient_province"
    RECIPIENT_CITY = "recipient_city"
    RECIPIENT_DISTRICT = "recipient_district"
    RECIPIENT_ADDRESS = "recipient_address"
    RECIPIENT_POSTCODE = "recipient_postcode"
    RECIPIENT_COUNTRY = "recipient_country"
    SENDER = "sender"
    SENDER_NAME = "sender_name"
    SENDER_PHONE = "sender_phone"
    SENDER_EMAIL = "sender_email"
    SENDER_PROVINCE = "sender_province"
    SENDER_CITY = "sender_city"
    SENDER_DISTRICT = "sender_district"
    SENDER_ADDRESS = "sender_address"
    SENDER_POSTCODE = "sender_postcode"
    SENDER_COUNTRY = "sender_country"


Row = Mapping[str, object]  # column name -> value
ColumnRoles = Mapping[Role, str]  # role -> column name
