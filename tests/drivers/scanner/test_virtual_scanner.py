"""The virtual scanner: faults by script and seed, and the command's lines."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from scanner_listener import Listener

from drivers.reconnect import Waits
from drivers.scanner.label import ScannedLabel, TornScan
from drivers.scanner.serial_port import SerialOptions, SerialScanner
from drivers.simulated.fault_script import Script, generated, read
from drivers.simulated.faults import Faults
from drivers.simulated.keyboard_scanner import key_events
from drivers.simulated.scanner import Sent, VirtualScanner, serve


def start(listener: Listener, link: Path) -> None:
    options = SerialOptions(str(link), waits=Waits(0.02, 0.1), name="front")
    listener.start(SerialScanner(options, listener.scans.put, listener.on_state))


def play(link: Path, script: Script) -> tuple[list[Sent], list[str], list[str]]:
    """Ten labels through a faulty scanner into the driver; what was sent, heard and said to have struck."""
    listener = Listener()
    heard: list[str] = []
    sent = []
    faults = Faults("scanner", script)
    try:
        with VirtualScanner(link, faults) as scanner:
            start(listener, link)
            for number in range(10):
                scanner.wait_until_ready(10)
                sent.append(scanner.send(f"LABEL-{number}"))
            faults.clear()
            scanner.wait_until_ready(10)
            sent.append(scanner.send("LABEL-END"))
            while (scan := listener.scan()).raw != b"LABEL-END":
                heard.append(scan.text if isinstance(scan, ScannedLabel) else "torn")
    finally:
        listener.finish()
    return sent[:-1], heard, [line.partition("#")[0] for line in faults.struck]


SCRIPTS = [
    *(generated(seed, "scanner", 6) for seed in range(4)),
    read("at label 2: garbage for 2 labels\nat label 5: noise 1 for 1 label", "scanner"),
    read("at byte 12: unplug for 0 s\nat byte 40: unplug for 300 ms", "scanner"),
    read("at label 4: half for 1 label\nat label 6: silent for 2 labels\nslow 200", "scanner"),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=range(len(SCRIPTS)))
def test_whole_labels_all_arrive_and_damaged_ones_never_do(script: Script, tmp_path: Path) -> None:
    """Whatever the faults: each whole label is heard once, in order, and no damaged one is."""
    sent, heard, struck = play(tmp_path / "tty", script)
    assert [text for text in heard if text != "torn"] == [one.text for one in sent if one.whole]
    assert struck


def test_the_same_seed_gives_the_same_faults(tmp_path: Path) -> None:
    script = read("seed 5\nat label 2: noise 2 for 5 labels\nat byte 60: unplug for 0 s", "scanner")
    first, again = (play(tmp_path / name, script) for name in ("a", "b"))
    assert first == again


def test_what_is_said_to_have_struck_is_a_script_that_does_it_again(tmp_path: Path) -> None:
    """What a hand did, too."""
    said: list[str] = []
    again: list[str] = []
    outcomes = []
    for script, told in ((read("silent for 1 label", "scanner"), said), (None, again)):
        faults = Faults("scanner", script or read("\n".join(said)), say=told.append)
        with VirtualScanner(tmp_path / "tty", faults) as scanner:
            listener = Listener()
            start(listener, tmp_path / "tty")
            scanner.wait_until_ready(10)
            outcomes.append([scanner.send("FIRST")])
            if script:
                faults.add("half for 1 label")
            outcomes[-1] += [scanner.send(text) for text in ("SECOND", "THIRD")]
            listener.finish()
    assert [one.whole for one in outcomes[0]] == [False, False, True]
    assert outcomes[0] == outcomes[1]
    assert said[1].startswith("scanner: at label 2: half for 1 label  # after ")


def test_serve_scans_the_lines_it_is_given(listener: Listener, tmp_path: Path) -> None:
    """Labels, a pulled cable and raw bytes, one a line; the link goes when the lines end."""
    link = tmp_path / "tty"
    heard = threading.Event()

    def lines() -> Iterator[str]:
        yield "8901030867569\n"
        yield "!unplug\n"
        assert heard.wait(10)
        yield "!clear\n"
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


def test_an_order_that_is_none_is_said_and_the_scanner_stays(tmp_path: Path) -> None:
    said: list[str] = []
    serve(tmp_path / "tty", ["!explode", "!hex 0g", "!unplug", "A1"], say=said.append)
    assert said[1].startswith("not understood: 'explode' is no fault of scanner; there are unplug")
    assert said[2].startswith("not understood: non-hexadecimal")
    assert said[3].startswith("scanner: unplug  # after 0")
    assert said[-1] == "did not send A1: it is unplugged"


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
