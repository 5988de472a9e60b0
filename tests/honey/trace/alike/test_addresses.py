"""Rooms compared by the thousand, held against comparing one address with one house."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from honey.model.beacon import PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.trace.addresses import AddressKey, Agreement, House, compare_house
from honey.trace.alike.addresses import Addresses, compare_rooms

NUMBERS = st.lists(st.sampled_from(["1", "2", "03", "0", "1234567890123"]), max_size=9)


@settings(derandomize=True)
@given(st.lists(NUMBERS, min_size=1, max_size=5), st.lists(st.sampled_from(["1", "2", "3", "", "*"]), max_size=6))
def test_rooms_agree_as_one_by_one(rooms: list[list[str]], shown: list[str]) -> None:
    details = [f"文一西路969号{'-'.join(numbers)}" for numbers in rooms]
    decoys = [Decoy(DecoyId(detail), "王", address=PostalAddress("", "", "", detail)) for detail in details]
    found = compare_rooms(Addresses.of(decoys).rooms, np.arange(len(rooms), dtype=np.int32), tuple(shown))
    keys = [AddressKey.of(PostalAddress("", "", "", detail)) for detail in details]
    assert [Agreement(one) for one in found] == [compare_house(key, House(0, tuple(shown))) for key in keys]


def test_addresses_are_numbered_by_house_and_division() -> None:
    homes = [("浙江省", "杭州市", "西湖区", "文一西路969号3栋"), ("浙江省", "杭州市", "西湖区", "文一西路969号"), None]
    decoys = [Decoy(DecoyId(str(at)), "王", address=PostalAddress(*home) if home else None)
              for at, home in enumerate(homes)]  # fmt: skip
    found = Addresses.of(decoys)
    assert found.by_anchor.places("文一西路969").tolist() == [0, 1]
    assert [found.of_decoy(place) for place in range(3)] == [
        (("西湖", "杭州", "浙江"), "文一西路969"), (("西湖", "杭州", "浙江"), "文一西路969"), (None, ""),
    ]  # fmt: skip
    assert np.array_equal(found.division_at > 0, [True, True, False])
