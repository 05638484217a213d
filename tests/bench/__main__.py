"""`make bench`: measure, compare with the targets, exit 1 if one is missed.

python -m tests.bench NAMES measures some rows: selling, printing ...
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.draining import draining_rows, herd_rows
from tests.bench.framing import framing_rows
from tests.bench.painting import painting_rows
from tests.bench.printing import printing_rows
from tests.bench.resident import resident_rows
from tests.bench.row import TOLD, Row
from tests.bench.scanning import scanning_rows
from tests.bench.selling import selling_rows
from tests.bench.serving import serving_rows
from tests.bench.starting import starting_rows

_ROWS: dict[str, Callable[[Path], list[Row]]] = {
    "starting": starting_rows,
    "serving": serving_rows,
    "framing": lambda _: framing_rows(),
    "selling": selling_rows,
    "scanning": scanning_rows,
    "painting": painting_rows,
    "printing": printing_rows,
    "resident": resident_rows,
    "draining": draining_rows,
    "herd": lambda _: herd_rows(),
}


def main(names: list[str]) -> int:
    """Print every figure with its floor, its ratio and its target."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as place:
        rows = [row for name in names or _ROWS for row in _ROWS[name](Path(place) / name)]
    sys.stdout.write(f"{'':52} {'floor':>10} {'here':>10} {'figure':>8} {'target':>8}\n")
    for row in rows:
        mark = "ok" if row.met else "MISSED"
        target = f"{row.target:8.2f}  {mark}" if row.target < TOLD else ""
        sys.stdout.write(f"{row.what:52} {row.floor:>10} {row.here:>10} {row.figure:8.2f} {target}\n")
    return 0 if all(row.met for row in rows) else 1


sys.exit(main(sys.argv[1:]))
