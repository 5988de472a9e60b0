"""Hosts outside China: names, addresses and numbers in other habits are found the same way."""

import random
from pathlib import Path

import pytest

from honey.model.beacon import E164, PostalAddress
from honey.model.decoy import Decoy, DecoyId
from honey.trace.index import DecoyIndex
from honey.trace.match import match_record
from honey.trace.prefilter import Prefilter
from honey.trace.scan import scan

STREETS = ("Example Street", "Sample Road", "Musterstraße", "rue de l'Exemple")


@pytest.fixture(scope="module")
def foreign() -> DecoyIndex:
    decoys = [
        Decoy(
            DecoyId(f"F{at}"),
            f"Alex Sample{at}",
            E164(f"+1202555{100 + at:04d}" if at % 2 else f"+447700900{at:03d}"),
            PostalAddress("", "London", "", f"{at + 10} {STREETS[at % 4]}, Flat {at + 1}"),
            f"alex{at:04d}@mail.example.com",
        )
        for at in range(50)
    ]
    return DecoyIndex.build(decoys)


@pytest.mark.parametrize(
    "text",
    [
        "+1 202-555-0107", "(202) 555-0107", "12025550107", "alex0007@mail.example.com",
        "17 rue de l'Exemple, Flat 8, London", "17 RUE DE L'EXEMPLE FLAT 8", "Mr Alex Sample7;17 rue de l'Exemple",
    ],
)  # fmt: skip
def test_a_foreign_decoy_is_found(text: str, foreign: DecoyIndex) -> None:
    assert Prefilter(foreign).may_hold(text)
    best = match_record(text.split(";"), foreign)[0]
    assert best.decoys == {DecoyId("F7")}


def test_a_british_number_is_found_with_its_trunk_zero(foreign: DecoyIndex) -> None:
    assert match_record(["07700 900 012"], foreign)[0].decoys == {DecoyId("F12")}


def test_innocent_foreign_rows_give_no_sighting(tmp_path: Path, foreign: DecoyIndex) -> None:
    rng = random.Random(1)
    rows = [
        f"Sam Person{at},{rng.randrange(100, 999)} {rng.choice(STREETS)} Flat {rng.randrange(60)},London,"
        f"+44 20 7946 0{rng.randrange(1000):03d}"
        for at in range(5000)
    ]
    (tmp_path / "live.csv").write_text("\n".join(rows))
    assert scan([tmp_path / "live.csv"], foreign).sightings == ()
