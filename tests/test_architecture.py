"""The layers of the design, checked on the imports of every file."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_LINES = 400

# Lower never imports upper; folders of one level may use each other as listed. `honey.errors` and the like are
# below everything, `honey.config` and `honey.workspace` belong to the command line.
LEVELS = (
    {"model"},
    {"pools", "host", "codes"},
    {"intake", "generate", "plan"},
    {"seed", "trace", "simulate"},
    {"evidence"},
    {"registry"},
    {"demo"},
    {"cli"},
)
BELOW_ALL = {"errors", "derive", "translation"}
TOP = {"config", "workspace", "__main__"}

# `registry` opens the seal: only the command line may hold it.
MAY_OPEN_REGISTRY = {"cli", "registry", "workspace"}
# The record format is all that honey knows of the collector.
COLLECTOR_BRIDGE = {"collector.hit", "collector.errors"}


def python_files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def folder(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def level(name: str) -> int:
    return next(at for at, names in enumerate(LEVELS) if name in names)


def test_the_collector_never_imports_honey() -> None:
    for path in python_files("collector"):
        assert not [name for name in imports(path) if name.split(".")[0] == "honey"], path


def test_honey_knows_only_the_record_format_of_the_collector() -> None:
    for path in python_files("honey"):
        for name in imports(path):
            if name.split(".")[0] == "collector":
                assert any(name == bridge or name.startswith(bridge + ".") for bridge in COLLECTOR_BRIDGE), (path, name)


def test_lower_layers_never_import_upper_ones() -> None:
    for path in python_files("honey"):
        own = folder(".".join(path.relative_to(ROOT).with_suffix("").parts))
        if own in BELOW_ALL | TOP or path.parent == ROOT / "honey":
            continue
        for name in imports(path):
            other = folder(name)
            if name.split(".")[0] == "honey" and other and other not in BELOW_ALL:
                assert other not in TOP or own in {"cli", "demo"}, (path, name)
                assert other in TOP or level(other) <= level(own), (path, name)


def test_only_the_command_line_opens_the_registry() -> None:
    for path in python_files("honey"):
        own = path.relative_to(ROOT / "honey").parts[0].removesuffix(".py")
        if own not in MAY_OPEN_REGISTRY:
            assert not [name for name in imports(path) if folder(name) == "registry"], path


def test_every_folder_of_honey_has_a_level() -> None:
    folders = {path.name for path in (ROOT / "honey").iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert folders <= set().union(*LEVELS)


@pytest.mark.parametrize("package", ["honey", "collector", "tests", "benchmarks"])
def test_no_file_is_longer_than_the_cap(package: str) -> None:
    for path in python_files(package):
        assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES, path


def test_the_collector_runs_when_copied_out_alone(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "collector", tmp_path / "collector", ignore=shutil.ignore_patterns("__pycache__"))
    config = tmp_path / "collector.toml"
    config.write_text('[log]\npath = "hits.db"\n[dns]\nlisten = ["127.0.0.1:0"]\nzones = ["t.example.net"]\n', "utf-8")
    # `honey` is made unimportable: the copy must not find it anywhere.
    script = (
        "import runpy, sys; sys.modules['honey'] = None; "
        "sys.argv = ['collector', 'check', '--config', 'collector.toml']; "
        "runpy.run_module('collector', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
