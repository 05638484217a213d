"""A sale is completed whatever the cloud once said: what cannot be told to it waits for a person."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.cloud.outbox_entries import OutboxEntries
from agent.language.language import english
from agent.loyalty.calls.builders import calls_of_bill
from agent.loyalty.calls.call import Call
from agent.loyalty.forwarder.batching import read_call
from agent.loyalty.outcomes.decision import Park
from agent.sale.basket import Bill, Customer
from agent.sale.masking import masked
from agent.sale.queue_terms import Op
from agent.sale.return_values import Back, Undo
from agent.store import outbox
from tests.rig.shopping import History, covered
from tests.rig.stores import temporary_store

from ..checker import faults
from ..conftest import options_for
from .test_return_calls import completed

OPTIONS = options_for()
# Half surrogate pairs too, and what int() and fromisoformat() take although the cloud would not.
texts = st.text(st.characters() | st.sampled_from("\ud83d\udc00٧"), max_size=12)
ids = (
    texts
    | st.sampled_from(("7t4y2a", "-5", "+5", "1_000", " 77 ", "٧٧", "77.0", "9" * 400, "9" * 5000))
    | st.integers(0, 10**18 - 1).map(str)
)
times = texts | st.sampled_from(
    ("2026-11-20", "", "2026-11-20T10:00:00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00")
)


@st.composite
def hostile(draw: st.DrawFn) -> Bill:
    """A bill about which the cloud, or an older version of this till, said things that make no sense."""
    made = completed(draw(covered(returning=True)))

    def odd(back: Back) -> Back:
        return replace(back, at=draw(times)) if draw(st.booleans()) else back

    lines = tuple(replace(line, back=odd(line.back)) if line.back else line for line in made.lines)
    undos = (*made.undos, Undo("points", "OLD-000001", 0, 10_000), Undo("coupon", "OLD-000001", 0, code="X"))
    undos = tuple(replace(undo, reference=draw(ids), given_back=True) for undo in undos)
    customer = draw(st.none() | st.builds(Customer, mobile=texts, email=texts, card=texts, user_id=texts))
    return replace(made, lines=lines, undos=undos, customer=customer or made.customer)


def _told(made: Bill) -> list[Op]:
    """What the cloud must hear of a bill, call by call."""
    member = bool(made.customer and made.customer.identifier[1])
    sold = [Op.TRANSACTION_ADD] if made.kind != "return" else []
    redeemed = [(made.points, Op.POINTS_REDEEM), (made.coupon, Op.COUPON_REDEEM)]
    sold += [op for used, op in redeemed if used and member and sold]
    kinds = {"points": Op.POINTS_REVERSE, "coupon": Op.COUPON_REACTIVATE}
    return [*sold, *(kinds[undo.kind] for undo in made.undos if made.customer)]


@given(hostile())
def test_no_bill_fails_for_what_the_cloud_is_to_hear_of_it(made: Bill) -> None:
    calls = calls_of_bill(OPTIONS, made)
    assert [call.op for call in calls if call.op != Op.TRANSACTION_RETURN] == _told(made)
    with temporary_store() as store, store.transaction() as tx:
        entries = OutboxEntries(OPTIONS, store.vault, lambda work: work(tx))
        queued = outbox.add(tx, entries.of_bill(made), bill_id=1, now_ms=1)
        rows = [outbox.row(tx, row_id) for row_id in queued]
    for row, call in zip(rows, calls, strict=True):
        assert row is not None
        if call.body:
            assert row.state == "ready"
            continue
        assert (row.state, row.code) == ("parked", "payload")
        assert "cannot be told to the cloud: " in row.text
        again = read_call(row.payload)
        assert isinstance(again, Park), "a person who retries it must not send it"
        assert masked(english().text(again.reason)) == row.text


@given(covered(returning=True), st.integers(1, 10**18 - 1))
def test_what_makes_sense_is_sent_as_before(history: History, number: int) -> None:
    made = completed(history)
    undos = tuple(replace(undo, reference=str(number), given_back=True) for undo in made.undos)
    for call in calls_of_bill(OPTIONS, replace(made, undos=undos)):
        assert faults(call.method, call.target, call.body) == []
        assert Call.from_bytes(call.to_bytes()) == call
