"""An invoice on usblp whose printer loses power or cable behind one byte of it, at places all over."""

import pytest

from tests.vm.till import VmTill

pytestmark = pytest.mark.timeout(3600)

RICE = "8900000000012"
PLACES = 12


@pytest.mark.parametrize("trouble", ["power-loss", "unplug"])
def test_an_invoice_that_is_broken_off_anywhere_is_whole_or_asked_about(till: VmTill, trouble: str) -> None:
    had = till.switch("status")["bytes"]
    number = till.sell_for_cash(RICE)
    till.wait_paper(number, "confirmed")
    size = till.switch("status")["bytes"] - had
    (sample,) = till.paper(number)
    whole = len(sample.splitlines())
    told = {"confirmed": 0, "unknown": 0}
    for place in [1 + size * step // PLACES for step in range(PLACES)]:
        till.switch(f"fault at byte {place}: {trouble} for 2 s")
        number = till.sell_for_cash(RICE)
        till.machine.until(lambda bill=number: till.paper_state(bill) in told, f"the end of {number}")
        state = till.paper_state(number)
        print(f"{trouble} behind byte {place} of {size}: {state}")  # noqa: T201
        told[state] += 1
        till.wait_badge("printer", "ok")
        if state == "unknown":
            till.ask_for_a_copy(number)
        else:
            (ticket,) = till.paper(number)
            assert len(ticket.splitlines()) >= whole
            assert till.snapshot()["unknown_prints"] == []
    assert told["unknown"] >= PLACES // 2
    later = till.sell_for_cash(RICE)
    till.wait_paper(later, "confirmed")
    assert len(till.paper(later)) == 1
