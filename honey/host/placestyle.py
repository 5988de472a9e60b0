"""How a table writes places: which parts stand in own columns, how they are spelled, what goes with which city.

Pure. Postcodes and countries come only from the host's own rows of the same city.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from honey.model.beacon import PostalAddress
from honey.model.waybill import ColumnRoles, Role, Row

PLACE_ROLES = (
    Role.RECIPIENT_PROVINCE,
    Role.RECIPIENT_CITY,
    Role.RECIPIENT_DISTRICT,
    Role.RECIPIENT_POSTCODE,
    Role.RECIPIENT_COUNTRY,
)
_DIVISIONS = (Role.RECIPIENT_PROVINCE, Role.RECIPIENT_CITY, Role.RECIPIENT_DISTRICT)
_KINDS = re.compile(
    r"(?<=[\u4e00-\u9fff]{2})(?:特别行政区|(?:壮族|回族|维吾尔)?自治[区州县]|城区|地区|省|市|区|县|盟)$",
)
_SPACED = re.compile(r"[\u4e00-\u9fff]{2,8}?[省市区] ")
_HAN = re.compile(r"[\u3400-\u9fff]")
_STARS = re.compile(r"[*＊]+")
_MOSTLY = 0.5

Text = str | None


@dataclass(frozen=True, slots=True)
class Place:
    """What the host writes beside a city."""

    province: Text = None
    postcode: Text = None
    country: Text = None


@dataclass(frozen=True, slots=True)
class PlaceStyle:
    """The places of a table. Keys are plain names: case folded, without 省, 市, 区 and the like."""

    cities: Mapping[str, Place] = field(default_factory=dict)
    spelled: Mapping[Role, Mapping[str, str]] = field(default_factory=dict)
    bare: frozenset[Role] = frozenset()  # columns that leave out 省, 市, 区
    country: Text = None  # the only one seen
    postcode: Text = None  # the same in every row, whatever city: an application fills it in by itself
    repeated: frozenset[Role] = frozenset()  # divisions with a column of their own that the address repeats
    columns: frozenset[Role] = frozenset()  # divisions with a column of their own
    spaced: bool = False
    star_tail: str = ""  # an export that hides the end of addresses writes this in its place
    star_digits: str = ""  # an export that hides house numbers writes this for each run of digits
    visible: int = 0  # characters shown before `star_tail`

    def write(self, address: PostalAddress) -> dict[Role, Text]:
        """Return the place columns and the address column as the host would write them."""
        written = {role: self._division(role, address) for role in _DIVISIONS}
        place = self._place(address)
        if place is not None:
            written[Role.RECIPIENT_PROVINCE] = place.province
        written[Role.RECIPIENT_POSTCODE] = (place.postcode if place else None) or self.postcode
        written[Role.RECIPIENT_COUNTRY] = (place.country if place else None) or self.country
        written[Role.RECIPIENT_ADDRESS] = self._line(address, written)
        return written

    def _place(self, address: PostalAddress) -> Place | None:
        place = self.cities.get(plain(address.city))
        if place is None or not place.province or not _HAN.search(address.province):
            return place
        return place if plain(place.province) == plain(address.province) else None

    def _division(self, role: Role, address: PostalAddress) -> Text:
        part = _part(address, role)
        if not part:
            return None
        known = self.spelled.get(role, {})
        if role is Role.RECIPIENT_CITY and plain(part) == plain(address.province):
            part = known.get(f"={plain(part)}", part)  # a municipality: 北京市 is written 北京城区, 市辖区, ...
        return known.get(plain(part)) or (_KINDS.sub("", part) if role in self.bare else part)

    def _line(self, address: PostalAddress, written: Mapping[Role, Text]) -> str:
        latin = not _HAN.search(address.detail)
        kept = [role for role in _DIVISIONS if role in self.repeated or role not in self.columns]
        if latin and self.columns:
            kept = [role for role in kept if role in self.repeated]
        parts = [written[role] or _part(address, role) for role in kept] + [address.detail]
        filled = [part for at, part in enumerate(parts) if part and part not in parts[:at]]
        if latin:
            return self._hidden(", ".join(reversed(filled)))
        return self._hidden((" " if self.spaced else "").join(filled))

    def _hidden(self, line: str) -> str:
        if self.star_digits:
            return re.sub(r"\d+", self.star_digits, line)
        return line[: self.visible] + self.star_tail if self.star_tail else line


@lru_cache(maxsize=8192)
def plain(name: str) -> str:
    """Return a place name without its kind: 杭州市 and 杭州 are one place."""
    return _KINDS.sub("", name.strip()).casefold()


def learn_places(rows: Sequence[Row], roles: ColumnRoles) -> PlaceStyle:
    """Return how these rows write places."""
    columns = {role: roles[role] for role in PLACE_ROLES if role in roles}
    written = [{role: _text(row.get(name)) for role, name in columns.items()} for row in rows]
    address = [_text(row.get(roles[Role.RECIPIENT_ADDRESS])) or "" for row in rows] if _has_address(roles) else []
    tail, digits, visible = _stars([line for line in address if line])
    return PlaceStyle(
        cities=_cities(written),
        spelled={role: _spelled(role, written) for role in _DIVISIONS if role in columns},
        bare=frozenset(role for role in _DIVISIONS if _is_bare([one.get(role) for one in written])),
        country=_only({one.get(Role.RECIPIENT_COUNTRY) for one in written} - {None}),
        postcode=_only({one.get(Role.RECIPIENT_POSTCODE) for one in written}),
        repeated=frozenset(role for role in _DIVISIONS if role in columns and _repeats(role, written, address)),
        columns=frozenset(role for role in _DIVISIONS if role in columns),
        spaced=sum(_SPACED.match(line) is not None for line in address) > _MOSTLY * len(address),
        star_tail=tail,
        star_digits=digits,
        visible=visible,
    )


def _only(values: set[Text]) -> Text:
    return next(iter(values)) if len(values) == 1 else None


def _has_address(roles: ColumnRoles) -> bool:
    return Role.RECIPIENT_ADDRESS in roles


def _text(value: object) -> Text:
    return str(value).strip() or None if value is not None else None


def _part(address: PostalAddress, role: Role) -> str:
    if role is Role.RECIPIENT_PROVINCE:
        return address.province
    return address.city if role is Role.RECIPIENT_CITY else address.district


def _cities(written: Sequence[Mapping[Role, Text]]) -> dict[str, Place]:
    found: dict[str, Counter[Place]] = {}
    for one in written:
        city = one.get(Role.RECIPIENT_CITY)
        if city:
            place = Place(
                one.get(Role.RECIPIENT_PROVINCE), one.get(Role.RECIPIENT_POSTCODE), one.get(Role.RECIPIENT_COUNTRY)
            )
            found.setdefault(plain(city), Counter())[place] += 1
    return {city: places.most_common(1)[0][0] for city, places in found.items()}


def _spelled(role: Role, written: Sequence[Mapping[Role, Text]]) -> dict[str, str]:
    found: dict[str, Counter[str]] = {}
    for one in written:
        value, province = one.get(role), one.get(Role.RECIPIENT_PROVINCE)
        if value:
            found.setdefault(plain(value), Counter())[value] += 1
            if role is Role.RECIPIENT_CITY and province and province.endswith("市"):
                found.setdefault(f"={plain(province)}", Counter())[value] += 1
    return {name: values.most_common(1)[0][0] for name, values in found.items()}


def _is_bare(values: Sequence[Text]) -> bool:
    han = [value for value in values if value and _HAN.search(value)]
    return bool(han) and sum(_KINDS.search(value) is None for value in han) > _MOSTLY * len(han)


def _repeats(role: Role, written: Sequence[Mapping[Role, Text]], address: Sequence[str]) -> bool:
    pairs = [(value, line) for one, line in zip(written, address, strict=False) if (value := one.get(role)) and line]
    return bool(pairs) and sum(plain(value) in line.casefold() for value, line in pairs) > _MOSTLY * len(pairs)


def _stars(lines: Sequence[str]) -> tuple[str, str, int]:
    """Return (what hides the end, what hides digits, characters shown before the hidden end)."""
    starred = [line for line in lines if _STARS.search(line)]
    if not starred or len(starred) <= _MOSTLY * len(lines):
        return "", "", 0
    runs = Counter(run for line in starred for run in _STARS.findall(line))
    run = runs.most_common(1)[0][0]
    ends = [match for line in starred if (match := re.search(r"[*＊]+$", line))]
    if len(ends) > _MOSTLY * len(starred):
        shown = sorted(match.start() for match in ends)
        return run, "", shown[len(shown) // 2]
    return "", run, 0
