"""The bench, once for all tests; a test for each device that it is about; and the table at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.real_devices.bench import Bench, BenchTill, Device, read_bench
from tests.real_devices.hands import Hands, PersonsHands
from tests.real_devices.simulated import SIMULATED, simulated_bench
from tests.real_devices.table import Table

RIG = os.environ.get("POS_RIG", "")
FILE = read_bench(Path(RIG)) if RIG else SIMULATED
TABLE = pytest.StashKey[Table]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TABLE] = Table()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for kind in ("scanner", "printer", "scale", "display"):
        if kind in metafunc.fixturenames:
            some = [device for device in FILE.devices if device.kind == kind]
            metafunc.parametrize(kind, some, ids=[device.model for device in some])


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A till with the devices of the bench plugged in."""
    place = tmp_path_factory.mktemp("bench")
    with ExitStack() as stack:
        hands: Hands | None = PersonsHands(sys.stdout, sys.stdin) if FILE.hands else None
        devices = FILE.devices
        if not RIG:
            devices, hands = stack.enter_context(simulated_bench(place))
        till = stack.enter_context(BenchTill(place / "till", devices))
        till.start()
        yield Bench(till, hands)


@pytest.fixture(autouse=True)
def nothing_stays_behind() -> None:
    """Not here: the till and what it is plugged into live for all tests."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    for device in given:
        if isinstance(device, Device) and (report.when == "call" or not report.passed):
            what = (item.function.__doc__ or item.name).strip().splitlines()[0].rstrip(".")
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            item.config.stash[TABLE].note(device, what, report.outcome, why.removeprefix("Skipped: "))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Of a real bench."""
    if RIG and (table := terminalreporter.config.stash[TABLE].markdown()):
        terminalreporter.write_line(f"\n{table}\n")
