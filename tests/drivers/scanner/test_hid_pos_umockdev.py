"""The HID POS driver with its real requests, on a hidraw node mocked by umockdev.

It proves that the numbers of the requests and the shapes of their answers are those of linux/hidraw.h. A
mocked node cannot prove what the kernel does with a device that is pulled.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.simulated.hid_pos_scanner import DESCRIPTOR

ROOT = Path(__file__).parents[3]
NODE = "/dev/hidraw5"
DEVICE = f"""\
P: /devices/pci0000:00/usb1/1-5/1-5:1.0/0003:0C2E:0B87.0001/hidraw/hidraw5
N: hidraw5
E: DEVNAME={NODE}
E: MAJOR=245
E: MINOR=5
E: SUBSYSTEM=hidraw
A: dev=245:5
"""
IOCTLS = """\
@DEV {node}
HIDIOCGRAWINFO 0 030000002E0C870B
HIDIOCGRDESCSIZE 0 {size}
HIDIOCGRDESC 0 {size}{descriptor}
{feature}
"""
READER = f"""\
from drivers.scanner.hid_pos import HidrawNode
node = HidrawNode({NODE!r})
print("%04x:%04x" % node.model, node.descriptor.hex())
try:
    node.set_feature(b"\\xfe\\x01")
    print("told")
except OSError as error:
    print("not told", error)
node.close()
"""


@pytest.mark.parametrize(("feature", "told"), [("HIDIOCSFEATURE 2 FE01", "told"), ("", "not told")])
def test_the_requests_are_those_of_the_kernel(tmp_path: Path, feature: str, told: str) -> None:
    if not shutil.which("umockdev-run"):
        pytest.skip("umockdev is not installed, so there is no hidraw node to open")
    (tmp_path / "device").write_text(DEVICE)
    size = len(DESCRIPTOR).to_bytes(4, "little").hex().upper()
    descriptor = DESCRIPTOR.ljust(4096, b"\0").hex().upper()
    text = IOCTLS.format(node=NODE, size=size, descriptor=descriptor, feature=feature)
    (tmp_path / "ioctls").write_text(text)
    done = subprocess.run(
        [
            *("umockdev-run", "-d", str(tmp_path / "device"), "-i", f"{NODE}={tmp_path / 'ioctls'}"),
            *("--", sys.executable, "-c", READER),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert lines[:1] == [f"0c2e:0b87 {DESCRIPTOR.hex()}"], done.stderr
    assert lines[1].startswith(told), done.stdout
