"""Builds the C kernel of the dump search and the catalogues of messages, for wheels and for editable installs.

The kernel only makes `honey trace` faster: without a C compiler, or where it fails, one line says so and the
installation goes on without it. CC names another compiler than `cc`.
"""

import os
import runpy
import shlex
import shutil
import subprocess
import sysconfig
import zlib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = "honey/trace/block/kernel"
LIBRARY = "honey/trace/block/_kernel.so"  # as in honey/trace/block/native.py
# No -march=native: what is built here may be installed elsewhere.
FLAGS = ("-std=c11", "-O3", "-shared", "-fPIC", "-fvisibility=hidden")
TIMEOUT_SECONDS = 300


class KernelHook(BuildHookInterface[Any]):
    """Adds catalogues and library to what is installed, the library if it can be built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Compile the catalogues and the library, and mark the wheel as one for this platform."""
        root = Path(self.root)
        for catalogue in runpy.run_path(str(root / "messages/compile.py"))["compile_catalogues"](root):
            build_data["artifacts"].append(f"/{catalogue.relative_to(root)}")
        if problem := build(root):
            self.app.display_warning(f"the C kernel is left out, tracing will be slower: {problem}")
            return
        build_data["artifacts"].append(f"/{LIBRARY}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def build(root: Path) -> str:
    """Compile the kernel into the source tree; return what went wrong, empty if nothing did."""
    command = shlex.split(os.environ.get("CC", "")) or ["cc"]
    compiler = shutil.which(command[0])
    if compiler is None:
        return f"no C compiler ({command[0]}) was found"
    target = root / LIBRARY
    sources = root / SOURCES
    checksum = zlib.crc32(b"".join(path.read_bytes() for path in sorted(sources.glob("*.[ch]"))))  # as in native.py
    fresh = target.with_name(f"{target.stem}.{os.getpid()}.tmp")  # put in place whole: the old one may be in use
    try:
        subprocess.run(  # noqa: S603 - the installer's own compiler, no shell
            [
                *(compiler, *command[1:], *FLAGS),
                *(f"-DHONEY_SOURCES={checksum}u", str(sources / "scan.c"), "-o", str(fresh)),
            ],
            check=True, capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        fresh.replace(target)
    except subprocess.CalledProcessError as exc:
        return f"{command[0]} failed: {next(iter(exc.stderr.splitlines()), exc.returncode)}"
    except (OSError, subprocess.TimeoutExpired) as exc:
        return f"{command[0]} failed: {exc}"
    finally:
        fresh.unlink(missing_ok=True)
    return ""
