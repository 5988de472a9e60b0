"""The picture is one well-formed SVG without scripts, and shows every scenario and method."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from honey.simulate.judge import Method
from honey.simulate.leak import Scenario
from honey.simulate.picture import LABELS, draw
from honey.simulate.plan import SimulatedPlan
from honey.simulate.run import Count, Job, Outcome, simulate
from honey.simulate.scenarios import SCENARIOS

SVG = "{http://www.w3.org/2000/svg}"
SPITEFUL = '</text><script>alert("1")</script>&'


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return simulate(Job(SimulatedPlan(accounts=30, outlets=3, numbers=40), 5, ()), 56)


def texts(picture: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(picture).iter(f"{SVG}text")]


def test_it_names_every_scenario_and_method(outcome: Outcome) -> None:
    said = texts(draw(outcome, SCENARIOS, "a title"))
    assert {one.name for one in SCENARIOS} | set(LABELS.values()) | {"a title"} <= set(said)


def test_it_holds_nothing_that_runs_or_loads(outcome: Outcome) -> None:
    root = ET.fromstring(draw(outcome, SCENARIOS, "a title"))
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags <= {"svg", "title", "rect", "text", "line", "path", "circle"}
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on") or "href" in name]


def test_hostile_words_are_escaped() -> None:
    scenario: Scenario = replace(SCENARIOS[0], name=SPITEFUL)
    outcome = Outcome({(SPITEFUL, method): Count(10, 5, 5, 1) for method in Method})
    picture = draw(outcome, (scenario,), SPITEFUL)
    assert "<script" not in picture
    assert texts(picture).count(SPITEFUL) == 2


def test_every_mark_lies_on_the_page(outcome: Outcome) -> None:
    root = ET.fromstring(draw(outcome, SCENARIOS, "a title"))
    width, height = (float(one) for one in root.attrib["viewBox"].split()[2:])
    for one in root.iter(f"{SVG}circle"):
        assert 0 < float(one.attrib["cx"]) < width
        assert 0 < float(one.attrib["cy"]) < height


def test_methods_that_played_no_case_are_left_out() -> None:
    outcome = Outcome({("export", method): Count() for method in Method})
    marks = list(ET.fromstring(draw(outcome, SCENARIOS[:1], "t")).iter(f"{SVG}circle"))
    assert len(marks) == 1  # the legend's
