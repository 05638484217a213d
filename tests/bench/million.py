"""A million past sales must not slow the next one: `python -m tests.bench.million [BILLS]`.

Two stores, one empty and one with that many bills of three lines, sell in turn; what counts is their ratio.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.store import bills
from agent.store.opening import open_store
from tests.bench.row import median
from tests.rig.till import RICE, RigTill

_ROUNDS = 200
_LINES = 3


def main() -> int:
    """Print the ratios; 1 if a sale into the full store takes half as long again or more."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as place:
        full = Path(place) / "full"
        size = _filled(full, count)
        tills = {"empty": RigTill(Path(place) / "empty"), "full": RigTill(full)}
        scans: dict[str, list[float]] = {"empty": [], "full": []}
        sales: dict[str, list[float]] = {"empty": [], "full": []}
        for _ in range(_ROUNDS):
            for name, till in tills.items():
                scans[name].append(_timed(till, e.ItemAdded(RICE, 1000, RICE.price_minor)))
                till.open_sale.do(e.TenderBegun())
                till.open_sale.do(e.TenderAdded(TenderType.CASH, 50000))
                sales[name].append(_timed(till, e.Completed()))
                time.sleep(0.005)
        opened = _opening(tills["full"])
        for till in tills.values():
            till.close()
    rows = {"scan": scans, "complete": sales}
    ratios = {what: median(found["full"]) / median(found["empty"]) for what, found in rows.items()}
    sys.stdout.write(f"{count} bills, {size / 1e6:.0f} MB, opened in {opened * 1000:.0f} ms\n")
    for what, ratio in ratios.items():
        sys.stdout.write(f"{what}: {ratio:.2f} times the empty store\n")
    return int(max(ratios.values()) > 1.5)


def _timed(till: RigTill, event: e.Event) -> float:
    started = time.perf_counter()
    assert till.open_sale.do(event).ok
    return time.perf_counter() - started


def _opening(till: RigTill) -> float:
    till.close()
    started = time.perf_counter()
    till.open()
    return time.perf_counter() - started


def _filled(directory: Path, count: int) -> int:
    """Bills by one real sale and many copies of its rows."""
    till = RigTill(directory)
    for _ in range(_LINES):
        till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    till.open_sale.do(e.TenderBegun())
    till.open_sale.do(e.TenderAdded(TenderType.CASH, 200000))
    till.open_sale.do(e.Completed())
    till.open_sale.tidy()
    till.close()
    store = open_store(directory)
    with store.transaction() as tx:
        tx.execute("CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                   f" WHERE i < {count - 1}) SELECT i FROM c")  # fmt: skip
        for table, shift in (("bill", 0), ("bill_line", 9), ("tender", 9)):
            columns = [row[1] for row in tx.execute(f"PRAGMA table_info({table})")]
            values = [f"t.id + (n.i << {shift})" if name == "id" else f"t.{name}" for name in columns]
            if table == "bill":
                values[columns.index("number")] = "substr(t.number, 1, 7) || printf('%06d', n.i + 1)"
                values[columns.index("entry")] = "n.i + 1"
            tx.execute(f"INSERT INTO {table} SELECT {', '.join(values)} FROM n, {table} AS t WHERE t.id < "
                       f"(SELECT id + 1 FROM bill LIMIT 1) << {shift} ORDER BY 1")  # fmt: skip
        tx.execute("INSERT INTO journal SELECT n.i + 1, 'bill', j.ref + n.i, j.at, '', randomblob(32)"
                   " FROM n, journal AS j WHERE j.n = 1")  # fmt: skip
        tx.execute("INSERT INTO printed SELECT n.i + 1, s.bill_id + n.i, 0, 'confirmed', 1, s.created_at,"
                   " s.created_at, '' FROM n, spool AS s")  # fmt: skip
    store.checkpoint()
    assert bills.find(store.connection, f"S1T126-{count:06d}")
    store.close()
    return store.path.stat().st_size


if __name__ == "__main__":
    sys.exit(main())
