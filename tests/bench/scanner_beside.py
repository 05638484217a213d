"""A scanner in a process of its own, as a real one is: who sends from within the till takes the interpreter
from the thread that reads.

python -m tests.bench.scanner_beside LINK sends each label of stdin and says when its last byte was handed to
the wire, on the clock of time.perf_counter. It ends when nobody holds stdin open.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from drivers.simulated.scanner import VirtualScanner


class ScannerBeside:
    """The scanner as its user sees it."""

    def __init__(self, orders: IO[bytes], told: IO[bytes]) -> None:
        self._orders = orders
        self._told = told

    def send(self, label: str) -> None:
        """Have a label sent; returns at once."""
        self._orders.write(f"{label}\n".encode())
        self._orders.flush()

    def sent_at(self) -> float:
        """When the label last asked for went out."""
        return float(self._told.readline())


@contextmanager
def scanner_beside(link: Path) -> Iterator[ScannerBeside]:
    """Plugged in, and read by somebody within ten seconds of the first label."""
    command = [sys.executable, "-m", "tests.bench.scanner_beside", str(link)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        try:
            assert process.stdout.readline() == b"plugged in\n"
            yield ScannerBeside(process.stdin, process.stdout)
        finally:
            process.stdin.close()


def main(link: Path) -> None:
    """Until stdin ends."""
    with VirtualScanner(link) as scanner:
        sys.stdout.write("plugged in\n")
        sys.stdout.flush()
        for label in sys.stdin:
            scanner.wait_until_ready(10)
            at = scanner.send_bytes(f"{label.strip()}\r".encode())
            sys.stdout.write(f"{at}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
