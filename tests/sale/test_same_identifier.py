"""One rule tells whether two spellings name one customer, wherever it is asked."""

from __future__ import annotations

import pytest

from agent.counter.rule_checks import locked_identifier
from agent.loyalty.calls.customer.identity import is_named
from agent.sale.basket import Customer
from agent.sale.rules import OrgRules
from agent.sale.same_identifier import same_identifier, same_mobile

SAME = [
    ("919812345678", "919812345678"),
    ("919812345678", "9812345678"),
    ("919812345678", "+91 98123 45678"),
    ("919812345678", "09812345678"),
    ("09812345678", "9812345678"),
    ("0091 9812345678", "919812345678"),
    ("6591234567", "91234567"),
]
OTHER = [
    ("919812345678", "919812345679"),
    ("919812345678", "449812345678"),
    ("919812345678", "12345678 0"),
    ("919812345678", "2345678"),
    ("919812345678", ""),
    ("", ""),
    ("0", "00"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_mobile_number_in_two_spellings(one: str, other: str) -> None:
    assert same_mobile(one, other)
    assert same_mobile(other, one)
    assert same_identifier("mobile", one, other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_mobile_numbers(one: str, other: str) -> None:
    assert not same_mobile(one, other)
    assert not same_mobile(other, one)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_counter_loyalty_and_sale_hold_to_it(one: str, other: str) -> None:
    mine, theirs = Customer(mobile=one), Customer(mobile=other)
    assert mine.is_same(theirs)
    assert is_named(mine, "mobile", other)
    assert locked_identifier(OrgRules(change_mobile=False), mine, {"mobile": other}) is None


@pytest.mark.parametrize(("one", "other"), [pair for pair in OTHER if pair[1] and pair[0] != "0"])
def test_they_take_no_other_number_for_it(one: str, other: str) -> None:
    mine, theirs = Customer(mobile=one), Customer(mobile=other)
    assert not mine.is_same(theirs)
    assert not is_named(mine, "mobile", other)
    assert locked_identifier(OrgRules(change_mobile=False), mine, {"mobile": other})


def test_other_identifiers_are_the_same_in_any_case() -> None:
    assert same_identifier("email", "Asha@example.com", "asha@EXAMPLE.com")
    assert not same_identifier("card", "99-1", "991")
    assert not same_identifier("external_id", "", "")


@pytest.mark.parametrize(
    ("firstname", "lastname", "name"),
    [("Asha", "Demo", "Asha Demo"), ("Asha", "", "Asha"), ("", " Demo ", "Demo"), (" ", "", "")],
)
def test_a_name_is_put_together_in_one_way(firstname: str, lastname: str, name: str) -> None:
    assert Customer(firstname=firstname, lastname=lastname).name == name
