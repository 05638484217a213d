"""Guardians of the whole suite: a test must not leave a thread or a child process behind.

The language files are compiled first, so that a changed text is the one that is tested.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from agent.language.tools.compiler import compile_all

compile_all()

# No deadline: two cores are shared, and time says nothing about right or wrong. No example database: a
# failure prints the code that repeats it.
# In CI the examples are the same each time: a landing must not depend on a die.
settings.register_profile(
    "suite", deadline=None, database=None, print_blob=True, derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("suite")

GRACE_SECONDS = 2.0


@pytest.fixture(autouse=True)
def nothing_stays_behind() -> Iterator[None]:
    """Fails a test after which a non-daemon thread or a child process, dead or alive, is still there."""
    threads, children = set(threading.enumerate()), _children()
    yield
    deadline = time.monotonic() + GRACE_SECONDS
    while left := _left_threads(threads) + _named(_children() - children):
        if time.monotonic() > deadline:
            pytest.fail(f"left behind: {', '.join(left)}")
        time.sleep(0.01)


def _left_threads(before: set[threading.Thread]) -> list[str]:
    return [repr(thread) for thread in set(threading.enumerate()) - before if not thread.daemon]


def _children() -> set[int]:
    try:
        return {
            int(pid)
            for task in Path("/proc/self/task").iterdir()
            for pid in (task / "children").read_text().split()
        }
    except FileNotFoundError:  # a kernel without that list, or a thread that just ended: the slow way
        return {child.pid for child in psutil.Process().children()}


def _named(pids: set[int]) -> list[str]:
    names = []
    for pid in pids:
        try:
            names.append(f"process {pid} ({' '.join(psutil.Process(pid).cmdline())})")
        except psutil.ZombieProcess:
            names.append(f"process {pid} (not waited for)")
        except psutil.NoSuchProcess:
            continue
    return names
