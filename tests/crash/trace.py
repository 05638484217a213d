"""Running a program under strace, for what it does to a directory and what it says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.crash.ops import Op, Unmodelled
from tests.crash.trace_reader import parse

# Everything that changes a file or a name, everything that makes a change durable, everything that others
# can hear, and what is needed to know which file a descriptor means.
_CALLS = (
    "open,openat,creat,close,dup,dup2,dup3,lseek,mmap,clone,clone3,fork,vfork,chdir,"
    "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendfile,copy_file_range,"
    "truncate,ftruncate,fallocate,fsync,fdatasync,sync,syncfs,"
    "rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat"
)
# -xx: every byte as \xNN, so that parsing needs no unescaping rules; -y: the path behind each descriptor,
# against which our own table of descriptors is checked.
_OPTIONS = ("-f", "-qq", "-y", "-xx", "-s", str(1 << 24), "--seccomp-bpf", "-e", "signal=none")


class NoTracing(Exception):
    """strace is missing, or tracing is not permitted here."""


def check_tracing() -> None:
    """Raises NoTracing with the reason if programs cannot be traced here."""
    strace = shutil.which("strace")
    if strace is None:
        raise NoTracing("strace is not installed")
    done = subprocess.run(
        [strace, *_OPTIONS, "-o", "/dev/null", "true"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoTracing(f"strace does not work here: {done.stderr.strip()}")


def record(
    command: Sequence[str], directory: Path, trace_file: Path, *, timeout_s: float, cwd: Path
) -> tuple[list[Op], int, str]:
    """Run command under strace; returns what it did to directory, its exit status and its output.

    The directory must be absent or empty when the command starts: the images begin with nothing.
    """
    if directory.exists() and any(directory.iterdir()):
        raise Unmodelled(f"{directory} is not empty before the command starts")
    done = subprocess.run(
        ["strace", *_OPTIONS, "-e", f"trace={_CALLS}", "-o", str(trace_file), *command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout_s,
        text=True,
        check=False,
    )
    with trace_file.open("rb") as lines:
        return list(parse(lines, directory.resolve(), cwd.resolve())), done.returncode, done.stdout
