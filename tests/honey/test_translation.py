"""The user's language: which one is asked for, what a text is, and what is said of it where."""

import copy
import io
import json
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from rich.console import Console

from honey import translation
from honey.cli.app import table
from honey.cli.helptext import localised
from honey.errors import InputError
from honey.translation import Text, _, joined, languages, retold, shown
from messages.compile import compile_catalogues
from messages.extract import ROOT

Speak = Callable[..., None]


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    compile_catalogues(ROOT)


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Speak]:
    """Returns what sets the environment of a process that begins now."""

    def begin(**variables: str) -> None:
        for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        forget()

    yield begin
    monkeypatch.undo()
    forget()


def forget() -> None:
    translation._catalogue.cache_clear()
    translation._patterns.cache_clear()


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({}, []),
        ({"LANG": "C"}, []),
        ({"LANG": "C.UTF-8"}, []),
        ({"LANG": "POSIX"}, []),
        ({"LANG": "en_US.UTF-8"}, []),
        ({"LANG": "zh_CN.UTF-8"}, ["zh_CN.UTF-8"]),
        ({"LANG": "zh_CN.GBK"}, ["zh_CN.GBK"]),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C"}, []),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, ["zh_CN.UTF-8"]),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8", "LC_ALL": "C"}, []),
        ({"LANG": "", "LC_ALL": "", "LC_MESSAGES": "zh_CN"}, ["zh_CN"]),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN"}, ["zh_CN"]),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:zh_CN"}, ["de", "zh_CN"]),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh_CN"}, []),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": ""}, ["zh_CN.UTF-8"]),
        ({"LC_ALL": "C", "LANGUAGE": "zh_CN"}, []),
        ({"LANGUAGE": "zh_CN"}, ["zh_CN"]),
    ],
    ids=str,
)
def test_the_language_is_the_one_gettext_would_take(environment: dict[str, str], asked: list[str]) -> None:
    assert languages(environment) == asked


def test_a_text_is_its_english_wherever_it_is_not_shown(speak: Speak) -> None:
    speak(LANG="zh_CN.UTF-8")
    text = _("{added:,} beacons added", added=1200)
    assert text == "1,200 beacons added"
    assert f"{text}" == str(text) == "{}".format(text) == "1,200 beacons added"  # noqa: UP032 - both are meant
    assert json.dumps({"said": text}) == '{"said": "1,200 beacons added"}'
    assert str(InputError(text)) == "1,200 beacons added"
    assert shown(text) == shown(InputError(text)) == "新增信标 1,200 个"


def test_a_text_survives_a_pipe_and_a_copy(speak: Speak) -> None:
    speak(LANG="zh_CN.UTF-8")
    text = _(
        "rejected: {row}", row=_("{file} row {row}: {reason}", file="a.csv", row=3, reason=_("the account is empty"))
    )
    for again in (pickle.loads(pickle.dumps(text)), copy.deepcopy(text), pickle.loads(pickle.dumps(InputError(text)))):
        assert str(again) == "rejected: a.csv row 3: the account is empty"
        assert shown(again) == "未接收：a.csv 第 3 行：账号为空"


def test_texts_can_be_added_and_joined(speak: Speak) -> None:
    speak(LANG="zh_CN.UTF-8")
    made = "<" + _("weak") + " {x}" + joined(" {} ", [_("strong"), "plain"])
    assert isinstance(made, Text)
    assert str(made) == "<weak {x}strong {} plain"
    assert shown(made) == "<弱 {x}强 {} plain"


def test_a_failure_within_a_failure_is_told_in_the_same_language(speak: Speak) -> None:
    speak(LANG="zh_CN.UTF-8")
    inner = InputError(_("the account is empty"))
    assert shown(_("error: {said}", said=inner)) == "错误：账号为空"
    assert shown(_("error: {said}", said=ValueError("odd"))) == "错误：odd"
    assert inner not in pickle.loads(pickle.dumps(_("error: {said}", said=inner)))._fields.values()


def test_stored_sentences_are_known_again_by_their_template(speak: Speak) -> None:
    speak(LANG="zh_CN.UTF-8")
    stored = str(
        _("broken workbook ({reason}); {mend}", reason="EOF; or so", mend=_("open and save it again, or export CSV"))
    )
    assert retold(stored) == "工作簿已损坏（EOF; or so）；请打开并重新保存，或导出为 CSV"
    assert retold("identified") == "已锁定"
    assert retold("") == ""
    assert retold("王女士, a customer") == "王女士, a customer"
    assert retold(_("weak")) == "弱"


@pytest.mark.parametrize("hostile", ["(" * 20_000, "broken workbook (" * 2_000, "a; " * 20_000])
def test_what_others_wrote_is_compared_in_time(speak: Speak, hostile: str) -> None:
    speak(LANG="zh_CN.UTF-8")
    assert retold(hostile) == hostile


def test_a_language_without_a_catalogue_and_a_damaged_translation_are_english(
    speak: Speak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = _("{count:,} beacons", count=3)
    speak(LANG="tlh_001.UTF-8")
    assert shown(text) == "3 beacons"
    folder = tmp_path / "locale" / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "honey.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "{count:,} beacons"\nmsgstr "{number} X"\n',
        "utf-8",
    )
    (tmp_path / "honey").mkdir()
    (tmp_path / "locale").rename(tmp_path / "honey" / "locale")
    compile_catalogues(tmp_path)
    monkeypatch.setattr(translation, "LOCALE", tmp_path / "honey" / "locale")
    speak(LANG="xx")
    assert not translation.is_english()
    assert shown(text) == "3 beacons"


def test_a_terminal_that_lacks_the_characters_gets_english(speak: Speak, monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding, said in (("ascii", "weak"), ("latin-1", "weak"), ("gbk", "弱"), ("utf-8", "弱")):
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
        speak(LANG="zh_CN.UTF-8")
        assert shown(_("weak")) == said


def test_tables_of_wide_characters_stay_aligned(speak: Speak) -> None:
    speak(LANG="zh_CN.UTF-8")
    rows = table(_("{count:,} beacons", count=2), _("kind"), _("value"), _("role"))
    rows.add_row(retold("phone"), "+8614012345678", retold("decoy"))
    rows.add_row(_("postal addresses"), "浙江省杭州市", retold("control"))
    console = Console(file=io.StringIO(), width=100)
    console.print(rows)
    assert isinstance(console.file, io.StringIO)
    title, *lines = console.file.getvalue().splitlines()
    assert title.strip() == "2 个信标"
    assert len({cell_len(line) for line in lines}) == 1
    assert "│ 邮寄地址 │ 浙江省杭州市   │ 对照 │" in lines


@click.group()
def _sample() -> None:
    """Show every case with its verdict."""


@_sample.command("below")
@click.option("--seed", default=3, show_default=True, help="Simulated cases.")
def _below(seed: int) -> None:
    """Play leaks and non-leaks, judge them as the tracer would, and count who was rightly and wrongly named.

    \b
    Example:
      honey simulate
    """
    del seed


def help_of(*arguments: str) -> str:
    return CliRunner().invoke(localised(_sample), [*arguments, "--help"], prog_name="sample", terminal_width=40).output


def test_help_is_english_unless_asked_otherwise(speak: Speak) -> None:
    speak()
    assert localised(_sample) is _sample
    assert "Simulated cases." in help_of("below")


def test_help_is_translated_and_no_line_is_wider_than_the_terminal(speak: Speak) -> None:
    speak(LANG="zh_CN.UTF-8")
    text = help_of("below")
    assert "模拟的案件数。" in text
    assert "示例：\n    honey simulate" in text
    assert (
        "".join(text.split()).count("模拟泄露与未泄露的情形，按追溯程序的方式判断，并统计正确和错误锁定的次数。") == 1
    )
    assert max(map(cell_len, text.splitlines())) <= 80
    assert not [line for line in text.splitlines() if line.strip().startswith(tuple("，。；：、）"))]
    assert "below  模拟泄露" in help_of()
    assert str(_sample.help).startswith("Show every case")  # the command itself is as it was
