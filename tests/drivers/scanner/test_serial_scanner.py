"""The serial driver on a real pty with real pyserial: cables are pulled, noise comes, nothing is invented."""

from __future__ import annotations

import os
import queue
import re
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import serial
from scanner_listener import Listener

from agent.language.language import in_english
from drivers.message import Message
from drivers.reconnect import DeviceGone, Waits
from drivers.scanner.framing import Framing
from drivers.scanner.label import Raw, ScannedLabel, TornScan
from drivers.scanner.serial_port import SerialOptions, SerialScanner
from drivers.simulated.scanner import VirtualScanner

QUICK = Waits(0.02, 0.1)


def start(listener: Listener, url: object, framing: Framing | None = None) -> None:
    options = SerialOptions(str(url), name="front", framing=framing or Framing(), waits=QUICK)
    listener.start(SerialScanner(options, listener.scans.put, listener.on_state))


def test_a_label_arrives_as_scanned(listener: Listener, tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "tty") as scanner:
        start(listener, tmp_path / "tty")
        assert listener.until("ok") == "front is ready"
        scanner.send("]E08901030867569")
        assert listener.scan() == ScannedLabel("8901030867569", "]E0", "front", b"]E08901030867569")


def test_all_that_arrives_is_handed_out_before_anything_is_made_of_it(
    listener: Listener, tmp_path: Path
) -> None:
    heard: queue.Queue[Raw] = queue.Queue()
    options = SerialOptions(str(tmp_path / "tty"), name="front", framing=Framing(prefix="#"), waits=QUICK)
    with VirtualScanner(tmp_path / "tty") as scanner:
        take = listener.scans.put
        listener.start(SerialScanner(options, take, listener.on_state, lambda _, raw: heard.put(raw)))
        listener.until("ok")
        scanner.send_bytes(b"#]E08901030867569\r\n\x00")
        came = b""
        while not came.endswith(b"\x00"):
            raw = heard.get(timeout=10)
            assert isinstance(raw, bytes)
            came += raw
        assert came == b"#]E08901030867569\r\n\x00"
        assert listener.scan() == ScannedLabel("8901030867569", "]E0", "front", b"#]E08901030867569")


def test_one_byte_at_a_time_is_the_same_label(listener: Listener, tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "tty") as scanner:
        start(listener, tmp_path / "tty")
        listener.until("ok")
        for byte in b"8901030867569\r\n":
            scanner.send_bytes(bytes([byte]))
            time.sleep(0.002)
        assert listener.scan() == ScannedLabel("8901030867569", "", "front", b"8901030867569")


def test_silence_ends_a_label_without_suffix(listener: Listener, tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "tty") as scanner:
        start(listener, tmp_path / "tty", Framing(suffix="none", idle_s=0.05))
        listener.until("ok")
        scanner.send("8901030867569", suffix="")
        assert listener.scan() == ScannedLabel("8901030867569", "", "front", b"8901030867569")


def test_binary_noise_is_reported_and_the_next_label_is_good(listener: Listener, tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "tty") as scanner:
        start(listener, tmp_path / "tty")
        listener.until("ok")
        scanner.send_bytes(bytes([0x00, 0xFF, 0x13, 0x80]) + b"12\r")
        torn = listener.scan()
        assert isinstance(torn, TornScan)
        assert torn.device == "front"
        scanner.send("8901030867569")
        assert listener.scan() == ScannedLabel("8901030867569", "", "front", b"8901030867569")


def test_unplugging_inside_a_label_tears_it_and_the_moved_name_is_found_again(
    listener: Listener, tmp_path: Path
) -> None:
    """Half a label is reported, never sold nor glued; each change of state is told once."""
    link = tmp_path / "tty"
    with VirtualScanner(link) as scanner:
        start(listener, link)
        assert listener.state() == ("ok", "front is ready")
        scanner.send_bytes(b"890103")
        scanner.unplug()
        torn = listener.scan()
        assert torn == TornScan(Message("scanner.torn.unplugged"), "front", b"890103")
        assert listener.state() == ("missing", "front is not plugged in")
        time.sleep(0.3)
        keep = os.openpty()  # takes the number of the old terminal, so that the name leads elsewhere
        scanner.replug()
        assert listener.state() == ("ok", "front is ready")
        scanner.send("0867569")
        assert listener.scan() == ScannedLabel("0867569", "", "front", b"0867569")
        for fd in keep:
            os.close(fd)
    assert listener.states.qsize() <= 1


def test_a_scanner_missing_at_the_start_is_told_once_and_found_later(
    listener: Listener, tmp_path: Path
) -> None:
    link = tmp_path / "tty"
    start(listener, link)
    assert listener.state() == ("missing", "front is not plugged in")
    time.sleep(0.3)
    assert listener.states.empty(), "an absence was told more than once"
    with VirtualScanner(link) as scanner:
        assert listener.state() == ("ok", "front is ready")
        scanner.send("A1")
        assert listener.scan() == ScannedLabel("A1", "", "front", b"A1")


def test_an_absent_scanner_costs_few_attempts(tmp_path: Path) -> None:
    """The waits grow to their cap: half a second of absence is a handful of attempts, not a spin."""
    stop = threading.Event()
    told: list[tuple[str, Message]] = []
    waited: Counter[int] = Counter()

    class Counting(threading.Event):
        """Time flies; what is waited is counted by the attempt before it."""

        def wait(self, timeout: float | None = None) -> bool:
            waited[scanner.progress] += round(1000 * (timeout or 0))
            if scanner.progress == 8:
                self.set()
            return self.is_set()

    stop = Counting()
    options = SerialOptions(str(tmp_path / "none"), waits=Waits(0.1, 1.0))
    scanner = SerialScanner(options, lambda _: None, lambda *state: told.append(state))
    scanner.run(stop)
    assert [waited[attempt] for attempt in range(1, 8)] == [100, 200, 400, 800, 1000, 1000, 1000]
    assert told == [("missing", Message("device.gone.absent", name=str(tmp_path / "none")))]


def test_a_port_held_by_another_program_says_so(listener: Listener, tmp_path: Path) -> None:
    import serial

    with (
        VirtualScanner(tmp_path / "tty") as scanner,
        serial.Serial(str(tmp_path / "tty"), exclusive=True) as other,
    ):
        start(listener, tmp_path / "tty")
        assert listener.state() == ("missing", "front is held by another program")
        other.close()
        listener.until("ok")
        scanner.send("A1")
        assert listener.scan() == ScannedLabel("A1", "", "front", b"A1")


def test_a_label_under_way_while_opening_is_not_sold_by_its_tail(listener: Listener, tmp_path: Path) -> None:
    """A stream that is already running when the port opens has lost its head: reported, never a label."""
    with VirtualScanner(tmp_path / "tty") as scanner:
        options = SerialOptions(str(tmp_path / "tty"), name="front", waits=QUICK, quiet_s=0.5)
        listener.start(SerialScanner(options, listener.scans.put, listener.on_state))
        scanner.wait_for_reader(10)
        while listener.scans.empty() and listener.states.empty():
            scanner.send_bytes(b"9")
            time.sleep(0.005)
        assert listener.scan() == TornScan(Message("scanner.torn.opening"), "front")
        scanner.send_bytes(b"569\r")
        listener.until("ok")
        scanner.send("A1")
        assert listener.scan() == ScannedLabel("A1", "", "front", b"A1")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense://here", r"front cannot be used \(ValueError\)"),
        ("/dev/null", r"front .*(not a device of this kind|cannot be used)"),
        ("/", r"front cannot be used \(EISDIR\)"),
    ],
)
def test_a_url_that_cannot_be_a_scanner_is_named_and_harmless(
    listener: Listener, url: str, words: str
) -> None:
    start(listener, url)
    state, text = listener.state()
    assert state == "missing"
    assert re.match(words, text)


def test_settings_the_port_refuses_are_told(listener: Listener, tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "tty"):
        options = SerialOptions(str(tmp_path / "tty"), name="front", bytesize=3, waits=QUICK)
        listener.start(SerialScanner(options, listener.scans.put, listener.on_state))
        state, text = listener.state()
        assert state == "missing"
        assert text.startswith("front cannot be used")


def test_a_network_scanner_reconnects(listener: Listener) -> None:
    """socket:// URLs are read like ports: half a label at the hang-up is torn, the next call is answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        start(listener, f"socket://127.0.0.1:{server.getsockname()[1]}")
        first, _ = server.accept()
        listener.until("ok")
        first.sendall(b"8901030867569\r890")
        assert listener.scan() == ScannedLabel("8901030867569", "", "front", b"8901030867569")
        time.sleep(0.1)
        first.close()
        assert isinstance(listener.scan(), TornScan)
        assert listener.until("missing") == "front is not plugged in"
        second, _ = server.accept()
        listener.until("ok")
        second.sendall(b"A1\r\n")
        assert listener.scan() == ScannedLabel("A1", "", "front", b"A1")
        second.close()


def test_what_the_listener_raises_ends_the_driver(tmp_path: Path) -> None:
    """A till that cannot keep a scan must not go on as if it had: the error is not taken for the port's."""

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    with VirtualScanner(tmp_path / "tty") as scanner:
        ready = threading.Event()
        raised: list[OSError] = []
        driver = SerialScanner(SerialOptions(str(tmp_path / "tty")), full, lambda *_: ready.set())

        def run() -> None:
            try:
                driver.run(threading.Event())
            except OSError as error:
                raised.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        assert ready.wait(10)
        scanner.send("A1")
        thread.join(10)
        assert [error.errno for error in raised] == [28]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("socket://127.0.0.1:1", "refuses the connection"),
        ("socket://scanner.invalid:4001", "cannot be reached in the network"),
        ("/dev/null", "is not a device of this kind"),
        ("/dev/ttyUSB99", "is not plugged in"),
    ],
)
def test_why_a_port_does_not_open_is_never_said_in_a_librarys_words(url: str, told: str) -> None:
    with pytest.raises((OSError, ValueError)) as failed:
        serial.serial_for_url(url, exclusive=True)
    assert in_english(DeviceGone.because("front", failed.value).message) == f"front {told}"
