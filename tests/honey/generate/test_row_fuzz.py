"""fit_row on tables of any content: it gives a row or says which column cannot take the decoy."""

import random
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from honey.errors import HostError
from honey.generate.row import Around, choose_donors, fit_row, has_room
from honey.host.column import Column
from honey.host.profile import learn
from honey.model.waybill import Role
from tests.honey.generate.conftest import make_decoy

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**20), max_value=10**20),
    st.floats(),
    st.decimals(allow_nan=True),
    st.text(max_size=30),
    st.binary(max_size=8),
    st.datetimes(),
    st.dates(),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(
        ["14000000001", "138****0001", "王小明", "2026-11-20 10:00:00", "2026/1/5", "1.50", "YT8000000000001", ""]
    ),
)
ROLES = st.dictionaries(st.sampled_from(list(Role)), st.sampled_from("abcdef"), max_size=6)


def _one_column_each(roles: Mapping[Role, str]) -> dict[Role, str]:
    return {role: name for role, name in roles.items() if [*roles.values()].count(name) == 1}


@given(
    rows=st.lists(st.fixed_dictionaries(dict.fromkeys("abcdef", VALUES)), min_size=1, max_size=30),
    roles=ROLES.map(_one_column_each),
    seed=st.integers(),
)
@settings(max_examples=300, deadline=None)
def test_any_table_gives_a_row_or_a_stated_error(
    rows: list[dict[str, object]], roles: dict[Role, str], seed: int
) -> None:
    rng = random.Random(seed)
    columns = [Column(name, max_length=40, nullable=name != "a") for name in "abcdef"]
    profile = learn(columns, rows, roles)
    around = Around(rows[0], rows[-1])
    has_room(profile, around)
    for donor in choose_donors(rows, profile, rng, 3):
        for place in (None, around, Around(rows[-1], None), Around(None, rows[0])):
            try:
                made = fit_row(make_decoy(rng), donor, profile, rng, around=place)
            except HostError:
                continue
            assert set(made) <= set("abcdef")
