"""The builders: what they send is allowed by the documentation, exact in money, and the same each time."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.calls import builders
from agent.loyalty.calls.bill_limits import LARGEST_BODY, unsendable
from agent.loyalty.calls.bill_lines import line_body, line_text
from agent.loyalty.calls.call import Call, decode, encode
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.customer_calls import update_instead
from agent.loyalty.calls.redemption_calls import attempt_of
from agent.loyalty.calls.unwritable import Unsendable, Why
from agent.sale.basket import Bill, BundlePart, Customer, Tender, TenderType
from agent.sale.card_numbers import without_card_numbers

from ..bills import AT, COUPON, POINTS, TOM, bill, bills, line
from ..checker import faults
from ..conftest import options_for

OPTIONS = options_for()
ENROLMENT = Enrolment(
    AT, "919876543210", "tom@x.in", "TS1", "Tom", "Sawyer", "1998-12-01", "Male", sms=True, mail=False
)


def allowed(call: Call) -> Call:
    headers = {name.lower(): value for name, value in call.headers}
    assert faults(call.method, call.target, call.body, headers) == []
    assert Call.from_bytes(call.to_bytes()) == call
    assert not (call.headers and call.shared), "what goes in a bundle goes without headers of its own"
    return call


def body_of(call: Call) -> Any:
    return json.loads(call.body, parse_float=Decimal)


def test_every_builder_sends_what_the_documentation_allows() -> None:
    for call in (
        builders.customer_get("mobile", "919876543210"),
        builders.customer_get("card", "GOLD1"),
        builders.customer_add(OPTIONS, ENROLMENT),
        builders.customer_add(OPTIONS, Enrolment(AT, email="a@x.in", loyalty=False)),
        builders.customer_add(OPTIONS, replace(ENROLMENT, card="9900000000123")),
        update_instead(builders.customer_add(OPTIONS, replace(ENROLMENT, card="9900000000123"))),
        builders.customer_update(ENROLMENT),
        builders.customer_update(ENROLMENT, ("email",)),
        builders.customer_update(ENROLMENT, joins=True),
        update_instead(builders.customer_add(OPTIONS, ENROLMENT)),
        builders.customer_redemptions(OPTIONS, ("mobile", "919876543210"), "POINTS", AT, "ref"),
        builders.customer_redemptions(OPTIONS, ("mobile", "919876543210"), "COUPONS", AT),
        builders.points_isredeemable(OPTIONS, TOM, 10_500, "4PZ"),
        builders.points_isredeemable(options_for(points_program_id="504"), TOM, 10_000),
        builders.points_validationcode(TOM, 10_000),
        builders.points_redeem(OPTIONS, TOM, POINTS, "B1", "ref-P1", AT),
        builders.points_redeem(
            options_for(points_program_id="504"), TOM, replace(POINTS, otp=""), "B1", "r", AT
        ),
        builders.coupon_isredeemable(TOM, "DIWALI10"),
        builders.coupon_redeem(OPTIONS, Customer(card="GOLD1"), COUPON, "B1", 25_000, AT),
        builders.coupon_get("DIWALI10"),
        builders.customer_transactions("mobile", "919876543210", 50),
        builders.customer_redemptions(OPTIONS, ("mobile", "919876543210"), "POINTS", "", "ref"),
        builders.points_reverse(OPTIONS, TOM, "ref-P1", 10_500, "B1"),
        builders.points_reverse(OPTIONS, Customer(user_id="7"), "", 0, "B1", redemption_id="7t4y2a"),
        builders.coupon_reactivate("83146", "DIWALI10", "B1"),
        builders.retro(OPTIONS, "6464658", "B1", AT, 25_000, Customer(card="GOLD1")),
        builders.transaction_get(OPTIONS, "B1", AT),
        builders.transaction_add(OPTIONS, bill()),
        builders.transaction_add(OPTIONS, bill(customer=None, not_interested_reason="in a hurry")),
    ):
        allowed(call)


@given(bills())
def test_every_bill_is_sent_as_the_documentation_allows_and_to_the_last_paisa(made: Bill) -> None:
    sent = builders.calls_of_bill(OPTIONS, made)
    for call in sent:
        allowed(call)
    body = body_of(sent[0])
    assert unsendable(sent[0]) is None
    assert body["billAmount"] * 100 == made.due_minor
    lines = sum(Decimal(row["amount"]) for row in body["lineItemsV2"])
    assert (lines * 100) + made.rounding_minor == made.due_minor
    assert sum(Decimal(row["value"]) for row in body["paymentModes"]) * 100 == made.due_minor
    assert [Decimal(row["qty"]) * 1000 for row in body["lineItemsV2"]] == [x.qty_milli for x in made.lines]


@given(bills(), st.sampled_from([{}, {"line_custom": {"hsn": "{hsn}"}}, {"currency_exponent": 3}]))
def test_a_line_written_ahead_is_told_as_one_written_now(made: Bill, settings: dict[str, Any]) -> None:
    """Under the settings of the till that asks."""
    options = options_for(**settings)
    builders.transaction_add(OPTIONS, made)
    ahead = [line_text(options, one) for one in made.lines]
    call = builders.transaction_add(options, made)
    line_text.cache_clear()
    assert builders.transaction_add(options, made) == call
    assert [encode(line_body(options, one)).decode() for one in made.lines] == ahead
    assert call.body == encode(decode(call.body))


@given(bills(), st.integers(-1, 1))
def test_what_shares_a_call_may_be_sent(made: Bill, wrong_minor: int) -> None:
    """The figures it is judged by are those that its body tells."""
    call = builders.transaction_add(OPTIONS, replace(made, due_minor=made.due_minor + wrong_minor))
    assert bool(call.shared) == (unsendable(call) is None) == (wrong_minor == 0)


def test_a_bill_reads_as_its_customer_would_expect() -> None:
    made = bill(lines=(line(1, 19_050, 950), line(2, 5_000, qty_milli=1500)))
    call = builders.transaction_add(OPTIONS, made)
    assert dict(call.query) == {
        "identifierName": "mobile",
        "identifierValue": "919876543210",
        "source": "INSTORE",
    }
    body = body_of(call)
    assert body["type"] == "REGULAR"
    assert body["billingDate"] == AT
    assert (body["grossAmount"], body["discount"], body["billAmount"]) == (
        Decimal(250),
        Decimal("9.5"),
        240.5,
    )
    assert b'"billAmount":240.50,' in call.body
    assert body["lineItemsV2"][1]["qty"] == Decimal("1.5")


def test_a_sale_without_a_customer_is_not_interested_and_names_nobody() -> None:
    call = builders.transaction_add(OPTIONS, bill(customer=None, not_interested_reason="x" * 300))
    assert dict(call.query) == {"source": "INSTORE"}
    assert body_of(call)["type"] == "NOT_INTERESTED"
    assert len(body_of(call)["notInterestedReason"]) == 255


def test_bundles_and_variants_go_along() -> None:
    parts = tuple(BundlePart(kind, kind, kind, 2000, 1_000) for kind in ("combo", "split", "addon"))
    made = bill(lines=(line(1, 5_000, parts=parts, variant=(("size", "M"),)),))
    (sent,) = body_of(builders.transaction_add(OPTIONS, made))["lineItemsV2"]
    assert sent["attributes"] == {"size": "M"}
    assert [sent[name][0]["comboType"] for name in ("comboDetails", "splitDetails", "addOnDetails")] == [
        "COMBO_ITEM",
        "SPLIT",
        "ADD_ON_ITEM",
    ]


def test_the_price_of_a_part_is_what_all_of_it_is_worth() -> None:
    """Twenty sweets worth 1,900.00 in a box of gifts, and three candles worth 100.00."""
    parts = (
        BundlePart("combo", "SWEET", "Sweet", 20_000, 190_000),
        BundlePart("combo", "CANDLE", "Candle", 3000, 10_000),
    )
    (sent,) = body_of(builders.transaction_add(OPTIONS, bill(lines=(line(1, 200_000, parts=parts),))))[
        "lineItemsV2"
    ]
    told = [(part["quantity"], part["rate"], part["value"]) for part in sent["comboDetails"]]
    assert told == [(20, 95, 1900), (3, Decimal("33.333"), 100)]


@given(bills())
def test_the_rate_times_the_quantity_is_the_value(sold: Bill) -> None:
    for one in body_of(builders.transaction_add(OPTIONS, sold))["lineItemsV2"]:
        assert round(one["rate"] * one["qty"], 2) == one["value"] == one["amount"] + one["discount"]


def test_tax_on_top_keeps_the_line_consistent() -> None:
    """Price 100.00 without tax, 5.00 off, 18 % tax: the customer pays 112.10 for the line."""
    taxed = line(1, 11_210, 500, gross_minor=10_000, unit_price_minor=10_000, tax_inclusive=False)
    (sent,) = body_of(builders.transaction_add(OPTIONS, bill(lines=(taxed,))))["lineItemsV2"]
    assert (sent["rate"], sent["value"], sent["discount"]) == (Decimal("117.1"), Decimal("117.1"), 5)


def test_tenders_carry_the_organisations_names_and_cash_without_its_change() -> None:
    named = options_for(
        tender_modes={TenderType.CASH: "CA", TenderType.UPI: "UPI Intent", TenderType.CARD: ""}
    )
    tenders = (
        Tender(1, TenderType.CASH, 10_000),
        Tender(2, TenderType.CARD, 5_000),
        Tender(3, TenderType.UPI, 9_000, "RRN 4111111111111111"),
        Tender(4, TenderType.CASH, 2_000),
    )
    made = bill(tenders=tenders, change_minor=3_000, lines=(line(1, 23_000),))
    assert body_of(builders.transaction_add(named, made))["paymentModes"] == [
        {"mode": "CA", "value": 90},
        {"mode": "UPI Intent", "value": 90, "notes": "RRN …1111"},
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4111 1111 1111 1111", "…1111"),
        ("slip 12, card 5500-0000-0000-0004.", "slip 12, card …0004."),
        ("RRN 412345678901", "RRN 412345678901"),
        ("4111111111111112", "4111111111111112"),
    ],
)
def test_card_numbers_never_leave_the_till(typed: str, kept: str) -> None:
    assert without_card_numbers(typed) == kept


def test_redemptions_follow_their_bill_under_a_key_of_their_own() -> None:
    made = bill(points=POINTS, coupon=COUPON, coupon_value_minor=2_000)
    add, points, coupon = builders.calls_of_bill(OPTIONS, made)
    assert [add.op, points.op, coupon.op] == ["transaction_add", "points_redeem", "coupon_redeem"]
    redeem = body_of(points)["root"]["redeem"][0]
    assert redeem["external_reference_number"] == "demo-S01-T1-S01T1-25-000017-P1"
    assert redeem["transaction_number"] == made.number
    assert redeem["points_redeemed"] == "100"
    assert redeem["validation_code"] == "4PZGXC"
    assert body_of(coupon)["root"]["coupon"][0]["transaction"] == [
        {"number": made.number, "amount": "250.00"}
    ]
    assert len({add.key, points.key, coupon.key}) == 3
    assert len({add.chain, points.chain, coupon.chain}) <= 2
    assert points.chain == coupon.chain


def test_a_customers_calls_share_a_chain_and_others_do_not() -> None:
    first, second = (
        builders.transaction_add(OPTIONS, bill("B1")),
        builders.transaction_add(OPTIONS, bill("B2")),
    )
    stranger = builders.transaction_add(OPTIONS, bill("B3", customer=Customer(mobile="919000000001")))
    nobody = [builders.transaction_add(OPTIONS, bill(number, customer=None)) for number in ("B4", "B5")]
    assert first.chain == second.chain
    assert len({first.chain, stranger.chain, *(call.chain for call in nobody)}) == 4
    assert "9876543210" not in first.chain


def test_undoing_and_retro_go_on_the_customers_chain_each_under_its_own_key() -> None:
    sold = builders.transaction_add(OPTIONS, bill())
    made = (
        builders.points_reverse(OPTIONS, TOM, "r-P1", 1_000, "B1"),
        builders.points_reverse(OPTIONS, TOM, "r-P1", 1_000, "B2", before_milli=1_000),
        builders.coupon_reactivate("5", "DIWALI10", "B1", TOM),
        builders.retro(OPTIONS, "99", "B1", AT, 25_000, TOM),
    )
    assert {call.chain for call in made} == {sold.chain}
    assert len({call.key for call in made}) == len(made)
    assert "" not in {call.key for call in made}


def test_a_redemption_is_never_named_twice_and_a_bill_never_tagged_without_its_id() -> None:
    with pytest.raises(ValueError, match="never by both"):
        builders.points_reverse(OPTIONS, TOM, "r-P1", 1_000, "B1", redemption_id="7t4y2a")
    with pytest.raises(ValueError, match="not known"):
        builders.retro(OPTIONS, "", "B1", AT, 25_000, TOM)
    with pytest.raises(ValueError, match="not a whole number"):
        builders.coupon_reactivate("not a number", "DIWALI10", "B1")


def test_a_call_is_kept_whole_with_its_headers() -> None:
    tagged = builders.retro(OPTIONS, "99", "B1", AT, 25_000, TOM)
    assert tagged.headers == (("X-CAP-CLIENT-SIGNATURE", "pos-agent"),)
    assert Call.from_bytes(tagged.to_bytes()) == tagged


def test_retro_and_points_are_signed_with_what_the_settings_say_also_under_a_new_reference() -> None:
    signing = options_for(client_signature="shop-4711")
    points = builders.points_redeem(signing, TOM, POINTS, "B1", "ref-P1", AT)
    for call in (
        builders.retro(signing, "99", "B1", AT, 25_000, TOM),
        points,
        builders.points_redeem_anew(points),
        Call.from_bytes(points.to_bytes()),
    ):
        assert call.headers == (("X-CAP-CLIENT-SIGNATURE", "shop-4711"),)


@pytest.mark.parametrize("headers", [{}, {"headers": [["X-CAP-CLIENT-SIGNATURE", "pos-agent"]]}])
def test_a_call_kept_by_an_earlier_version_is_sent_as_it_was(headers: dict[str, Any]) -> None:
    call = builders.transaction_add(OPTIONS, bill(customer=TOM))
    old = {
        "v": 2 if headers else 1,
        "op": str(call.op),
        "method": call.method,
        "path": call.path,
        "query": call.query,
        "body": call.body.decode(),
        "family": call.family,
        "facts": call.facts,
    }
    read = Call.from_bytes(encode(old | headers))
    told = tuple(tuple(pair) for pair in headers.get("headers", ()))
    assert read == replace(call, headers=told, shared=b""), "and it goes alone"


@pytest.mark.parametrize(
    ("enrolment", "customer"),
    [
        (Enrolment(AT, mobile="919876543210"), TOM),
        (Enrolment(AT, email="a@x.in"), Customer(email="a@x.in")),
        (Enrolment(AT, external_id="TS1"), Customer(external_id="TS1")),
    ],
)
def test_an_enrolment_and_the_bill_after_it_share_a_chain(enrolment: Enrolment, customer: Customer) -> None:
    enrolled = builders.customer_add(OPTIONS, enrolment)
    sold = builders.calls_of_bill(OPTIONS, bill(customer=customer, points=POINTS))
    assert {call.chain for call in sold} == {enrolled.chain}


def test_v11_times_are_the_clusters_and_v2_times_keep_their_offset() -> None:
    """The till stands in Singapore, the cluster counts Indian time (docs/capillary.md 3)."""
    at = "2026-03-31T23:30:15.250+08:00"
    points = builders.points_redeem(OPTIONS, TOM, POINTS, "B1", "r", at)
    assert body_of(points)["root"]["redeem"][0]["redemption_time"] == "2026-03-31 21:00:15"
    assert (
        body_of(builders.transaction_add(OPTIONS, bill(at=at)))["billingDate"] == "2026-03-31T23:30:15+08:00"
    )
    early = builders.transaction_get(OPTIONS, "B1", "2026-04-01T01:00:00+08:00")
    assert ("date", "2026-03-31") in early.query


def test_the_next_reference_changes_nothing_but_the_reference() -> None:
    first = builders.points_redeem(
        OPTIONS, TOM, replace(POINTS, points_milli=10_125), "B1", "o-s-t-B1-P1", AT
    )
    second = builders.points_redeem_anew(first)
    assert second.fact("reference") == "o-s-t-B1-P2"
    assert second.body == first.body.replace(b"B1-P1", b"B1-P2")
    assert attempt_of(builders.points_redeem_anew(second).fact("reference")) == 3


def test_a_card_goes_with_an_enrolment_in_its_own_block_and_not_with_what_becomes_of_it() -> None:
    added = builders.customer_add(OPTIONS, replace(ENROLMENT, card="9900000000123"))
    customer = body_of(added)["root"]["customer"][0]
    assert customer["card_details"] == {"card_number": "9900000000123"}
    assert "card" not in customer
    assert "card_details" not in body_of(update_instead(added))["root"]["customer"][0]


def test_enrolment_carries_the_consents_and_the_moment_at_the_till() -> None:
    customer = body_of(builders.customer_add(OPTIONS, ENROLMENT))["root"]["customer"][0]
    assert customer["type"] == "LOYALTY"
    assert customer["registered_on"] == "2026-03-31 23:30:15"
    consents = {
        (row["channel"], row["priority"]): row["is_subscribed"]
        for row in customer["subscriptions"]["subscription"]
    }
    # Nothing is sent that would stop one-time codes, whatever was ticked.
    assert consents == {("sms", "BULK"): "1", ("sms", "TRANS"): "1", ("email", "BULK"): "0"}
    without = builders.customer_add(OPTIONS, replace(ENROLMENT, loyalty=False))
    assert body_of(without)["root"]["customer"][0]["type"] == "NON_LOYALTY"


def test_an_update_sends_one_identifier_so_that_no_accounts_merge() -> None:
    for call in (
        builders.customer_update(ENROLMENT),
        update_instead(builders.customer_add(OPTIONS, ENROLMENT)),
    ):
        customer = body_of(call)["root"]["customer"][0]
        assert set(customer) & {"mobile", "email", "external_id"} == {"mobile"}
        assert customer["firstname"] == "Tom"


def test_an_update_never_asks_a_member_to_leave() -> None:
    plain = replace(ENROLMENT, loyalty=False)
    for call in (builders.customer_update(plain), update_instead(builders.customer_add(OPTIONS, plain))):
        assert "type" not in body_of(call)["root"]["customer"][0]


def test_lines_that_do_not_sum_up_to_their_bill_are_kept_from_the_cloud() -> None:
    wrong = builders.transaction_add(OPTIONS, bill(due_minor=24_999, lines=(line(1, 25_000),)))
    assert unsendable(wrong) == Unsendable(Why.SUM, {"lines": "250.00", "due": "249.99"})
    long = builders.transaction_add(OPTIONS, bill("B" * 51))
    assert unsendable(long) == Unsendable(Why.NUMBER, {"most": "50"})
    rounded = bill(lines=(line(1, 24_960),), rounding_minor=40)
    assert unsendable(builders.transaction_add(OPTIONS, rounded)) is None


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.decimals(allow_nan=False, allow_infinity=False, places=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES)
def test_what_is_written_is_read_back_digit_for_digit(value: Any) -> None:
    written = encode(value)
    assert decode(written) == value
    assert encode(decode(written)) == written


def test_the_same_data_are_the_same_bytes_in_whatever_order_they_came() -> None:
    assert encode({"b": 1, "a": {"d": 2, "c": 3}}) == encode({"a": {"c": 3, "d": 2}, "b": 1})


def test_a_float_never_becomes_money() -> None:
    with pytest.raises(TypeError):
        encode({"amount": 0.1})


def test_half_a_surrogate_in_a_name_does_not_stop_a_bill() -> None:
    call = builders.transaction_add(OPTIONS, bill(lines=(line(1, 100, name="caf\ud800"),)))
    assert Call.from_bytes(call.to_bytes()) == call


@given(
    st.binary(max_size=80) | st.sampled_from([b"[]", b'{"v":2}', b'{"v":1}', b'{"v":1,"op":3}', b"[" * 9999])
)
def test_what_is_not_a_stored_call_says_so(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Call.from_bytes(stored)


def test_a_bill_larger_than_the_cloud_can_store_waits_for_a_person() -> None:
    """16 MiB (seeds, transaction v2)."""
    made = builders.transaction_add(OPTIONS, bill())
    assert unsendable(replace(made, body=made.body.ljust(LARGEST_BODY))) is None
    assert unsendable(replace(made, body=made.body.ljust(LARGEST_BODY + 1))) == Unsendable(Why.SIZE)
