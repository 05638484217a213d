"""The organisation's own fields: of customers, bills, lines and tenders, to the wire and back in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.language.language import in_english
from agent.loyalty.calls import builders
from agent.loyalty.calls.customer.customer_fields import sorted_fields
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.customer.identifiers import UnusableError
from agent.loyalty.calls.customer_calls import update_instead
from agent.loyalty.line.transport import Transport
from agent.loyalty.questions.questions import Questions
from agent.sale.basket import Customer, Tender, TenderType
from agent.sale.customer_fields import CustomerField
from agent.sale.field_templates import LINE_WORDS, filled, problem
from agent.simulated.cloud.books.ledger_report import ledger_report

from ..bills import AT, bill, line
from ..conftest import options_for
from ..counter import NOW
from ..simulated import ASHA, simulated, till_options
from .test_calls import allowed, body_of

ASKED = (
    CustomerField("occupation", "Occupation"),
    CustomerField("paymentmode", "Pays mostly by", "choice", ("Cash", "Card")),
    CustomerField("anniversary", "Wedding day", "date", extended=True),
    CustomerField("city", "City", extended=True),
)
TYPED = {"occupation": " Tea  taster ", "paymentmode": "Cash", "anniversary": "2010-02-28", "city": ""}


def test_details_are_sorted_into_the_clouds_two_kinds_and_empty_ones_left_out() -> None:
    custom, extended = sorted_fields(ASKED, TYPED)
    assert custom == (("occupation", "Tea taster"), ("paymentmode", "Cash"))
    assert extended == (("anniversary", "2010-02-28"),)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"paymentmode": "Shells"}, "Pays mostly by: choose Cash, Card"),
        ({"anniversary": "28 Feb"}, "Wedding day: type year-month-day"),
        ({"anniversary": "1492-02-28"}, "check the year"),
        ({"occupation": "x" * 251}, "Occupation: that is too long"),
        ({"occupation": "a\u202eb"}, "cannot be used"),
        ({"shoe_size": "9"}, "does not ask customers for shoe_size"),
    ],
)
def test_a_detail_that_cannot_be_used_is_refused_in_words(typed: dict[str, str], words: str) -> None:
    with pytest.raises(UnusableError, match=words):
        sorted_fields(ASKED, typed)


def enrolled(**more: Any) -> Enrolment:
    typed = Enrolment(AT, "919876543210", firstname="Tom", birthday="1998-12-01", gender="Male", **more)
    return typed.checked("IN", NOW.date(), ASKED)


def fields_in(customer: dict[str, Any], kind: str) -> dict[str, str]:
    return {row["name"]: row["value"] for row in customer.get(kind, {}).get("field", [])}


def test_an_enrolment_and_the_update_it_may_become_carry_them() -> None:
    call = allowed(builders.customer_add(options_for(), enrolled(fields=TYPED)))
    for sent in (
        call,
        allowed(update_instead(call)),
        allowed(builders.customer_update(enrolled(fields=TYPED))),
    ):
        customer = body_of(sent)["root"]["customer"][0]
        assert fields_in(customer, "custom_fields") == {"occupation": "Tea taster", "paymentmode": "Cash"}
        extended = {"gender": "Male", "dob": "1998-12-01", "anniversary": "2010-02-28"}
        assert fields_in(customer, "extended_fields") == extended
    plain = body_of(builders.customer_add(options_for(), enrolled()))["root"]["customer"][0]
    assert "custom_fields" not in plain


def test_the_cloud_keeps_what_it_knows_and_the_cashier_hears_of_what_it_does_not() -> None:
    asked = (*ASKED, CustomerField("shoe_size", "Shoe size"))
    with simulated() as cloud:
        options = till_options(cloud, customer_fields=asked, question_budget_s=10.0)
        transport = Transport(options)
        questions = Questions(transport, options, lambda: NOW)
        new = Enrolment(NOW.isoformat(), "9812345678", firstname="Omana")
        fine = questions.enrol(replace(new, fields=TYPED))
        odd = questions.update(
            Customer(mobile="919812345678"), replace(new, fields={"shoe_size": "9"}, sms=None, mail=None)
        )
        transport.close()
        known = [one for one in ledger_report(cloud.ledger)["customers"] if one["mobile"] == "919812345678"]
    assert (fine.outcome, in_english(fine.sentence)) == ("ok", "The customer is enrolled.")
    assert known[0]["custom"] == {"occupation": "Tea taster", "paymentmode": "Cash"}
    assert known[0]["extended"] == {"anniversary": "2010-02-28"}
    assert odd.outcome == "ok"
    assert (
        in_english(odd.sentence)
        == "The details are updated. An extra detail was not accepted; the rest is saved."
    )


OWN: dict[str, Any] = {
    "bill_custom": {"cashier": "{cashier}", "channel": "store {store}"},
    "bill_extended": {"lane": "{till}"},
    "line_custom": {"tax_class": "{hsn}"},
    "line_extended": {"size": "{variant.size}", "made_in": "India"},
    "tender_attributes": {
        TenderType.CARD: {"card_type": "CREDIT", "number": "{reference}"},
        TenderType.UPI: {"upi_id": "{reference}"},
        TenderType.CASH: {"note": "{reference}"},
    },
}


def test_bills_and_lines_carry_the_organisations_fields() -> None:
    made = bill(lines=(line(1, 10_000, variant=(("size", "M"),)), line(2, 5_000)))
    body = body_of(allowed(builders.transaction_add(options_for(**OWN), made)))
    assert body["customFields"] == {"cashier": "Asha", "channel": "store S01"}
    assert body["extendedFields"] == {"lane": "T1"}
    first, second = body["lineItemsV2"]
    assert first["customFields"] == {"tax_class": "6109"}
    assert first["extendedFields"] == {"size": "M", "made_in": "India"}
    assert second["extendedFields"] == {"made_in": "India"}
    plain = body_of(builders.transaction_add(options_for(), made))
    assert not {"customFields", "extendedFields"} & (set(plain) | set(plain["lineItemsV2"][0]))


def test_tenders_carry_the_organisations_attributes_and_never_a_whole_card_number() -> None:
    tenders = (
        Tender(1, TenderType.CARD, 10_000, "slip 4111 1111 1111 1111"),
        Tender(2, TenderType.UPI, 9_000, "tom@bank"),
        Tender(3, TenderType.CASH, 6_000),
    )
    call = allowed(builders.transaction_add(options_for(**OWN), bill(tenders=tenders)))
    attributes = [row.get("attributes") for row in body_of(call)["paymentModes"]]
    assert attributes == [{"card_type": "CREDIT", "number": "slip …1111"}, {"upi_id": "tom@bank"}, None]
    assert b"4111 1111" not in call.body


def test_a_field_whose_word_is_not_known_is_left_out_and_an_unknown_word_is_an_error() -> None:
    assert filled({"a": "{x}-{y}", "b": "c"}, {"x": "1", "y": ""}) == {"b": "c"}
    assert problem({"a": "{sku} {variant.size}"}, LINE_WORDS) is None
    assert "there is no {price}" in in_english(problem({"a": "{price}"}, LINE_WORDS))
    assert "text in them" in in_english(problem({"a": " "}, LINE_WORDS))


def test_the_simulated_cloud_takes_a_bill_with_all_of_them() -> None:
    with simulated() as cloud:
        options = till_options(cloud, **OWN)
        transport = Transport(options)
        made = bill("B-1", customer=Customer(mobile=ASHA))
        answer = transport.send(builders.transaction_add(options, made), 10)
        transport.close()
    assert answer.http_status == 200, answer.body
