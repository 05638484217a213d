"""Booking a checked bill: whether its number is free, and what it earns (docs/capillary.md 5.1, 5.2)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from agent.simulated.cloud.books import coupons, products
from agent.simulated.cloud.books.bills import earlier_redemptions, earning_rules, returns
from agent.simulated.cloud.books.bills.bill_form import RETURNS, BillForm
from agent.simulated.cloud.books.bills.bill_row import as_bill, earned_milli
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill, Coupon, Customer
from agent.simulated.cloud.books.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Taken:
    """A transaction the ledger now holds. points_milli is its net effect, an exchange's returns included."""

    bill: Bill
    customer: Customer | None
    points_milli: int
    warnings: list[tuple[int, str]] = field(default_factory=list)
    gift: Coupon | None = None


def put(world: CloudWorld, call: Call, form: BillForm, customer: Customer | None) -> Taken:
    """Book a checked transaction of a customer, or of nobody. Must run inside a transaction.

    Refusals 604, 640 and those of `returns`.
    """
    call = replace(call, till=form.till or call.till)
    if form.kind in RETURNS:
        bill, warnings = returns.take_back(world, call, form, customer)
        return Taken(bill, customer, bill.points_milli, [*form.warnings, *warnings])
    _check_number(world, call, form)
    earlier_redemptions.link(world, form, customer)
    return _sold(world, call, form, customer)


def _check_number(world: CloudWorld, call: Call, form: BillForm) -> None:
    """Refusal 604 when a sale of the same scope and window has the number."""
    scope, days = world.options.bill_scope, world.options.bill_days
    for other in world.ledger.find(Bill, "bill_number", form.number) if form.number else []:
        if other.return_kind or scope == "off":
            continue
        if scope == "store" and other.store != call.till.store:
            continue
        if scope == "till" and other.till != call.till.code:
            continue
        if not days or abs(form.at - datetime.fromisoformat(other.at)) < timedelta(days=days):
            raise Refusal("transaction", 604)


def _sold(world: CloudWorld, call: Call, form: BillForm, customer: Customer | None) -> Taken:
    ledger, options = world.ledger, world.options
    lines = [line.kept() for line in form.lines]
    sold = form.amount_minor
    status, warnings = earning_rules.judged(options, form)
    earning = earning_rules.earning_minor(options, form, sold, lines) if status == "NORMAL" else 0
    silent = call.headers.get("skip-downstream", "").lower() == "true"
    earned = 0 if silent else earned_milli(options, earning)
    bill = as_bill(world, call, form, customer.id if customer else 0)
    bill = replace(bill, outlier=status, points_milli=0)
    products.learn(world, form.body)
    if customer:
        ledger.purchase(customer.id, sold)
        if customer.loyal and earned:
            ledger.move(customer.id, "earned", earned, bill.at, bill.number)
            bill = replace(bill, points_milli=earned)
    ledger.put(bill)
    gift = coupons.gift(world, customer) if customer and bill.points_milli else None
    given_back, more = returns.exchange(world, call, form, bill, customer)
    net = bill.points_milli + given_back
    return Taken(bill, customer, net, [*form.warnings, *warnings, *more], gift)
