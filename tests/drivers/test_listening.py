"""Which of several devices speaks first: on pseudo terminals, with what each kind sends."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.listening import first_to_speak
from drivers.plugged import Plugged
from drivers.simulated.hid_pos_scanner import by_reports
from drivers.simulated.scanner import VirtualScanner

_LONG_S = 20.0


@contextmanager
def beside(work: object) -> Iterator[None]:
    """Something that happens while it is listened."""
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    try:
        yield
    finally:
        thread.join(20)


def soon() -> float:
    return time.monotonic() + _LONG_S


@pytest.mark.parametrize("kind", ["serial", "hid-pos"])
def test_the_scanner_that_is_scanned_with_is_the_one(tmp_path: Path, kind: str) -> None:
    quiet, loud = (Plugged(kind, str(tmp_path / name)) for name in ("quiet", "loud"))
    with VirtualScanner(Path(quiet.node)), VirtualScanner(Path(loud.node)) as scanner:

        def scan() -> None:
            scanner.wait_for_reader(10)
            time.sleep(0.2)
            if kind == "serial":
                scanner.send_bytes(b"8901030867569\r")
            else:
                by_reports(scanner, "8901030867569")

        with beside(scan):
            assert first_to_speak([quiet, loud], soon()) == loud


def test_a_printer_speaks_by_its_feed_button_and_not_by_answering(tmp_path: Path) -> None:
    device = Plugged("printer", str(tmp_path / "lp0"))
    asked: list[bytes] = []
    with VirtualScanner(tmp_path / "lp0") as printer:

        def answer() -> None:
            printer.wait_for_reader(10)
            # Idle twice, noise that is no status, and then the button (DLE EOT 1, bit 6).
            for told in (b"\x16", b"\x16\xff\x00", b"\x56"):
                asked.append(printer.receive(10))
                printer.send_bytes(told)

        with beside(answer):
            assert first_to_speak([device], soon()) == device
    assert asked == [b"\x10\x04\x01"] * 3


def test_what_cannot_be_opened_is_told_and_what_is_pulled_says_nothing_more(tmp_path: Path) -> None:
    absent, pulled = Plugged("serial", str(tmp_path / "none")), Plugged("serial", str(tmp_path / "tty"))
    told: list[tuple[Plugged, int | None]] = []
    with VirtualScanner(tmp_path / "tty") as scanner:

        def pull() -> None:
            scanner.wait_for_reader(10)
            time.sleep(0.1)
            scanner.unplug()

        with beside(pull):
            spoke = first_to_speak(
                [absent, pulled],
                time.monotonic() + 1.0,
                deaf=lambda device, error: told.append((device, error.errno)),
            )
    assert spoke is None
    assert told == [(absent, errno.ENOENT)]


def test_one_that_somebody_else_has_heard_is_named(tmp_path: Path) -> None:
    names = iter(["", "", "desk"])
    with VirtualScanner(tmp_path / "tty"):
        device = Plugged("serial", str(tmp_path / "tty"))
        assert first_to_speak([device], soon(), besides=lambda: next(names)) == "desk"
