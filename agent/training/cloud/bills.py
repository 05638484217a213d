"""Taking a sale into the ledger: whose it is, whether its number is free, what it earns
(docs/capillary.md 5.1, 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from agent.training.cloud import coupons, customers, outliers, products, redeemed_first, rejected, returns
from agent.training.cloud.bill_form import RETURNS, BillForm, read_bill
from agent.training.cloud.bill_row import as_bill, earned_milli, sold_minor
from agent.training.cloud.records import Bill, Coupon, Customer
from agent.training.cloud.refusal import Refusal
from agent.training.cloud.world import Ask, World


@dataclass(frozen=True, slots=True)
class Taken:
    """A transaction the ledger now holds. points_milli is its net effect, an exchange's returns included."""

    bill: Bill
    customer: Customer | None
    points_milli: int
    warnings: list[tuple[int, str]] = field(default_factory=list)
    gift: Coupon | None = None


def take(world: World, ask: Ask, body: Any, who: Mapping[str, Any]) -> Taken:
    """Add one v2 transaction. `who`: identifierName and identifierValue of the query or of the bulk element.

    Refusals of `bill_form.read_bill`, 606, 8015, 400, 618 for the customer, 604 for the number, and those
    of `returns`.
    """
    try:
        form = read_bill(world, body)
        ask.note(bill=form.number)
        customer = _customer(world, ask, form, who)
        with world.ledger.transaction():
            return put(world, ask, form, customer)
    except Refusal as refusal:
        rejected.keep(world, ask, body, refusal)
        raise


class _Rehearsed(Exception):
    """Takes a commit back once its effects are known."""


def rehearsed(world: World, ask: Ask, body: Any, who: Mapping[str, Any]) -> Taken:
    """What `take` would do and refuse; the ledger stays as it was."""
    form = read_bill(world, body)
    customer = _customer(world, ask, form, who)
    taken: Taken | None = None
    with suppress(_Rehearsed), world.ledger.transaction():
        taken = put(world, ask, form, customer)
        raise _Rehearsed
    if taken is None:
        raise RuntimeError("a rehearsal came to nothing")
    return taken


def put(world: World, ask: Ask, form: BillForm, customer: Customer | None) -> Taken:
    """Book a checked transaction of a customer, or of nobody. Must run inside a transaction.

    Refusals 604, 640 and those of `returns`.
    """
    ask = replace(ask, till=form.till or ask.till)
    if form.kind in RETURNS:
        bill, warnings = returns.take_back(world, ask, form, customer)
        return Taken(bill, customer, bill.points_milli, [*form.warnings, *warnings])
    _check_number(world, ask, form)
    redeemed_first.link(world, form, customer)
    return _sold(world, ask, form, customer)


def _customer(world: World, ask: Ask, form: BillForm, who: Mapping[str, Any]) -> Customer | None:
    """The customer of a REGULAR bill or return; a not-interested one has none, whatever was sent along."""
    if form.kind.startswith("NOT_INTERESTED"):
        return None
    name, value = str(who.get("name") or ""), str(who.get("value") or "").strip()
    ask.note(customer=value)
    if name == "mobile" and not value:
        raise Refusal("request", 400, "the mobile is empty")
    if not name or not value:
        raise Refusal("transaction", 606)
    row = customers.find_v2(world, name, value)
    if row is None:
        raise Refusal("transaction", 8015)
    if row.fraud:
        raise Refusal("transaction", 618)
    return row


def _check_number(world: World, ask: Ask, form: BillForm) -> None:
    """Refusal 604 when a sale of the same scope and window has the number."""
    scope, days = world.options.bill_scope, world.options.bill_days
    for other in world.ledger.find(Bill, "bill_number", form.number) if form.number else []:
        if other.return_kind or scope == "off":
            continue
        if scope == "store" and other.store != ask.till.store:
            continue
        if scope == "till" and other.till != ask.till.code:
            continue
        if not days or abs(form.at - datetime.fromisoformat(other.at)) < timedelta(days=days):
            raise Refusal("transaction", 604)


def _sold(world: World, ask: Ask, form: BillForm, customer: Customer | None) -> Taken:
    ledger, options = world.ledger, world.options
    lines = [line.kept() for line in form.lines]
    sold = sold_minor(form.amount_minor, lines)
    status, warnings = outliers.judged(options, form)
    earning = outliers.earning_minor(options, form, sold, lines) if status == "NORMAL" else 0
    silent = ask.headers.get("skip-downstream", "").lower() == "true"
    earned = 0 if silent else earned_milli(options, earning)
    bill = as_bill(world, ask, form, customer.id if customer else 0)
    bill = replace(bill, outlier=status, points_milli=0)
    products.learn(world, form.body)
    if customer:
        ledger.purchase(customer.id, sold)
        if customer.loyal and earned:
            ledger.move(customer.id, "earned", earned, bill.at, bill.number)
            bill = replace(bill, points_milli=earned)
    ledger.put(bill)
    gift = coupons.gift(world, customer) if customer and bill.points_milli else None
    given_back, more = returns.exchange(world, ask, form, bill, customer)
    net = bill.points_milli + given_back
    return Taken(bill, customer, net, [*form.warnings, *warnings, *more], gift)
