"""The HID POS driver on a device that is played: reports in a socket of packets, with a kernel's manners.

hidraw hands each reader one report a read, and EIO once the device is gone and what it had sent is read. The
simulated scanner, whose node is a pseudo terminal, is tried as well; the requests of the real node, on a
mocked one, in test_hid_pos_umockdev.py.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scanner_listener import Listener
from test_hid_reports import KEYBOARD, LONG, RICE

from drivers.message import Message
from drivers.reconnect import Waits
from drivers.scanner.framing import Framing
from drivers.scanner.hid_pos import EMULATION, HidPosOptions, HidPosScanner
from drivers.scanner.label import ScannedLabel, TornScan
from drivers.simulated.fault_script import read
from drivers.simulated.faults import Faults
from drivers.simulated.hid_pos_scanner import DESCRIPTOR, by_reports, report, reports
from drivers.simulated.scanner import VirtualScanner, serve

QUICK = Waits(0.02, 0.1)
# Patient with pauses, which on a busy machine come between two writes of a test.
PATIENT = Framing(stale_s=10.0)


MADE: list[Hardware] = []


@pytest.fixture(autouse=True)
def _pulled() -> Iterator[None]:
    """Nothing stays plugged in behind a test."""
    yield
    while MADE:
        MADE.pop().unplug()


class Hardware:
    """A scanner and the kernel's side of it: what is plugged in, and who has it open."""

    def __init__(self, model: tuple[int, int] = (0x05E0, 0x1300), descriptor: bytes = DESCRIPTOR) -> None:
        self.model, self.descriptor = model, descriptor
        self.plugged = True
        self.features: list[bytes] = []
        self.feature_error: int | None = None
        self.late_s = 0.0
        self._lock = threading.Lock()
        self._wires: list[socket.socket] = []
        MADE.append(self)

    def open(self, path: str) -> Node:
        with self._lock:
            if not self.plugged:
                raise OSError(errno.ENOENT, "No such file or directory", path)
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            theirs.setblocking(False)
            self._wires.append(ours)
            return Node(self, theirs)

    def send(self, *some: bytes) -> None:
        with self._lock:
            for one in some:
                for wire in self._wires:
                    wire.send(one)

    def unplug(self) -> None:
        with self._lock:
            self.plugged = False
            for wire in self._wires:
                wire.close()
            self._wires.clear()


class Node:
    """One open file of it."""

    def __init__(self, hardware: Hardware, wire: socket.socket) -> None:
        self.model, self.descriptor = hardware.model, hardware.descriptor
        self._hardware, self._wire = hardware, wire

    def fileno(self) -> int:
        return self._wire.fileno()

    def read(self) -> bytes:
        found = self._wire.recv(4096)
        if not found:
            raise OSError(errno.EIO, "Input/output error")
        time.sleep(self._hardware.late_s)
        return found

    def set_feature(self, data: bytes) -> None:
        if self._hardware.feature_error:
            raise OSError(self._hardware.feature_error, "feature")
        self._hardware.features.append(data)

    def close(self) -> None:
        self._wire.close()


def start(listener: Listener, hardware: Hardware, framing: Framing = PATIENT, quiet_s: float = 0.0) -> None:
    options = HidPosOptions("/dev/pos/hidpos", "desk", framing, QUICK, quiet_s)
    listener.start(HidPosScanner(options, listener.scans.put, listener.on_state, hardware.open))


def test_labels_of_one_report_and_of_three_are_read(listener: Listener) -> None:
    hardware = Hardware()
    start(listener, hardware)
    assert listener.until("ok") == "desk is ready"
    hardware.send(*reports(f"]E0{RICE}"), *reports(f"]Q1{LONG}"))
    assert listener.scan() == ScannedLabel(RICE, "]E0", "desk", RICE.encode())
    assert listener.scan() == ScannedLabel(LONG, "]Q1", "desk", LONG.encode())
    assert hardware.features == [], "nobody but Honeywell's is told anything"


def test_pulled_inside_a_label_and_plugged_in_again(listener: Listener) -> None:
    """What had come is torn, each change of state is told once, and the next label is whole."""
    hardware = Hardware()
    start(listener, hardware)
    assert listener.state() == ("ok", "desk is ready")
    hardware.send(reports(f"]Q1{LONG}")[0])
    hardware.unplug()
    assert listener.scan() == TornScan(Message("scanner.torn.unplugged"), "desk", LONG[:56].encode())
    assert listener.state() == ("missing", "desk is not plugged in")
    time.sleep(0.1)
    hardware.plugged = True
    assert listener.state() == ("ok", "desk is ready")
    hardware.send(*reports(f"]E0{RICE}"))
    assert listener.scan() == ScannedLabel(RICE, "]E0", "desk", RICE.encode())
    assert listener.states.empty()


@pytest.mark.parametrize("vendor", [0x0C2E, 0x23D0])
@pytest.mark.parametrize("error", [None, errno.EPIPE])
def test_honeywells_are_told_to_send_each_time_they_are_opened(
    listener: Listener, vendor: int, error: int | None
) -> None:
    """One that does not know the request is read all the same."""
    hardware = Hardware((vendor, 0x0B87))
    hardware.feature_error = error
    start(listener, hardware)
    listener.until("ok")
    assert hardware.features == ([] if error else [b"\xfe\x01"])
    hardware.unplug()
    listener.until("missing")
    hardware.plugged = True
    listener.until("ok")
    assert hardware.features == ([] if error else [b"\xfe\x01"] * 2)
    hardware.send(*reports(f"]E0{RICE}"))
    assert listener.scan() == ScannedLabel(RICE, "]E0", "desk", RICE.encode())


def test_a_device_that_is_no_scanner_is_named_and_not_read(listener: Listener) -> None:
    start(listener, Hardware(descriptor=KEYBOARD))
    told = listener.until("missing")
    assert told.startswith("desk is no scanner of the kind hid-pos")


def test_symbols_emulation_is_known_by_its_numbers(listener: Listener) -> None:
    hardware = Hardware(EMULATION, KEYBOARD)
    start(listener, hardware)
    listener.until("ok")
    hardware.send((bytes((len(RICE),)) + RICE.encode()).ljust(64, b"\0"))
    assert listener.scan() == ScannedLabel(RICE, "", "desk", RICE.encode())


def test_the_rest_of_a_label_that_began_before_the_opening_is_not_sold(listener: Listener) -> None:
    hardware = Hardware()
    start(listener, hardware, quiet_s=30.0)
    listener.until("ok")
    hardware.send(*reports(f"]Q1{LONG}")[1:])
    assert listener.scan() == TornScan(Message("scanner.torn.opening"), "desk", LONG[56:].encode())


def test_the_parts_of_a_label_that_wait_for_a_late_reader_are_one(listener: Listener) -> None:
    """When they came is unknown then; that they are read late is no silence between them."""
    hardware = Hardware()
    start(listener, hardware, Framing(stale_s=0.2))
    listener.until("ok")
    hardware.late_s = 0.4
    hardware.send(*reports(f"]Q1{LONG}"))
    assert listener.scan() == ScannedLabel(LONG, "]Q1", "desk", LONG.encode())


def test_a_short_report_on_the_wire_is_torn_and_the_next_label_is_whole(listener: Listener) -> None:
    hardware = Hardware()
    start(listener, hardware, Framing(stale_s=0.05))
    listener.until("ok")
    hardware.send(reports(RICE)[0][:17])
    assert isinstance(torn := listener.scan(), TornScan)
    assert torn.reason == Message("scanner.torn.report-short", bytes=17)
    time.sleep(0.3)
    hardware.send(*reports(RICE))
    assert listener.scan() == ScannedLabel(RICE, "]E0", "desk", RICE.encode())


def simulated(listener: Listener, link: Path) -> None:
    options = HidPosOptions(str(link), "desk", PATIENT, QUICK)
    listener.start(HidPosScanner(options, listener.scans.put, listener.on_state))


def test_a_simulated_scanner_is_read_unplugged_and_found_again(listener: Listener, tmp_path: Path) -> None:
    """Every byte goes through the terminal as it is, and the name that moved is found."""
    link = tmp_path / "hidpos"
    everything = "".join(map(chr, range(0x20, 0x7F))) + "\x1d\x04\r\nनमक"
    with VirtualScanner(link) as scanner:
        simulated(listener, link)
        assert listener.until("ok") == "desk is ready"
        time.sleep(0.1)
        by_reports(scanner, f"]Q1{everything}")
        assert listener.scan() == ScannedLabel(everything, "]Q1", "desk", everything.encode())
        scanner.send_bytes(report("]Q1", b"HALF", more=True))
        scanner.unplug()
        assert listener.scan() == TornScan(Message("scanner.torn.unplugged"), "desk", b"HALF")
        assert listener.until("missing") == "desk is not plugged in"
        keep = os.openpty()  # takes the number of the old terminal, so that the name leads elsewhere
        scanner.replug()
        listener.until("ok")
        time.sleep(0.1)
        by_reports(scanner, RICE)
        assert listener.scan() == ScannedLabel(RICE, "]E0", "desk", RICE.encode())
        for fd in keep:
            os.close(fd)


def test_the_command_sends_what_is_typed_as_reports(listener: Listener, tmp_path: Path) -> None:
    link = tmp_path / "hidpos"
    said: list[str] = []
    done: list[int] = []
    lines = [f"]E0{RICE}\n", "!wait 400\n", "]C1" + "1" * 60 + "\n", "!wait 400\n"]
    serving = threading.Thread(target=lambda: done.append(serve(link, lines, by=by_reports, say=said.append)))
    serving.start()
    simulated(listener, link)
    assert [scan.text for _ in range(2) if isinstance(scan := listener.scan(), ScannedLabel)] == [
        RICE,
        "1" * 60,
    ]
    serving.join(20)
    assert done == [2]
    assert f"sent ]E0{RICE}" in said, "nobody acknowledges, and nothing is said of it"


@pytest.mark.parametrize(
    "fault", ["at label 2: half for 1 label", "at label 2: silent for 1 label", "at byte 90: unplug for 0 s"]
)
def test_what_a_faulty_one_shows_whole_is_heard_and_nothing_else(
    listener: Listener, tmp_path: Path, fault: str
) -> None:
    labels, faults = [f"LABEL-{number}" for number in range(4)], Faults("hid-pos", read(fault, "hid-pos"))
    options = HidPosOptions(str(tmp_path / "hidpos"), "desk", waits=QUICK)
    with VirtualScanner(tmp_path / "hidpos", faults) as scanner:
        listener.start(HidPosScanner(options, listener.scans.put, listener.on_state))
        whole = []
        for label in labels:
            scanner.wait_until_ready(10)
            whole += [label] * scanner.send(label, by=by_reports).whole
        heard: list[str] = []
        while labels[-1] not in heard:
            scan = listener.scan()
            heard += [scan.text] if isinstance(scan, ScannedLabel) else []
    assert heard == whole == [labels[0], *labels[2:]]


def test_a_second_reader_of_ours_is_kept_out(listener: Listener, tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "hidpos"):
        simulated(listener, tmp_path / "hidpos")
        listener.until("ok")
        other = Listener()
        simulated(other, tmp_path / "hidpos")
        assert other.until("missing") == "desk is held by another program"
        other.finish()


@pytest.mark.parametrize(
    ("path", "words"),
    [("/dev/null", "desk is not a device of this kind"), ("/", "desk cannot be used (EISDIR)")],
)
def test_what_is_no_hidraw_node_is_told(listener: Listener, path: str, words: str) -> None:
    options = HidPosOptions(path, "desk", waits=QUICK)
    listener.start(HidPosScanner(options, listener.scans.put, listener.on_state))
    assert listener.until("missing") == words
