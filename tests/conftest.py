"""The whole suite: texts are compiled first, long proofs go first, and a test leaves no thread or process
behind."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, Phase, settings

from agent.language.language import english
from agent.language.sentence import Param, Sentence
from agent.language.tools.compiler import compile_all
from drivers.message import Message

compile_all()

# No deadline: two cores are shared, and time says nothing about right or wrong. No example database: a
# failure prints the code that repeats it.
# In CI the examples are the same each time: a landing must not depend on a die.
settings.register_profile(
    "suite", deadline=None, database=None, print_blob=True, derandomize=bool(os.environ.get("CI"))
)
# For make mutants, which runs the tests of a room a thousand times: few examples, and none is made smaller.
settings.register_profile(
    "mutants",
    settings.get_profile("suite"),
    max_examples=12,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("suite")

_PLACE = re.compile(r"\{(\w+)\}")


def _checked(make: Callable[..., None]) -> Callable[..., None]:
    """Sentence.__init__ that refuses what the agent could not say: an id without a text, a place without a
    parameter, a parameter that is none. What is made of parts is seen here alone."""

    def init(self: Sentence, ident: str, /, **params: Param) -> None:
        make(self, ident, **params)
        if sys._getframe(1).f_globals["__name__"].startswith("agent."):  # noqa: SLF001
            text = english().text(self)
            assert text != ident, f"the sentence {ident} has no text"
            assert all(isinstance(told, str | int | Sentence | Message) for told in params.values()), params
            assert not _PLACE.search(text) or any("{" in str(told) for told in params.values()), text

    return init


Sentence.__init__ = _checked(Sentence.__init__)  # type: ignore[method-assign]

GRACE_SECONDS = 2.0
LONG_SECONDS = 1000


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --dist worksteal each worker begins with an equal share of the tests, in order: each share begins
    with its part of the long proofs, and what is short is left to even out the end."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if _is_long(item)]
    short = [item for item in items if not _is_long(item)]
    total, begun = len(items), 0
    items.clear()
    for worker in range(workers):
        mine = long[worker::workers]
        share = (total - len(items)) // (workers - worker)
        end = begun + max(0, share - len(mine))
        items += mine + short[begun:end]
        begun = end
    items += short[begun:]


def _is_long(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("timeout")
    return mark is not None and mark.args[0] > LONG_SECONDS


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
