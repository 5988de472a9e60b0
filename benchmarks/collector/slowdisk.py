"""A disk whose fsync takes 5 ms, made by a library that is loaded before the C library's own."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

MILLISECONDS = 5
SOURCE = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static void wait_a_little(void) { struct timespec t = {0, %d000000L}; nanosleep(&t, 0); }
int fsync(int fd) { wait_a_little(); return (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { wait_a_little(); return (int)syscall(SYS_fdatasync, fd); }
"""


def environment(folder: Path) -> Mapping[str, str] | None:
    """Compile the library in `folder`; return what a server's environment needs, or None without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or os.name != "posix":
        return None
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(SOURCE % MILLISECONDS)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    return {"LD_PRELOAD": str(library)}
