"""One box for the whole run, with the product installed in it as the README says; each test finds it well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from drivers.simulated.scanner import VirtualScanner
from tests.box import readme
from tests.box.box import Box
from tests.box.till import BoxedTill
from tests.box.tree import prepare

EDITOR = f"sh {readme.SOURCE}/tests/box/technician.sh"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoxedTill]:
    """A booted box in which every command of the README's section was carried out, without a network."""
    if os.geteuid() != 0:
        pytest.skip("a box needs root")
    for tool in ("systemd-nspawn", "nsenter", "mmdebstrap"):
        if not shutil.which(tool):
            pytest.skip(f"a box needs {tool}, which is not installed")
    parts = prepare()
    place = tmp_path_factory.mktemp("box")
    with VirtualScanner(place / "scanner") as scanner:
        wire = f"--bind={(place / 'scanner').resolve()}:/dev/ttyScan0"
        with Box(parts.tree, place / "nspawn.log", [*parts.binds, wire]) as box:
            box.start_udevd()
            box.must("sh", "-ec", readme.steps(), env=readme.offline(EDITOR), timeout_s=300)
            yield BoxedTill(box, scanner)


@pytest.fixture
def till(installed: BoxedTill) -> BoxedTill:
    """The installed till: running the shipped unit with the right settings, idle, its devices ready."""
    installed.heal()
    return installed
