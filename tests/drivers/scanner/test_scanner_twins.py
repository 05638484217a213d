"""A second scanner of one model, in a tree as the kernel shows its devices."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.scanner.twins import held, unread

SCANNER = "10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
BUTTONS = "c000 0 0 0"
ZEBRA, HONEYWELL = ("05e0", "1200"), ("0c2e", "0901")


class Box:
    """What is plugged in."""

    def __init__(self, root: Path) -> None:
        self.sys, self.dev = root / "sys", root / "dev"
        (self.dev / "input/by-path").mkdir(parents=True)
        (self.sys / "class/input").mkdir(parents=True)

    def plug(self, number: int, model: tuple[str, str], port: str, keys: str = SCANNER, part: int = 0) -> str:
        """An input device; its node."""
        usb = self.sys / "devices/pci0000:00/usb1" / port
        place = usb / f"{port}:1.{part}" / f"input/input{number}"
        (place / "id").mkdir(parents=True)
        (place / "capabilities").mkdir()
        (place / f"event{number}").mkdir()
        (place / f"event{number}/device").symlink_to("..")
        for file, text in (
            (usb / "idVendor", model[0]),
            (place / "id/vendor", model[0]),
            (place / "id/product", model[1]),
            (place / "capabilities/key", keys),
        ):
            file.write_text(f"{text}\n")
        (self.sys / f"class/input/event{number}").symlink_to(place / f"event{number}")
        node = self.dev / f"input/event{number}"
        node.touch()
        (self.dev / f"input/by-path/pci-usb-0:{port}:1.{part}-event-kbd").symlink_to(f"../event{number}")
        return str(node)

    def unread(self, *read: str) -> list[str]:
        return [path.removeprefix(f"{self.dev}/input/") for path in unread(read, self.sys, self.dev)]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_the_second_scanner_of_a_model_is_named_by_its_place(box: Box) -> None:
    first = box.plug(3, ZEBRA, "1-1")
    second = box.plug(4, ZEBRA, "1-2")
    assert box.unread(first) == ["by-path/pci-usb-0:1-2:1.0-event-kbd"]
    assert box.unread(first, second) == []
    assert box.unread(f"{box.dev}/input/by-path/pci-usb-0:1-1:1.0-event-kbd", second) == []


def test_the_one_that_is_read_is_not_named_though_the_name_of_both_leads_to_the_other_now(box: Box) -> None:
    """udev gives a name that two devices share to the one that came last."""
    first = box.plug(3, ZEBRA, "1-1")
    with Path(first).open():
        second = box.plug(4, ZEBRA, "1-2")
        (box.dev / "scanner-05e0-1200").symlink_to(second)
        assert box.unread(*held()) == ["by-path/pci-usb-0:1-2:1.0-event-kbd"]
    assert box.unread(*held()) == []


def test_what_is_another_thing_is_none(box: Box) -> None:
    """Another model, another interface of the same device, a part without digits, what tells no model."""
    first = box.plug(3, ZEBRA, "1-1")
    box.plug(4, HONEYWELL, "1-2")
    box.plug(5, ZEBRA, "1-1", part=1)
    box.plug(6, ZEBRA, "1-3", keys=BUTTONS)
    box.plug(7, ("0000", "0000"), "1-4")
    assert box.unread(first) == []
    assert box.unread(f"{box.dev}/input/event7") == []


def test_without_its_scanner_or_a_kernel_that_tells_nothing_is_found(box: Box, tmp_path: Path) -> None:
    box.plug(4, ZEBRA, "1-2")
    assert box.unread("/dev/pos/none", "/dev/null") == []
    assert unread(["/dev/null"], tmp_path / "none", tmp_path / "none") == []
    (box.sys / "class/input/event4/device/capabilities/key").unlink()
    first = box.plug(3, ZEBRA, "1-1")
    assert box.unread(first) == []


def test_a_twin_without_a_link_by_its_place_is_named_by_its_node(box: Box) -> None:
    first = box.plug(3, ZEBRA, "1-1")
    box.plug(14, ZEBRA, "1-2")
    for link in (box.dev / "input/by-path").iterdir():
        link.unlink()
    assert box.unread(first) == ["event14"]
