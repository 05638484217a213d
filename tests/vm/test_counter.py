"""The installed till on a kernel's own devices: from the trigger of a scanner to paper."""

import pytest

from tests.vm.till import VmTill

# The first run builds the machine.
pytestmark = pytest.mark.timeout(3600)

RICE, TEA, GHEE = "8900000000012", "8900000000081", "8900000000074"


@pytest.mark.short
def test_scanned_items_are_sold_printed_once_there_is_paper_and_told_to_the_cloud(till: VmTill) -> None:
    till.switch("fault paper-out")
    till.scan(RICE)
    till.wait_lines("RICE-5KG")
    till.scan(TEA, "serial")
    till.wait_lines("RICE-5KG", "TEA-250")
    till.scan(GHEE, "hidpos")
    till.wait_lines("RICE-5KG", "TEA-250", "GHEE-500")
    number = till.complete_for_cash()
    till.wait_paper(number, "held")
    assert till.paper() == []
    till.switch("clear paper-out")
    till.wait_paper(number, "confirmed")
    (ticket,) = till.paper(number)
    assert "Kaveri Sona Masoori Rice 5 kg" in ticket
    till.wait_cloud()
    assert till.cli("status")["attention"] == []
    (bill,) = till.cli("bill", "list")
    assert (bill["number"], bill["print"], bill["sync"]) == (number, "confirmed", "done")
