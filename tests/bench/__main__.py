"""`make bench`: measure, compare with the targets, exit 1 if one is missed."""

import sys
import tempfile
from pathlib import Path

from tests.bench.draining import draining_rows, herd_rows
from tests.bench.framing import framing_rows
from tests.bench.painting import painting_rows
from tests.bench.printing import printing_rows
from tests.bench.resident import resident_rows
from tests.bench.selling import selling_rows
from tests.bench.serving import serving_rows
from tests.bench.starting import starting_rows


def main() -> int:
    """Print every figure with its floor, its ratio and its target."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as place:
        rows = [
            *starting_rows(Path(place) / "start"),
            *serving_rows(Path(place) / "serve"),
            *framing_rows(),
            *selling_rows(Path(place) / "sell"),
            *painting_rows(Path(place) / "paint"),
            *printing_rows(Path(place) / "print"),
            *resident_rows(Path(place) / "resident"),
            *draining_rows(Path(place) / "drain"),
            *herd_rows(),
        ]
    sys.stdout.write(f"{'':52} {'floor':>10} {'here':>10} {'figure':>8} {'target':>8}\n")
    for row in rows:
        mark = "ok" if row.met else "MISSED"
        sys.stdout.write(
            f"{row.what:52} {row.floor:>10} {row.here:>10} {row.figure:8.2f} {row.target:8.2f}  {mark}\n"
        )
    return 0 if all(row.met for row in rows) else 1


sys.exit(main())
