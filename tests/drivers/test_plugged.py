"""What is plugged in, in a tree as the kernel and udev show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.plugged import Plugged, plugged
from drivers.simulated.hid_pos_scanner import DESCRIPTOR
from tests.box.sysfs import KEYBOARD, MOUSE, Node, Sysfs, Usb

ZEBRA = Usb("05e0", "1200", "S1", maker="Symbol", model="Bar Code Scanner")
UNKNOWN = Usb("1a2b", "3c4d", maker="Shenzhen", model="USB Keyboard")


class Box:
    """What is plugged in, and what udev has called it."""

    def __init__(self, root: Path) -> None:
        self.sys, self.dev = Sysfs(root / "sys"), root / "dev"

    def add(self, node: Node, *links: str) -> str:
        """A node that is there, with its links below /dev."""
        place = self.dev / node.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        for link in links:
            (self.dev / link).parent.mkdir(parents=True, exist_ok=True)
            (self.dev / link).symlink_to(place)
        return str(place)

    def found(self) -> list[Plugged]:
        return plugged(self.sys.root, self.dev)

    def paths(self) -> list[tuple[str, str]]:
        return [(one.kind, one.path.removeprefix(f"{self.dev}/")) for one in self.found()]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_each_kind_is_found_with_the_name_that_lasts_and_what_it_says_of_itself(box: Box) -> None:
    box.add(box.sys.input(ZEBRA, KEYBOARD), "pos/scanner-05e0-1200", "input/by-id/usb-Symbol-event-kbd")
    box.add(box.sys.modem(Usb("0c2e", "0ca1", port="1-2")), "pos/serial-0c2e-0ca1", "serial/by-path/x")
    box.add(
        box.sys.reports(Usb("0c2e", "0b87", port="1-3"), DESCRIPTOR),
        "pos/hidpos-0c2e-0b87",
        "pos/hidpos-at-x",
    )
    box.add(
        box.sys.printer(Usb("04b8", "0e15", "J3", port="1-4")), "pos/printer-04b8-0e15", "pos/printer-at-x"
    )
    assert box.paths() == [
        ("hid-pos", "pos/hidpos-0c2e-0b87"),
        ("keyboard", "pos/scanner-05e0-1200"),
        ("printer", "pos/printer-04b8-0e15"),
        ("serial", "pos/serial-0c2e-0ca1"),
    ]
    keyboard = box.found()[1]
    assert (
        keyboard.vendor,
        keyboard.product,
        keyboard.maker,
        keyboard.model,
        keyboard.serial,
        keyboard.ruled,
    ) == (
        *("05e0", "1200", "Symbol", "Bar Code Scanner", "S1"),
        True,
    )
    assert len(keyboard.links) == 2


def test_what_cannot_be_a_scanner_is_left_out(box: Box) -> None:
    """A mouse, a port without a chip, the laptop's own keyboard, the reports of a keyboard, what is none of
    these."""
    box.add(box.sys.input(Usb("046d", "c077"), MOUSE))
    box.add(box.sys.board_port("0"))
    own = box.sys.input(Usb("0001", "0001", port="1-2"), KEYBOARD, number=1)
    (box.sys.root / own.place / "../id/bustype").write_text("0011\n")
    box.add(own)
    box.add(box.sys.reports(Usb("05e0", "1200", port="1-3"), b"\x05\x01\x09\x06\xa1\x01\xc0"))
    assert box.paths() == []
    active = box.sys.root / "class/tty/console/active"
    active.parent.mkdir()
    active.write_text("tty0 ttyACM0\n")
    box.add(box.sys.modem(Usb("0c2e", "0ca1", port="1-5")))
    assert box.paths() == [], "a console of the box"
    box.add(box.sys.reports(Usb("05e0", "0600", port="1-4"), b"\x06\x45\xff", number=1))
    assert [kind for kind, _ in box.paths()] == ["hid-pos"], "Symbol's emulation is known by its numbers"


def test_two_of_a_model_are_called_by_their_place_or_number(box: Box) -> None:
    for number, port in enumerate(("1-1", "1-2")):
        usb = Usb("0c2e", "0b87", port=port)
        box.add(box.sys.reports(usb, DESCRIPTOR, number=number), f"pos/hidpos-at-{port}")
        box.add(
            box.sys.modem(Usb("0c2e", "0ca1", f"S{number}", port=f"2-{number}"), number=number),
            f"serial/by-id/usb-S{number}",
            f"serial/by-path/{number}",
        )
    (box.dev / "pos/hidpos-0c2e-0b87").symlink_to(box.dev / "hidraw0")
    assert box.paths() == [
        ("hid-pos", "pos/hidpos-at-1-1"),
        ("hid-pos", "pos/hidpos-at-1-2"),
        ("serial", "serial/by-id/usb-S0"),
        ("serial", "serial/by-id/usb-S1"),
    ]


def test_a_name_that_two_without_numbers_share_is_not_the_one_to_write_down(box: Box) -> None:
    """Whichever was found last has it."""
    for number, links in enumerate((["input/by-id/usb-Cheap-event-kbd"], [])):
        usb = Usb("1a2b", "3c4d", port=f"1-{number}")
        box.add(box.sys.input(usb, KEYBOARD, number=number), *links, f"input/by-path/{number}-event-kbd")
    assert [path for _, path in box.paths()] == ["input/by-path/0-event-kbd", "input/by-path/1-event-kbd"]


def test_a_name_that_another_of_the_model_may_have_next_is_told(box: Box) -> None:
    first = Usb("0c2e", "0901", port="1-1")
    box.add(box.sys.input(first, KEYBOARD), "input/by-path/one")
    assert [one.shared for one in box.found()] == [()]
    second = Usb("0c2e", "0901", port="1-2")
    box.add(box.sys.input(second, KEYBOARD, number=1), "pos/scanner-0c2e-0901", "input/by-path/two")
    assert [[*map(str, one.shared)] for one in box.found()] == [[], [f"{box.dev}/pos/scanner-0c2e-0901"]]


def test_a_serial_bridge_is_called_by_its_number_where_it_has_one(box: Box) -> None:
    """A scale and a scanner may have the same chip."""
    bridge = Usb("0403", "6001", "A50285BI")
    box.add(box.sys.modem(bridge), "pos/serial-0403-6001", "serial/by-id/usb-FTDI_A50285BI-if00-port0")
    assert box.paths() == [("serial", "serial/by-id/usb-FTDI_A50285BI-if00-port0")]


def test_what_udev_has_not_named_yet_has_the_name_that_its_rules_will_give(box: Box) -> None:
    box.add(box.sys.input(UNKNOWN, KEYBOARD))
    box.add(box.sys.reports(Usb("0c2e", "0b87", port="1-3"), DESCRIPTOR), "serial/by-path/none")
    box.add(box.sys.board_port("4"))
    assert [path.removeprefix("/dev/") for _, path in box.paths()] == [
        "pos/hidpos-0c2e-0b87",
        "pos/scanner-1a2b-3c4d",
        "ttyS1",
    ]
    assert [one.ruled for one in box.found()] == [False] * 3


def test_what_a_device_says_of_itself_is_one_line_and_its_numbers_are_numbers(box: Box) -> None:
    """It may be made by somebody who knows that it is written down."""
    said = 'Scanner\nSUBSYSTEM=="usb", RUN+="/bin/sh"\n\x1b[31m\\'
    box.add(box.sys.input(Usb("1a2b", "3c4d", maker=said, model="x\ty"), KEYBOARD))
    box.add(box.sys.modem(Usb('0c2e"', "0ca1", port="1-2")))
    keyboard, modem = box.found()
    assert keyboard.maker == 'Scanner SUBSYSTEM=="usb", RUN+="/bin/sh" [31m\\'
    assert keyboard.model == "x y"
    assert (modem.vendor, modem.product, modem.pos_name) == ("", "", "")


def test_a_box_that_shows_nothing_has_nothing(tmp_path: Path) -> None:
    assert plugged(tmp_path / "none", tmp_path / "none") == []
