"""The evdev driver with the real python-evdev, on an event node mocked by umockdev.

It proves that real InputDevice objects and real 24-byte records fit the driver. A mocked node cannot prove
exclusivity or ENODEV: the played device of test_evdev_scanner.py shows both, a real kernel neither yet.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.scanner.keyboard import KeyEvent
from drivers.simulated.keyboard_scanner import evemu_lines, key_events

ROOT = Path(__file__).parents[3]
NODE = "/dev/input/event5"
DEVICE = f"""\
P: /devices/pci0000:00/usb1/1-5/1-5:1.0/input/input5/event5
N: input/event5
E: DEVNAME={NODE}
E: ID_INPUT=1
E: ID_INPUT_KEYBOARD=1
E: MAJOR=13
E: MINOR=69
E: SUBSYSTEM=input
A: dev=13:69
"""
# One answer for each size of buffer that python-evdev asks with; umockdev matches the whole request number.
KEY_BITS = (2**84 - 2).to_bytes(96, "little").hex().upper()
IOCTLS = f"""\
@DEV {NODE}
EVIOCGVERSION 0 01000100
EVIOCGID 0 0300E00500121001
EVIOCGREP 0 FA00000021000000
EVIOCGEFFECTS 0 00000000
EVIOCGNAME(0) 8 {b"Scanner".ljust(256, bytes(1)).hex().upper()}
EVIOCGPHYS(0) 8 {b"usb-1-5".ljust(256, bytes(1)).hex().upper()}
EVIOCGUNIQ(0) 1 {bytes(256).hex().upper()}
EVIOCGBIT(0) 4 13001200
EVIOCGBIT(0) 8 {(0x120013).to_bytes(96, "little").hex().upper()}
EVIOCGBIT(1) 96 {KEY_BITS}
EVIOCGBIT(4) 8 {(0x10).to_bytes(96, "little").hex().upper()}
EVIOCGKEY(0) 96 {bytes(96).hex().upper()}
"""
READER = f"""\
import threading
from drivers.scanner.evdev_device import EvdevOptions, EvdevScanner
stop = threading.Event()
def on_scan(scan):
    print(type(scan).__name__, scan.raw.decode(), flush=True)
    stop.set()
EvdevScanner(
    EvdevOptions({NODE!r}, name="desk"), on_scan, lambda *state: print(*state, flush=True)
).run(stop)
"""


def test_real_python_evdev_reads_a_scan(tmp_path: Path) -> None:
    if not shutil.which("umockdev-run"):
        pytest.skip("umockdev is not installed, so there is no node for the real python-evdev to open")
    if not importlib.util.find_spec("evdev"):
        pytest.skip("python-evdev is not installed (it needs a compiler and kernel headers)")
    (tmp_path / "device").write_text(DEVICE)
    (tmp_path / "ioctls").write_text(IOCTLS)
    # umockdev begins with the first event at once and keeps the distances from there.
    events = [KeyEvent(0.0, 0, 0, 0), *key_events("]E08901030867569", start_s=2.0, step_s=0.002)]
    lines = [line for line in evemu_lines(events) if line.startswith("E:")]
    (tmp_path / "events").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [
            *("umockdev-run", "-d", str(tmp_path / "device"), "-i", f"{NODE}={tmp_path / 'ioctls'}"),
            *("-e", f"{NODE}={tmp_path / 'events'}", "--", sys.executable, "-c", READER),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "ok device.ready(name='desk')",
        "ScannedLabel ]E08901030867569",
    ], done.stderr
