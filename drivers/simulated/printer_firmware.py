"""The virtual printer without its wires: bytes in, answers and cut tickets out; Faults says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.printer.commands import Command, Incomplete, next_command
from drivers.simulated.faults import Faults
from drivers.simulated.printer_head import PrintHead
from drivers.simulated.printer_paper import PrintedTicket

# What is longer than this without an end is taken for rubbish.
_LONGEST_COMMAND = 1 << 22
_SLOW_STEP_S = 0.02
_OFF = ("power-loss", "reset")
_HALTING = ("paper-out", "cover-open", "offline", "cutter-error", *_OFF)
_REQUEST = re.compile(
    rb"\x10(?:\x04[\x01-\x04]|\x05[\x01\x02]"
    rb"|\x14(?:\x01[\x00\x01][\x01-\x08]|\x02\x01\x08|\x08\x01\x03\x14\x01\x06\x02\x08))"
)
_REQUEST_AT_END = re.compile(_REQUEST.pattern + rb"\Z")
# What each bit of GS a asks to be told of, as bits of the four bytes: pin 3; line, cover and feed; errors;
# paper; buttons (Epson's page on GS a).
_AUTO_ITEMS = (
    (0x01, (0x04, 0x00, 0x00, 0x00)),
    (0x02, (0x68, 0x01, 0x00, 0x00)),
    (0x04, (0x00, 0x6C, 0x00, 0x00)),
    (0x08, (0x00, 0x00, 0x0F, 0x00)),
    (0x40, (0x00, 0x02, 0x00, 0x00)),
)


@dataclass(slots=True)
class Counts:
    """What the printer has seen since it was made."""

    tickets: int = 0
    lines: int = 0
    bytes: int = 0
    drawer_kicks: int = 0
    unknown_commands: int = 0
    realtime_in_data: int = 0


@dataclass(frozen=True, slots=True)
class DrawerKick:
    """A pulse on the drawer's connector: on which pin, for how long, and how the printer stood then."""

    pin: int
    ms: int
    real_time: bool
    paper_out: bool
    cover_open: bool


@dataclass(slots=True)
class Firmware:
    """Commands, status and paper of one printer. Not thread-safe: its owner holds a lock.

    answer: called with the bytes the printer sends back. clock: seconds, for delayed echoes.
    tear: a printer without cutter; its paper is taken off when a job ends. cut: called when cable or power
    go, and what was not sent yet with them; told whether the line is gone, too. auto_mask: what it tells by
    itself, as GS a asked for it. serial_number: as it says it (GS I 68).
    """

    head: PrintHead
    answer: Callable[[bytes], None]
    clock: Callable[[], float]
    receive_buffer: int = 65536
    tear: bool = False
    faults: Faults = field(default_factory=lambda: Faults("printer"))
    cut: Callable[[bool], None] = lambda _: None
    counts: Counts = field(default_factory=Counts)
    tickets: list[PrintedTicket] = field(default_factory=list)
    kicks: list[DrawerKick] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    auto_mask: int = 0
    serial_number: str = "0001"
    _buffer: bytearray = field(default_factory=bytearray)
    _recent: bytearray = field(default_factory=bytearray)
    _delayed: list[tuple[float, bytes]] = field(default_factory=list)
    _last_auto: bytes = bytes(4)
    _allowance: float = 0.0
    _read_at: float = 0.0

    def __post_init__(self) -> None:
        self.faults.on_strike, self.faults.on_end = self._struck, self._ended

    # Input ------------------------------------------------------------------------------------------

    def room(self) -> int:
        """How many bytes it will take now; 0 while it does not read at all.

        While it works, a command longer than the buffer flows through it; while it stands, the buffer fills.
        """
        return min(self._room(), self.faults.left("byte") or self.receive_buffer)

    def _room(self) -> int:
        if "stop-reading" in self.faults or (self.off and "line-holds" in self.faults):
            return 0
        if self.off:
            return self.receive_buffer
        if "slow" in self.faults:
            return self._slow_room()
        return max(0, self.receive_buffer - len(self._buffer)) if self.halted else self.receive_buffer

    def _slow_room(self) -> int:
        now, rate = self.clock(), self.faults.figure("slow")
        self._allowance = min(rate * _SLOW_STEP_S * 2 + 1, self._allowance + (now - self._read_at) * rate)
        self._read_at = now
        return int(self._allowance)

    @property
    def held_bytes(self) -> int:
        """Bytes received and not carried out yet."""
        return len(self._buffer)

    def receive(self, data: bytes) -> None:
        """Bytes from the wire: real-time requests are obeyed at once wherever they stand, all else queues."""
        while data:
            size = self.faults.left("byte") or len(data)
            if not (self.off or "deaf" in self.faults):
                self._take(data[:size])
            self.faults.came("byte", len(data[:size]))
            data = data[size:]

    def _take(self, data: bytes) -> None:
        self.counts.bytes += len(data)
        self._allowance -= len(data)
        for byte in data:
            self._buffer.append(byte)
            self._watch(byte)
        self.work()

    def work(self) -> None:
        """Carry out what is in the buffer, until it is empty, broken off or something stops the printer."""
        while self._buffer and not self.halted:
            try:
                command = next_command(self._buffer)
            except Incomplete:
                if len(self._buffer) < _LONGEST_COMMAND:
                    break
                command = Command("?", b"", bytes(self._buffer[:2]))
            del self._buffer[: len(command.raw)]
            self._obey(command)
            if printed := self.head.taken_lines():
                self.counts.lines += printed
                self.faults.came("line", printed)
            if self.head.exhausted:
                self._changed()
        self._changed()

    def tick(self) -> float | None:
        """Send what is due; the seconds until the next thing is, None if nothing waits."""
        wait, now = self.faults.tick(), self.clock()
        due = [entry for entry in self._delayed if entry[0] <= now]
        self._delayed = [entry for entry in self._delayed if entry[0] > now]
        for _, data in due:
            self._send(data)
        waits = [at - now for at, _ in self._delayed] + [_SLOW_STEP_S] * ("slow" in self.faults)
        return min([*waits, wait] if wait is not None else waits, default=None)

    # State ------------------------------------------------------------------------------------------

    @property
    def paper_out(self) -> bool:
        """No paper under the head: by fault, or because the roll is used up."""
        return "paper-out" in self.faults or self.head.exhausted

    @property
    def off(self) -> bool:
        """Without power."""
        return any(name in self.faults for name in _OFF)

    @property
    def plugged(self) -> bool:
        """Whether its line is there."""
        return "unplug" not in self.faults and "power-loss" not in self.faults

    @property
    def halted(self) -> bool:
        """Something keeps it from working off its buffer."""
        return self.paper_out or any(name in self.faults for name in _HALTING)

    def clear(self, name: str | None = None) -> None:
        """Repair one fault, or all; what was held is printed. All, paper-out, near-end: a new roll."""
        self.faults.clear(name)
        if name in (None, "paper-out", "near-end"):
            self.head.new_roll()
        self._changed()
        self.work()

    def _struck(self, name: str) -> None:
        if name in _OFF:
            self._forget()
        if name in _OFF or name == "unplug":
            self.cut(not self.plugged)
        if name in _OFF:
            self._break()
        self._changed()

    def _ended(self, name: str) -> None:
        if name in _OFF:
            self._break()
        if name in ("paper-out", "near-end"):
            self.head.new_roll()
        self._changed()
        self.work()

    def tear_off(self) -> None:
        """Take the paper that hangs out; nothing happens if it is blank."""
        if not self.head.blank:
            self._cut()

    def status_byte(self, n: int) -> int:
        """The answer to DLE EOT n, for n from 1 to 4."""
        out, near = self.paper_out, self._near_end
        bits = {
            1: (0x08 if self.halted else 0) | (0 if "drawer-open" in self.faults else 0x04),
            2: (0x04 if "cover-open" in self.faults else 0)
            | (0x20 if out else 0)
            | (0x40 if "cutter-error" in self.faults else 0),
            3: 0x08 if "cutter-error" in self.faults else 0,
            4: (0x0C if near or out else 0) | (0x60 if out else 0),
        }
        return 0x12 | bits[n]

    @property
    def _near_end(self) -> bool:
        return "near-end" in self.faults or self.head.near_end

    def _auto_status(self) -> bytes:
        first = 0x10 | (0x08 if self.halted else 0) | (0x20 if "cover-open" in self.faults else 0)
        first |= 0 if "drawer-open" in self.faults else 0x04
        second = 0x08 if "cutter-error" in self.faults else 0
        third = (0x03 if self._near_end or self.paper_out else 0) | (0x0C if self.paper_out else 0)
        return bytes((first, second, third, 0x0F))

    def _changed(self) -> None:
        """Automatic status goes out when what was asked for changes, and all of it is told."""
        if not self.auto_mask:
            return
        fresh, watched = self._auto_status(), _watched(self.auto_mask)
        if any((new ^ old) & bits for new, old, bits in zip(fresh, self._last_auto, watched, strict=True)):
            self._last_auto = fresh
            self._send(fresh)

    def _forget(self) -> None:
        """The power is gone: buffers, modes and pending answers with it, the printed paper stays."""
        self._buffer.clear()
        self._recent.clear()
        self._delayed.clear()
        self.auto_mask = 0
        self.head.reset()

    def _break(self) -> None:
        if "break" in self.faults:
            self.answer(b"\x00")

    # Answers ----------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        if not self.off:
            self.answer(self.faults.spoiled(data))

    def _send_in_order(self, data: bytes) -> None:
        if "no-echo" in self.faults:
            return
        if "delay-echo" in self.faults:
            self._delayed.append((self.clock() + self.faults.figure("delay-echo"), data))
        else:
            self._send(data)

    # Real-time requests -----------------------------------------------------------------------------

    def _send_status(self, n: int) -> None:
        if "status-to" in self.faults and n > self.faults.figure("status-to"):
            return
        if "late" in self.faults:
            self._delayed.append((self.clock() + self.faults.figure("late"), bytes((self.status_byte(n),))))
        else:
            self._send(bytes((self.status_byte(n),)))

    def _watch(self, byte: int) -> None:
        """Look for a real-time request in the raw stream, pictures included, as real printers do."""
        self._recent.append(byte)
        del self._recent[:-10]
        found = _REQUEST_AT_END.search(self._recent)
        if found is None:
            return
        request = bytes(found[0])
        self._recent.clear()
        if request[1] == 0x04:
            self._send_status(byte)
        elif request[1] == 0x05:
            self._recover(clear=byte == 2)
        elif request[2] == 0x01:
            # In an error state real printers ignore it; without paper or with an open cover they do not.
            if "cutter-error" not in self.faults:
                self._kick(request[3], request[4] * 100, real_time=True)
        elif request[2] == 0x02:
            self._send(b"\x3b\x30\x00")
        else:
            self._buffer.clear()
            self.head.reset()
            self._send(b"\x37\x25\x00")

    def _kick(self, pin: int, ms: int, *, real_time: bool) -> None:
        self.counts.drawer_kicks += 1
        cover_open = "cover-open" in self.faults
        self.kicks.append(DrawerKick(5 if pin else 2, ms, real_time, self.paper_out, cover_open))

    def _recover(self, *, clear: bool) -> None:
        if clear:
            self._buffer.clear()
            self.head.reset()
        self.faults.clear("cutter-error")

    # Commands ---------------------------------------------------------------------------------------

    def _obey(self, command: Command) -> None:
        name, args = command.name, command.args
        if name in ("DLE EOT", "DLE ENQ", "DLE DC4"):
            return  # obeyed when it arrived
        # What looked like a request inside this command's data was obeyed too.
        self.counts.realtime_in_data += len(_REQUEST.findall(command.raw))
        if name == "GS ( H" and "marks-as-text" in self.faults:
            for letter in command.raw.translate(None, bytes(range(0x20))):
                self._print(Command("text", bytes((letter,)), bytes((letter,))))
        elif name in ("GS r", "GS I", "GS ( H"):
            self._answer_in_order(name, args)
        elif name == "GS a" and "no-auto-status" not in self.faults:
            self.auto_mask = args[0]
            self._last_auto = self._auto_status()
            if args[0]:
                self._send(self._last_auto)
        elif name in ("GS V", "ESC i", "ESC m"):
            self.head.to_cutter(args)
            self._cut()
        elif name == "ESC p":
            self._kick(args[0] & 1, args[1] * 2, real_time=False)
        else:
            self._print(command)

    def _print(self, command: Command) -> None:
        if command.name == "ESC @":
            self.auto_mask = 0
            if self.tear:
                self.tear_off()
        complaint = self.head.obey(command)
        if complaint:
            self.counts.unknown_commands += complaint.startswith("unknown command")
            self.complaints.append(complaint)

    def _answer_in_order(self, name: str, args: bytes) -> None:
        if name == "GS r":
            near, out = (0x03 if self._near_end else 0), (0x0C if self.paper_out else 0)
            pin3 = 0 if "drawer-open" in self.faults else 1
            self._send_in_order(bytes((near | out if args[0] in (1, 49) else pin3,)))
        elif name == "GS I":
            texts = {65: "1.00", 66: "VIRTUAL", 67: "ROLL", 68: self.serial_number, 69: ""}
            text = texts.get(args[0])
            self._send_in_order(b"\x5f" + text.encode() + b"\x00" if text is not None else b"\x20")
        elif args[2:4] == b"00" and len(args) == 8:
            echo = bytes(reversed(args[4:])) if "wrong-echo" in self.faults else args[4:]
            if echo == args[4:] and "wrong-echo" in self.faults:
                echo = b"1234" if args[4:] != b"1234" else b"4321"
            self._send_in_order(b"\x37\x22" + echo + b"\x00")
        else:
            self.counts.unknown_commands += 1
            self.complaints.append(f"unknown command {name} {args.hex(' ')}")

    def _cut(self) -> None:
        self.counts.tickets += 1
        self.tickets.append(self.head.cut(self.counts.tickets))


def _watched(mask: int) -> bytes:
    """The bits of automatic status whose change is told."""
    asked = (bits for item, bits in _AUTO_ITEMS if mask & item)
    return bytes(map(sum, zip(bytes(4), *asked, strict=True)))
