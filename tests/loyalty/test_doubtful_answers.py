"""Every call that commits, under every answer that is neither a yes nor proof that nothing happened, nor a
yes about something else or that denies itself.

The answer comes after the effect was committed or instead of it, once or twice in a row. At the end the books
are those of a cloud that had simply said yes, and nothing waits for a person.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from agent.language.language import english
from agent.loyalty.answers.codes import Klass, classify, listed
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.forwarder.bulk import BatchSize
from agent.loyalty.forwarder.loop import LEAST_BACKLOG, Forwarder
from agent.loyalty.line.exchange import RawAnswer, idle
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption
from agent.sale.return_values import Back, ReturnHow
from agent.simulated.cloud.books.demo_data import seed_demo
from agent.simulated.cloud.books.ledger_report import ledger_report
from agent.simulated.cloud.books.options import CloudOptions as CloudRules

from .bills import bill, line
from .calls.test_return_calls import returned
from .conftest import options_for
from .lost.line import Clock, Line
from .memory_queue import MemoryQueue
from .simulated import ASHA, TILL

SHARE = int(os.environ.get("POS_DOUBTFUL_SHARE", "13"))
"""One answer in so many is tried, beside those that are always tried; `make doubtful-answers` tries all. No
multiple of two, or it would always be before the effect and twice."""
OPTIONS = options_for(**TILL)
MEMBER = Customer(mobile=ASHA)
NOBODYS_CODES = (77_777, 4_242, 99_998)
"""In no table."""
PROOF = (429, 517, 521)
"""These prove that nothing happened."""
FORMS = ("page", "envelope", "errors", "lone")
BUSY = (722, 786, 787, 789, 790, 794, 796, 798)
SHUT = (401, 403, 4000)
"""This till is not let in: that does not prove either that nothing happened."""
ALWAYS = (401, 461, 503, 502, *BUSY)


@dataclass
class Scene:
    """A till's queue at a cloud of its own, which nothing stops from doing things twice but the till."""

    loop: asyncio.AbstractEventLoop
    clock: Clock = field(default_factory=Clock)
    rows: MemoryQueue = field(default_factory=MemoryQueue)

    def __post_init__(self) -> None:
        rules = CloudRules(bill_scope="off", otp_required=False)
        self.line = Line(Random(1), self.clock, rules, self.loop)
        self.line.calm_down()
        seed_demo(self.line.ledger, self.clock.moment())
        self.forwarder = Forwarder(
            self.rows,
            self,
            OPTIONS,
            self.clock,
            Random(1),
            batch_size=BatchSize(OPTIONS.bulk_rows, LEAST_BACKLOG),
            text=english().text,
        )

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        del deadline_s
        answer = self.line.carry(OPTIONS, call)
        meanwhile()
        return answer

    def at(self, minutes: int = 0) -> str:
        """A moment of this scene; the same in every run of it."""
        return Clock(Clock().now_ms + minutes * 60_000).moment().isoformat()

    def drain(self, *calls: Call) -> list[str]:
        """Send these; the cloud's ids of them, in order."""
        ids = [self.rows.add(call, now_ms=self.clock.now_ms) for call in calls]
        for _ in range(200):
            if not any(self.rows.rows[one].state in ("ready", "unknown") for one in ids):
                break
            self.clock.now_ms += round(self.forwarder.step() * 1000) + 1
        return [self.rows.done_refs.get(one, "") for one in ids]

    def books(self) -> dict[str, Any]:
        """What happened, without ids and the moments of booking."""
        report = ledger_report(self.line.ledger)
        bills = [
            [row[name] for name in ("number", "kind", "return_kind", "at", "amount_minor", "mobile")]
            for row in report["bills"]
        ]
        people = [
            [row[name] for name in ("mobile", "firstname", "lastname", "kind", "balance")]
            for row in report["customers"]
        ]
        redeemed = [
            [row[name] for name in ("bill_number", "points_milli", "reversed_milli")]
            for row in report["redemptions"]
        ]
        uses = [
            [row["code"], [[use["bill_number"], use["undone"]] for use in row["uses"]]]
            for row in report["coupons"]
        ]
        return {"bills": sorted(bills), "people": people, "redeemed": redeemed, "uses": uses}


# --- what is done: the calls before it, and the call that is doubted ----------------------------------------


def _sold(scene: Scene, number: str = "B-1", **more: Any) -> Any:
    pair = line(1, 50_000, qty_milli=2_000)
    return bill(number, (pair,), at=scene.at(), customer=MEMBER, **more)


def _bill(scene: Scene) -> list[Call]:
    return [builders.transaction_add(OPTIONS, _sold(scene))]


def _bills(scene: Scene) -> list[Call]:
    """A backlog, which goes in bulk."""
    made = [bill(f"B-{no}", at=scene.at(), customer=None) for no in range(LEAST_BACKLOG + 2)]
    return [builders.transaction_add(OPTIONS, each) for each in made]


def _return(scene: Scene) -> list[Call]:
    """One of two goods, of which one came back before: nothing in the cloud refuses a third."""
    sold = _sold(scene)
    back = Back("B-1", sold.at, ReturnHow.LINE_ITEM, "too small", 1)
    scene.drain(builders.transaction_add(OPTIONS, sold))
    notes = [
        bill(f"R-{no}", (returned(10_000, back=back),), at=scene.at(no), customer=MEMBER, kind="return")
        for no in (1, 2)
    ]
    calls = [call for note in notes for call in builders.calls_of_bill(OPTIONS, note)]
    scene.drain(calls[0])
    return calls[1:]


def _coupon(scene: Scene) -> list[Call]:
    """One that can be used again and again, and was used by the same customer before."""
    coupon = CouponRedemption("FIFTY", 5_000)
    made = [
        builders.calls_of_bill(OPTIONS, _sold(scene, number, coupon=coupon, coupon_value_minor=5_000))
        for number in ("B-0", "B-1")
    ]
    scene.drain(*made[0], made[1][0])
    return list(made[1][1:])


def _points(scene: Scene) -> list[Call]:
    points = PointsRedemption(20_000, 2_000)
    made = [builders.calls_of_bill(OPTIONS, _sold(scene, no, points=points)) for no in ("B-0", "B-1")]
    scene.drain(*made[0], made[1][0])
    return list(made[1][1:])


def _reversal(scene: Scene) -> list[Call]:
    (redeem,) = _points(scene)
    scene.drain(redeem)
    return [builders.points_reverse(OPTIONS, MEMBER, redeem.fact("reference"), 20_000, "B-1")]


def _reactivation(scene: Scene) -> list[Call]:
    (used,) = scene.drain(*_coupon(scene))
    return [builders.coupon_reactivate(used, "FIFTY", "B-1", MEMBER)]


def _retro(scene: Scene) -> list[Call]:
    sold = bill("B-1", at=scene.at(), customer=None)
    (known,) = scene.drain(builders.transaction_add(OPTIONS, sold))
    return [builders.retro(OPTIONS, known, "B-1", sold.at, sold.due_minor, MEMBER)]


def _enrolment(scene: Scene) -> list[Call]:
    return [builders.customer_add(OPTIONS, Enrolment(scene.at(), "919812345678", firstname="Omana"))]


def _update(scene: Scene) -> list[Call]:
    return [builders.customer_update(Enrolment(scene.at(), ASHA, firstname="Asha", lastname="Other"))]


CALLS: dict[str, tuple[str, Callable[[Scene], Sequence[Call]]]] = {
    "v2/transactions": ("transaction", _bill),
    "v2/transactions/bulk": ("transaction", _bills),
    "v2/transactions return": ("transaction", _return),
    "coupon/redeem": ("coupon", _coupon),
    "points/redeem": ("points", _points),
    "v2/points/reverse": ("points", _reversal),
    "v2/coupon/reactivate": ("coupon", _reactivation),
    "transaction/update": ("transaction", _retro),
    "customer/add": ("customer", _enrolment),
    "customer/update": ("customer", _update),
}


# --- what is said of it -------------------------------------------------------------------------------------


def answers(family: str) -> Iterator[dict[str, Any]]:
    """Every answer that leaves it open whether the call was done."""
    own = [code for name, code in listed() if name == family and classify(name, code) is Klass.RETRYABLE]
    shared = [
        code for name, code in listed() if name == "request" and classify(name, code) is Klass.RETRYABLE
    ]
    for code in (*own, *shared, *NOBODYS_CODES, 200, 502, 504, 520, 522, 599):
        if code not in PROOF:
            yield {"kind": "item", "code": code}
    yield {"kind": "failed"}
    yield {"kind": "other"}
    yield {"kind": "contradiction"}
    for code in (407, 461, *SHUT):
        yield {"kind": "refused", "code": code}
    for status in (401, 500, 502, 503, 504, 520, 522):
        for form_ in FORMS:
            yield {"kind": "http", "status": status, "form": form_}


def _always(answer: dict[str, Any]) -> bool:
    if answer["kind"] in ("other", "contradiction"):
        return True
    return {answer.get("code"), answer.get("status")} & set(ALWAYS) != set() and answer["kind"] != "refused"


def cases() -> Iterator[Any]:
    """(call, answer, before or after the effect, how often); of the rest one in SHARE."""
    number = 0
    for op, (family, _) in CALLS.items():
        for answer in answers(family):
            for when in ("after", "before"):
                for count in (1, 2):
                    number += 1
                    told = " ".join(map(str, answer.values()))
                    if number % SHARE == 0 or (_always(answer) and count == 1):
                        yield pytest.param(op, answer, when, count, id=f"{op}-{told}-{when}-{count}")


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="module")
def plain(loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """The books where the cloud had simply said yes."""
    found = {}
    for op, (_, made) in CALLS.items():
        scene = Scene(loop)
        scene.drain(*made(scene))
        assert scene.rows.parked == {}
        found[op] = scene.books()
    return found


@pytest.mark.parametrize(("op", "answer", "when", "count"), list(cases()))
def test_it_happens_once_and_nobody_is_asked(
    loop: asyncio.AbstractEventLoop,
    plain: dict[str, Any],
    op: str,
    answer: dict[str, Any],
    when: str,
    count: int,
) -> None:
    scene = Scene(loop)
    calls = CALLS[op][1](scene)
    scene.line.world.faults.add(op=op.partition(" ")[0], when=when, count=count, **answer)
    ids = scene.drain(*calls)
    assert scene.rows.parked == {}
    assert [row.state for row in scene.rows.open] == []
    assert scene.books() == plain[op], ids
