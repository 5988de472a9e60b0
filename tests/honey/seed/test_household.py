"""People on one phone number look like a household, and are still told apart by everything else."""

from honey.derive import PlanKey
from honey.host.profile import Profile
from honey.model.account import AccountId
from honey.model.beacon import Beacon, BeaconKind, BeaconRole
from honey.model.decoy import Decoy
from honey.plan.assign import Order, assign
from honey.plan.needs import Needs
from honey.pools.stock import stock
from honey.seed.compose import compose

KEY = PlanKey(b"k" * 32)
NEEDS = Needs(name=True, phone=True, address=True, email=False, link=False, waybill_number=False, goods=False)


class Nothing:
    """No contact point is planted yet."""

    def has(self, beacon: int, index: int) -> bool:
        return False

    def count(self, beacon: int) -> int:
        return 0


def decoys() -> list[Decoy]:
    houses = [f"浙江省/杭州市/余杭区/示范路{number}号{{1-9}}栋{{101-199}}室" for number in range(1, 9)]
    values = [(BeaconKind.PHONE, "+861409{0000000-0000009}"), *((BeaconKind.ADDRESS, house) for house in houses)]
    beacons = {at: Beacon(kind, value, BeaconRole.DECOY) for at, (kind, value) in enumerate(values)}
    orders = [Order(AccountId(f"A{number}"), 3, "resident") for number in range(100)]
    taken: set[str] = set()
    profile = Profile(columns=(), roles={}, sampled=0)
    return [
        compose(one, NEEDS, profile, taken, key=KEY) for one in assign(KEY, 1, orders, stock(beacons, Nothing()), NEEDS)
    ]


def test_those_who_share_a_number_bear_two_surnames_at_most_and_live_in_one_building() -> None:
    by_phone: dict[str | None, list[Decoy]] = {}
    for one in decoys():
        by_phone.setdefault(one.phone, []).append(one)
    for household in by_phone.values():
        assert len({one.name[0] for one in household}) <= 2
        assert len({one.address.detail.partition("号")[0] for one in household if one.address}) == 1


def test_no_two_decoys_share_a_name_or_an_address() -> None:
    made = decoys()
    assert len({one.name for one in made}) == len({one.address for one in made}) == len(made) == 300
