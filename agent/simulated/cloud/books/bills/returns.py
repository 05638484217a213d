"""Goods coming back: against which bill, how much is left of it, which points go too
(docs/capillary.md 5.1, 9.3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from agent.simulated.cloud.books.bills.bill_form import RETURN_KINDS, BillForm, LineForm
from agent.simulated.cloud.books.bills.bill_row import as_bill, earned_milli
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill, Customer
from agent.simulated.cloud.books.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Left:
    """What earlier returns have left of a bill."""

    amount_minor: int
    qty_milli: Counter[str]
    kinds: frozenset[str]


def left_of(world: CloudWorld, parent: Bill) -> Left:
    """Money and quantities of a bill not yet returned, and how it was returned so far. More than the bill was
    told for never comes back (630), whatever its lines come to."""
    earlier = world.ledger.find(Bill, "returns_of", parent.id)
    qty: Counter[str] = Counter()
    for line in parent.lines:
        if line["kind"] == "REGULAR":
            qty[line["code"]] += line["qty_milli"]
    for one in earlier:
        for line in one.lines:
            qty[line["code"]] -= line["qty_milli"]
    amount = parent.amount_minor - sum(one.amount_minor for one in earlier)
    return Left(amount, qty, frozenset(one.return_kind for one in earlier))


def take_back(
    world: CloudWorld, call: Call, form: BillForm, customer: Customer | None
) -> tuple[Bill, list[tuple[int, str]]]:
    """A RETURN or NOT_INTERESTED_RETURN; the new row and its warnings.

    Refusals 631, 625, 668, 9614, 624, 633, 639, 614, 630, 635, 632, 1635, 682, 688, 626, 629. A repeat of
    a LINE_ITEM return is taken again as long as something is left: the vendor does not notice it
    (docs/capillary.md 10.1).
    """
    parent = _parent(world, form, customer)
    if parent is None:
        return _orphan(world, call, form, customer)
    _check_times(form, parent)
    left = left_of(world, parent)
    amount, lines = _allowed(parent, left, form)
    row = as_bill(world, call, form, parent.customer_id)
    row = replace(
        row,
        return_kind=form.return_kind,
        parent_id=parent.id,
        amount_minor=amount,
        lines=[line.kept() for line in lines],
    )
    return _booked(world, row, parent, left), []


def _parent(world: CloudWorld, form: BillForm, customer: Customer | None) -> Bill | None:
    unknown_taken = world.options.unknown_bill_returns or world.options.returns_without_original
    if not form.number and not unknown_taken:
        raise Refusal("transaction", 631)
    wanted_kind = "REGULAR" if form.kind == "RETURN" else "NOT_INTERESTED"
    if wanted_kind == "NOT_INTERESTED" and not world.options.ni_returns:
        raise Refusal("transaction", 628)
    found = [
        bill
        for bill in (world.ledger.find(Bill, "bill_number", form.number) if form.number else ())
        if bill.kind == wanted_kind and form.parent_id in (0, bill.id)
    ]
    own = [bill for bill in found if customer is None or bill.customer_id == customer.id]
    if found and not own:
        raise Refusal("transaction", 668)
    if len(own) > 1:
        raise Refusal("transaction", 9614)
    if not own and not unknown_taken:
        raise Refusal("transaction", 625)
    return own[0] if own else None


def _orphan(
    world: CloudWorld, call: Call, form: BillForm, customer: Customer | None
) -> tuple[Bill, list[tuple[int, str]]]:
    """A return of a bill nobody knows, kept where the organisation allows it; no points move. Refusal 624.

    CONF_RETURN_WITHOUT_ORIGINAL_BILL_PROCESSING lowers the lifetime purchases as well
    (docs/capillary.md 5.1).
    """
    _check_purchase(form)
    row = as_bill(world, call, form, customer.id if customer else 0)
    if customer and world.options.returns_without_original:
        world.ledger.purchase(customer.id, -row.amount_minor)
    row = replace(row, return_kind=form.return_kind)
    return world.ledger.put(row), [(625, "the bill to return is not known")]


def _check_times(form: BillForm, parent: Bill) -> None:
    bought = datetime.fromisoformat(parent.at)
    if form.at <= bought:
        raise Refusal("transaction", 624)
    _check_purchase(form)
    if form.kind == "NOT_INTERESTED_RETURN":
        times = [form.purchase_time, *(line.purchase_time for line in form.lines)]
        if any(one is None or one != bought for one in times):
            raise Refusal("transaction", 624)


def _check_purchase(form: BillForm) -> None:
    """A return names when its goods were bought, before it (docs/capillary.md 5.2 and 9.3)."""
    if form.purchase_time is None or form.purchase_time >= form.at:
        raise Refusal("transaction", 624)


def _allowed(parent: Bill, left: Left, form: BillForm) -> tuple[int, list[LineForm]]:
    """What this return takes off the parent, by its kind: money and lines."""
    if "CANCELLED" in left.kinds:
        raise Refusal("transaction", 614)
    if left.amount_minor <= 0 and left.kinds:
        raise Refusal("transaction", 633)
    if form.return_kind in ("FULL", "CANCELLED"):
        if left.kinds:
            raise Refusal("transaction", 639)
        if form.amount_minor > left.amount_minor:
            raise Refusal("transaction", 630)
        return left.amount_minor, _whole(parent)
    if form.return_kind == "AMOUNT":
        if "LINE_ITEM" in left.kinds:
            raise Refusal("transaction", 635)
        if form.amount_minor > left.amount_minor:
            raise Refusal("transaction", 630)
        return form.amount_minor, []
    if "AMOUNT" in left.kinds:
        raise Refusal("transaction", 632)
    return by_lines(parent, left, form.lines), form.lines


def _whole(parent: Bill) -> list[LineForm]:
    return [
        LineForm(line["serial"], line["code"], line["qty_milli"], line["amount_minor"], "RETURN")
        for line in parent.lines
        if line["kind"] == "REGULAR"
    ]


def by_lines(parent: Bill, left: Left, lines: list[LineForm]) -> int:
    """The money of the returned lines. Refusals 1635, 682, 688, 626, 629, 630."""
    if not lines:
        raise Refusal("transaction", 1635)
    bought: Counter[str] = Counter()
    for line in parent.lines:
        if line["kind"] == "REGULAR":
            bought[line["code"]] += line["qty_milli"]
    asked: Counter[str] = Counter()
    for one in lines:
        asked[one.code] += one.qty_milli
    for code, qty in asked.items():
        if code not in bought:
            raise Refusal("transaction", 688)
        if qty > bought[code]:
            raise Refusal("transaction", 626)
        if qty > left.qty_milli[code]:
            raise Refusal("transaction", 629)
    amount = sum(one.amount_minor for one in lines)
    bundles = {line["code"] for line in parent.lines if line.get("bundle")}
    if any(one.bundle or one.code in bundles for one in lines):
        raise Refusal("transaction", 682)
    if amount > left.amount_minor:
        raise Refusal("transaction", 630)
    return amount


def _booked(world: CloudWorld, row: Bill, parent: Bill, left: Left) -> Bill:
    """Put the return, take its purchases back and, where points are returned, what it had earned."""
    ledger, options = world.ledger, world.options
    owner = ledger.get(Customer, parent.customer_id)
    if owner is None:
        return ledger.put(row)
    ledger.purchase(owner.id, -row.amount_minor)
    if parent.points_milli and options.points_returned:
        # By difference of the whole bill, so that any sequence of parts takes back exactly what was earned.
        before = earned_milli(options, left.amount_minor)
        after = earned_milli(options, left.amount_minor - row.amount_minor)
        if before != after:
            ledger.move(owner.id, "returned", after - before, row.at, parent.number)
            row = replace(row, points_milli=after - before)
    return ledger.put(row)


def exchange(
    world: CloudWorld, call: Call, form: BillForm, bill: Bill, customer: Customer | None
) -> tuple[int, list[tuple[int, str]]]:
    """The return lines of a mixed bill, each a return entry on its original; points given back in sum.

    Refusals 605 (a return line on a not-interested bill), 628, 638 (two kinds of return of one original,
    as this cloud reads it) and those of `take_back`.
    """
    by_parent: dict[str, list[LineForm]] = {}
    for line in form.lines:
        if line.kind == "RETURN":
            by_parent.setdefault(line.parent_number, []).append(line)
    if by_parent and form.kind != "REGULAR":
        raise Refusal("transaction", 605)
    points, warnings = 0, []
    for number, lines in by_parent.items():
        kind = _one_kind(lines)
        part = replace(
            form,
            kind="RETURN",
            number=number,
            return_kind=kind,
            lines=lines,
            amount_minor=sum(line.amount_minor for line in lines),
            purchase_time=lines[0].purchase_time,
            parent_id=0,
            body={"note": form.body.get("note") or ""},
        )
        row, more = take_back(world, call, part, customer)
        world.ledger.put(replace(row, mixed_into=bill.id))
        points += row.points_milli
        warnings += more
    return points, warnings


def _one_kind(lines: list[LineForm]) -> str:
    kinds = {line.return_kind or "LINE_ITEM" for line in lines}
    if not kinds <= set(RETURN_KINDS):
        raise Refusal("transaction", 628)
    if len(kinds) > 1:
        raise Refusal("transaction", 638)
    return kinds.pop()
