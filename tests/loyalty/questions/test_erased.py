"""A customer whose data the cloud deleted: said to the cashier, and nobody made or merged by accident."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from agent.language.language import english, in_english
from agent.loyalty.calls import builders
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.forwarder.loop import Forwarder
from agent.loyalty.line.transport import Transport
from agent.loyalty.outcomes.queue import READY
from agent.sale.basket import Customer
from agent.simulated.cloud.books import customers
from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.erasure import erase
from agent.simulated.cloud.books.ledger_rows import Customer as Account
from agent.simulated.cloud.serve.server import RunningCloud

from ..memory_queue import MemoryQueue
from ..simulated import ASHA, counter, simulated, till_options

AT = "2026-04-01T10:00:00+05:30"
MAIL = "asha.demo@example.com"
KNOWN = Customer(mobile=ASHA, firstname="Asha", source="cloud")
HOW = pytest.mark.parametrize("how", ["refused", "found"])


def gone(world: CloudWorld, mobile: str = ASHA) -> None:
    account = customers.find(world, "mobile", mobile)
    assert account is not None
    erase(world, account)


def people(world: CloudWorld) -> int:
    return len([one for one in world.ledger.all(Account) if not one.merged_into and not one.erased])


def form(**fields: Any) -> Enrolment:
    return Enrolment(**({"at": AT, "mobile": ASHA, "firstname": "Asha"} | fields))


@HOW
def test_the_cashier_hears_one_sentence_and_nobody_is_found(how: str) -> None:
    with counter(erased_answer=how) as (questions, world):
        gone(world)
        answer = questions.customer("mobile", ASHA)
        assert (answer.outcome, answer.code, answer.value) == ("no", "erased", None)
        assert in_english(answer.sentence) == (
            "The customer of …0001 had their data deleted. Enrol anew only if they ask for it."
        )


@HOW
def test_enrolling_straight_away_makes_nobody_before_the_cashier_knows(how: str) -> None:
    with counter(erased_answer=how) as (questions, world):
        gone(world)
        first = questions.enrol(form())
        assert (first.outcome, first.code, first.call) == ("no", "erased", None)
        assert people(world) == 4
        meant = questions.enrol(form())
        assert (meant.outcome, people(world)) == ("ok", 5)
        assert meant.value is not None
        assert (meant.value.points_milli, meant.value.user_id) != (76_000, "100000001")
        assert questions.enrol(form()).code == "existing"
        assert people(world) == 5


def test_after_the_search_said_so_the_first_enrolment_is_meant() -> None:
    with counter() as (questions, world):
        gone(world)
        questions.customer("mobile", ASHA)
        assert questions.enrol(form()).outcome == "ok"
        assert people(world) == 5


def test_another_identifier_of_an_erased_customer_is_asked_about_as_well() -> None:
    with counter() as (questions, world):
        gone(world)
        asked = form(mobile="919000000078", email=MAIL)
        assert questions.enrol(asked).code == "erased"
        assert people(world) == 4
        assert questions.enrol(asked).outcome == "ok"
        assert people(world) == 5


def test_an_update_neither_brings_them_back_nor_joins_them_to_another() -> None:
    with counter() as (questions, world):
        gone(world)
        before = _books(world)
        for change in (form(), form(email="new@example.com"), form(mobile="919000000002", email=MAIL)):
            answer = questions.update(KNOWN, change)
            assert (answer.outcome, answer.call) == ("no", None)
            assert in_english(answer.sentence).endswith(".")
        assert _books(world) == before


def _books(world: CloudWorld) -> list[Account]:
    return world.ledger.all(Account)


def forwarded(cloud: RunningCloud, queue: MemoryQueue) -> None:
    """The real forwarder over the queue until nothing waits any more."""
    options = till_options(cloud)
    transport, clock = Transport(options), [0]
    forwarder = Forwarder(queue, transport, options, lambda: clock[0], Random(3), text=english().text)
    for _ in range(50):
        if not queue.open:
            break
        clock[0] += round(forwarder.step() * 1000) + 1
    transport.close()


@HOW
def test_an_enrolment_kept_from_an_outage_waits_for_a_person(how: str) -> None:
    """They came by while the line was down, and had their data deleted before it was back."""
    with simulated(erased_answer=how) as cloud:
        gone(cloud.world)
        queue = MemoryQueue()
        queue.add(builders.customer_add(till_options(cloud), form()))
        forwarded(cloud, queue)
        code, text = queue.parked[1]
        assert (code, people(cloud.world)) == ("erased", 4)
        assert "had their data deleted since, so nothing was sent." in text
        assert text.endswith("waive it with a reason.")
        assert not any(call["op"] == "customer/add" for call in cloud.world.log.entries())
        # A person has it tried again: they have read the sentence, so it is meant.
        queue.rows[1] = replace(queue.rows[1], state=READY, code=code)
        queue.parked.clear()
        forwarded(cloud, queue)
        assert (queue.parked, people(cloud.world)) == ({}, 5)


def test_nobody_else_is_taken_for_erased() -> None:
    with counter() as (questions, world):
        gone(world)
        assert questions.customer("mobile", "919000000002").outcome == "ok"
        assert questions.customer("mobile", "919999999999").code == "not_found"
