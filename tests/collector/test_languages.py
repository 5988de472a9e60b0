"""`collector` says to people what it has to say in their language, and to programs what it always said."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from collector.hit import Channel, Contact
from collector.hitlog.writer import HitLog
from messages.compile import compile_catalogues
from messages.extract import ROOT
from tests.collector.running import CONFIG, ENVIRONMENT, running
from tests.end_to_end.conftest import Done, run

AT = datetime(2026, 11, 21, 8, 15, 30, tzinfo=UTC)
CHINESE = {"LC_ALL": "", "LANG": "zh_CN.UTF-8"}
CONTACTS = [
    Contact(Channel.CALL, "+8614012345678", "+12025550100", event_id="CA1", provider="twilio", verified=True),
    Contact(Channel.DNS, "x.t.example.net", "192.0.2.1"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration and a log of two hits."""
    compile_catalogues(ROOT)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "collector.toml").write_text(CONFIG, "utf-8")
    with HitLog.open(tmp_path / "hits.db", now=lambda: AT) as log:
        log.append_all(CONTACTS, AT).result(60)
        log.count("dns.lost", 2)
    return tmp_path


def say(folder: Path, *arguments: str) -> Done:
    return run(folder, *arguments, env={**ENVIRONMENT, **CHINESE}, module="collector")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("check", ["正常  版本 ", "日志 ", "：2 条命中，最新哈希 ", "twilio：就绪", "可用", "未记录：dns.lost: 2"]),
        ("verify", ["：2 条命中，未断裂；最新哈希 ", "与 0 个已签名的检查点和 0 个另处保存的检查点相符"]),
        ("tail", ["+8614012345678 <- +12025550100 已验证"]),
    ],
    ids=["check", "verify", "tail"],
)
def test_people_read_chinese_and_programs_the_same_json(folder: Path, command: str, expected: list[str]) -> None:
    text = say(folder, command).out.decode("utf-8")
    assert [one for one in expected if one not in text] == []
    in_chinese = say(folder, command, "--json")
    in_english = run(folder, command, "--json", env=ENVIRONMENT, module="collector")
    assert in_chinese.code == in_english.code == 0
    assert in_chinese.out == in_english.out
    assert all(json.loads(line) for line in in_chinese.out.splitlines())


def test_the_columns_of_check_stand_below_each_other(folder: Path) -> None:
    lines = [line for line in say(folder, "check").out.decode("utf-8").splitlines() if "  正常  " in line]
    assert len(lines) > 5
    assert len({cell_len(line.partition("正常")[0]) for line in lines}) == 1


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", '缺少 [log]：请添加，并写 path = "var/hits.db"'),
        ("[log]\npath = 3\n", "log.path 必须是文本"),
        (CONFIG + "[dn]\n", "dn 不是已知的键；此处已知的有："),
        (CONFIG.replace('zones = ["t.example.net"]', 'zones = ["?"]'), "不正确：应为域名，例如 t.example.net"),
        (CONFIG.replace('"twilio"', '"pigeon"'), "pigeon 不是已知的；支持 "),
    ],
    ids=["no log", "a number for a path", "an unknown section", "no domain", "no provider"],
)
def test_a_mistake_in_the_configuration_is_stated_in_chinese(folder: Path, config: str, expected: str) -> None:
    (folder / "config" / "collector.toml").write_text(config, "utf-8")
    done = say(folder, "check")
    assert done.code == 1
    assert expected in done.err + done.out.decode("utf-8")
    assert "错误：" in done.err


def test_failed_checks_are_counted_in_chinese_and_exit_1(folder: Path) -> None:
    with running(folder) as process:
        assert process.port("dns")
        done = run(folder, "check", env={**ENVIRONMENT, **CHINESE, "STANDARD_KEY": "short"}, module="collector")
        text = done.out.decode("utf-8")
        assert done.code == 1
        assert "失败  " in text
        assert "运行期间不作尝试" in text
        assert "项检查中有 1 项未通过（webhooks.own）：详情见上" in done.err


def test_wrong_usage_is_stated_in_chinese_and_exits_2(folder: Path) -> None:
    done = say(folder, "tail", "-n", "many")
    assert done.code == 2
    assert "'-n' 的值无效" in done.err


def test_what_a_run_logs_is_english_for_whoever_searches_journals(folder: Path) -> None:
    with running(folder, environment=CHINESE) as process:
        process.query("y.t.example.net", timeout=60)
        code, said = process.stop()
    assert code == 0
    assert "dns hit 3" in said
