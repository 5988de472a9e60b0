"""Every command in the README works, in the order a reader would type them."""

import json
import os
import random
import re
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from honey.demo import sample_host
from honey.demo.access_log import Theft, write_access_log

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    return [line for kind, text in BLOCK.findall(README) if kind == "sh" for line in text.splitlines()]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def background(command: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout
        assert process.stdout.readline(), f"{command} ended at once"
        yield
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def reader(tmp_path: Path) -> tuple[Path, dict[str, str], int]:
    """A folder holding the files the README speaks of, and the reader's environment."""
    rng, now = random.Random(7), datetime.now(UTC).replace(tzinfo=None)
    accounts = sample_host.build(tmp_path / "waybills.db", rng, rows=6_000, now=now)
    lines = ["account,kind,name,outlet", *(f"{one.account},{one.kind},{one.name},{one.outlet}" for one in accounts)]
    (tmp_path / "staff.csv").write_text("\n".join(lines) + "\n", "utf-8")
    numbers = next(text for kind, text in BLOCK.findall(README) if kind == "csv")
    # The README shows one address line; the sample company needs more stock.
    (tmp_path / "numbers.csv").write_text(numbers.replace("3栋{1-4}", "{3-9}栋{1-4}"), "utf-8")
    theft = Theft(account="C07B", own_outlet="OUT-07", victim_outlet="OUT-12", export_id="E-1")
    write_access_log(tmp_path / "waybills.db", tmp_path / "access.csv", theft, rng, now)
    with sqlite3.connect(tmp_path / "waybills.db") as host:
        cursor = host.execute("select * from waybill where outlet_code = 'OUT-01' order by create_time desc limit 200")
        head = ",".join(column[0] for column in cursor.description)
        body = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in cursor)
    host.close()
    (tmp_path / "rows.csv").write_text(f"{head}\n{body}\n", "utf-8")
    port = free_port()
    (tmp_path / "collector.toml").write_text(
        f'[log]\npath = "hits.db"\n[dns]\nlisten = ["127.0.0.1:0"]\nzones = ["t.courier.example"]\n'
        f'[manage]\nlisten = "127.0.0.1:{port}"\ntoken = {{ env = "COLLECTOR_TOKEN" }}\n',
        "utf-8",
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return tmp_path, {**os.environ, "PATH": path, "COLLECTOR_TOKEN": secrets.token_hex(16)}, port


def test_every_command_of_the_readme_works_in_its_order(reader: tuple[Path, dict[str, str], int]) -> None:
    home, environment, port = reader
    folder, case = home, ""

    def run(line: str) -> str:
        nonlocal folder
        done = subprocess.run(
            ["bash", "-c", f"{line} && pwd"], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        folder = Path(done.stdout.splitlines()[-1])
        return done.stdout

    lines = [line for line in commands() if not line.startswith("make ")]
    collector = next(line for line in lines if line.startswith("collector run"))
    before, after = lines[: lines.index(collector)], lines[lines.index(collector) + 1 :]
    for line in before:
        run(line)
        if line.startswith("honey host inspect"):
            found = json.loads(run(f"{line} --json").splitlines()[0])["proposed"]
            roles = "".join(f'{role} = "{column}"\n' for role, column in found["columns"].items())
            with (folder / "config" / "honey.toml").open("a", encoding="utf-8") as config:
                config.write(
                    f'\n[host]\nurl = "sqlite:///../waybills.db"\ntable = "{found["table"]}"\n[host.columns]\n{roles}'
                )
        if line.startswith("honey export"):
            shutil.copy(home / "rows-out.csv", home / "bought.csv")
    with background(collector, folder, environment):
        for line in after:
            run(line.replace("8053", str(port)).replace("C-20261122-0001", case))
            if line.startswith("honey trace"):
                found = json.loads(run("honey cases list --json").splitlines()[0])["cases"][0]
                assert found["accounts"] == ["M03"]
                case = found["case"]


@pytest.mark.parametrize(
    "target", [line.split()[1] for line in commands() if line.startswith("make ")] + ["bench", "lint"]
)
def test_make_targets_of_the_readme_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_the_picture_and_files_the_readme_names_exist() -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", README)
    for name in [*named, "docs/decisions", "config/honey.toml", "config/collector.toml"]:
        assert (ROOT / name).exists(), name
