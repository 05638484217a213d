"""A scripted shopper: plays the seven events of a sale, an outage, a crash, a return and an exchange, and
then checks the books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from agent.sale.money import plain_text
from agent.simulated.balance import Books, compare
from agent.simulated.world import World, WorldError, quoted

NEWCOMER = "+91 90000 00077"
MEMBER = "9000000001"
MEMBER_COUPON = "FLAT100A"
MEMBER_POINTS_MILLI = 20_000

# Labels of the demo catalogue; the spice's name needs letters no printer has in its code page.
RICE, SOAP, TEA, SPICE = "8900000000012", "8900000000166", "8900000000081", "8900000000142"


@dataclass(frozen=True, slots=True)
class EventReport:
    """One of the seven events: what was done, and what it did on the wire."""

    name: str
    done: str
    wire: str


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demo came to."""

    events: tuple[EventReport, ...]
    bills: tuple[str, ...]
    books: Books
    invoice: str
    picture: str


class Shopper:
    """Plays against a running world. say is told each step, one line."""

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        self._world = world
        self._say = say
        self._events: list[EventReport] = []
        self._seen = 0

    def play(self) -> DemoReport:
        """The whole script. Raises WorldError when something is not as it should be."""
        enrolled = self._sale_of_a_newcomer()
        redeemed = self._sale_with_redemptions()
        offline = self._sale_while_the_cloud_is_away()
        before = (enrolled, redeemed, offline)
        # A ticket cut off by the crash would be a question to a person, and this shopper has no eyes.
        self._world.until(lambda: self._on_paper(before), "the invoices to be confirmed by the printer", 60)
        crashed = self._sale_through_a_crash()
        bills = (*before, crashed, self._goods_come_back(offline), self._exchange(redeemed))
        self._everything_settled(bills)
        world = self._world
        receipt = world.get(f"bills/{quoted(redeemed)}/receipt")
        return DemoReport(
            tuple(self._events), bills, compare(world, bills), receipt["text"], self._picture_of(redeemed)
        )

    # --- the sales ---------------------------------------------------------------------------

    def _sale_of_a_newcomer(self) -> str:
        self._say("A newcomer shops: two items, not a member yet, enrols, pays by card.")
        self._scan(RICE, SOAP)
        self._event("Item scan", "2 labels over the serial line, each on disk before it shows", own=True)
        answer = self._world.press("customer/search", kind="mobile", value=NEWCOMER)
        self._expect(not answer["data"]["found"], "the newcomer is not known yet")
        self._event("Customer search", f"{NEWCOMER}: not a member, so enrolment is offered")
        form: dict[str, Any] = {
            "mobile": NEWCOMER,
            "firstname": "Nila",
            "lastname": "Newcomer",
            "loyalty": True,
            "sms": True,
        }
        self._world.press("customer/enrol", "", **form)
        self._event("Customer enrolment", "enrolled with consents")
        self._world.press("customer/update", "", **{**form, "email": "nila.newcomer@example.com"})
        self._event("Customer update", "e-mail added")
        return self._pay("card", reference="TERM-000123")

    def _sale_with_redemptions(self) -> str:
        self._say("A member shops: coupon, points with a one-time code, cash with change.")
        self._scan(RICE, SPICE, TEA)
        self._world.press("customer/search", kind="mobile", value=MEMBER)
        self._log_position()
        self._world.press("coupon/apply", code=MEMBER_COUPON)
        self._event("Coupon redemption", f"{MEMBER_COUPON} validated and taken off the bill")
        self._world.press("points/otp", points_milli=MEMBER_POINTS_MILLI)
        otp = self._code_on_the_members_phone()
        self._world.press("points/apply", points_milli=MEMBER_POINTS_MILLI, otp=otp)
        self._event(
            "Points redemption", f"{MEMBER_POINTS_MILLI // 1000} points validated with the member's code"
        )
        number = self._pay("cash", round_up_to=50_000)
        self._cloud_has_everything()
        self._event("Transaction complete", f"bill {number}; then points and coupon redeemed against it")
        return number

    def _sale_while_the_cloud_is_away(self) -> str:
        world = self._world
        self._say("The cloud goes away. The next sale goes on all the same.")
        world.cloud("fault", kind="away")
        self._scan(TEA)
        answer = world.press("customer/search", kind="mobile", value=MEMBER)
        self._expect(answer["data"]["offline"], "the till says that the cloud is away")
        self._say(f'  the page says: "{answer["text"]}"')
        number = self._pay("upi", reference="UPI-42")
        badges = world.until(self._badges_if_queued, "the queue to hold the sale")
        self._say(f"  badges: {badges['cloud']['text']}; {badges['queue']['text']}")
        world.cloud("clear")
        self._cloud_has_everything()
        self._say("The cloud is back: the queue has drained to zero.")
        return number

    def _sale_through_a_crash(self) -> str:
        world = self._world
        self._say("A third kind of bad day: kill -9 in the middle of a sale.")
        self._scan(RICE, TEA)
        world.press("tender/begin")
        before = world.snapshot()["sale"]
        world.kill_agent()
        world.start_agent()
        after = world.snapshot()["sale"]
        self._expect(before == after, "the open sale is there again, at the same step")
        self._say(f"  after the restart: {len(after['lines'])} lines, {after['phase']}, the same total")
        return self._pay("cash")

    def _goods_come_back(self, number: str) -> str:
        world = self._world
        self._say(f"The member brings back all of bill {number}.")
        self._cloud_has_everything()
        self._log_position()
        world.press("return/whole", number=number, reason="changed their mind")
        world.press("tender/begin")
        refund = world.snapshot()["sale"]["totals"]["refund_minor"]
        world.press("tender/add", type="upi", amount_minor=refund, reference="UPI-43")
        note = str(world.press("sale/complete")["data"]["bill_number"])
        self._say(f"  credit note {note}: {plain_text(refund)} given back by upi")
        self._cloud_has_everything()
        self._event("Return", f"{note} against {number}; its points are taken back")
        return note

    def _exchange(self, number: str) -> str:
        world = self._world
        self._say(f"The other member exchanges the tea of bill {number} for soap.")
        self._log_position()
        line = next(
            row["no"] for row in world.get(f"bills/{quoted(number)}/returnable")["data"]["lines"][::-1]
        )
        world.press(
            "return/lines", number=number, lines=[{"line": line, "qty_milli": 1000}], reason="wrong kind"
        )
        wanted = len(self._lines()) + 1
        world.scan(SOAP)
        world.until(partial(self._has_lines, wanted), "the soap to be on the bill")
        mixed = self._settle("cash")
        self._cloud_has_everything()
        self._event("Exchange", f"{mixed}: one bill, and a return entry on {number}")
        return mixed

    # --- steps ------------------------------------------------------------------------------------

    def _scan(self, *labels: str) -> None:
        for label in labels:
            wanted = len(self._lines()) + 1
            self._world.scan(label)
            self._world.until(partial(self._has_lines, wanted), f"{label} to be on the bill")

    def _has_lines(self, count: int) -> bool:
        return len(self._lines()) == count

    def _lines(self) -> list[Any]:
        return list(self._world.snapshot()["sale"]["lines"])

    def _pay(self, kind: str, reference: str = "", round_up_to: int = 0) -> str:
        world = self._world
        if world.snapshot()["sale"]["phase"] == "selling":
            world.press("tender/begin")
        due = world.snapshot()["sale"]["totals"]["balance_minor"]
        given = -(-due // round_up_to) * round_up_to if round_up_to else due
        world.press("tender/add", type=kind, amount_minor=given, reference=reference)
        answer = world.press("sale/complete")
        number = str(answer["data"]["bill_number"])
        change = answer["data"]["change_minor"]
        self._say(
            f"  bill {number}: {plain_text(due)} by {kind}"
            + (f", change {plain_text(change)}" if change else "")
        )
        return number

    def _settle(self, kind: str) -> str:
        """Pay or give back whatever is open, and complete."""
        world = self._world
        world.press("tender/begin")
        sums = world.snapshot()["sale"]["totals"]
        if left := sums["balance_minor"] or sums["refund_minor"]:
            world.press("tender/add", type=kind, amount_minor=left)
        number = str(world.press("sale/complete")["data"]["bill_number"])
        what = f"{plain_text(sums['refund_minor'])} given back" if sums["refund_minor"] else plain_text(left)
        self._say(f"  bill {number}: {what} by {kind}")
        return number

    def _code_on_the_members_phone(self) -> str:
        codes = [row for row in self._world.cloud("ledger")["otps"] if str(row["mobile"]).endswith(MEMBER)]
        return str(codes[-1]["code"])

    def _badges_if_queued(self) -> dict[str, Any] | None:
        badges: dict[str, Any] = self._world.snapshot()["badges"]
        return badges if badges["queue"]["count"] else None

    def _cloud_has_everything(self) -> None:
        self._world.until(
            lambda: self._world.snapshot()["badges"]["queue"]["count"] == 0,
            "the queue to drain",
            timeout_s=90.0,
        )

    def _everything_settled(self, bills: tuple[str, ...]) -> None:
        self._cloud_has_everything()
        self._world.until(lambda: self._on_paper(bills), "every invoice to be confirmed by the printer")
        self._say(f"All {len(bills)} invoices are on paper, confirmed by the printer itself.")

    def _on_paper(self, bills: tuple[str, ...]) -> bool:
        paper = {row["number"]: row["print"] for row in self._world.get("bills?limit=20")["bills"]}
        return all(paper.get(number) == "confirmed" for number in bills)

    def _picture_of(self, number: str) -> str:
        found = [
            file for file in sorted(self._world.tickets.glob("*.txt")) if number in file.read_text("utf-8")
        ]
        return str(found[0].with_suffix(".png")) if found else ""

    def _event(self, name: str, done: str, *, own: bool = False) -> None:
        """Note one of the seven events with what the cloud saw of it since the last one."""
        calls = [] if own else self._world.cloud(f"log?since={self._seen}")["calls"]
        self._log_position()
        wire = [
            f"{call['method']} {call['path']} {_codes(call)}" for call in calls if call["op"] != "control"
        ]
        self._events.append(EventReport(name, done, "; ".join(wire) or "nothing"))

    def _log_position(self) -> None:
        self._seen = int(self._world.cloud("log?limit=1")["seen"])

    def _expect(self, met: bool, what: str) -> None:  # noqa: FBT001 - reads as "expect this"
        if not met:
            raise WorldError(f"expected that {what}")


def _codes(call: dict[str, Any]) -> str:
    return "/".join(str(code) for code in call["codes"]) or str(call["http"])
