"""Details of customers that were kept at the till and reach the simulated cloud later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

from agent.cloud.options import cloud_options
from agent.language.sentence import Sentence
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.loyalty.line.transport import Transport
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op
from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill
from agent.simulated.cloud.books.ledger_rows import Customer as Member
from agent.store import delivery, outbox
from tests.loyalty.simulated import simulated, till_options
from tests.rig import desk as desk_rig
from tests.rig.desk import DeskTill, Wire, questions_over

NINA = "919000000066"
UNASKED: dict[str, Any] = {"gender": "", "loyalty": True, "sms": None, "mail": None, "fields": {}}


class _NoLine:
    """Nothing is ever sent."""

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        del call, deadline_s, meanwhile
        return RawAnswer(Kind.NEVER_SENT, reason=Sentence("line.no-time"))


@dataclass
class _Looking:
    """A line that somebody looks at."""

    look: Callable[[Call], None]
    line: Wire

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        self.look(call)
        return self.line.send(call, deadline_s, meanwhile)


@contextmanager
def shop(directory: Path) -> Iterator[tuple[DeskTill, CloudWorld]]:
    """A till whose forwarder talks to the simulated cloud."""
    with simulated() as cloud, desk_rig.till(directory) as till:
        transport = Transport(till_options(cloud))
        till.sender.wire = transport
        yield till, cloud.world
        transport.close()


def keep(till: DeskTill, call: Call, key: str) -> None:
    """The call in the queue, as the counter leaves it there."""
    entries = till.agent.cloud.entries.of_call(call, key)
    now_ms = till.agent.till.now_ms()
    till.agent.open_sale.enqueue(lambda tx: outbox.add(tx, entries, now_ms=now_ms))


def member(world: CloudWorld, mobile: str) -> Member:
    (found,) = [one for one in world.ledger.all(Member) if one.mobile == mobile]
    return found


def test_a_late_enrolment_leaves_newer_details_and_consents_alone(tmp_path: Path) -> None:
    with shop(tmp_path) as (till, world):
        options = cloud_options(till.agent.config)
        before = (till.agent.now() - timedelta(hours=1)).isoformat()
        late = Enrolment(before, NINA, firstname="Nina", lastname="Old", birthday="1990-01-01", sms=True)
        keep(till, builders.customer_add(options, late), "late")
        now = Enrolment(
            till.agent.till.stamp(), NINA, firstname="Nina", lastname="New", birthday="1991-02-02"
        )
        till.sender.wire.send(builders.customer_add(options, now), 10.0)
        known = member(world, NINA)
        till.sender.drain()
        assert till.states() == {}
        assert member(world, NINA) == known


def test_a_correction_kept_behind_its_enrolment_is_not_taken_for_older(tmp_path: Path) -> None:
    """The cloud's date of the last change is that of our own enrolment, which arrived late."""
    with shop(tmp_path) as (till, world):
        options = cloud_options(till.agent.config)
        moment = till.agent.now() - timedelta(hours=1)
        slip = Enrolment(moment.isoformat(), NINA, firstname="Nima")
        keep(till, builders.customer_add(options, slip), "slip")
        mended = Enrolment((moment + timedelta(minutes=5)).isoformat(), NINA, firstname="Nina")
        keep(till, builders.customer_update(mended), "mended")
        till.sender.drain()
        assert till.states() == {}
        assert member(world, NINA).firstname == "Nina"


def test_an_enrolment_does_not_wait_behind_the_bill_that_waits_for_it(tmp_path: Path) -> None:
    """A stranger's bill, the enrolment and another bill, all made while the line was down."""
    with shop(tmp_path) as (till, world):
        options = cloud_options(till.agent.config)
        (first,) = till.sell(1, mobile=NINA, redeem=False)
        keep(
            till,
            builders.customer_add(options, Enrolment(till.agent.till.stamp(), NINA, firstname="Nina")),
            "n",
        )
        till.sell(2, mobile=NINA, redeem=False)
        advice = till.desk.show(first + 1)["advice"]  # type: ignore[index]
        assert advice[0] == f"Nothing: it waits for call {first}, which the till tries by itself."
        till.sender.drain()
        assert till.states() == {}
        assert member(world, NINA).firstname == "Nina"
        assert [one.number for one in world.ledger.all(Bill)][-2:] == ["S01T1-000001", "S01T1-000002"]
        assert till.told("queue-retry") == [], "nobody pressed anything"


def test_an_enrolment_passes_every_bill_that_waits_behind_the_strangers(tmp_path: Path) -> None:
    """Two sales to somebody nobody knows, then the enrolment: no bill can go before it does."""
    with shop(tmp_path) as (till, world):
        (first,) = till.sell(1, mobile=NINA, redeem=False)
        till.sell(2, mobile=NINA, redeem=True)
        till.sender.drain()
        assert till.states()[first] == "parked"
        enrolment = Enrolment(till.agent.till.stamp(), NINA, firstname="Nina")
        keep(till, builders.customer_add(cloud_options(till.agent.config), enrolment), "n")
        listed = max(till.states())
        assert till.desk.show(listed)["advice"][0] == "Nothing: the till tries it by itself."  # type: ignore[index]
        assert till.desk.retry(listed, "", "r").text == "It is tried again now."
        till.sender.drain()
        assert [one.number for one in world.ledger.all(Bill)][-2:] == ["S01T1-000001", "S01T1-000002"]


def test_a_bill_that_waited_for_the_enrolment_of_its_customer_needs_nobody_any_more(tmp_path: Path) -> None:
    with shop(tmp_path) as (till, world):
        (bill,) = till.sell(1, mobile=NINA, redeem=False)
        till.sender.drain()
        assert (till.states(), till.badge()["parked"]) == ({bill: "parked"}, 1)
        assert "refused" in till.agent.board.part("notice")["text"]
        enrolment = Enrolment(till.agent.till.stamp(), NINA, firstname="Nina")
        keep(till, builders.customer_add(cloud_options(till.agent.config), enrolment), "n")
        seen: list[tuple[str, int, str, list[str]]] = []

        def look(call: Call) -> None:
            """What a person sees when the bill is about to go again."""
            if call.op == Op.TRANSACTION_GET:
                shown, badge = till.desk.show(bill) or {}, till.badge()
                seen.append((shown["state"], badge["parked"], shown["text"], shown["advice"]))

        till.sender.wire = _Looking(look, till.sender.wire)
        till.sender.drain()
        assert seen == [("inflight", 0, "Its customer is enrolled now: it goes again by itself.", ANY)]
        assert till.states() == {}
        assert [one.number for one in world.ledger.all(Bill)][-1] == "S01T1-000001"
        notice = till.agent.board.part("notice")
        assert (notice["code"], "by itself" in notice["text"]) == ("queue-resumed", True)


def test_a_bill_refused_again_after_the_enrolment_waits_for_a_person_and_is_not_tried_for_ever(
    tmp_path: Path,
) -> None:
    with desk_rig.till(tmp_path) as till:
        till.wire.refuse["transaction_add"] = 656
        (first,) = till.sell(1, mobile=NINA, redeem=False)
        enrolment = Enrolment(till.agent.till.stamp(), NINA, firstname="Nina")
        keep(till, builders.customer_add(cloud_options(till.agent.config), enrolment), "n")
        (second,) = till.sell(2, mobile=NINA, redeem=False)
        for _ in range(4):  # over the minute after which the cloud must show it
            till.sender.drain()
        assert till.states() == {first: "parked", second: "ready"}
        assert till.badge()["parked"] == 1
        assert (till.wire.count("customer_add"), till.wire.count("transaction_add")) == (1, 3)
        assert "refused" in (till.desk.show(first) or {})["text"]


def test_an_enrolment_passes_a_bill_that_was_refused_for_another_reason(tmp_path: Path) -> None:
    with shop(tmp_path) as (till, world):
        (first,) = till.sell(1, mobile=NINA, redeem=False)
        enrolment = Enrolment(till.agent.till.stamp(), NINA, firstname="Nina")
        keep(till, builders.customer_add(cloud_options(till.agent.config), enrolment), "n")
        till.agent.till.write(lambda tx: delivery.park(tx, first, "601", "too much"))
        till.sender.queue.changed([first])
        till.sender.drain()
        assert till.states() == {first: "parked"}
        assert member(world, NINA).firstname == "Nina"


def test_an_update_kept_at_the_till_sends_only_what_was_changed(tmp_path: Path) -> None:
    """The names the till knew are those of the last look-up; the cloud's may be newer."""
    with desk_rig.till(tmp_path) as till:
        asking = questions_over(till.agent, _NoLine())
        known = Customer(mobile=NINA, firstname="Nina", lastname="Old", source="cache")
        form = UNASKED | {"mobile": "", "email": "", "external_id": "", "birthday": "1990-01-01"}
        reply = asking.update(known, form | {"firstname": "Nina", "lastname": ""})
        assert reply.call is not None
        assert b"name" not in reply.call.body.replace(b'"name":"dob"', b"")
        assert (reply.value.firstname, reply.value.lastname) == ("Nina", "Old")
        renamed = asking.update(known, form | {"firstname": "Ninotchka", "lastname": "Old"})
        assert b'"firstname":"Ninotchka"' in renamed.call.body
        assert b"lastname" not in renamed.call.body
