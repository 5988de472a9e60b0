"""What the simulator says a scan or a listener reports is what the real matcher reports for the same decoys."""

from datetime import UTC, datetime

import numpy as np
import pytest

from collector.hit import Channel, Contact, Hit
from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.simulate import contacts
from honey.simulate.dump import Columns, read_dump
from honey.simulate.plan import SimulatedPlan
from honey.simulate.population import COMMON_SURNAMES
from honey.simulate.record import Seen
from honey.simulate.world import World, draw_world
from honey.trace.hits import resolve
from honey.trace.index import DecoyIndex
from honey.trace.match import match_record
from honey.trace.normalise import name as normal

NO_CONTROLS: frozenset[str] = frozenset()
# Characters that stand for the rare surnames: each its own, whatever is done to a name before it is compared.
RARE = [one for one in map(chr, range(0x6A00, 0x6F00)) if normal(one + "伟芳")[0] == one and one not in COMMON_SURNAMES]
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂红云飞鹏宇浩然轩梓涵诗雨晨曦"
# Few numbers and accounts, so that numbers, surnames and cities coincide.
PLAN = SimulatedPlan(accounts=90, outlets=6, numbers=10, export_decoys=6)


@pytest.fixture(scope="module")
def world() -> World:
    drawn = draw_world(PLAN, np.random.default_rng(3))
    np.copyto(drawn.suffix, np.array([7, 7, 2, 3, 4, 5, 6, 8]))  # two numbers look the same when masked
    np.copyto(drawn.city, drawn.city % 5)
    return drawn


@pytest.fixture(scope="module")
def decoys(world: World) -> dict[int, Decoy]:
    """The world's decoys as the tracer knows them; 1400 numbers ring nobody."""
    made = {}
    for at in np.flatnonzero(world.number >= 0).tolist():
        number = int(world.number[at])
        surname, city = world.surname[at], world.city[at]
        given = GIVEN[at % len(GIVEN)] + GIVEN[at // len(GIVEN) % len(GIVEN)]
        made[at] = Decoy(
            DecoyId(f"D-{at}"),
            (COMMON_SURNAMES[surname] if surname < len(COMMON_SURNAMES) else RARE[surname]) + given,
            E164(f"+861400{number:03d}{world.suffix[number]:04d}"),
            PostalAddress("浙江省", "东西南北中"[city] + "州市", "余杭区", f"文一西路{at + 1}号3栋1单元101室"),
            waybill_number=f"YT80000000{at:05d}",
        )
    return made


@pytest.fixture(scope="module")
def index(decoys: dict[int, Decoy]) -> DecoyIndex:
    return DecoyIndex.build(decoys.values())


def row(decoy: Decoy, columns: Columns) -> list[str]:
    assert decoy.phone
    assert decoy.address
    assert decoy.waybill_number
    phone, place = decoy.phone.removeprefix("+86"), decoy.address
    whole = [decoy.waybill_number, decoy.name, phone, place.province + place.city + place.district + place.detail]
    return {
        Columns.FULL: whole,
        Columns.MASKED: [phone[:3] + "****" + phone[-4:], decoy.name[0] + "**", place.city],
        Columns.PHONE: [phone],
        Columns.NAME: [decoy.name],
        Columns.WAYBILL: [decoy.waybill_number],
    }[columns]


def simulated(world: World, decoy: int, columns: Columns) -> list[Seen]:
    return read_dump(world, np.array([decoy]), columns, np.random.default_rng(1), rows=1, mistake=0.0)


def ids(one: Seen) -> frozenset[DecoyId]:
    return frozenset(DecoyId(f"D-{at}") for at in one.decoys)


@pytest.mark.parametrize("columns", [Columns.MASKED, Columns.PHONE, Columns.WAYBILL])
def test_a_row_names_the_same_decoys_with_the_same_chance(
    columns: Columns, world: World, decoys: dict[int, Decoy], index: DecoyIndex
) -> None:
    several = 0
    for at, decoy in decoys.items():
        best = match_record(row(decoy, columns), index)[0]
        (seen,) = simulated(world, at, columns)
        assert best.decoys == ids(seen)
        assert best.chance_per_row == pytest.approx(seen.chance)
        agreeing = {role: field.match for role, field in best.fields.items() if role in seen.fields}
        assert agreeing == seen.fields
        several += len(seen.decoys) > 1
    assert several or columns is Columns.WAYBILL  # the shared cases were among them


def test_a_whole_row_names_one_decoy_beyond_doubt(world: World, decoys: dict[int, Decoy], index: DecoyIndex) -> None:
    for at, decoy in decoys.items():
        best = match_record(row(decoy, Columns.FULL), index)[0]
        (seen,) = simulated(world, at, Columns.FULL)
        assert best.decoys == ids(seen)
        assert max(best.chance_per_row, seen.chance) < 1e-20  # attribution trusts no match beyond 1e-12


def test_a_column_of_names_points_at_nobody(world: World, decoys: dict[int, Decoy], index: DecoyIndex) -> None:
    for at, decoy in decoys.items():
        assert match_record(row(decoy, Columns.NAME), index) == []
        assert simulated(world, at, Columns.NAME) == []


def called(index: DecoyIndex, decoy: Decoy, text: str) -> list[tuple[frozenset[DecoyId], float]]:
    claims = {"text": text} if text else {}
    at = datetime(2026, 11, 22, tzinfo=UTC)
    contact = Contact(Channel.CALL, str(decoy.phone), "+12025550143", claims=claims)
    found = resolve(Hit(contact, 1, at, "log", "", ""), index, NO_CONTROLS)
    return [(one.decoys, one.chance) for one in found.sightings]


def test_a_bare_ring_names_all_on_the_number_and_weighs_nothing(
    world: World, decoys: dict[int, Decoy], index: DecoyIndex
) -> None:
    for at, decoy in decoys.items():
        seen = contacts.bare(world, int(world.number[at]))
        assert called(index, decoy, "") == [(ids(seen), seen.chance)]


def test_a_message_with_name_and_tail_names_the_decoy_with_the_stated_chance(
    decoys: dict[int, Decoy], index: DecoyIndex
) -> None:
    at, decoy = next((at, one) for at, one in decoys.items() if at % 10_000 >= 100)
    (seen,) = contacts.message_decoys(np.array([at]))
    ((named, chance),) = called(index, decoy, f"{decoy.name}您好，尾号{str(decoy.waybill_number)[-4:]}的快递丢了")
    assert named == ids(seen)
    assert chance == pytest.approx(seen.chance)


def test_a_surname_names_all_decoys_of_that_surname_on_the_number(
    world: World, decoys: dict[int, Decoy], index: DecoyIndex
) -> None:
    at = next(at for at in decoys if world.surname[at] == 0)
    number, surname = np.array([world.number[at]]), np.array([world.surname[at]])
    (seen,) = contacts._surnames_said(world, number, surname)
    ((named, chance),) = called(index, decoys[at], "您好王先生，您的快递")
    assert len(named) > 1
    assert named == ids(seen)
    assert chance == pytest.approx(seen.chance)
