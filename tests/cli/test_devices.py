"""`pos-agent device`: on devices that umockdev shows to the real command, one process for each."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.cli.plugged_in import by_node
from agent.settings.adding import BEFORE
from agent.settings.config import load
from drivers.scanner.keyboard import KeyEvent
from drivers.simulated.hid_pos_scanner import DESCRIPTOR
from drivers.simulated.keyboard_scanner import evemu_lines, key_events

pytestmark = pytest.mark.skipif(
    not shutil.which("umockdev-run"), reason="umockdev is not installed, so there are no devices to show"
)

SETTINGS = """\
# The till of the corner shop.
store = "{place}/store"
[shop]
name = "Corner Shop"
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
"""
_USB = "/devices/pci0000:00/usb1"
KEYBOARD = f"""\
P: {_USB}/1-5
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: idVendor=1a2b
A: idProduct=3c4d
A: manufacturer=Shenzhen
A: product=USB Keyboard

P: {_USB}/1-5/1-5:1.0/input/input5
E: SUBSYSTEM=input
A: id/bustype=0003
A: id/vendor=1a2b
A: id/product=3c4d
A: name=Shenzhen USB Keyboard
A: capabilities/key=10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe

P: {_USB}/1-5/1-5:1.0/input/input5/event5
N: input/event5
E: DEVNAME=/dev/input/event5
E: MAJOR=13
E: MINOR=69
E: SUBSYSTEM=input
A: dev=13:69
L: device=../../input5

"""
HID_POS = f"""\
P: {_USB}/1-6
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: idVendor=0c2e
A: idProduct=0b87

P: {_USB}/1-6/1-6:1.0/0003:0C2E:0B87.0001
E: SUBSYSTEM=hid
H: report_descriptor={DESCRIPTOR.hex().upper()}

P: {_USB}/1-6/1-6:1.0/0003:0C2E:0B87.0001/hidraw/hidraw6
N: hidraw6
E: DEVNAME=/dev/hidraw6
E: MAJOR=245
E: MINOR=6
E: SUBSYSTEM=hidraw
A: dev=245:6
L: device=../../../0003:0C2E:0B87.0001

"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.write_text(SETTINGS.format(place=tmp_path))
    return file


def run(
    place: Path, *words: str, devices: str = KEYBOARD + HID_POS, more: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """pos-agent, on a box that has these devices."""
    (place / "devices").write_text(devices)
    command = [
        *("umockdev-run", "-d", str(place / "devices")),
        *more,
        "--",
        sys.executable,
        "-m",
        "agent.cli",
    ]
    return subprocess.run(
        [*command, "device", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"COLUMNS": "200"},
    )


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, str]]:
    assert done.stdout, done.stderr
    return list(json.loads(done.stdout))


def test_the_list_names_what_is_there_who_reads_it_and_the_lines_that_would(settings: Path) -> None:
    found = rows(run(settings.parent, "list", "--json", "--config", str(settings)))
    assert [(one["kind"], one["path"], one["read_by"]) for one in found if one["kind"] != "serial"] == [
        ("hid-pos", "/dev/pos/hidpos-0c2e-0b87", ""),
        ("keyboard", "/dev/pos/scanner-1a2b-3c4d", ""),
    ]
    assert next(one["what"] for one in found if one["kind"] == "keyboard") == "Shenzhen USB Keyboard"
    settings.write_text(
        settings.read_text() + '[[scanner]]\nkind = "hid-pos"\npath = "/dev/hidraw6"\nname = "desk"\n'
    )
    said = run(settings.parent, "list", "--config", str(settings))
    assert said.returncode == 0, said.stderr
    assert "desk" in said.stdout
    assert "[[scanner]]" not in said.stdout, "one is read, and the other may be a person's keyboard"
    assert "pos-agent device adopt /dev/pos/scanner-1a2b-3c4d" in said.stdout
    assert "pos-agent device adopt DEVICE" not in said.stdout
    settings.write_text(SETTINGS.format(place=settings.parent))
    said = run(settings.parent, "list", "--config", str(settings), devices=HID_POS)
    assert '[[scanner]]\n    kind = "hid-pos"\n    path = "/dev/pos/hidpos-0c2e-0b87"\n' in said.stdout
    assert "pos-agent device adopt DEVICE" in said.stdout


def test_a_port_that_the_scale_or_a_serial_printer_has_is_read(settings: Path) -> None:
    more = '[scale]\npath = "/dev/hidraw6"\n[[printer]]\nurl = "/dev/input/event5?baudrate=19200"\n'
    settings.write_text(settings.read_text() + more)
    found = rows(run(settings.parent, "list", "--json", "--config", str(settings)))
    assert {one["node"]: one["read_by"] for one in found if one["kind"] != "serial"} == {
        "/dev/hidraw6": "scale",
        "/dev/input/event5": "printer",
    }


def test_without_settings_or_with_wrong_ones_the_list_is_shown_all_the_same(settings: Path) -> None:
    done = run(settings.parent, "list", "--json", "--config", str(settings.parent / "none.toml"))
    assert (done.returncode, done.stderr) == (0, "")
    settings.write_text("nonsense")
    wrong = run(settings.parent, "list", "--json", "--config", str(settings))
    assert rows(done) == rows(wrong)
    assert "Who reads what is not known" in wrong.stderr


def test_a_device_is_told_by_any_name_and_what_is_none_ends_with_2(settings: Path) -> None:
    config = ("--config", str(settings))
    told = run(settings.parent, "probe", "/dev/input/event5", *config)
    assert told.returncode == 0, told.stderr
    for words in ("Shenzhen USB Keyboard", "may not open", "device adopt"):
        assert words in told.stdout
    by_path = run(settings.parent, "probe", "/dev/pos/hidpos-0c2e-0b87", "--json", *config)
    assert json.loads(by_path.stdout)["node"] == "/dev/hidraw6"
    for name, words in (("/dev/null", "no device that the till reads"), ("/dev/pos/none", "is not there")):
        none = run(settings.parent, "probe", name, *config)
        assert (none.returncode, words in none.stderr) == (2, True), none.stderr


def test_a_port_that_has_a_scale_or_a_display_is_not_said_to_be_free(settings: Path, tmp_path: Path) -> None:
    """Adopted as a scanner's it would be fought over."""
    more = f'[scale]\npath = "{tmp_path}/a"\nname = "plate"\n[display]\npath = "{tmp_path}/b"\n'
    settings.write_text(settings.read_text() + more)
    (tmp_path / "a").symlink_to(tmp_path / "node")
    found = by_node(load(settings, {})[0], [])
    assert (found[str(tmp_path / "node")], found[f"{tmp_path}/b"]) == ("plate", "display")


def adopted(settings: Path, *words: str) -> subprocess.CompletedProcess[str]:
    rules = settings.parent / "61-shop.rules"
    return run(settings.parent, "adopt", *words, "--rules", str(rules), "--config", str(settings))


def test_a_scanner_is_adopted_once_and_everything_else_in_the_file_stays(settings: Path) -> None:
    before = settings.read_text()
    done = adopted(settings, "/dev/hidraw6", "--name", "desk")
    assert done.returncode == 0, done.stderr
    assert "systemctl restart pos-agent" in done.stdout
    text = settings.read_text()
    assert text.startswith(before.rstrip())
    assert (settings.parent / f"agent.toml{BEFORE}").read_text() == before
    [scanner] = load(settings, {})[0].scanner
    assert (scanner.kind, scanner.path, scanner.name) == ("hid-pos", "/dev/pos/hidpos-0c2e-0b87", "desk")
    assert not (settings.parent / "61-shop.rules").exists(), "its name comes from the till's own rules"
    again = adopted(settings, "/dev/hidraw6")
    assert (again.returncode, settings.read_text()) == (0, text)
    assert "read already" in again.stdout


def test_it_is_added_where_the_list_of_scanners_stands(settings: Path) -> None:
    """A list in conf.d takes the place of the one before it: a section in the main file would never be
    read."""
    other = settings.parent / "conf.d/10-devices.toml"
    other.parent.mkdir()
    other.write_text('[[scanner]]\nkind = "serial"\npath = "/dev/ttyNone"\nname = "old one"\n')
    main = settings.read_text()
    done = adopted(settings, "/dev/hidraw6")
    assert done.returncode == 0, done.stderr
    assert settings.read_text() == main
    assert [one.kind for one in load(settings, {})[0].scanner] == ["serial", "hid-pos"]
    assert "old one" in done.stdout, "what is not there any more is named"


def test_a_keyboard_of_an_unknown_maker_is_only_taken_when_somebody_says_it_is_a_scanner(
    settings: Path,
) -> None:
    before, rules = settings.read_text(), settings.parent / "61-shop.rules"
    refused = adopted(settings, "/dev/input/event5")
    assert refused.returncode == 2
    assert "--is-scanner" in refused.stderr
    assert settings.read_text() == before
    rules.write_text("# ours")
    done = adopted(settings, "/dev/input/event5", "--is-scanner")
    assert done.returncode == 0, done.stderr
    assert "udevadm control --reload" in done.stdout, "another file of rules is none that udev was told of"
    lines = rules.read_text().splitlines()
    assert lines[0] == "# ours"
    [rule] = [line for line in lines if line and not line.startswith("#")]
    assert 'ATTRS{id/vendor}=="1a2b", ATTRS{id/product}=="3c4d"' in rule
    assert 'SYMLINK+="pos/scanner-1a2b-3c4d"' in rule
    assert load(settings, {})[0].scanner[0].path == "/dev/pos/scanner-1a2b-3c4d"
    assert "Shenzhen" not in rules.read_text(), "what a device says of itself is no part of an order to root"
    settled = (rules.read_text(), settings.read_text())
    again = adopted(settings, "/dev/input/event5")
    assert again.returncode == 0, again.stderr
    assert (rules.read_text(), settings.read_text()) == settled


def test_wrong_settings_are_mended_first_and_wrong_additions_are_not_made(settings: Path) -> None:
    before = settings.read_text()
    settings.write_text(before + "[tll]\n")
    assert adopted(settings, "/dev/hidraw6").returncode == 2
    assert settings.read_text() == before + "[tll]\n"
    settings.write_text(f'scanner = [{{ kind = "serial", path = "/dev/ttyS0" }}]\n{before}')
    done = adopted(settings, "/dev/hidraw6")
    assert done.returncode == 2
    assert str(settings) in done.stderr
    assert settings.read_text() == f'scanner = [{{ kind = "serial", path = "/dev/ttyS0" }}]\n{before}'
    assert not (settings.parent / f"agent.toml{BEFORE}").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can stop being root")
def test_without_the_rights_nothing_is_written_and_who_may_is_said(settings: Path, tmp_path: Path) -> None:
    before = settings.read_text()
    for place in (tmp_path, *tmp_path.parents):
        if place.stat().st_uid == 0 and len(place.parts) > 2:
            place.chmod(0o755)
    # The made-up /sys is root's own.
    open_up = 'chmod -R a+rX "$UMOCKDEV_DIR"; exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"'
    as_nobody = ("sh", "-c", open_up, "nobody")
    (tmp_path / "devices").write_text(HID_POS)
    done = subprocess.run(
        [
            *("umockdev-run", "-d", str(tmp_path / "devices"), "--", *as_nobody),
            *(sys.executable, "-m", "agent.cli", "device", "adopt", "/dev/hidraw6"),
            *("--config", str(settings), "--json"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "agent.toml" in done.stderr
    assert settings.read_text() == before
    closed = settings.parent / "closed"
    closed.mkdir(mode=0o700)
    words = ("device", "list", "--config", str(closed / "agent.toml"))
    listed = subprocess.run(
        [
            *("umockdev-run", "-d", str(tmp_path / "devices"), "--", *as_nobody),
            *(sys.executable, "-m", "agent.cli", *words),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert listed.returncode == 0, listed.stderr
    assert "Who reads what is not known" in listed.stderr


def test_the_scanner_that_speaks_is_named(settings: Path) -> None:
    # umockdev begins with the first event at once and keeps the distances from there.
    events = [KeyEvent(0.0, 0, 0, 0), *key_events("8901030867569", start_s=4.0, step_s=0.002)]
    keys = settings.parent / "events"
    keys.write_text("\n".join(line for line in evemu_lines(events) if line.startswith("E:")) + "\n")
    more = ("-e", f"/dev/input/event5={keys}")
    done = run(settings.parent, "identify", "--config", str(settings), devices=KEYBOARD, more=more)
    assert done.returncode == 0, done.stderr
    assert "/dev/pos/scanner-1a2b-3c4d spoke: Shenzhen USB Keyboard" in done.stdout
    assert "pos-agent device adopt /dev/pos/scanner-1a2b-3c4d" in done.stdout


def test_what_a_keyboard_scanner_types_meanwhile_is_no_order_to_the_shell(settings: Path) -> None:
    """Whoever reads the terminal next reads nothing of it."""
    shell, terminal = pty.openpty()
    (settings.parent / "devices").write_text(KEYBOARD)
    words = ("device", "identify", "--seconds", "4", "--config", str(settings))
    asking = subprocess.Popen(
        [
            "umockdev-run",
            "-d",
            str(settings.parent / "devices"),
            "--",
            sys.executable,
            "-m",
            "agent.cli",
            *words,
        ],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        for _ in range(20):
            os.write(shell, b"rm -rf till\n")
        assert asking.wait(60) == 1
        assert select.select([terminal], [], [], 0)[0] == []
    finally:
        asking.kill()
        asking.communicate()
        os.close(shell)
        os.close(terminal)


def test_when_nothing_speaks_that_is_said(settings: Path) -> None:
    done = run(settings.parent, "identify", "--seconds", "1", "--config", str(settings), devices=KEYBOARD)
    assert done.returncode == 1
    assert "Nothing was heard" in done.stderr


def test_what_comes_and_goes_is_told_until_the_time_is_over(settings: Path) -> None:
    """The kernel shows it no more, and then again."""
    shown = '"$UMOCKDEV_DIR/sys/class/hidraw"'
    pull = f'(sleep 4; mv {shown} "$UMOCKDEV_DIR/away"; sleep 3; mv "$UMOCKDEV_DIR/away" {shown}) & exec "$@"'
    (settings.parent / "devices").write_text(KEYBOARD + HID_POS)
    done = subprocess.run(
        [
            *("umockdev-run", "-d", str(settings.parent / "devices"), "--", "sh", "-c", pull, "pull"),
            *(
                sys.executable,
                "-m",
                "agent.cli",
                "device",
                "watch",
                "--seconds",
                "12",
                "--config",
                str(settings),
            ),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    begun, pulled, plugged = done.stdout.splitlines()
    assert begun.startswith("2 devices are there")
    assert pulled.startswith("- /dev/pos/hidpos-0c2e-0b87  hid-pos")
    assert plugged.startswith("+ /dev/pos/hidpos-0c2e-0b87  hid-pos")


PRINTERS = "".join(
    f"""\
P: {_USB}/1-{port}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: idVendor=04b8
A: idProduct=0e{port}5

P: {_USB}/1-{port}/1-{port}:1.0/usbmisc/lp{number}
N: usb/lp{number}
E: DEVNAME=/dev/usb/lp{number}
E: MAJOR=180
E: MINOR={number}
E: SUBSYSTEM=usbmisc
A: dev=180:{number}
L: device=../../../1-{port}:1.0

"""
    for number, port in enumerate((7, 8))
)


def test_a_second_printer_is_adopted_once_somebody_says_what_comes_out_of_it(settings: Path) -> None:
    def adopt(*words: str) -> subprocess.CompletedProcess[str]:
        return run(settings.parent, "adopt", *words, "--config", str(settings), devices=PRINTERS)

    done = adopt("/dev/usb/lp0", "--name", "counter")
    assert done.returncode == 0, done.stderr
    refused = adopt("/dev/usb/lp1")
    assert refused.returncode == 2
    assert "--prints labels" in refused.stderr
    assert len(load(settings, {})[0].printer) == 1
    wrong = adopt("/dev/usb/lp1", "--prints", "lables")
    assert wrong.returncode == 2
    assert "did you mean labels" in wrong.stderr
    done = adopt("/dev/usb/lp1", "--prints", "labels", "--prints", "copies")
    assert done.returncode == 0, done.stderr
    first, second = load(settings, {})[0].printer
    assert (first.name, first.prints, second.prints) == ("counter", (), ("labels", "copies"))
    assert adopt("/dev/usb/lp1").returncode == 0, "it is read already"
