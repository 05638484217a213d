"""A till in memory with the agent's HTTP face, for developing and testing the cashier's page.

The sale itself is the agent's own (agent.sale), and bodies are read by the agent's own forms; everything
with a disk, a device or a cloud behind it is made up here and can be told to fail.
Run `python -m tests.web.fake_till [PORT]` to look at the page with it.
"""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from typing import Any

from agent.counter.doubts import doubt, doubt_times
from agent.counter.sale_view import sale_view
from agent.language.language import english
from agent.language.sentence import Sentence
from agent.printing.paper_picture import picture
from agent.sale import events as e
from agent.sale.basket import (
    CouponRedemption,
    Customer,
    Discount,
    Phase,
    PointsRedemption,
    Product,
    Sale,
    TenderType,
)
from agent.sale.closing import Closing, kind_of
from agent.sale.plain_data import to_full
from agent.sale.state_machine import IllegalEvent, Refused, apply
from agent.sale.totals import Pricing, totals
from agent.sale.units import unless_told
from drivers.printer.profile import profile_named
from tests.web.bodies import BODIES
from tests.web.fake_goods import GOODS, PEOPLE
from tests.web.fake_returns import FakeReturns, told

AT = "2026-11-23T10:30:00+05:30"
HELD_S = 20.0
TILL = {
    "store_code": "BLR-1",
    "till_code": "T1",
    "store_name": "Lakeside Stores",
    "currency": "INR",
    "exponent": 2,
    "locale": "en-IN",
    "training": False,
    "cashier": "Meena",
    "quick_cash_minor": [5000, 10000, 20000, 50000],
    "customer_fields": [],
}
BADGES: dict[str, Any] = {
    "cloud": {"state": "online", "text": "Online", "since": None},
    "queue": {
        "count": 0,
        "parked": 0,
        "oldest_s": None,
        "owed": 0,
        "owed_minor": 0,
        "text": "Queue: empty",
    },
    "printer": {"state": "ok", "text": "Printer ready", "copies_wait": ""},
    "scanner": {"state": "ok", "text": "Scanner ready"},
    "scale": {"state": "none", "text": "No scale"},
    "display": {"state": "none", "text": "No display"},
    "store": {"state": "ok", "text": "Store ready"},
    "clock": {"state": "ok", "text": "Clock right"},
}
RULES: dict[str, Any] = {
    "pulled_at": AT,
    "retro": True,
    "unknown_bill_returns": False,
    "may_change": {"mobile": True, "email": True, "external_id": True},
    "warnings": [],
}

OF_SALE = ("scan", "item/", "line/", "sale/", "customer/", "coupon/", "points/", "tender/", "return/")

Said = tuple[bool, str, str, dict[str, Any]]


def ok(text: str = "", **data: Any) -> Said:
    return True, "", text, data


def no(code: str, text: str) -> Said:
    return False, code, text, {}


class FakeTill:
    """The state behind the face. `held` commands wait to be let go, `late` ones are done but their answer
    waits to be let go, `offline` takes the cloud away, `print_state` is what becomes of the next
    receipt, `over` are questions how much that were answered, `broken` refuses every change in these
    words, `scale` says why it gives no weight, `hung` lets streams stand open and silent, `skips` are
    changes no stream tells of, `knows_nobody` lets no browser in; `posts` are the commands seen,
    (path, key, body)."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.posts: list[tuple[str, str, Any]] = []
        self.held: dict[str, threading.Event] = {}
        self.late: dict[str, threading.Event] = {}
        self.offline = False
        self.promised_milli = 0
        self.hung = False
        self.skips = 0
        self.print_state = "confirmed"
        self.broken = ""
        self.resolved: list[tuple[int, bool]] = []
        self.decided: list[tuple[list[int], bool]] = []
        self.copies: list[str] = []
        self.enrolled: list[dict[str, Any]] = []
        self.queue_rows: list[dict[str, Any]] = []
        self.cannot_ask = False
        self.undrawn = False
        self.scale = ""
        self.supervisors = ["Meera", "Vikram"]
        self.knows_nobody = False
        self.asks_supervisor: dict[str, str] = {}
        self.asks_text = "A supervisor must allow this."
        self.bills: list[dict[str, Any]] = []
        self.version = 0
        self.badges = {name: badge | {"id": f"badge.{name}", "params": {}} for name, badge in BADGES.items()}
        self.till = dict(TILL)
        self.rules = dict(RULES)
        self.people = {person.mobile: person for person in PEOPLE}
        self.notice: dict[str, Any] | None = None
        self.last_bill: dict[str, Any] | None = None
        self.unknown_prints: list[dict[str, Any]] = []
        self.refused_scans: list[dict[str, Any]] = []
        self.answers: dict[str, Said] = {}
        self.pricing = Pricing()
        self.sale = Sale("sale-1")
        self.returns = FakeReturns(self)
        self.found_bill = ""
        self.weigh: dict[str, Any] | None = None
        self.questions: list[str] = []
        self.over: set[str] = set()
        self.times_milli: int | None = None
        self._notices = 0

    def close(self) -> None:
        """Give up what it has of the disk."""
        self.returns.close()

    # --- what the page sees -----------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        with self.lock:
            return {
                "version": self.version,
                "at": AT,
                "till": self.till,
                "sale": sale_view(self.sale, self.pricing, promised_milli=self.promised_milli),
                "last_bill": self.last_bill,
                "unknown_prints": self.unknown_prints,
                "refused_scans": self.refused_scans,
                "found_bill": self.found_bill,
                "weigh": self.weigh,
                "times_milli": self.times_milli,
                "notice": self.notice,
                "badges": self.badges,
                "rules": self.rules,
            }

    def push(self) -> None:
        """A new version, which the streams soon see."""
        with self.lock:
            self.version += 1

    def badge(self, name: str, **values: Any) -> None:
        with self.lock:
            self.badges[name] = self.badges[name] | values
        self.push()

    def say(self, level: str, code: str, text: str, **params: str) -> None:
        with self.lock:
            self._notices += 1
            said = {"level": level, "code": code, "text": text, "params": params}
            self.notice = {"id": self._notices, "at": AT} | said
        self.push()

    def refuse(self, code: str, text: str) -> Said:
        self.say("error", code, text)
        return no(code, text)

    # --- the sale ---------------------------------------------------------------------------------

    def do(self, event: e.Event, text: str = "") -> Said:
        if self.broken:
            return self.refuse("broken", self.broken)
        try:
            after = apply(self.sale, event, self.pricing)
        except IllegalEvent:
            return self.refuse("not-now", "That cannot be done now.")
        except Refused as refusal:
            return self.refuse(refusal.code, english().text(refusal.sentence))
        if after.phase is Phase.CLOSED:
            return self._close(event)
        self.sale, self.weigh = after, None
        if text:
            self.say("ok", type(event).__name__, text)
        self.push()
        return ok(text)

    def _close(self, event: e.Event) -> Said:
        worth = totals(self.sale, self.pricing)
        who, covered = self.sale.customer, self.sale
        self.found_bill, self.weigh, self.times_milli = "", None, None
        self.sale = Sale(f"sale-{self.version + 2}")
        if isinstance(event, e.Cancelled):
            self.say("info", "cancelled", "The sale was cancelled.")
            return ok("The sale was cancelled.")
        number = self.returns.keep(covered, self._closing)
        bill = {
            "number": number,
            "at": AT,
            "kind": kind_of(covered),
            "due_minor": worth.due_minor,
            "settled_minor": worth.settled_minor,
            "change_minor": worth.change_minor,
            "print": self.print_state,
            "print_job": len(self.bills) + 1,
            "sync": "queued" if self.offline else "done",
        }
        self.last_bill = bill
        if self.print_state == "unknown":
            self.unknown_prints = [
                *self.unknown_prints,
                {"job": bill["print_job"], "number": number, "copy": 0},
            ]
        self.bills.insert(0, bill | {"customer": f"{who.firstname} {who.lastname}" if who else ""})
        self.push()
        return ok(
            f"Bill {number} is done.",
            bill_number=number,
            due_minor=worth.due_minor,
            change_minor=worth.change_minor,
        )

    def _closing(self, series: str, seq: int) -> Closing:
        return Closing(series, seq, AT, AT[:10], "BLR-1", "T1", "Meena")

    def scan(self, label: str) -> Said:
        """What the scanner (or the typed barcode) brings."""
        product = next((one for one in GOODS if one.gtin and one.gtin == label), None)
        if product is None:
            return self.refuse("unknown-item", f"{label} is not in the catalogue. It was not sold.")
        event = e.ItemAdded(product, unless_told(product.unit), product.price_minor, label)
        return self.counted(event)

    def counted(self, event: e.ItemAdded) -> Said:
        """An item as often as was typed before it."""
        times = self.times_milli
        if times is None or not event.qty_milli:
            self.times_milli = None
            return self.typed(event, sure=True, times=times or 0)
        said = self.do(replace(event, qty_milli=times))
        self.times_milli = None if said[0] else times
        self.push()
        return said

    def times(self, qty_milli: int | None, *, sure: bool) -> Said:
        """The number of the next item."""
        asks = doubt_times(qty_milli or 0)
        if asks and not sure:
            return no(asks.code, english().text(asks))
        self.times_milli = qty_milli
        self.push()
        return ok()

    def quick(self, verb: str, **fields: Any) -> Said:
        """A command without a page, as the agent reads it; a tender is for all that is open."""
        if verb == "tender/add":
            worth = totals(self.sale, self.pricing)
            fields = {"amount_minor": worth.balance_minor or worth.refund_minor, **fields}
        with self.lock:
            return self.carry_out(verb, BODIES[f"/api/{verb}"](**fields))

    def scan_bill(self, number: str) -> Said:
        """An invoice under the scanner."""
        if not self.returns.known(number):
            return self.refuse("no-such-bill", f"There is no bill {number} at this till.")
        self.found_bill = number
        self.say("info", "bill-found", f"Bill {number} was found.")
        return ok()

    def tag(self, number: str, kind: str, value: str) -> Said:
        """A bill is given to a member, while the cloud answers."""
        if self.offline:
            return self.refuse(
                "offline",
                "A bill can be given to a member only while the loyalty system answers. Try again later.",
            )
        for person in self.people.values():
            if value in (getattr(person, kind), getattr(person, kind)[2:]):
                self.returns.tag(number, person)
                text = f"Bill {number} is given to {person.firstname} {person.lastname}."
                self.say("ok", "retro", text)
                return ok(text)
        return self.refuse("not_found", "The loyalty system knows no such member.")

    def add(self, sku: str, qty_milli: int | None = None, *, sure: bool = True, question: str = "") -> Said:
        product = next((one for one in GOODS if one.sku == sku), None)
        if product is None:
            return self.refuse("unknown-item", f"There is no item {sku}.")
        if question and (question not in self.questions or question in self.over):
            return self.refuse("question-over", f"{product.name} was answered already.")
        if qty_milli is None:
            return self.counted(e.ItemAdded(product, unless_told(product.unit), product.price_minor))
        return self.typed(e.ItemAdded(product, qty_milli, product.price_minor), sure=sure)

    def typed(self, event: e.Event, *, sure: bool, times: int = 0) -> Said:
        """What a person typed, as the agent looks at it."""
        asks = doubt(event, self.sale, self.pricing, 50_000)
        if asks and not sure:
            return no(asks.code, english().text(asks))
        if isinstance(event, e.ItemAdded) and not event.qty_milli:
            return self._how_much(event.product, times)
        return self.do(event)

    def _how_much(self, product: Product, times: int) -> Said:
        asked = Sentence("weight-needed", name=product.name, unit=product.unit)
        self.questions.append(f"question-{len(self.questions) + 1}")
        fields = {"id": self.questions[-1], "sku": product.sku, "name": product.name, "unit": product.unit}
        self.weigh = fields | {"price_minor": product.price_minor, "qty_milli": times}
        self.say("warn", asked.code, english().text(asked), **({"why": self.scale} if self.scale else {}))
        self.push()
        return no(asked.code, english().text(asked))

    # --- customers and redemptions ----------------------------------------------------------------

    def search(self, kind: str, value: str) -> Said:
        digits = value.lstrip("+")
        if self.offline:
            typed = Customer(**{kind: digits}, source="typed")  # type: ignore[arg-type]
            done = self.do(e.CustomerSet(typed), "Offline: the sale goes on.")
            return done[0], done[1], done[2], {"found": False, "offline": True}
        for person in self.people.values():
            if digits and digits in (getattr(person, kind), getattr(person, kind)[2:]):
                self.do(e.CustomerSet(person))
                return ok("Found.", found=True, offline=False)
        text = f"No customer is known under the identifier {value[-4:]}. Enrol?"
        self.say("warn", "not_found", text)
        return ok(text, found=False, offline=False)

    def history(self) -> Said:
        """The customer's bills twice over, as a cloud that knows more than a search tells."""
        customer = self.sale.customer
        if self.offline or customer is None:
            return no("offline", "The loyalty cloud cannot be reached.")
        figures = {"points_earned_milli": 2500, "points_redeemed_milli": None}
        return ok(bills=[to_full(bill) | figures for bill in (*customer.bills, *customer.bills)])

    def known_before(self, mobile: str, at: str) -> Said:
        """The cloud is away and the member is known from then."""
        person = replace(self.people[mobile], coupons=(), bills=(), source="cache", known_at=at)
        return self.do(e.CustomerSet(person), "Known from before.")

    def enrol(self, form: dict[str, Any]) -> Said:
        self.enrolled.append(form)
        names = ("mobile", "email", "external_id", "firstname", "lastname", "loyalty")
        known = self.sale.customer or Customer(points_milli=0, point_value_minor=25, source="enrolled")
        person = replace(known, **{name: form[name] for name in names}, known_at=AT)
        self.people[person.mobile] = person
        return self.do(e.CustomerSet(person), "The customer is a member now.")

    def coupon(self, code: str, otp: str) -> Said:
        if self.offline:
            return self.refuse("offline", "Offline: the coupon could not be checked, so it was not used.")
        if code.upper() not in ("DIWALI50", "TEA10", "GUARD50"):
            return self.refuse("coupon-unknown", f"Coupon {code} is not valid for this bill.")
        if code.upper() == "GUARD50" and not otp:
            return self.refuse("725", "This coupon needs a code. One is on its way to ...3210.")
        if code.upper() == "GUARD50" and otp != "4711":
            return self.refuse("605", "The code is wrong or too old; send a new one.")
        found = CouponRedemption(code.upper(), minor=5000, description="₹50 off your next bill")
        return self.do(e.CouponApplied(found), f"Coupon {code} applied.")

    def otp(self, points_milli: int) -> Said:
        balance = self.sale.customer.points_milli if self.sale.customer else None
        if balance is None or points_milli > balance:
            return self.refuse("points-balance", "The customer does not have so many points.")
        return ok("The code was sent.")

    def points(self, points_milli: int, otp: str) -> Said:
        if otp != "4711":
            return self.refuse("otp-wrong", "That code is not right.")
        rate = self.sale.customer.point_value_minor if self.sale.customer else None
        redemption = PointsRedemption(points_milli, points_milli * (rate or 25) // 1000, otp)
        return self.do(e.PointsApplied(redemption), "Points applied.")

    # --- paper ------------------------------------------------------------------------------------

    def copy(self, number: str) -> Said:
        self.copies.append(number)
        return ok(f"A copy of {number} is being printed.")

    def decide(self, jobs: list[int], wanted: bool) -> Said:
        self.decided.append((jobs, wanted))
        self.unknown_prints = [one for one in self.unknown_prints if one["job"] not in jobs]
        self.push()
        return ok(f"{len(jobs)} tickets are decided on.")

    def resolve(self, job: int, printed: bool) -> Said:
        self.resolved.append((job, printed))
        self.unknown_prints = [one for one in self.unknown_prints if one["job"] != job]
        if self.last_bill and self.last_bill["print_job"] == job:
            self.last_bill = self.last_bill | {"print": "confirmed" if printed else "failed"}
        self.push()
        return ok("Thank you." if printed else "A copy marked DUPLICATE is being printed.")

    def receipt(self, number: str) -> dict[str, Any]:
        bill = next(one for one in self.bills if one["number"] == number)
        due = f"{bill['due_minor'] // 100}.{bill['due_minor'] % 100:02d}"
        lines = ["LAKESIDE STORES".center(48), "-" * 48, f"Bill {number}", f"Total {due:>42}", "-" * 48]
        text = "\n".join([*lines, "Thank you, come again".center(48), ""])
        return {"number": number, "text": text}

    def receipt_picture(self, number: str) -> bytes:
        lines = [line for line in self.receipt(number)["text"].splitlines() if line]
        rows = [{"kind": "row", "cells": [{"text": line, "width": 48, "align": "left"}]} for line in lines]
        return picture([*rows, {"kind": "cut"}], profile_named("generic-80"))

    # --- the queue --------------------------------------------------------------------------------

    def queued(self, row_id: int) -> dict[str, Any] | None:
        return next((row for row in self.queue_rows if row["id"] == row_id), None)

    def queue_retry(self, row_id: int, reason: str) -> Said:
        row = self.queued(row_id)
        if row is None:
            return no("no-such-row", "That call is not in the queue any more. Look at the list again.")
        if "retry-anew" in row["choices"] and not reason:
            return no("reason-missing", "Trying again needs a new reference, and a reason.")
        row |= {"state": "unknown", "owed_minor": 0, "choices": ["retry", "waive"]}
        self.count_queue()
        return ok("It is tried again now.", rows=[row_id], left=[])

    def queue_leave(self, row_id: int, text: str) -> Said:
        row = self.queued(row_id)
        if row is None:
            return no("no-such-row", "That call is not in the queue any more. Look at the list again.")
        self.queue_rows.remove(row)
        self.count_queue()
        return ok(text)

    def queue_waive(self, form: Any) -> Said:
        if (form.supervisor, form.pin) != ("Meera", "4711"):
            return no("supervisor-wrong", "The supervisor's name or PIN is not right.")
        return self.queue_leave(form.row, "It is waived: the cloud will not hear of it.")

    def queue_settle(self, form: Any) -> Said:
        if self.cannot_ask and not form.unchecked:
            return no("not-checked", "The loyalty cloud cannot be asked now. Confirm it once more.")
        return self.queue_leave(form.row, "The payment is noted.")

    def count_queue(self) -> None:
        rows = self.queue_rows
        owed = [row["owed_minor"] for row in rows if row["owed_minor"]]
        parked = sum(row["state"] == "parked" for row in rows)
        self.badge("queue", count=len(rows), parked=parked, owed=len(owed), owed_minor=sum(owed))

    # --- what the commands are --------------------------------------------------------------------

    def command(self, path: str, key: str, form: Any, sale_id: str = "") -> Said:
        """One POST: the same key again gets the same answer and does nothing twice. sale_id: the sale that is
        meant; in another one nothing is done."""
        if path in self.held:
            self.held[path].wait(HELD_S)
        with self.lock:
            unsaid = {
                name for name in ("supervisor", "pin", "asked", "question") if not getattr(form, name, "")
            }
            self.posts.append((path, key, form.model_dump(exclude=unsaid)))
            verb = path.removeprefix("/api/")
            said = self.answers.get(key) or self.meant(verb, sale_id) or self.unallowed(path, form)
            said = said or self.carry_out(verb, form)
            if said[0]:
                self.answers[key] = said
        if path in self.late:
            self.late[path].wait(HELD_S)
        return said

    def meant(self, verb: str, sale_id: str) -> Said | None:
        """Why a command on a sale is none on the open one. The page names the sale of each."""
        if not verb.startswith(OF_SALE) or sale_id == self.sale.id:
            return None
        if not sale_id:
            raise AssertionError(f"{verb} names no sale")
        return self.refuse("other-sale", "Nothing was done: that was meant for a sale that is over by now.")

    def unallowed(self, path: str, form: Any) -> Said | None:
        """What wants a supervisor's word here: none has been given, or it is wrong."""
        if path not in self.asks_supervisor:
            return None
        data = {"right": self.asks_supervisor[path], "supervisors": self.supervisors}
        if not form.pin or form.asked != self.asks_text:
            return False, "needs-supervisor", self.asks_text, data
        if (form.supervisor, form.pin) == ("Meera", "4711"):
            return None
        return False, "supervisor-wrong", "The supervisor's name or PIN is not right.", data

    def carry_out(self, verb: str, f: Any) -> Said:
        back = self.returns.verbs
        verbs = {
            "scan": lambda: self.scan(f.label),
            "item/add": lambda: self.add(f.sku, f.qty_milli, sure=f.sure, question=f.question),
            "line/quantity": lambda: self.typed(e.QuantitySet(f.line, f.qty_milli), sure=f.sure),
            "line/price": lambda: self.do(e.PriceSet(f.line, f.price_minor, f.reason)),
            "line/discount": lambda: self.do(e.LineDiscounted(f.line, _discount(f))),
            "item/times": lambda: self.times(f.qty_milli, sure=f.sure),
            "line/void": lambda: self.do(e.LineVoided(f.line)),
            "line/restore": lambda: self.do(e.LineRestored(f.line)),
            "sale/discount": lambda: self.do(e.BillDiscounted(_discount(f))),
            "sale/cancel": lambda: self.do(e.Cancelled(f.reason)),
            "sale/not-interested": lambda: self.do(e.NotInterested(f.reason)),
            "sale/complete": lambda: self.do(e.Completed()),
            "customer/search": lambda: self.search(f.kind, f.value),
            "customer/clear": lambda: self.do(e.CustomerCleared()),
            "customer/enrol": lambda: self.enrol(f.model_dump()),
            "customer/update": lambda: self.enrol(f.model_dump()),
            "coupon/apply": lambda: self.coupon(f.code, f.otp),
            "coupon/remove": lambda: self.do(e.CouponRemoved()),
            "points/otp": lambda: self.otp(f.points_milli),
            "points/apply": lambda: self.points(f.points_milli, f.otp),
            "points/remove": lambda: self.do(e.PointsRemoved()),
            "tender/begin": lambda: self.do(e.TenderBegun()),
            "tender/back": lambda: self.do(e.TenderBack()),
            "tender/add": lambda: self.typed(
                e.TenderAdded(TenderType(f.type), f.amount_minor, f.reference), sure=f.sure
            ),
            "tender/remove": lambda: self.do(e.TenderRemoved(f.no)),
            "return/whole": lambda: told(back.whole(f.number, f.reason, "", cancelled=f.cancelled)),
            "return/lines": lambda: told(
                back.lines(f.number, {one.line: one.qty_milli for one in f.lines}, f.reason, "")
            ),
            "return/money": lambda: told(back.money(f.number, f.amount_minor, f.reason, "")),
            "return/unknown": lambda: told(
                back.unknown(f.number, f.bought_on, f.sku, f.qty_milli, f.reason, "")
            ),
            "bill/tag": lambda: self.tag(f.number, f.kind, f.value),
            "bill/print": lambda: self.copy(f.number),
            "print/resolve": lambda: self.resolve(f.job, f.printed),
            "print/late": lambda: self.decide(f.jobs, f.wanted),
            "queue/retry": lambda: self.queue_retry(f.row, f.reason or f.otp),
            "queue/code": lambda: ok("A code is on its way to …0001."),
            "queue/waive": lambda: self.queue_waive(f),
            "queue/settle": lambda: self.queue_settle(f),
            "drawer/open": lambda: ok("The drawer is open."),
        }
        return verbs[verb]()


def _discount(form: Any) -> Discount | None:
    return Discount(form.minor, form.bp, form.reason) if form.minor or form.bp else None


def main() -> None:
    """Serve a till until interrupted."""
    from tests.web.fake_server import FakeServer

    server = FakeServer(FakeTill(), port=int(sys.argv[1]) if len(sys.argv) > 1 else 8099)
    server.start()
    sys.stdout.write(f"{server.url}\n")
    threading.Event().wait()


if __name__ == "__main__":
    main()
