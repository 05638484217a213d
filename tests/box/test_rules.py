"""What udev itself makes of the shipped rules: made-up devices are plugged into the box's real udev."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from agent.cli.adopting import udev_rule
from drivers.plugged import Plugged
from drivers.simulated.hid_pos_scanner import DESCRIPTOR
from tests.box.box import Box
from tests.box.sysfs import KEYBOARD, MOUSE, Node, Sysfs, Usb
from tests.box.till import BoxedTill
from tests.box.tree import REPOSITORY

pytestmark = pytest.mark.timeout(900)

RULES = "60-pos-agent.rules"
# What udev reports of a rule that it understood; anything else it says of one is an objection.
DEEDS = "GROUP |MODE |LINK |Importing properties |Skipping builtin |Running PROGRAM "
# A product of each vendor whose keyboard scanners the till takes.
SCANNERS = [
    ("0c2e", "0901"),
    ("05e0", "1200"),
    ("05f9", "2204"),
    ("1eab", "1303"),
    ("065a", "0001"),
    ("067e", "0801"),
]
# Symbol's scanners in COM port emulation.
EMULATION = ("05e0", "0600")
# A person's keyboard, as HID says it in the reports' descriptor; its hidraw node is none of the till's.
KEYS = bytes.fromhex("05010906a101050719e029e71500250175019508810295017508810195057501c0")
# Everything udev may write to is the test's own: /sys is made up, /dev and udev's database are empty.
PLUG_IN = """
mount --bind /srv/sys /sys
mount -t tmpfs none /dev
mount -t tmpfs none /run/udev
mknod -m 0666 /dev/null c 1 3
mkdir -p "$(dirname "/dev/$2")"
mknod "/dev/$2" c "$3" "$4"
udevadm test --action="$5" "/sys/$1"
stat --format='NODE=%G %a' "/dev/$2"
find /dev/pos -type l -printf 'POS=%f %l\\n' 2>/dev/null || true
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A device node after udev is done with it."""

    group: str
    mode: str
    links: dict[str, str]
    properties: dict[str, str]


@pytest.fixture
def sysfs(installed: BoxedTill) -> Iterator[Sysfs]:
    """An empty tree to plug devices into."""
    root = installed.file("/srv/sys")
    root.mkdir()
    yield Sysfs(root)
    shutil.rmtree(root)


def _plug(box: Box, node: Node, action: str = "add") -> Seen:
    numbers = (str(node.major), str(node.minor))
    # udev takes nothing but a real sysfs for one, unless told otherwise.
    done = box.run(
        *("unshare", "--mount", "sh", "-ec", PLUG_IN, "plug", node.place, node.name, *numbers, action),
        env={"SYSTEMD_DEVICE_VERIFY_SYSFS": "0"},
    )
    assert done.returncode == 0, done.stderr
    remarks = re.findall(rf"(?:{RULES}|61-shop.rules):\d+ (?!{DEEDS})(.*)", done.stderr)
    assert remarks == [], "udev objects to a rule"
    found = [line.split("=", 1) for line in done.stdout.splitlines() if re.match(r"[A-Z_]+=", line)]
    properties = {key: value for key, value in found if key != "POS"}
    group, mode = properties.pop("NODE").split()
    links = dict(value.split() for key, value in found if key == "POS")
    return Seen(group, mode, links, properties)


def test_a_receipt_printer_is_the_till_s_and_has_a_name_by_model_and_one_by_place(
    installed: BoxedTill, sysfs: Sysfs
) -> None:
    seen = _plug(installed.box, sysfs.printer(Usb("04b8", "0e15", "J3AB000123")))
    assert (seen.group, seen.mode) == ("pos-agent", "660")
    assert seen.links == {
        "printer-04b8-0e15": "../usb/lp0",
        "printer-at-pci-0000:00:14.0-usb-0:1:1.0": "../usb/lp0",
    }


def test_two_printers_of_one_model_without_serial_numbers_have_different_names(
    installed: BoxedTill, sysfs: Sysfs
) -> None:
    one = _plug(installed.box, sysfs.printer(Usb("0416", "5011", port="1-1")))
    other = _plug(installed.box, sysfs.printer(Usb("0416", "5011", port="1-2")))
    assert set(one.links) - set(other.links) and set(other.links) - set(one.links)


@pytest.mark.parametrize("kind", ["bridge", "modem"])
def test_a_usb_serial_port_is_the_till_s_and_modemmanager_is_told_to_keep_off(
    installed: BoxedTill, sysfs: Sysfs, kind: str
) -> None:
    node = getattr(sysfs, kind)(Usb("0403", "6001", "A50285BI"))
    seen = _plug(installed.box, node)
    assert (seen.group, seen.mode) == ("pos-agent", "660")
    assert seen.links == {"serial-0403-6001": f"../{node.name}"}
    assert seen.properties["ID_MM_DEVICE_IGNORE"] == "1"


def test_a_serial_port_of_the_board_is_the_till_s_if_there_is_a_chip_behind_it(
    installed: BoxedTill, sysfs: Sysfs
) -> None:
    assert _plug(installed.box, sysfs.board_port("4")).group == "pos-agent"
    assert _plug(installed.box, sysfs.board_port("0")).group == "dialout"


def test_every_vendor_the_rules_name_is_tried_below() -> None:
    named = re.findall(r'idVendor\}=="(\w+)"', (REPOSITORY / "systemd" / RULES).read_text("utf-8"))
    assert sorted(named) == sorted(vendor for vendor, _ in [*SCANNERS, EMULATION])


@pytest.mark.parametrize(
    ("usb", "descriptor"),
    [
        pytest.param(Usb("0c2e", "0b87"), DESCRIPTOR, id="by its descriptor"),
        pytest.param(Usb("1a2b", "3c4d"), DESCRIPTOR, id="of an unknown maker"),
        pytest.param(Usb("1a2b", "3c4d"), KEYS + DESCRIPTOR, id="with keys in front"),
        pytest.param(Usb(*EMULATION), KEYS, id="by its numbers"),
    ],
)
def test_a_scanner_that_sends_reports_is_the_till_s_and_has_a_name_by_model_and_one_by_place(
    installed: BoxedTill, sysfs: Sysfs, usb: Usb, descriptor: bytes
) -> None:
    seen = _plug(installed.box, sysfs.reports(usb, descriptor))
    assert (seen.group, seen.mode) == ("pos-agent", "660")
    assert seen.links == {
        f"hidpos-{usb.vendor}-{usb.product}": "../hidraw0",
        "hidpos-at-pci-0000:00:14.0-usb-0:1:1.0": "../hidraw0",
    }


@pytest.mark.parametrize(
    ("usb", "descriptor"),
    [
        pytest.param(Usb("046d", "c31c"), KEYS, id="a person's keyboard"),
        pytest.param(Usb("05e0", "1200"), KEYS, id="a scanner that types"),
        pytest.param(Usb("1050", "0407"), b"\x06\xd0\xf1\x09\x01\xa1\x01", id="a key for signing in"),
        pytest.param(Usb("1a2b", "3c4d"), b"", id="nothing said"),
    ],
)
def test_nobody_else_s_reports_are_the_till_s(
    installed: BoxedTill, sysfs: Sysfs, usb: Usb, descriptor: bytes
) -> None:
    seen = _plug(installed.box, sysfs.reports(usb, descriptor))
    assert seen.group == "root"
    assert seen.links == {}


@pytest.mark.parametrize(("vendor", "product"), SCANNERS)
def test_a_keyboard_scanner_is_the_till_s_and_desktops_are_told_to_ignore_it(
    installed: BoxedTill, sysfs: Sysfs, vendor: str, product: str
) -> None:
    seen = _plug(installed.box, sysfs.input(Usb(vendor, product), KEYBOARD))
    assert (seen.group, seen.mode) == ("pos-agent", "660")
    assert seen.links == {f"scanner-{vendor}-{product}": "../input/event0"}
    assert seen.properties["LIBINPUT_IGNORE_DEVICE"] == "1"


@pytest.mark.parametrize(
    ("usb", "bits"),
    [
        pytest.param(Usb("046d", "c31c"), KEYBOARD, id="a person's keyboard"),
        pytest.param(Usb("046d", "c077"), MOUSE, id="a mouse"),
        pytest.param(Usb("0c2e", "0901"), MOUSE, id="a scanner's node without keys"),
        pytest.param(Usb("1eab", "1310"), KEYBOARD, id="Newland, not a keyboard product"),
    ],
)
def test_what_people_type_and_point_with_is_left_alone(
    installed: BoxedTill, sysfs: Sysfs, usb: Usb, bits: dict[str, str]
) -> None:
    seen = _plug(installed.box, sysfs.input(usb, bits))
    assert seen.group == "input"
    assert seen.links == {}
    assert "LIBINPUT_IGNORE_DEVICE" not in seen.properties


def test_the_rule_that_device_adopt_writes_gives_a_keyboard_of_an_unknown_maker_to_the_till(
    installed: BoxedTill, sysfs: Sysfs
) -> None:
    usb = Usb("1a2b", "3c4d")
    shop = installed.file("/etc/udev/rules.d/61-shop.rules")
    rule = udev_rule(Plugged("keyboard", "/dev/input/event0", vendor=usb.vendor, product=usb.product))
    shop.write_text(f"{rule}\n", "utf-8")
    try:
        seen = _plug(installed.box, sysfs.input(usb, KEYBOARD))
        assert (seen.group, seen.mode) == ("pos-agent", "660")
        assert seen.links == {"scanner-1a2b-3c4d": "../input/event0"}
        assert seen.properties["LIBINPUT_IGNORE_DEVICE"] == "1"
        other = _plug(installed.box, sysfs.input(Usb("1a2b", "3c4e", port="1-2"), KEYBOARD, number=1))
        assert (other.group, other.links) == ("input", {})
    finally:
        shop.unlink()


def test_a_rule_udev_does_not_understand_would_be_noticed(installed: BoxedTill, sysfs: Sysfs) -> None:
    """The control of the tests above: they look for udev's objections, so there have to be some."""
    rules = installed.file(f"/usr/lib/udev/rules.d/{RULES}")
    whole = rules.read_text("utf-8")
    try:
        rules.write_text(whole + 'SUBSYTEM=="tty", GROUP="pos-agent"\n', "utf-8")
        with pytest.raises(AssertionError, match="udev objects"):
            _plug(installed.box, sysfs.board_port("4"))
    finally:
        rules.write_text(whole, "utf-8")
