"""The press that completes a sale is waited for: what is known before is worked out before."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from agent.loyalty.calls.call import Call
from agent.sale import events as e
from agent.sale.basket import Product, TenderType
from agent.store import outbox
from tests.loyalty.bills import TOM
from tests.rig import desk as desk_rig
from tests.rig.desk import DeskTill

RICE = Product("RICE", "Rice", 42500, 500)


def paid(till: DeskTill) -> None:
    sale = till.agent.open_sale
    for event in (
        e.CustomerSet(TOM),
        e.ItemAdded(RICE, 1000, RICE.price_minor),
        e.TenderBegun(),
        e.TenderAdded(TenderType.CASH, 50_000),
    ):
        assert sale.do(event).ok
    # What is done aside.
    time.sleep(0.5)


def completed(till: DeskTill) -> Counter[str]:
    """What is called meanwhile, by name."""
    called: Counter[str] = Counter()

    def heard(frame: FrameType, event: str, _: object) -> None:
        called[frame.f_code.co_name] += event == "call"

    sys.setprofile(heard)
    answer = till.agent.open_sale.do(e.Completed())
    sys.setprofile(None)
    assert answer.ok
    return called


def test_sum_chain_and_lines_are_known_before_the_last_press(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        paid(till)
        first = completed(till)
        paid(till)
        called = completed(till)
        rows = till.agent.till.read(outbox.rows)
    assert first["insert"] == called["insert"] == 2, "bill and returned goods: it was completed"
    known = ("_totals", "digest", "line_body", "_bill_line", "_floors")
    assert {name: called[name] for name in known} == dict.fromkeys(known, 0)
    # And the chain is that of the call itself.
    assert len({row.order_key for row in rows}) == 1
    assert {Call.from_bytes(row.payload).op for row in rows} == {"transaction_add"}
