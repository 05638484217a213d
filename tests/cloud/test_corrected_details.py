"""Details that were corrected after the answer to an enrolment was lost: what waits is older, and neither
overwrites the correction nor calls the customer another person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.sale.queue_terms import Op
from agent.simulated.cloud.books.ledger_rows import Bill
from agent.simulated.cloud.books.ledger_rows import Customer as Member
from tests.rig.shop import ASHA, Shop, shop

NINA, RIGHT = "9000000066", "9000000067"
FORM: dict[str, Any] = dict.fromkeys(
    ("mobile", "email", "external_id", "card", "firstname", "lastname", "birthday", "gender"), ""
) | {"loyalty": True, "sms": None, "mail": None, "fields": {}, "mobile": NINA, "firstname": "Nima"}
CLOCKS = pytest.mark.parametrize("ahead_s", [-3600, -30, 0, 30, 3600])


def faults(till: Shop) -> Any:
    """The switches of the cloud's faults."""
    return till.world.faults  # type: ignore[attr-defined]


def enrolled_without_an_answer(till: Shop, **form: Any) -> None:
    """Nina is enrolled, the cloud has it, and the answer is lost: the call waits in the queue."""
    faults(till).add("lose-answer", op="customer/add", count=1)
    till.scan()
    answer = till.desk.enrol(FORM | form, "")
    assert (answer.ok, answer.data["queued"]) == (True, True), answer.text


def corrected(till: Shop, **form: Any) -> None:
    """The cashier finds her and types what was wrong; the cloud says yes."""
    assert till.desk.search("mobile", NINA, "").ok
    changed = {name: value for name, value in (FORM | form).items() if name != "card"}
    answer = till.desk.update(changed, "")
    assert (answer.ok, answer.data["queued"]) == (True, False), answer.text


@CLOCKS
@pytest.mark.parametrize("name", ["Nima", "Nina"], ids=["last name", "first name"])
def test_a_correction_the_cloud_acknowledged_is_not_overwritten_by_the_enrolment_that_waits(
    tmp_path: Path, name: str, ahead_s: int
) -> None:
    with shop(tmp_path) as till:
        faults(till).add("clock", seconds=ahead_s)
        enrolled_without_an_answer(till, lastname="Rao")
        corrected(till, firstname=name, lastname="Roy")
        number = till.pay()
        till.till.sender.drain()
        assert till.till.states() == {}
        assert (till.member(NINA).firstname, till.member(NINA).lastname) == (name, "Roy")
        (bill,) = [one for one in till.world.ledger.all(Bill) if one.number == number]
        assert bill.customer_id == till.member(NINA).id


@CLOCKS
def test_a_later_update_that_waits_is_sent_and_an_earlier_one_is_not(tmp_path: Path, ahead_s: int) -> None:
    """An update without an answer, then one that was acknowledged; then one that waits behind it."""
    with shop(tmp_path) as till:
        faults(till).add("clock", seconds=ahead_s)
        till.scan()
        assert till.desk.enrol(FORM, "").ok
        faults(till).add("lose-answer", op="customer/update", count=1)
        changed = {name: value for name, value in FORM.items() if name != "card"}
        assert till.desk.update(changed | {"lastname": "Rao"}, "").data["queued"]
        corrected(till, lastname="Roy")
        till.till.sender.drain()
        assert till.till.states() == {}
        assert till.member(NINA).lastname == "Roy"


def test_who_was_given_another_number_is_not_enrolled_again_under_the_wrong_one(tmp_path: Path) -> None:
    with shop(tmp_path, mobile_updates=True) as till:
        enrolled_without_an_answer(till, email="nina@example.com")
        corrected(till, mobile=RIGHT, email="nina@example.com")
        till.till.sender.drain()
        assert till.till.states() == {}
        mobiles = {one.mobile for one in till.world.ledger.all(Member)}
        assert (f"91{RIGHT}" in mobiles, f"91{NINA}" in mobiles) == (True, False)


@CLOCKS
def test_a_first_name_another_till_corrected_since_is_no_other_person(tmp_path: Path, ahead_s: int) -> None:
    """The cloud's customer was registered at the very moment of this enrolment: it has arrived."""
    with shop(tmp_path) as till:
        faults(till).add("clock", seconds=ahead_s)
        enrolled_without_an_answer(till, lastname="Rao")
        elsewhere(till, till.member(NINA), firstname="Nina", lastname="Roy")
        till.till.sender.drain()
        assert till.till.states() == {}
        assert (till.member(NINA).firstname, till.member(NINA).lastname) == ("Nina", "Roy")


@CLOCKS
@pytest.mark.parametrize(("minutes", "left"), [(-1, "Rao"), (1, "Roy")], ids=["before", "since"])
def test_between_two_tills_the_moment_decides_by_one_clock(
    tmp_path: Path, ahead_s: int, minutes: int, left: str
) -> None:
    """This till's update was never sent; the other till's change is a minute older or newer than it."""
    with shop(tmp_path) as till:
        faults(till).add("clock", seconds=ahead_s)
        till.scan()
        assert till.desk.search("mobile", ASHA, "").ok
        till.counter.down = True
        mine = FORM | {"mobile": ASHA, "firstname": "", "lastname": "Rao"}
        answer = till.desk.update({name: value for name, value in mine.items() if name != "card"}, "")
        assert answer.data["queued"], answer.text
        till.counter.down = False
        then = (till.world.now() + timedelta(minutes=minutes)).isoformat()
        elsewhere(till, till.member(ASHA), lastname="Roy", at=then)
        till.till.sender.drain()
        assert till.till.states() == {}
        assert till.member(ASHA).lastname == left


def elsewhere(till: Shop, known: Member, at: str = "", **changes: Any) -> None:
    """Another till changes or makes a customer."""
    with till.world.ledger.transaction():
        till.world.ledger.put(replace(known, updated_at=at or till.world.now().isoformat(), **changes))


def test_an_enrolment_under_the_number_of_another_person_still_waits_for_a_person(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        till.counter.down = True
        till.scan()
        assert till.desk.enrol(FORM, "").data["queued"]
        (row_id,) = till.till.agent.tally.of(Op.CUSTOMER_ADD)
        tom = Member(7_777, mobile=f"91{NINA}", firstname="Tom", kind="LOYALTY")
        elsewhere(till, tom)
        till.till.sender.drain()
        assert till.till.states() == {row_id: "parked"}
        assert till.member(NINA).firstname == "Tom"


@pytest.mark.parametrize("ahead_s", [-3600, -200, 0, 20, 200, 3600])
@pytest.mark.parametrize("first", ["enrolled", "changed"])
def test_a_correction_that_waits_is_newer_than_this_tills_own_change_before_it(
    tmp_path: Path, first: str, ahead_s: int
) -> None:
    """The cloud acknowledged the wrong name; the right one, typed within the same second, did not arrive."""
    with shop(tmp_path) as till:
        till.scan()
        assert till.desk.search("mobile", ASHA, "").ok, "the till has heard the cloud's time"
        faults(till).add("clock", seconds=ahead_s)
        assert till.desk.enrol(FORM | {"lastname": "Wrong"}, "").data["queued"] is False
        changed = {name: value for name, value in FORM.items() if name != "card"}
        if first == "changed":
            assert till.desk.update(changed | {"lastname": "Worse"}, "").data["queued"] is False
        faults(till).add("lose-request", op="customer/update", count=1)
        answer = till.desk.update(changed | {"lastname": "Right"}, "")
        assert (answer.ok, answer.data["queued"]) == (True, True), answer.text
        till.till.sender.drain()
        assert till.till.states() == {}
        assert till.member(NINA).lastname == "Right"
        assert till.till.told("details-newer") == []


def test_the_same_after_a_restart_without_another_word_of_the_cloud(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        agent = till.till.agent
        till.begin(ASHA)
        agent.clock.tidy(lambda: agent.clock.standing(agent.now(), None))
        heard_ms = agent.clock.past_ms()
        assert heard_ms
        again = type(agent.clock)(agent.till)
        assert heard_ms - 2_000 <= again.past_ms() <= till.world.now().timestamp() * 1000


def test_what_is_left_out_as_older_is_said_and_noted(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        till.scan()
        assert till.desk.search("mobile", ASHA, "").ok
        till.counter.down = True
        changed = {name: value for name, value in FORM.items() if name != "card"}
        mine = changed | {"mobile": ASHA, "firstname": "", "lastname": "Rao"}
        assert till.desk.update(mine, "").data["queued"]
        (row_id,) = till.till.agent.tally.of(Op.CUSTOMER_UPDATE)
        then = (till.world.now() + timedelta(minutes=1)).isoformat()
        elsewhere(till, till.member(ASHA), lastname="Roy", at=then)
        till.till.sender.drain()
        assert till.till.states() == {}
        assert till.member(ASHA).lastname == "Roy"
        assert till.till.told("details-newer") == [{"call": row_id, "op": "customer_update"}]
        notice = till.till.agent.board.part("notice")
        assert (notice["code"], notice["level"]) == ("details-newer", "warn")
