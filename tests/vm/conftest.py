"""A machine for each test, begun where its till had its devices and had sold nothing: `make machine`. CI has
the tests that are marked short (POS_MACHINE=short)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.vm.build import Image, missing, prepare
from tests.vm.machine import Machine
from tests.vm.till import VmTill


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Before anything is built: also those who leave a test out would wait for that."""
    if os.environ.get("POS_MACHINE") != "short":
        return
    for item in items:
        if item.path.parent == Path(__file__).parent and not item.get_closest_marker("short"):
            item.add_marker(pytest.mark.skip(reason="not in the short form of the machine: make machine"))


@pytest.fixture(scope="session")
def image() -> Image:
    """Disk, kernel and first snapshot; made first if they are missing, which takes minutes."""
    if not os.environ.get("POS_MACHINE"):
        pytest.skip("a machine under QEMU takes minutes: make machine")
    if lacks := missing():
        pytest.skip(f"a machine needs {', '.join(lacks)}")
    return prepare()


@pytest.fixture
def till(image: Image, tmp_path: Path) -> Iterator[VmTill]:
    """A till with its devices, before its first sale."""
    disk = tmp_path / "disk.qcow2"
    shutil.copy(image.ready, disk)
    with Machine(image, tmp_path, disk, "ready") as machine:
        yield VmTill(machine)


@pytest.fixture
def after_a_cut(image: Image) -> Iterator[Callable[[VmTill], VmTill]]:
    """Cuts the power of a till's machine and boots the same disk."""
    booted: list[Machine] = []

    def cut(till: VmTill) -> VmTill:
        till.machine.cut()
        booted.append(Machine(image, till.machine.work, till.machine.disk))
        return VmTill(booted[-1])

    yield cut
    for machine in booted:
        machine.cut()
