"""The virtual printer itself: it answers like real ones that were recorded, and keeps its paper straight."""

from __future__ import annotations

import io
import queue
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.printer.profile import profile_named
from drivers.simulated.fault_script import words_of
from drivers.simulated.fault_words import WORDS
from drivers.simulated.printer import VirtualPrinter
from drivers.simulated.printer_control import command, serve
from drivers.simulated.printer_firmware import Firmware
from drivers.simulated.printer_head import PrintHead
from drivers.simulated.printer_paper import Glyph, glyph_picture
from tests.drivers.printer.printer_rig import opened, plain, printed

BEGINNINGS = [b"\x1d(k", b"\x1dv0\x00", b"\x1dkI", b"\x1b*", b"\x10"]
FOUR = bytes.fromhex("100401 100402 100403 100404")


class Bench:
    """A firmware without wires, with what it sent and a clock to turn."""

    def __init__(self, **options: object) -> None:
        self.sent = b""
        self.now = 0.0
        self.firmware = Firmware(PrintHead(576, 80), self.keep, lambda: self.now, **options)  # type: ignore[arg-type]

    def keep(self, data: bytes) -> None:
        self.sent += data

    def ask(self, data: bytes) -> bytes:
        self.sent = b""
        self.firmware.receive(data)
        return self.sent


@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        (None, "16 12 12 12"),
        ("paper-out", "1e 32 12 7e"),
        ("near-end", "16 12 12 1e"),
        ("cover-open", "1e 16 12 12"),
        ("offline", "1e 12 12 12"),
        ("cutter-error", "1e 52 1a 12"),
        ("drawer-open", "12 12 12 12"),
    ],
)
def test_status_bytes_are_those_of_recorded_printers(fault: str | None, answers: str) -> None:
    """Idle from a TM-T20II capture, faults from an independent emulator."""
    bench = Bench()
    if fault:
        bench.firmware.faults.add(fault)
    assert bench.ask(FOUR).hex(" ") == answers


def test_automatic_status_comes_at_once_and_on_each_change_until_initialised() -> None:
    bench = Bench()
    assert bench.ask(b"\x1da\xff") == b"\x14\x00\x00\x0f"
    bench.sent = b""
    bench.firmware.faults.add("cover-open")
    assert bench.sent == b"\x3c\x00\x00\x0f"
    bench.firmware.clear()
    bench.ask(b"\x1b@")
    bench.firmware.faults.add("paper-out")
    assert bench.sent == b""


@pytest.mark.parametrize(
    ("asked", "fault", "told"),
    [
        (0x01, "drawer-open", "10 00 00 0f"),
        (0x01, "cover-open", ""),
        (0x02, "cover-open", "3c 00 00 0f"),
        (0x02, "drawer-open", ""),
        (0x04, "cutter-error", "1c 08 00 0f"),
        (0x04, "near-end", ""),
        (0x08, "near-end", "14 00 03 0f"),
        (0x08, "paper-out", "1c 00 0f 0f"),
        (0x08, "cutter-error", ""),
        (0x40, "paper-out", ""),
    ],
)
def test_automatic_status_is_told_of_what_was_asked_for(asked: int, fault: str, told: str) -> None:
    """And then all four bytes of it, as Epson's page on GS a has it."""
    bench = Bench()
    bench.ask(bytes((0x1D, 0x61, asked)))
    bench.sent = b""
    bench.firmware.faults.add(fault)
    assert bench.sent.hex(" ") == told


def test_automatic_status_is_switched_on_in_its_turn_and_lost_with_the_power() -> None:
    bench = Bench()
    bench.firmware.faults.add("paper-out")
    assert bench.ask(b"\x1da\x0f") == b""
    bench.firmware.clear()
    assert bench.sent == b"\x14\x00\x00\x0f"
    bench.firmware.faults.add("reset")
    bench.firmware.clear()
    bench.sent = b""
    bench.firmware.faults.add("cover-open")
    assert bench.sent == b""


def test_in_order_answers_wait_for_the_paper() -> None:
    """GS r, GS I and the process ID come after what stands before them; none comes without paper."""
    bench = Bench()
    request = b"x\n\x1dr\x01\x1dIB\x1d(H\x06\x0000AB01"
    assert bench.ask(request) == b"\x00\x5fVIRTUAL\x00\x37\x22AB01\x00"
    bench.firmware.faults.add("paper-out")
    assert bench.ask(request) == b""
    bench.firmware.clear()
    assert bench.sent == b"\x00\x5fVIRTUAL\x00\x37\x22AB01\x00"


def test_delayed_and_wrong_echoes() -> None:
    bench = Bench()
    mark = b"\x1d(H\x06\x0000AB01"
    bench.firmware.faults.add("delay-echo 2 s")
    assert bench.ask(mark) == b""
    assert bench.firmware.tick() == 2.0
    bench.now = 2.0
    assert bench.firmware.tick() is None
    assert bench.sent == b"\x37\x22AB01\x00"
    bench.firmware.clear()
    bench.firmware.faults.add("wrong-echo")
    assert b"AB01" not in bench.ask(mark)
    assert b"ABBA" not in bench.ask(b"\x1d(H\x06\x0000ABBA")


def test_buffers_are_cleared_on_request_and_lost_with_the_power() -> None:
    bench = Bench()
    bench.firmware.faults.add("paper-out")
    bench.ask(b"held\n\x1dV\x00")
    assert bench.ask(bytes.fromhex("10 14 08 01 03 14 01 06 02 08")) == b"\x37\x25\x00"
    bench.ask(b"held\n\x1dV\x00")
    bench.firmware.faults.add("power-loss")
    bench.firmware.clear()
    assert bench.firmware.tickets == []


def test_a_request_inside_a_picture_is_obeyed_and_counted() -> None:
    """Real printers do that; it is what a driver has to avoid."""
    bench = Bench()
    assert bench.ask(b"\x1dv0\x00\x03\x00\x01\x00\x10\x04\x01") == b"\x16"
    assert bench.firmware.counts.realtime_in_data == 1


def test_unknown_commands_are_reported_and_skipped() -> None:
    bench = Bench()
    bench.ask(b"a\x1b\x7fb\n\x1c\x7f\x1dV\x00")
    assert bench.firmware.tickets[0].text == "ab\n"
    assert bench.firmware.counts.unknown_commands == 2
    assert bench.firmware.complaints[0] == "unknown command ?: 1b 7f"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\x1dkI\x03{Xa", "means nothing"),
        (b"\x1dkI\x03{C\x70", "not in the chosen set"),
        (b"\x1dkI\x03abc", "not in the chosen set"),
        (b"\x1dkI\x14{BABCDEFGHIJKLMNOPQR", "do not fit"),
        (b"\x1bt\x0f", "code page 15"),
        (b"\x1bR\x03", "international set 3"),
        (b"\x1bt\x10\x81", "no letter in page cp1252"),
        (b"\x1d(k\x03\x001Q0", "nothing stored"),
    ],
)
def test_what_cannot_be_printed_is_said(data: bytes, complaint: str) -> None:
    """A wrong prefix or a bar code too wide leaves a gap on real paper, so it must not look fine here."""
    bench = Bench()
    bench.ask(data)
    assert [complaint in sentence for sentence in bench.firmware.complaints] == [True]


def test_styles_keep_their_columns() -> None:
    """Double-wide letters take two columns each; a line that is too long goes on in the next."""
    bench = Bench()
    bench.ask(b"\x1d!\x10AB CD  EF\x1d!\x00\n" + b"x" * 50 + b"\n\x1ba\x01mid\n\x1ba\x02end\n\x1dV\x00")
    lines = bench.firmware.tickets[0].text.splitlines()
    assert lines[:3] == ["AB CD         EF", "x" * 48, "xx"]
    assert lines[3].index("mid") == 23 - 1
    assert lines[4] == " " * 45 + "end"


def test_the_picture_is_as_wide_as_the_paper() -> None:
    bench = Bench()
    bench.ask(b"Hello\n\x1bE\x01Bold\x1bE\x00\n\x1dV\x00")
    picture = Image.open(io.BytesIO(bench.firmware.tickets[0].png))
    assert picture.width == 640
    assert picture.convert("L").getextrema() == (0, 255)


@settings(max_examples=150)
@given(
    st.lists(
        st.binary(max_size=12) | st.sampled_from([b"\x1d(k", b"\x1dv0\x00", b"\x1dkI", b"\x1b*", b"\x10"])
    )
)
def test_no_input_stops_it(pieces: list[bytes]) -> None:
    """Any bytes in any pieces: it never raises, and never answers more than it was asked."""
    bench = Bench()
    for piece in pieces:
        bench.firmware.receive(piece)
    bench.firmware.tear_off()


def test_it_is_driven_from_outside_like_a_process(tmp_path: Path) -> None:
    """The announced line names the printer and the control port; the switches work over it."""
    stop = threading.Event()
    announced: queue.Queue[str] = queue.Queue()
    running = threading.Thread(
        target=serve,
        kwargs={
            "stop": stop,
            "announce": announced.put,
            "directory": tmp_path / "tickets",
            "pty_link": tmp_path / "ttyPrinter",
        },
    )
    running.start()
    try:
        word, url, also, port = announced.get(timeout=10).split()
        assert (word, also) == ("printer", "control")
        control = int(port)
        assert command(control, "fault paper-out") == {"ok": True}
        assert command(control, "status")["faults"] == ["paper-out"]
        assert command(control, "fault explode")["ok"] is False
        assert command(control, "fault slow")["ok"] is False
        assert command(control, "nonsense")["ok"] is False
        assert command(control, "clear") == {"ok": True}
        host, _, tcp_port = url.removeprefix("tcp://").partition(":")
        with socket.create_connection((host, int(tcp_port))) as sock:
            sock.sendall(b"Namaste\n\x1dV\x00\x10\x04\x01")
            assert sock.recv(1) == b"\x16"
        assert command(control, "tickets") == {"ok": True, "tickets": ["Namaste\n"]}
        assert command(control, "ticket 1") == {"ok": True, "text": "Namaste\n"}
        assert (tmp_path / "tickets" / "ticket-0001.txt").read_text(encoding="utf-8") == "Namaste\n"
    finally:
        stop.set()
        running.join()
    assert not (tmp_path / "ttyPrinter").exists()


def test_paper_without_cutter_is_torn_off_when_the_printer_falls_quiet(tmp_path: Path) -> None:
    with (
        VirtualPrinter(paper_mm=58, port=None, pty_link=tmp_path / "tty") as printer,
        opened(printer) as line,
    ):
        printed(line, plain("one"), profile=profile_named("clone-58-no-replies"))
        assert printer.wait_for_tickets(1)[0].text == "one\n"


def test_every_fault_can_be_set_and_cleared() -> None:
    with VirtualPrinter() as printer:
        for name in words_of("printer"):
            figure = {"": "", "s": " 1 s", "number": " 1"}[WORDS[name].figure]
            printer.set_fault(f"{name}{figure}")
        printer.clear()
        assert printer.status()["faults"] == []
        with opened(printer) as line:
            assert printed(line, plain("still here")).state == "confirmed"


def test_a_capital_keeps_its_accent_within_its_line() -> None:
    """As fonts of printers do: a preview of a receipt must not read ECOLE for ÉCOLE."""
    plain_letters, accented = (
        [glyph_picture(Glyph(letter)).tobytes() for letter in letters] for letters in ("EAONU", "ÉÄÔÑÜ")
    )
    assert not set(plain_letters) & set(accented)
    assert len({glyph_picture(Glyph(letter)).tobytes() for letter in "ÉÈÊËE"}) == 5
