"""The installed till on a kernel's own devices: from the trigger of a scanner to paper."""

import pytest

from tests.vm.till import VmTill

# The first run builds the machine.
pytestmark = pytest.mark.timeout(2400)

RICE = "8900000000012"


def test_a_scanned_item_is_sold_printed_and_told_to_the_cloud(till: VmTill) -> None:
    till.scan(RICE)
    till.wait_lines("RICE-5KG")
    number = till.complete_for_cash()
    till.wait_paper(number, "confirmed")
    (ticket,) = till.paper(number)
    assert "Kaveri Sona Masoori Rice 5 kg" in ticket
    till.machine.until(lambda: till.bills()[0]["sync"] == "done", "the bill in the cloud")
    assert till.cli("status")["attention"] == []
    (bill,) = till.cli("bill", "list")
    assert (bill["number"], bill["print"], bill["sync"]) == (number, "confirmed", "done")
