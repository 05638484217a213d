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

ROOT = Path(__file__).parents[2]
OLD = "sku,name,price,tax_rate\nTEA,Tea,100,5\n"
NEW = "sku,name,price,tax_rate\nTEA,Tea,200,5\n" + "".join(f"X{i},Filler {i},1,0\n" for i in range(200))

# Kills itself with the real signal before the n-th call that changes the disk; writes in small pieces.
DIES = """
import os, signal, sys
from pathlib import Path
from agent.store import catalogue_file
from agent.store.catalogue_import import import_catalogue

left = int(sys.argv[3])

def deadly(real):
    def call(*args, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **named)
    return call

for name in ("ftruncate", "write", "fchmod", "fsync", "replace", "unlink"):
    setattr(os, name, deadly(getattr(os, name)))
catalogue_file._CHUNK = 8192
import_catalogue(Path(sys.argv[1]), Path(sys.argv[2]))
"""

ORDER = """
import os, stat, sys
from pathlib import Path
from agent.store.catalogue_import import import_catalogue

def told(name, real):
    def call(*args):
        folder = name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode)
        calls.append(name + ("-folder" if folder else "-file") if name == "fsync" else name)
        return real(*args)
    return call

calls = []
for name in ("write", "fsync", "replace"):
    setattr(os, name, told(name, getattr(os, name)))
import_catalogue(Path(sys.argv[1]), Path(sys.argv[2]))
print(*calls)
"""

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


def test_killed_before_every_change_to_the_disk(shop: Path) -> None:
    """kill -9 at each step: the old catalogue until the swap, the new one after it; then imports work."""
    prices = []
    for step in range(1, 100):
        import_catalogue(shop / "old.csv", shop / "catalogue.db")
        if child(DIES, shop, step) == 0:
            break
        prices.append(price(shop))
    else:
        pytest.fail("the import never came to its end")
    # ftruncate, several writes, fchmod, fsync, replace: old. The directory's fsync: the new one is in place.
    assert prices == [10000] * (len(prices) - 1) + [20000]
    assert len(prices) > 8
    assert sorted(path.name for path in shop.iterdir()) == ["catalogue.db", "new.csv", "old.csv"]


def test_the_disk_confirms_the_file_before_the_swap_and_the_swap_after_it(shop: Path) -> None:
    """A power cut finds the old catalogue or the new one: file synced, renamed, folder synced."""
    arguments = [str(shop / "new.csv"), str(shop / "catalogue.db")]
    done = subprocess.run(
        [sys.executable, "-c", ORDER, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    calls = done.stdout.split()
    assert calls[-3:] == ["fsync-file", "replace", "fsync-folder"]
    assert set(calls[:-3]) == {"write"}


def test_the_kill_is_a_kill(shop: Path) -> None:
    """The test above does what it says: the child dies of SIGKILL with its file half written."""
    assert child(DIES, shop, 3) == -signal.SIGKILL
    leftover = shop / ".catalogue.db.importing"
    assert 0 < leftover.stat().st_size <= 8192
    import_catalogue(shop / "new.csv", shop / "catalogue.db")
    assert price(shop) == 20000
    assert not leftover.exists()


@pytest.mark.parametrize("room", [0, 4096, 20_000])
def test_a_full_disk_leaves_the_old_catalogue(shop: Path, room: int) -> None:
    """The import says that the disk is full; the old catalogue is whole and nothing lies about."""
    assert child(FULL, shop, room) == 3
    assert price(shop) == 10000
    assert sorted(path.name for path in shop.iterdir()) == ["catalogue.db", "new.csv", "old.csv"]
