"""Name styles: masks, endings and capitals."""

import pytest

from honey.host.namestyle import Script, learn_names, script_of


@pytest.mark.parametrize(
    ("seen", "like", "written"),
    [
        (["王小明", "李雷"], "李雷", "周晓岚"),
        (["王*", "李*", "张*"], "李*", "周*"),
        (["王**", "李*", "张**"], "李*", "周**"),
        (["*小明", "*雷"], "*雷", "*晓岚"),
        (["王*明", "李*"], "王*明", "周*岚"),
        (["王女士", "李先生"], "王女士", "周女士"),
        (["王小明(收)", "李雷(收)"], "李雷(收)", "周晓岚(收)"),
        (["王小明先生", "李雷"], "王小明先生", "周晓岚先生"),
        ([], None, "周晓岚"),
    ],
)
def test_a_chinese_name_is_written_as_its_neighbours_are(seen: list[str], like: str | None, written: str) -> None:
    assert learn_names(seen).write("周晓岚", like) == written


def test_latin_names_in_capitals_stay_in_capitals() -> None:
    style = learn_names(["ANNA BERG", "JOHN HALL"])
    assert style.script is Script.LATIN
    assert style.write("Eva Kling", "ANNA BERG") == "EVA KLING"


def test_an_ending_is_left_out_where_it_does_not_fit() -> None:
    assert learn_names(["王小明女士"], max_length=4).write("周晓岚", "王小明女士") == "周晓岚"


def test_the_share_of_companies_is_learnt() -> None:
    assert learn_names(["Kling GmbH", "Berg & Sons", "Anna Berg", "John Hall"]).company_share == 0.5


@pytest.mark.parametrize(("values", "script"), [(["王", "Li"], Script.HAN), (["Li", "Wu", "王"], Script.LATIN)])
def test_the_script_is_that_of_most_values(values: list[object], script: Script) -> None:
    assert script_of(values) is script
