"""The virtual scanner: faults by seed, and the command's lines."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from scanner_listener import Listener

from drivers.reconnect import Waits
from drivers.scanner.label import ScannedLabel, TornScan
from drivers.scanner.serial_port import SerialOptions, SerialScanner
from drivers.simulated.keyboard_scanner import key_events
from drivers.simulated.scanner import FaultScript, Sent, VirtualScanner, serve


def start(listener: Listener, link: Path) -> None:
    options = SerialOptions(str(link), waits=Waits(0.02, 0.1), name="front")
    listener.start(SerialScanner(options, listener.scans.put, listener.on_state))


def play(link: Path, faults: FaultScript) -> tuple[list[Sent], list[str]]:
    """Ten labels through a faulty scanner into the driver; what was sent and what was heard."""
    listener = Listener()
    heard: list[str] = []
    sent = []
    try:
        with VirtualScanner(link, faults) as scanner:
            start(listener, link)
            listener.until("ok")
            for number in range(10):
                sent.append(scanner.send(f"LABEL-{number}"))
                if "cut" in sent[-1].faults:
                    listener.until("missing")
                    listener.until("ok")
            scanner.send_bytes(b"END\r")
            while (scan := listener.scan()).raw != b"END":
                heard.append(scan.text if isinstance(scan, ScannedLabel) else "torn")
    finally:
        listener.finish()
    return sent, heard


def test_whole_labels_all_arrive_and_damaged_ones_never_do(tmp_path: Path) -> None:
    """Whatever the faults: each whole label is heard once, in order, and no damaged one is."""
    sent, heard = play(tmp_path / "tty", FaultScript(seed=7, split=0.5, noise=0.3, burst=0.3))
    assert [text for text in heard if text != "torn"] == [one.text for one in sent if one.whole]
    damage = sum(("noise" in one.faults) + ("burst" in one.faults) for one in sent)
    assert heard.count("torn") == damage > 0


def test_cables_pulled_by_seed(tmp_path: Path) -> None:
    sent, heard = play(tmp_path / "tty", FaultScript(seed=3, cut=0.3))
    assert [text for text in heard if text != "torn"] == [one.text for one in sent if one.whole]
    assert any("cut" in one.faults for one in sent)


def test_the_same_seed_gives_the_same_faults(tmp_path: Path) -> None:
    first, _ = play(tmp_path / "a", FaultScript(seed=5, split=0.5, noise=0.5))
    second, _ = play(tmp_path / "b", FaultScript(seed=5, split=0.5, noise=0.5))
    other, _ = play(tmp_path / "c", FaultScript(seed=6, split=0.5, noise=0.5))
    assert first == second
    assert first != other


def test_serve_scans_the_lines_it_is_given(listener: Listener, tmp_path: Path) -> None:
    """Labels, a pulled cable and raw bytes, one a line; the link goes when the lines end."""
    link = tmp_path / "tty"
    heard = threading.Event()

    def lines() -> Iterator[str]:
        yield "8901030867569\n"
        yield "!unplug\n"
        assert heard.wait(10)
        yield "!replug\n"
        yield "!hex 00 0d\n"
        yield "!wait 10\n"
        yield "\n"
        yield "A1\n"
        assert isinstance(listener.scan(), TornScan)
        assert listener.scan() == ScannedLabel("A1", "", "front", b"A1")

    said: list[str] = []
    counts: list[int] = []
    thread = threading.Thread(
        target=lambda: counts.append(serve(link, lines(), say=said.append)), daemon=True
    )
    thread.start()
    start(listener, link)
    assert listener.scan() == ScannedLabel("8901030867569", "", "front", b"8901030867569")
    heard.set()
    thread.join(20)
    assert counts == [2]
    assert said[0] == f"scanner ready at {link}"
    assert "sent 8901030867569" in said
    assert not link.is_symlink()


def test_an_order_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'!explode' is not one of"):
        serve(tmp_path / "tty", ["!explode"])


def test_a_real_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "tty").write_text("precious")
    with pytest.raises(FileExistsError):
        VirtualScanner(tmp_path / "tty")
    assert (tmp_path / "tty").read_text() == "precious"


def test_nobody_listening_is_told(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="no program opened"):
        serve(tmp_path / "tty", ["A1"], reader_timeout_s=0.05)


def test_an_unplugged_scanner_sends_nothing(tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "tty") as scanner:
        scanner.unplug()
        with pytest.raises(OSError, match="unplugged"):
            scanner.send("A1")


@pytest.mark.parametrize(("text", "style"), [("\u0939", "shift"), ("\u0939", "alt")])
def test_what_a_keyboard_cannot_type_is_refused(text: str, style: str) -> None:
    with pytest.raises(ValueError, match="cannot type"):
        key_events(text, style=style)
