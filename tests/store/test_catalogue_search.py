"""A search reads what may match, finds what reading everything finds, and holds no scan up."""

from __future__ import annotations

import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from agent.store import catalogue_search
from agent.store.catalogue import FILE_NAME, Catalogue, folded, open_catalogue
from tests.store.catalogue_source import bring

WORDS = ["Rice", "Basmati", "Masala", "Tea", "Soap", "Blue", "50%", "5'", "चाय", "पत्ती", "A", "Zz", "Ghee's"]
ASKED = [
    "a",
    "zz",
    "te",
    "none",
    "rice",
    "bas",
    "s0001",
    "50%",
    "5'",
    "चाय",
    "asmati ric",
    "चाय प",
    "tea a b",
    "00",
    "1",
]


def _imported(folder: Path, count: int) -> Path:
    pick = random.Random(3)
    lines = [
        f"S{no:05d},{' '.join(pick.choices(WORDS, k=3))},{pick.randrange(1, 900)}.00,5" for no in range(count)
    ]
    assert bring(folder, "\n".join(("sku,name,price,tax_rate", *lines)) + "\n").accepted == count
    return folder / FILE_NAME


def _steps(connection: sqlite3.Connection, word: str) -> int:
    """SQLite's own steps for a search, in hundreds."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(count, 100)
    catalogue_search.find(connection, "sku", [word], 20)
    connection.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_the_index_finds_what_reading_everything_finds(tmp_path: Path, limit: int) -> None:
    with closing(open_catalogue(_imported(tmp_path, 600))) as connection:
        for asked in ASKED:
            words = folded(asked).split()
            every = " AND ".join(["instr(words, ?) > 0"] * len(words))
            wanted = connection.execute(
                f"SELECT sku FROM item WHERE {every} ORDER BY instr(words, ?) != 1, words, sku LIMIT ?",
                (*words, words[0], limit),
            ).fetchall()
            assert catalogue_search.find(connection, "sku", words, limit) == wanted, asked


def test_a_catalogue_of_an_earlier_version_is_read_through(tmp_path: Path) -> None:
    path = _imported(tmp_path, 60)
    before = [item.sku for item in Catalogue(path).search("rice", 100)]
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE found; DROP TABLE place;")
    assert [item.sku for item in Catalogue(path).search("rice", 100)] == before != []


def test_a_search_does_not_grow_with_the_catalogue(tmp_path: Path) -> None:
    """Twenty times as many items cost no twenty times as many steps."""
    found = []
    for count in (500, 10_000):
        folder = tmp_path / str(count)
        folder.mkdir()
        with closing(open_catalogue(_imported(folder, count))) as connection:
            found.append(max(_steps(connection, word) for word in ("s00123", "rice", "nowhere")))
    assert found[1] < 4 * found[0] + 20, found


def test_a_scan_waits_for_no_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = Catalogue(_imported(tmp_path, 30))
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> list[tuple[object, ...]]:
        begun.set()
        assert go_on.wait(30)
        return []

    monkeypatch.setattr("agent.store.catalogue.find", slow)
    asking = threading.Thread(target=catalogue.search, args=("rice",))
    asking.start()
    assert begun.wait(10)
    found = []
    scan = threading.Thread(target=lambda: found.append(catalogue.by_sku("S00001")))
    scan.start()
    scan.join(5)
    waited = scan.is_alive()
    go_on.set()
    asking.join()
    scan.join()
    catalogue.close()
    assert found[0] is not None
    assert not waited
