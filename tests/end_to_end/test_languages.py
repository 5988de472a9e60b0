"""What people read is in their language; what programs read, and what English readers read, is as ever."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from messages.compile import compile_catalogues
from messages.extract import ROOT, placeholders
from tests.end_to_end.conftest import SLOW_SECONDS, Workspace, access_csv, copy, run, to_csv

CHINESE = {"LC_ALL": "", "LANG": "zh_CN.UTF-8"}

# Commands that change nothing, in a workspace that has seen all of them: what each prints for people.
LOOKING = {
    "accounts list": "12 个账号",
    "beacons list": "联络点",
    "host inspect": "请检查下面的内容，然后写入 config/honey.toml：",
    "host check": "宿主系统可以布设诱饵",
    "plan --decoys 4": "一次导出中，什么证据足以锁定账号",
    "seed --dry-run --decoys 4": "宿主系统可以接受",
    "status": "没有诱饵的账号",
    "hits verify": "未断裂的日志",
    "keys list": "采集器的 token_key",
    "trace out.csv": "已锁定：O01-A",
    "trace broken.xlsx out.csv": "未读取：broken.xlsx：压缩包已损坏（",
    "cases list": "1 个案件",
    "cases show CASE": "条线索",
    "verify bundle": "1. 清单与文件：通过",
    "simulate --cases 20 --workers 1": "个案件中有 0 个错指了无辜账号",
}
CHANGING = {
    "init elsewhere": "工作区已建在",
    "accounts import staff.csv": "新增账号 0 个",
    "beacons import numbers.csv": "新增信标 0 个",
    "seed --decoys 4": "个，并逐一回读确认",
    "access import access.csv": "已导入 2 条访问事件",
    "hits import hits.jsonl": "读入 0 条命中",
    "keys new": "请备份；没有它",
    "report CASE --output bundle-2": "任何人都可以校验：honey verify bundle-2",
    "cases close CASE": "已结案",
    "unseed": "已从宿主系统撤除诱饵",
}
FAILING = {
    "trace nothing.csv": (1, "错误：nothing.csv：没有这个文件或目录：未做任何搜索"),
    "accounts import bad.csv": (1, "未接收：bad.csv 第 2 行："),
    "cases show C-1": (1, "错误：没有案件 'C-1'：请看 honey cases list"),
    "plan --decoys x": (2, "错误：'--decoys' 的值无效：'x' 不是有效的 integer range。"),
    "pln": (2, "错误：没有命令 'pln'。"),
    "report": (2, "缺少参数 'CASE'"),
    "export --account nobody --export-id E-9 --input rows.csv --output o.csv": (1, "错误：没有账号 'nobody'"),
    "beacons import worse.csv": (1, "未接收：worse.csv 第 2 行：kind 'fax' 不属于"),
}


@pytest.fixture(scope="module")
def used(made_seeded: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """A workspace with an export, a case and its bundle, and the case's number."""
    compile_catalogues(ROOT)
    workspace = copy(made_seeded, tmp_path_factory.mktemp("used"))
    rows = workspace.host_rows("outlet_code = 'O01' AND waybill_no NOT LIKE 'YT80000000%'")
    workspace.file("rows.csv", to_csv(rows))
    workspace.json("export", "--account", "O01-A", "--export-id", "E-1", "--input", "rows.csv", "--output", "out.csv")
    numbers = [row["waybill_no"] for row in rows[:2]]
    workspace.file("access.csv", access_csv(("2026-11-20T08:00:00Z", "O01-A", "read", "", one) for one in numbers))
    workspace.file("hits.jsonl", "")
    workspace.file("broken.xlsx", b"PK\x03\x04 no workbook")
    workspace.file("bad.csv", "account,kind,name,outlet\n,employee,nobody,O01\n")
    workspace.file("worse.csv", "kind,value,role,provider\nfax,1,decoy,\n")
    case = str(workspace.json("trace", "out.csv")["case"])
    workspace.json("report", case, "--output", "bundle")
    return workspace, case


def words(command: str, case: str) -> list[str]:
    return command.replace("CASE", case).split()


def without_clock(value: object) -> object:
    """What two runs have in common: not how long they took, nor when the case was touched."""
    if isinstance(value, dict):
        return {key: without_clock(one) for key, one in value.items() if key not in {"seconds", "updated_at"}}
    return [without_clock(one) for one in value] if isinstance(value, list) else value


def english_left(text: str) -> Iterator[str]:
    """Sentences of our own that are still in English."""
    with (ROOT / "honey/locale/zh_CN/LC_MESSAGES/honey.po").open("rb") as file:
        known = [str(one.id) for one in read_po(file) if one.id and not isinstance(one.id, tuple)]
    for template in known:
        plain = template if not placeholders(template) else max(re.split(r"\{[^}]*\}", template), key=len)
        if len(re.findall("[a-z]+", plain)) >= 3 and plain.strip() in text:
            yield plain


@pytest.mark.timeout(SLOW_SECONDS)
@pytest.mark.parametrize("command", LOOKING)
def test_people_read_chinese_and_programs_the_same_json(used: tuple[Workspace, str], command: str) -> None:
    workspace, case = used
    arguments = words(command, case)
    shown = workspace.honey(*arguments, env=CHINESE)
    assert shown.code == 0, shown.err
    text = shown.out.decode("utf-8")
    assert LOOKING[command] in " ".join(text.split()) or LOOKING[command] in text
    assert not list(english_left(text + shown.err))
    documents = [workspace.honey(*arguments, "--json", env=env) for env in (CHINESE, {"LC_ALL": "C.UTF-8"})]
    assert documents[0].code == documents[1].code == 0
    first, second = (without_clock(json.loads(one.out)) for one in documents)
    assert first == second


@pytest.mark.timeout(SLOW_SECONDS)
def test_commands_that_change_something_say_so_in_chinese(used: tuple[Workspace, str], tmp_path: Path) -> None:
    workspace, case = copy(used[0], tmp_path), used[1]
    for command, expected in CHANGING.items():
        done = workspace.honey(*words(command, case), env=CHINESE)
        assert done.code == 0, (command, done.err)
        assert expected in done.out.decode("utf-8"), command
        assert not list(english_left(done.out.decode("utf-8") + done.err)), command


@pytest.mark.parametrize("command", FAILING)
def test_failures_are_stated_in_chinese_with_the_same_exit_code(used: tuple[Workspace, str], command: str) -> None:
    code, expected = FAILING[command]
    done = used[0].honey(*words(command, used[1]), env=CHINESE)
    assert done.code == code
    assert expected in done.err
    assert not list(english_left(done.err))
    assert used[0].honey(*words(command, used[1])).code == code


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "", "LANG": ""},
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "LANGUAGE": "zh_CN"},
        {"LC_ALL": "", "LANG": "en_US.UTF-8"},
        {"LC_ALL": "", "LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C"},
    ],
    ids=str,
)
def test_everybody_else_reads_english(used: tuple[Workspace, str], environment: dict[str, str]) -> None:
    workspace, case = used
    environment = {"PYTHONIOENCODING": "utf-8", **environment}
    for arguments in (["--help"], ["trace", "--help"], ["accounts", "list"], ["cases", "show", case]):
        assert workspace.honey(*arguments, env=environment).out == workspace.honey(*arguments).out
    assert workspace.honey("cases", "show", "C-1", env=environment).lines == [
        "error: no case 'C-1': see honey cases list"
    ]


@pytest.mark.parametrize("module", ["honey", "collector"])
@pytest.mark.parametrize(
    "environment",
    [
        {"LANG": "zh_CN.GBK", "PYTHONIOENCODING": "gbk"},
        {"LANG": "zh_CN.GBK"},
        {"LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "ascii"},
        {"LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "latin-1"},
    ],
    ids=str,
)
def test_no_terminal_is_too_old(module: str, environment: dict[str, str], tmp_path: Path) -> None:
    compile_catalogues(ROOT)
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    done = run(tmp_path, "--help", env={"LC_ALL": "", "PYTHONUTF8": "0", **environment}, module=module)
    assert done.code == 0
    text = done.out.decode(encoding)
    assert ("显示此帮助并退出。" in text) is (encoding in {"gbk", "utf-8"})
    assert ("Show this message and exit." in text) is (encoding in {"ascii", "latin-1"})


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "latin-1"])
def test_data_that_a_terminal_lacks_is_escaped_and_stays_json(used: tuple[Workspace, str], encoding: str) -> None:
    workspace, _ = used
    expected = workspace.json("seed", "--dry-run", "--decoys", "4")
    done = workspace.honey("seed", "--dry-run", "--decoys", "4", "--json", env={"PYTHONIOENCODING": encoding})
    assert json.loads(done.out.decode(encoding)) == expected
    shown = workspace.honey("seed", "--dry-run", "--decoys", "4", env={**CHINESE, "PYTHONIOENCODING": encoding})
    assert shown.code == 0, shown.err


@pytest.mark.timeout(SLOW_SECONDS)
def test_the_demo_tells_the_whole_story_in_chinese(tmp_path: Path) -> None:
    compile_catalogues(ROOT)
    done = run(tmp_path, "demo", "--folder", tmp_path / "demo", env=CHINESE)
    text = done.out.decode("utf-8")
    assert done.code == 0, done.err
    assert "结论与真相对照" in text
    assert text.count("正确") == 2
    assert not list(english_left(text))
