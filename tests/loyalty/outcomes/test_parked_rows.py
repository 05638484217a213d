"""What a person may see and do of a call that waits."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call, encode
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.outcomes import parked_rows
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op

from ..bills import AT, COUPON, POINTS, bill
from ..conftest import options_for

OPTIONS = options_for()
TOM = Customer(mobile="919876543210", firstname="Tomasz", lastname="Kowalski", email="tom.k@example.com")
PERSON = Enrolment(
    AT, TOM.mobile, TOM.email, "EXT-778899", firstname="Tomasz", lastname="Kowalski", birthday="1990-12-31"
)
ADD, REDEEM, COUPON_USE = builders.calls_of_bill(
    OPTIONS, bill("B-1", customer=TOM, points=POINTS, coupon=COUPON)
)
ENROL = builders.customer_add(OPTIONS, PERSON)
UPDATE = builders.customer_update(PERSON)
SECRETS = ("919876543210", "tom.k@example.com", "EXT-778899", "Tomasz", "Kowalski", "1990-12-31", "4PZGXC")


@pytest.mark.parametrize("call", [ADD, REDEEM, COUPON_USE, ENROL, UPDATE], ids=lambda call: str(call.op))
def test_nothing_that_names_a_person_is_shown_unless_asked(call: Call) -> None:
    masked = json.dumps(parked_rows.request(call.to_bytes()), ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in masked]
    bare = json.dumps(parked_rows.request(call.to_bytes(), masked=False), ensure_ascii=False)
    assert "919876543210" in bare


def test_what_a_technician_needs_stays_readable() -> None:
    shown = parked_rows.request(ADD.to_bytes())
    assert shown["path"] == "/v2/transactions"
    assert shown["body"]["billNumber"] == "B-1"
    assert shown["body"]["billAmount"] == "250.00"
    assert ["identifierValue", "…3210"] in shown["query"]
    redeem = parked_rows.request(REDEEM.to_bytes())["body"]["root"]["redeem"][0]
    assert redeem["external_reference_number"].endswith("-P1")
    assert redeem["points_redeemed"] == "100"
    assert redeem["customer"] == {"mobile": "…3210"}


def test_unmasked_every_value_is_as_it_would_be_sent() -> None:
    body = {"told": True, "of": [5, None, "x"], "amount": Decimal("1.50")}
    shown = parked_rows.request(replace(ADD, body=encode(body)).to_bytes(), masked=False)["body"]
    assert json.dumps(shown) == '{"amount": "1.50", "of": [5, null, "x"], "told": true}'


def test_the_name_an_identifier_belongs_to_is_not_told_on() -> None:
    text = "The enrolment: the identifier belongs to Becky Ann already."
    assert parked_rows.told(text) == "The enrolment: the identifier belongs to … already."
    assert parked_rows.told("The cloud said no.") == "The cloud said no."


@pytest.mark.parametrize(
    ("op", "state", "code", "attempts", "wanted"),
    [
        (Op.POINTS_REDEEM, "parked", "828", 1, True),
        (Op.POINTS_REDEEM, "parked", "77001", 1, True),  # a refusal under a code nobody documented
        (Op.POINTS_REDEEM, "parked", "521", 30, False),  # not processed: the same reference
        (Op.POINTS_REDEEM, "parked", "429", 30, False),
        (Op.POINTS_REDEEM, "parked", "", 30, False),  # never answered: unknown keeps its reference
        (Op.POINTS_REDEEM, "parked", "1012", 1, False),  # the read-back was refused, not the redemption
        (Op.POINTS_REDEEM, "parked", "payload", 0, False),
        (Op.POINTS_REDEEM, "ready", "815", 2, False),  # waits under its next reference already
        (Op.COUPON_REDEEM, "parked", "703", 1, False),  # no key of its own
        (Op.TRANSACTION_ADD, "parked", "620", 1, False),
    ],
)
def test_a_new_reference_only_where_the_clouds_rule_wants_one(
    op: str, state: str, code: str, attempts: int, wanted: bool
) -> None:
    assert parked_rows.needs_new_reference(op, state, code, attempts) is wanted


def test_the_next_reference_changes_nothing_else() -> None:
    key, payload = parked_rows.anew(REDEEM.to_bytes())
    again = Call.from_bytes(payload)
    assert key == again.key == REDEEM.key.replace("-P1", "-P2")
    assert payload.replace(b"-P2", b"-P1") == REDEEM.to_bytes()
