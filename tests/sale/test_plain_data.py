"""Values become JSON and come back equal; data that does not fit is refused with TypeError or ValueError."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sale import events as e
from agent.sale.basket import Bill, Customer, PointsRedemption, Product, Sale, TenderType
from agent.sale.plain_data import canonical, from_plain, to_full, to_plain
from tests.rig import goods, shopping
from tests.rig.papers import bills

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def through_json(data: Any) -> Any:
    return json.loads(canonical(data))


@given(shopping.histories(returning=True))
def test_every_event_comes_back_equal(history: shopping.History) -> None:
    for event in history.events:
        assert e.event_from_plain(through_json(e.event_to_plain(event))) == event


@pytest.mark.parametrize("event", shopping.ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_each_kind_of_event_comes_back_equal_and_carries_its_name(event: e.Event) -> None:
    plain = through_json(e.event_to_plain(event))
    assert plain["kind"] == type(event).__name__
    assert e.event_from_plain(plain) == event


def test_the_examples_are_one_of_each_kind() -> None:
    assert [type(event) for event in shopping.ONE_OF_EACH] == list(e.KINDS.values())


@given(shopping.histories(returning=True))
def test_a_whole_sale_comes_back_equal(history: shopping.History) -> None:
    assert from_plain(Sale, through_json(to_plain(history.sale))) == history.sale
    assert from_plain(Sale, through_json(to_full(history.sale))) == history.sale


@given(bills)
def test_a_bill_comes_back_equal(bill: Bill) -> None:
    assert from_plain(Bill, through_json(to_plain(bill))) == bill


def test_plain_leaves_defaults_out_and_full_leaves_nothing_out() -> None:
    product = Product("BREAD", "Bread", 4550, 500, unit="kg")
    assert to_plain(product) == {
        "sku": "BREAD",
        "name": "Bread",
        "price_minor": 4550,
        "tax_bp": 500,
        "unit": "kg",
    }
    assert set(to_full(product)) == {field.name for field in dataclasses.fields(Product)}
    assert to_full(e.TenderAdded(TenderType.UPI, 1)) == {"type": "upi", "amount_minor": 1, "reference": ""}


def test_a_kind_of_event_from_a_newer_version_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        e.event_from_plain({"kind": "TeleportedAway"})
    with pytest.raises(KeyError):
        e.event_from_plain({})


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=5))
def test_the_same_data_has_the_same_bytes_whatever_the_order(data: dict[str, Any]) -> None:
    backwards = dict(reversed(data.items()))
    assert canonical(data) == canonical(backwards)
    assert json.loads(canonical(data)) == data


def test_canonical_bytes_are_bare_utf8() -> None:
    assert canonical({"b": [1, 2], "a": "₹"}) == '{"a":"₹","b":[1,2]}'.encode()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Product, {"sku": "X", "name": "Y", "price_minor": 1.0, "tax_bp": 0}),
        (Product, {"sku": "X", "name": "Y", "price_minor": "1", "tax_bp": 0}),
        (Product, {"sku": "X", "name": "Y", "price_minor": True, "tax_bp": 0}),
        (Product, {"sku": "X", "name": "Y"}),
        (Product, {"sku": None, "name": "Y", "price_minor": 1, "tax_bp": 0}),
        (Product, {"sku": "X", "name": "Y", "price_minor": 1, "tax_bp": 0, "variant": [["size"]]}),
        (Product, {"sku": "X", "name": "Y", "price_minor": 1, "tax_bp": 0, "variant": "size"}),
        (Product, ["X", "Y", 1, 0]),
        (Customer, {"loyalty": 1}),
        (Customer, {"points_milli": "12"}),
        (PointsRedemption, {"points_milli": 1, "value_minor": 1, "use": "gift"}),
        (e.TenderAdded, {"type": "iou", "amount_minor": 1}),
    ],
)
def test_data_that_does_not_fit_is_refused(kind: type[Any], data: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        from_plain(kind, data)


@given(st.sampled_from((*e.KINDS.values(), Sale, Customer, Bill)), json_values, st.data())
def test_no_json_at_all_breaks_the_reader_in_another_way(
    kind: type[Any], value: Any, data: st.DataObject
) -> None:
    names = st.sampled_from([field.name for field in dataclasses.fields(kind)] or ["x"])
    shaped = data.draw(st.just(value) | st.dictionaries(names, json_values, max_size=6))
    with contextlib.suppress(TypeError, ValueError):
        assert isinstance(from_plain(kind, shaped), kind)


@given(goods.customers)
def test_fields_of_a_newer_version_are_passed_over(customer: Customer) -> None:
    assert from_plain(Customer, {**to_plain(customer), "shoe_size": 42}) == customer
