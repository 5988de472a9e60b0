"""A decoy gets a name, a face and only the parts its table has columns for."""

from dataclasses import replace

import pytest

from honey.derive import PlanKey
from honey.errors import HostError
from honey.host.profile import Profile, learn
from honey.model.account import Account, AccountId
from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import DecoyId
from honey.model.waybill import Role
from honey.plan.assign import Assignment
from honey.plan.needs import Needs
from honey.seed.compose import compose, draft
from tests.honey.seed.conftest import ROLES, Host

KEY = PlanKey(bytes(range(32)))
FULL = Assignment(
    decoy=DecoyId("D-1"),
    account=AccountId("HB-0"),
    phone=E164("+8614012345678"),
    address=PostalAddress("浙江省", "杭州市", "余杭区", "文一西路969号3栋1单元0101室"),
    waybill_number="YT8000001",
    mail_domain="mail.example.com",
    link_base="https://track.example.net",
    draws=(),
)
ALL = Needs(name=True, phone=True, address=True, email=True, link=True, waybill_number=True, goods=False)


@pytest.fixture
def profile(host: Host) -> Profile:
    with host.open() as table:
        return learn(table.columns, table.sample(100), ROLES)


def test_the_beacons_of_the_assignment_become_the_decoys_own(profile: Profile) -> None:
    decoy = compose(FULL, ALL, profile, set(), key=KEY)
    assert (decoy.id, decoy.phone, decoy.address) == (FULL.decoy, FULL.phone, FULL.address)
    assert decoy.waybill_number == FULL.waybill_number
    assert decoy.email
    assert decoy.email.endswith("@mail.example.com")
    assert decoy.link
    assert decoy.link.startswith("https://track.example.net/")
    assert decoy.goods is None


def test_what_was_not_assigned_stays_out(profile: Profile) -> None:
    bare = replace(FULL, phone=None, address=None, waybill_number=None, mail_domain=None, link_base=None)
    decoy = compose(bare, ALL, profile, set(), key=KEY)
    assert (decoy.phone, decoy.address, decoy.email, decoy.waybill_number, decoy.link) == (None,) * 5
    assert decoy.name


def test_the_same_key_gives_the_same_decoy_and_another_key_another_link(profile: Profile) -> None:
    one = compose(FULL, ALL, profile, set(), key=KEY)
    assert one == compose(FULL, ALL, profile, set(), key=KEY)
    assert one.link != compose(FULL, ALL, profile, set(), key=PlanKey(bytes(32))).link


def test_a_name_in_use_is_not_given_out_again_and_a_new_one_is_marked(profile: Profile) -> None:
    taken: set[str] = set()
    names = [compose(replace(FULL, decoy=DecoyId(f"D-{at}")), ALL, profile, taken, key=KEY).name for at in range(200)]
    assert len(set(names)) == 200
    assert taken == set(names)
    again = compose(replace(FULL, decoy=DecoyId("D-0")), ALL, profile, {names[0]}, key=KEY)
    assert again.name != names[0]


def test_no_donor_rows_are_refused(profile: Profile) -> None:
    account = Account(AccountId("HB-0"), "courier", "", "OUT-0")
    with pytest.raises(HostError, match="no rows"):
        draft([FULL], {account.id: account}, needs=ALL, profile=profile, donors=lambda _: [], taken=set(), key=KEY)


def test_drafts_come_oldest_row_first_so_that_running_numbers_rise_with_time(host: Host, profile: Profile) -> None:
    account = Account(AccountId("HB-0"), "courier", "", "OUT-0")
    with host.open() as table:
        rows = table.sample(100)
    many = [replace(FULL, decoy=DecoyId(f"D-{at}"), waybill_number=f"YT8{at:06d}") for at in range(12)]
    made = draft(many, {account.id: account}, needs=ALL, profile=profile, donors=lambda _: rows, taken=set(), key=KEY)
    times = [str(one.row.values[ROLES[Role.CREATED_AT]]) for one in made]
    assert times == sorted(times)
    assert {one.decoy.id for one in made} == {one.decoy for one in many}
