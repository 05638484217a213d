"""However many items a file has, an import holds few of them in memory.

ITEMS=500000 in the environment is the long form.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sale.label_checks import closed

ROOT = Path(__file__).parents[2]
ITEMS = int(os.environ.get("ITEMS", "30000"))
# Two caches of SQLite are full sooner or later, and nothing else grows. All in memory, 30,000 took 70 MB.
MOST_MB = 25 if ITEMS <= 30_000 else 80

IMPORTS = """
import re, sys
from pathlib import Path
from agent.store.catalogue_import import import_catalogue

def peak():
    # getrusage would tell the peak of whoever started this process, if that was higher.
    return int(re.search("VmHWM:\\s*([0-9]+) kB", Path("/proc/self/status").read_text())[1])

before = peak()
report = import_catalogue(Path(sys.argv[1]), Path(sys.argv[2]), mode=sys.argv[3])
print(report.total, report.accepted, peak() - before)
"""


def items(price: str = "145.50") -> Iterator[dict[str, str]]:
    """Not in the order of their SKUs, as files are."""
    for no in range(ITEMS):
        number = (no * 7919) % ITEMS
        yield {
            "sku": f"SKU-{number:07d}",
            "name": f"Basmati Rice Extra Long Grain Masala {number}",
            "price": price,
            "tax_rate": "5",
            "hsn": "10063020",
            "gtins": closed(f"890{number:09d}"),
        }


def written(file: Path, rows: Iterator[dict[str, str]]) -> Path:
    with file.open("w", encoding="utf-8") as out:
        if file.suffix == ".json":
            out.write("[" + ",".join(map(json.dumps, rows)) + "]")
        else:
            out.write("sku,name,price,tax_rate,hsn,gtins\n")
            out.writelines(",".join(row.values()) + "\n" for row in rows)
    return file


def imported(source: Path, mode: str = "replace") -> list[int]:
    """Rows in all, rows accepted, and MB that the import added to its process at most."""
    command: list[Any] = [sys.executable, "-c", IMPORTS, source, source.with_name("catalogue.db"), mode]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    total, accepted, kib = map(int, done.stdout.split())
    return [total, accepted, kib // 1024]


@pytest.mark.parametrize("name", ["items.csv", "items.json"])
def test_an_import_holds_few_items_in_memory(tmp_path: Path, name: str) -> None:
    total, accepted, grown = imported(written(tmp_path / name, items()))
    assert (total, accepted) == (ITEMS, ITEMS)
    assert grown < MOST_MB


def test_merging_holds_few_items_in_memory(tmp_path: Path) -> None:
    """Every second item is in the file again."""
    imported(written(tmp_path / "old.csv", items()))
    again = (row for no, row in enumerate(items("150")) if no % 2)
    total, accepted, grown = imported(written(tmp_path / "new.csv", again), "merge")
    assert total == accepted == ITEMS // 2
    assert grown < MOST_MB


def test_bad_rows_are_not_held_in_memory(tmp_path: Path) -> None:
    """Each row has a problem of its own."""
    total, accepted, grown = imported(written(tmp_path / "bad.csv", items("ten")))
    assert (total, accepted) == (ITEMS, 0)
    assert grown < MOST_MB
