"""How often a live customer's row agrees with one decoy by accident, per row and field. Pure constants.

Fields are treated as independent, which is right for unique values and for masked phones; nested facts (a city and
the address in it) are never multiplied: `match` keeps the strongest.
"""

from collections.abc import Mapping

# A number the operator owns belongs to no live customer; what is left is typing errors and stale records.
EXACT_PHONE = 1e-9
# Mobile prefixes in use in China (reference: VincentSit/ChinaMobilePhoneNumberRegex, about 40 three-digit groups).
PHONE_PREFIXES = 40
# Drawn with at least 40 random bits, or from a block the carrier set aside: 2**-40.
UNIQUE_TOKEN = 1e-12
# A decoy's name is chosen no more frequent than this among live customers.
EXACT_NAME = 1e-5
# Inside running text a short name may also be part of another word; ten starting points a row.
NAME_IN_TEXT = 1e-4
# One visible character of a given name: the commonest stand in about 2 % of names.
GIVEN_CHARACTER = 1 / 50
# One word of a masked Latin name: how common its initial and each letter after it may be. Guesses, taken high (J, S, M;
# Jo.., Ma..); where the dump itself shows a larger share, `match` uses that.
LATIN_INITIAL = 1 / 6
LATIN_LETTER = 1 / 2
FULL_ADDRESS = 1e-9  # a room the operator rents: nobody else has parcels sent there
# One house number of one street: about a million delivery points in a large city share its parcels evenly.
ADDRESS_WITHOUT_UNIT = 1e-6
NO_CITY_PENALTY = 30  # the same street name and number exist in so many cities
DISTRICT = 1 / 1000  # about 2,900 county-level divisions; parcels gather in a third of them
CITY = 1 / 50  # about 300 cities; the share of parcels of a large one
PROVINCE = 1 / 15  # 31 provinces, weighted by parcels
GOODS = 1 / 20  # a common goods text
LAST_FOUR = 1e-4  # four digits of a number or waybill
# A different full value in a role that holds one: a seller rarely swaps values, so the row is probably someone else's.
CONFLICT = 1e3

# Shares of the Chinese population, rounded (national name report of the Ministry of Public Security, 2020: the first
# five make 30.8 %). Any other surname is taken as 1 %, which is too common for most and so errs towards caution.
_SURNAMES: Mapping[str, float] = {
    "王": 0.072, "李": 0.072, "张": 0.068, "刘": 0.054, "陈": 0.045, "杨": 0.031, "黄": 0.023, "赵": 0.023,
    "吴": 0.021, "周": 0.021, "徐": 0.017, "孙": 0.015, "马": 0.013, "朱": 0.013, "胡": 0.013, "郭": 0.012,
    "何": 0.012, "林": 0.012, "高": 0.011, "罗": 0.010,
}  # fmt: skip
_OTHER_SURNAME = 0.01


def surname_share(surname: str) -> float:
    """Share of people with this surname."""
    return _SURNAMES.get(surname, _OTHER_SURNAME)


def stated_surname(surname: str, said: int) -> float:
    """Chance that a stranger who says so many surnames says this one: 王 weighs little, a rare one more.

    A likelihood ratio, so it needs no correction for how many decoys share the number: an innocent account's decoy
    there gains 1 on average over all surnames a stranger may say.
    """
    return min(1.0, surname_share(surname) * max(1, said))


def masked_phone(visible_prefix: int, visible_suffix: int) -> float:
    """Chance that a random mobile agrees in the visible digits: the first three are one of about 40 prefixes."""
    return 10.0 ** -(max(visible_prefix - 3, 0) + visible_suffix) / PHONE_PREFIXES


# What a caller says on a decoy's number, given that a stranger calls it by mistake.
STATED_NAME = 1e-5
STATED_SHORT_NAME = 1e-4  # two Chinese characters: commoner, and found inside other words
STATED_WAYBILL = 1e-8
STATED_ADDRESS = 1e-6
STATED_HOUSE = 1e-4  # the house without the room
STATED_GOODS = GOODS
PARCEL_WITHOUT_NAME = 1e-2  # junk and former tenants' post reaches rented rooms; a guess until controls measure it
LABEL_PHONE = 1e-5  # a whole number of ours on a parcel to its room; as much as the name, though rarer by mistake
BARE_CONTACT = 1.0  # an unpublished number gets a stray call every 8.42 days (USENIX Security 2020): no weight
