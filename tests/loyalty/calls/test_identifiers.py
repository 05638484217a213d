"""Identifiers as people type them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.customer.identifiers import UnusableError, birthday, email, hidden, identifier, phone

TODAY = date(2026, 4, 1)


@pytest.mark.parametrize(
    "typed",
    [
        "9876543210",
        "98765 43210",
        "+91 98765-43210",
        "(+91) 98765.43210",
        "09876543210",
        "919876543210",
        "0091 98765 43210",
        "tel:+919876543210",
        "\u00a098765\u201343210 ",
        "९८७६५४३२१०",
    ],
)
def test_an_indian_mobile_number_is_understood_as_people_type_it(typed: str) -> None:
    assert phone(typed) == "919876543210"


def test_a_number_keeps_its_own_country() -> None:
    assert phone("+1 212 555 0123") == "12125550123"
    assert phone("8123 4567", "SG") == "6581234567"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type the mobile"),
        ("98765", "too short"),
        ("987654321012345", "too long"),
        ("98765O3210", "digits only"),
        ("98765 43210, 98765 43211", "digits only"),
        ("5555555555", "No such"),
        ("080 2222 3333", "landline"),
        ("+999 12345678", "not a phone"),
    ],
)
def test_a_number_that_cannot_be_is_refused_in_a_sentence(typed: str, words: str) -> None:
    with pytest.raises(UnusableError, match=words):
        phone(typed)


def test_an_address_is_taken_in_lower_case() -> None:
    assert email(" Tom.Sawyer@Example.COM ") == "tom.sawyer@example.com"


@pytest.mark.parametrize("typed", ["", "tom", "tom@", "@x.in", "a@b", "a b@x.in", "a@x..in", "a@x.in,b@x.in"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(UnusableError):
        email(typed)


@pytest.mark.parametrize("kind", ["card", "external_id"])
def test_a_comma_never_asks_about_two_customers(kind: str) -> None:
    assert identifier(kind, " GOLD-1 ") == "GOLD-1"
    with pytest.raises(UnusableError):
        identifier(kind, "GOLD-1,GOLD-2")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnusableError, match="Search by"):
        identifier("shoe size", "44")


def test_birthdays_are_days_that_have_been() -> None:
    assert birthday("1998-12-31", TODAY) == "1998-12-31"
    assert birthday("", TODAY) == ""
    for typed in ("31.12.1998", "1998-02-30", "2026-04-02", "1850-01-01"):
        with pytest.raises(UnusableError):
            birthday(typed, TODAY)


def test_an_enrolment_needs_someone_to_enrol() -> None:
    nobody = Enrolment("2026-04-01T10:00:00+05:30", firstname="Tom")
    with pytest.raises(UnusableError, match="needed"):
        nobody.checked("IN", TODAY)
    some = replace(nobody, mobile="98765 43210", firstname="  Tom \t Sawyer ").checked("IN", TODAY)
    assert (some.mobile, some.firstname) == ("919876543210", "Tom Sawyer")
    assert some.customer().identifier == ("mobile", "919876543210")


def test_identifiers_are_hidden_but_for_their_end() -> None:
    assert hidden("919876543210") == "…3210"
    assert hidden("ab") == "…"
