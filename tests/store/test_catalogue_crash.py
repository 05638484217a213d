"""An import that dies or runs out of disk at any point leaves a whole catalogue behind."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.store.catalogue import Catalogue
from agent.store.catalogue_import import import_catalogue
from tests.crash.trace import NoTracing, check_tracing

ROOT = Path(__file__).parents[2]
OLD = "sku,name,price,tax_rate\nTEA,Tea,100,5\n"
NEW = "sku,name,price,tax_rate\nTEA,Tea,200,5\n" + "".join(f"X{i},Filler {i},1,0\n" for i in range(200))

IMPORTS = """
import sys
from pathlib import Path
from agent.store.catalogue_import import import_catalogue

import_catalogue(Path(sys.argv[1]), Path(sys.argv[2]))
"""
# Every system call with which an import changes the disk, and how many of each it makes at least.
CHANGES = {"ftruncate": 1, "pwrite64": 20, "fchmod": 1, "fsync": 2, "rename": 1}

# A limit on file size stands for the full disk: the same write fails, part of it done.
FULL = """
import resource, sys
from pathlib import Path
from agent.store.catalogue_import import import_catalogue
from agent.store.errors import StoreFull

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    import_catalogue(Path(sys.argv[1]), Path(sys.argv[2]))
except StoreFull as error:
    sys.exit(3 if "stays as it was" in error.text else 4)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "old.csv").write_text(OLD)
    (tmp_path / "new.csv").write_text(NEW)
    import_catalogue(tmp_path / "old.csv", tmp_path / "catalogue.db")
    return tmp_path


def child(code: str, shop: Path, number: int) -> int:
    arguments = [str(shop / "new.csv"), str(shop / "catalogue.db"), str(number)]
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, check=False).returncode


def price(shop: Path) -> int:
    """The price in a catalogue that has been checked to be whole."""
    connection = sqlite3.connect(shop / "catalogue.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    catalogue = Catalogue(shop / "catalogue.db")
    tea = catalogue.by_sku("TEA")
    assert tea
    assert catalogue.count() == {10000: 1, 20000: 201}[tea.price_minor]
    catalogue.close()
    return tea.price_minor


def traced(shop: Path, *options: str) -> int:
    """The import's exit status, under strace with these options."""
    command = ["strace", "-f", "-qq", *options, sys.executable, "-B", "-c", IMPORTS]
    arguments = [str(shop / "new.csv"), str(shop / "catalogue.db")]
    return subprocess.run([*command, *arguments], cwd=ROOT, check=False).returncode


def killed(shop: Path, call: str, number: int) -> bool:
    """Whether an import died of SIGKILL at its so many-th system call of this name."""
    inject = f"inject={call}:signal=SIGKILL:when={number}"
    status = traced(shop, "-o", "/dev/null", "-e", f"trace={call}", "-e", inject)
    assert status in (0, -signal.SIGKILL)
    return bool(status)


@pytest.fixture
def tracing() -> None:
    try:
        check_tracing()
    except NoTracing as reason:
        pytest.skip(f"no kill is tried here: {reason}")


@pytest.mark.usefixtures("tracing")
@pytest.mark.parametrize("call", CHANGES)
def test_killed_at_every_change_to_the_disk(shop: Path, call: str) -> None:
    """kill -9 at each step: the old catalogue until the swap, the new one after it; then imports work."""
    prices = []
    for number in range(1, 200):
        import_catalogue(shop / "old.csv", shop / "catalogue.db")
        if not killed(shop, call, number):
            break
        prices.append(price(shop))
    else:
        pytest.fail("the import never came to its end")
    assert len(prices) >= CHANGES[call]
    # Of what follows the swap, the directory's fsync is all: whether the rename was carried out when the kill
    # came is the kernel's to say.
    final = {"fsync": [20000], "rename": prices[-1:]}.get(call, [10000])
    assert prices == [10000] * (len(prices) - 1) + final
    assert sorted(path.name for path in shop.iterdir()) == ["catalogue.db", "new.csv", "old.csv"]


@pytest.mark.usefixtures("tracing")
def test_the_disk_confirms_the_file_before_the_swap_and_the_swap_after_it(shop: Path, tmp_path: Path) -> None:
    """A power cut finds the old catalogue or the new one: file written, synced, renamed, folder synced."""
    trace = tmp_path / "trace"
    assert traced(shop, "-y", "-o", str(trace), "-e", "trace=write,pwrite64,fsync,fdatasync,rename") == 0
    calls = [line.partition(" ")[2].strip() for line in trace.read_text().splitlines() if str(shop) in line]
    *writes, written, _, synced = calls
    assert [call.partition("(")[0] for call in calls[-3:]] == ["fsync", "rename", "fsync"]
    assert {call.partition("(")[0] for call in writes} == {"pwrite64"}
    assert ".catalogue.db.importing>" in written
    assert f"<{shop}>" in synced


@pytest.mark.usefixtures("tracing")
def test_the_kill_is_a_kill(shop: Path) -> None:
    """The test above does what it says: the child dies of SIGKILL with its file half written."""
    assert killed(shop, "pwrite64", 12)
    leftover = shop / ".catalogue.db.importing"
    assert leftover.stat().st_size > 0
    import_catalogue(shop / "new.csv", shop / "catalogue.db")
    assert price(shop) == 20000
    assert not leftover.exists()


@pytest.mark.parametrize("room", [0, 4096, 20_000])
def test_a_full_disk_leaves_the_old_catalogue(shop: Path, room: int) -> None:
    """The import says that the disk is full; the old catalogue is whole and nothing lies about."""
    assert child(FULL, shop, room) == 3
    assert price(shop) == 10000
    assert sorted(path.name for path in shop.iterdir()) == ["catalogue.db", "new.csv", "old.csv"]
