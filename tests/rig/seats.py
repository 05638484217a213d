"""Where a test process may sit: as an unprivileged user, beside a child, on a tiny disk, under a tracer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rig.stores import REPOSITORY

NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write anything, so it steps down for the while of the block; others need not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def open_directory() -> Iterator[Path]:
    """A directory every user can reach, unlike pytest's own, which belong to whoever runs it."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        directory = Path(name)
        directory.chmod(0o777)
        yield directory
        for path in (directory, *directory.rglob("*")):
            path.chmod(0o777)


def seller(*arguments: object) -> list[str]:
    """The command line of a tests.rig.seller process."""
    return [sys.executable, "-m", "tests.rig.seller", *map(str, arguments)]


def run(command: list[str]) -> str:
    """What a command says; a failure shows its words."""
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A child that is certainly gone after the block."""
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def traced(log: Path, *options: str) -> list[str]:
    """The front of a command line that runs the rest under strace; skips where that is impossible."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("SKIPPED LOUDLY: strace is not installed, exact counts of system calls were not checked")
    probe = subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("SKIPPED LOUDLY: this box does not let strace trace, system calls were not counted")
    return [strace, "-f", "-y", "-qq", "-o", str(log), *options]


def on_tiny_disk(directory: Path, size: str, command: list[str]) -> list[str]:
    """The command with a RAM disk of that size at the directory; skips where mounting is not allowed."""
    mount = f"mount -t tmpfs -o size={size} none '{directory}'"
    probe = subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("SKIPPED LOUDLY: this box may not mount a RAM disk, no really full disk was tried")
    return ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh", *command]
