"""A customer whose enrolment waits in the queue is known at this till, and is enrolled once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.sale.queue_terms import Op
from agent.simulated.cloud.books.ledger_rows import Bill
from agent.store import delivery, members
from tests.rig.shop import Shop, shop

NINA = "9000000066"
FORM: dict[str, Any] = dict.fromkeys(
    ("mobile", "email", "external_id", "card", "firstname", "lastname", "birthday", "gender"), ""
) | {"loyalty": True, "sms": None, "mail": None, "fields": {}, "mobile": NINA, "firstname": "Nina"}


def enrolled_while_down(till: Shop) -> None:
    """Nina is enrolled while the line is down, and goes."""
    till.counter.down = True
    till.scan()
    answer = till.desk.enrol(FORM, "")
    assert (answer.ok, answer.data["queued"]) == (True, True)
    till.pay()
    till.counter.down = False


def waiting(till: Shop) -> list[int]:
    return till.till.agent.tally.of(Op.CUSTOMER_ADD)


@pytest.mark.parametrize("down", [False, True], ids=["the cloud knows nobody", "the cloud is away"])
@pytest.mark.parametrize("remembered", [False, True])
def test_they_are_found_as_not_confirmed_and_the_bill_is_theirs(
    tmp_path: Path, *, down: bool, remembered: bool
) -> None:
    with shop(tmp_path) as till:
        enrolled_while_down(till)
        if not remembered:
            till.till.agent.till.write(lambda tx: members.forget(tx, "mobile", f"91{NINA}"))
        till.counter.down = down
        till.scan()
        answer = till.desk.search("mobile", NINA, "")
        assert (
            answer.text == "Nina was enrolled at this till a moment ago; the cloud has not confirmed it yet."
        )
        assert (answer.ok, answer.data["found"]) == (True, True)
        assert till.sale.customer is not None
        assert (till.sale.customer.name, till.sale.customer.source) == ("Nina", "enrolled")
        number = till.pay()
        till.till.sender.drain()
        assert till.till.states() == {}
        (bill,) = [one for one in till.world.ledger.all(Bill) if one.number == number]
        assert bill.customer_id == till.member(NINA).id
        till.counter.down = False
        till.scan()
        assert till.desk.search("mobile", NINA, "").text == "Nina found."


@pytest.mark.parametrize("down", [False, True])
def test_they_are_not_enrolled_again(tmp_path: Path, *, down: bool) -> None:
    with shop(tmp_path) as till:
        enrolled_while_down(till)
        till.counter.down = down
        till.scan()
        answer = till.desk.enrol(FORM, "again")
        assert (answer.ok, answer.data["queued"]) == (True, False)
        assert "has not confirmed it yet" in answer.text
        assert till.sale.customer is not None
        assert till.sale.customer.mobile == f"91{NINA}"
        assert len(waiting(till)) == 1


def test_nobody_of_another_name_is_taken_for_them(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        enrolled_while_down(till)
        till.scan()
        assert "belongs to a customer of another name" in till.no(
            till.desk.enrol(FORM | {"firstname": "Tom"}, "")
        )
        assert till.sale.customer is None


def test_one_the_cloud_refused_may_be_enrolled_anew(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        enrolled_while_down(till)
        (row_id,) = waiting(till)
        till.till.agent.till.write(lambda tx: delivery.park(tx, row_id, "1012", "said"))
        till.till.agent.tally.parked(row_id)
        till.scan()
        answer = till.desk.search("mobile", NINA, "")
        assert (answer.data["found"], till.sale.customer) == (False, None)
        assert till.desk.enrol(FORM, "").ok
        assert till.member(NINA).firstname == "Nina"


def test_they_are_known_after_a_restart(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        enrolled_while_down(till)
    with shop(tmp_path) as again:
        again.scan()
        assert again.desk.search("mobile", NINA, "").data["found"]


def test_an_update_of_theirs_waits_behind_the_enrolment(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        enrolled_while_down(till)
        till.counter.down = True
        till.scan()
        assert till.desk.search("mobile", NINA, "").ok
        changed = {name: value for name, value in FORM.items() if name != "card"} | {"lastname": "New"}
        answer = till.desk.update(changed, "")
        assert answer.ok, answer.text
        till.pay()
        till.counter.down = False
        till.till.sender.drain()
        assert till.till.states() == {}
        assert till.member(NINA).lastname == "New"


@pytest.mark.parametrize("down", [False, True], ids=["the cloud knows nobody", "the cloud is away"])
@pytest.mark.parametrize("again", [False, True], ids=["changed", "enrolled again"])
@pytest.mark.parametrize("email", ["", "nina@example.com"])
def test_what_is_typed_while_they_wait_goes_behind_the_enrolment(
    tmp_path: Path, email: str, *, down: bool, again: bool
) -> None:
    """What cannot wait, since nobody can say whose it is by then, is named."""
    with shop(tmp_path) as till:
        enrolled_while_down(till)
        till.counter.down = down
        till.scan()
        assert till.desk.search("mobile", NINA, "").ok
        form = FORM | {"lastname": "New", "email": email}
        changed = {name: value for name, value in form.items() if name != "card"}
        answer = till.desk.enrol(form, "") if again else till.desk.update(changed, "")
        assert (answer.ok, answer.data["queued"]) == (True, True), answer.text
        assert ("without the e-mail" in answer.text) is bool(email)
        assert till.sale.customer is not None
        assert till.sale.customer.lastname == "New"
        till.pay()
        till.counter.down = False
        assert len(waiting(till)) == 1
        till.till.sender.drain()
        assert till.till.states() == {}
        assert till.member(NINA).lastname == "New"


def test_a_card_typed_while_they_wait_is_not_dropped_without_a_word(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        enrolled_while_down(till)
        till.scan()
        answer = till.desk.enrol(FORM | {"card": "C-77"}, "")
        assert answer.ok
        assert "The card was not kept" in answer.text
