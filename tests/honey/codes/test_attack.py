"""Attacks as probability tables."""

import numpy as np
import pytest

from honey.codes.attack import SLIP, Attack, hypotheses, leak, present


@pytest.mark.parametrize(
    ("attack", "colluders", "chances"),
    [
        (Attack.MERGE, 3, [0, 1, 1, 1]),
        (Attack.INTERSECT, 3, [0, 0, 0, 1]),
        (Attack.MAJORITY, 3, [0, 0, 1, 1]),
        (Attack.MINORITY, 3, [0, 1, 0, 1]),
        (Attack.MAJORITY, 4, [0, 0, 0.5, 1, 1]),
        (Attack.INTERLEAVE, 4, [0, 0.25, 0.5, 0.75, 1]),
        (Attack.COIN, 3, [0, 0.5, 0.5, 1]),
        (Attack.MERGE, 1, [0, 1]),
        (Attack.INTERSECT, 1, [0, 1]),
    ],
)
def test_chances_follow_how_many_held_the_row(attack: Attack, colluders: int, chances: list[float]) -> None:
    assert present(attack, colluders).tolist() == chances


@pytest.mark.parametrize("attack", Attack)
@pytest.mark.parametrize("colluders", [1, 2, 3, 5])
def test_colluders_never_show_what_none_held_nor_hide_what_all_held(attack: Attack, colluders: int) -> None:
    words = np.random.default_rng(1).random((colluders, 400)) < 0.5
    shown = leak(words, attack, np.random.default_rng(2))
    assert not shown[~words.any(axis=0)].any()
    assert shown[words.all(axis=0)].all()


def test_leaks_follow_their_table_and_lose_rows_at_the_given_rate() -> None:
    words = np.random.default_rng(1).random((3, 200_000)) < 0.5
    shown = leak(words, Attack.INTERLEAVE, np.random.default_rng(2), drop_rate=0.3)
    for held in range(4):
        assert shown[words.sum(axis=0) == held].mean() == pytest.approx(held / 3 * 0.7, abs=0.01)


def test_hypotheses_are_distinct_open_and_sum_to_one() -> None:
    found = hypotheses(3)
    assert len({one.present for one in found}) == len(found)
    assert sum(one.weight for one in found) == pytest.approx(1)
    assert {one.colluders for one in found} == {1, 2, 3}
    assert all(SLIP <= chance <= 1 - SLIP for one in found for chance in one.present)
