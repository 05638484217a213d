"""Three scanners of three kinds whose labels come at the same time, in pieces between each other's."""

import pytest

from tests.vm.till import VmTill

pytestmark = pytest.mark.timeout(3600)

# A label is told apart from the one before and from those of the other scanners.
HANDS = {
    "keyboard": {"8900000000012": "RICE-5KG", "8900000000029": "ATTA-5KG", "8900000000036": "DAL-1KG"},
    "serial": {"8900000000043": "SUGAR-1KG", "8900000000050": "SALT-1KG", "8900000000067": "MILK-1L"},
    "hidpos": {"8900000000074": "GHEE-500", "8900000000081": "TEA-250", "8900000000104": "BISCUIT"},
}
ROUNDS = 10

# One process with a thread for each hand: a write of a key or a report waits until the host has fetched it,
# so that the three are dealt with in turn.
SCANNING = f"""
import sys, threading, time
sys.path.insert(0, "/opt/counter")
import usb
moved = []
def hand(name, labels):
    for _ in range({ROUNDS}):
        for label in labels:
            for piece in (label[:6], label[6:] + "\\n") if name != "hidpos" else (label,):
                usb.send(name, piece)
                moved.append(name)
            time.sleep(0.1)
hands = [threading.Thread(target=hand, args=one) for one in {HANDS!r}.items()]
for one in hands: one.start()
for one in hands: one.join()
print(sum(here != there for here, there in zip(moved, moved[1:])))
"""


def test_three_scanners_at_once_lose_and_mix_nothing(till: VmTill) -> None:
    turns = till.machine.must("/usr/lib/pos-agent/bin/python -", feed=SCANNING)
    print(f"the hand changed {turns.strip()} times")  # noqa: T201
    assert int(turns) > 2 * ROUNDS
    till.machine.until(lambda: len(till.lines()) >= 9 * ROUNDS, "ninety lines")
    lines = till.lines()
    for name, labels in HANDS.items():
        mine = [sku for sku in lines if sku in labels.values()]
        assert mine == [*labels.values()] * ROUNDS, name
        counted = till.counted(name)
        assert counted["GoodScanCount"] == 3 * ROUNDS
        assert counted["TornScanCount"] == counted["RepeatedScanCount"] == 0
    assert len(lines) == 9 * ROUNDS
