"""A whole till with every device on a wire and a script of faults for each; its log is what the devices did.

What was shown, put on the plate and printed is known here from the simulated devices alone, and held against
what the till sold and what it calls confirmed.
"""

from __future__ import annotations

import json
import random
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from agent.simulated.world import World, WorldError
from drivers.simulated.display import PluggedDisplay
from drivers.simulated.fault_script import Script, generated
from drivers.simulated.faults import Faults, in_time
from drivers.simulated.hid_pos_scanner import by_reports
from drivers.simulated.scale import SimulatedScale, running
from drivers.simulated.scanner import Sent, VirtualScanner
from drivers.simulated.ssi_scanner import by_packets
from tests.drivers.printer.printer_rig import as_read
from tests.hil.conftest import lines, paper_of

SETTINGS = """
[[scanner]]
kind = "hid-pos"
path = "{place}/hidpos"
name = "reports"

[[scanner]]
kind = "serial"
path = "{place}/packets"
name = "packets"
protocol = "ssi"

[scale]
path = "{place}/scale"
protocol = "cas"
wait_ms = 1500

[display]
path = "{place}/display"
protocol = "cd5220"
keep_s = 1
"""
LABELS = (
    "8900000000012", "8900000000029", "8900000000036", "8900000000043", "8900000000050", "8900000000067",
    "8900000000074", "8900000000081", "8900000000104", "8900000000111", "8900000000128", "8900000000142",
)  # fmt: skip
LAST = "8900000000166"
ONION = "ONION"
DEVICES = ("scanner", "hid-pos", "scanner-2", "scale", "display", "printer")
_SENDS: dict[str, Callable[[VirtualScanner, str], bool | None]] = {
    "hid-pos": by_reports,
    "scanner-2": by_packets,
}
BADGES = ("scanner", "scale", "display", "printer")
# So long a scale that is wanted may keep the till at most: its time, two answers and the machine's load.
_WEIGHED_S = 10.0
# Half a label is told after its silence, when the next one may be under way.
_REFUSED_S = 2.0
# A printer that says nothing more is believed to be lost after a while, and asked about.
_PRINTED_S = 200.0


class FaultyTill:
    """One till for many seeds. sale(seed) plays one and returns what was wrong, in words."""

    def __init__(
        self, till: World, others: dict[str, VirtualScanner], scale: SimulatedScale, display: PluggedDisplay
    ) -> None:
        self.till = till
        self._scanners = {"scanner": till.scanner, **others}
        self._scale = scale
        self._display = display
        self._told: dict[str, Faults] = {
            **{name: scanner.faults for name, scanner in self._scanners.items()},
            "scale": scale.faults,
            "display": display.faults,
        }
        self._pid = till.agent_pid

    def sale(self, seed: int) -> list[str]:
        """A sale under faults, and another behind them; empty if everything is as it has to be."""
        chosen = random.Random(seed)
        for name in DEVICES:
            for fault in generated(chosen.getrandbits(30), name, 2).faults:
                self._strike(name, str(fault))
        # Only one that waits for answers can lose them.
        self._strike(
            "scanner-2", f"at packet {chosen.randint(1, 3)}: deaf for {chosen.randint(1, 2)} packets"
        )
        shown, weighed, typed = self._shop(
            chosen, [generated(chosen.getrandbits(30), "scale", 1) for _ in "12"]
        )
        wrong = self._judge(shown, weighed, typed)
        number = self._pay()
        self._until(lambda: paper_of(self.till, number) in ("confirmed", "unknown"), "the paper", _PRINTED_S)
        state = paper_of(self.till, number)
        before = self._papers()
        self._pass()
        wrong += self._judge_paper(number, state, before)
        wrong += self._behind()
        if self.till.agent_pid != self._pid:
            wrong.append("the till was started again")
        return [f"seed {seed}: {one}" for one in wrong]

    # --- people -------------------------------------------------------------------------------------

    def _shop(self, chosen: random.Random, scales: list[Script]) -> tuple[Counter[str], list[int], list[int]]:
        """What was shown whole, what lay on the plate, and what the cashier had to type instead. scales: what
        strikes the scale while it is asked: it is not asked often."""
        shown: Counter[str] = Counter()
        weights, typed = [], []
        one, other, *rest = chosen.sample(LABELS, 6)
        shown += self._show_together({"scanner": one, "hid-pos": other})
        for label in rest:
            shown[label] += self._show(chosen.choice(tuple(self._scanners)), label)
            if chosen.random() < 0.6:
                if scales:
                    self._strike("scale", str(scales.pop().faults[0]))
                weights.append(chosen.randrange(100, 3000))
                typed += self._weigh(weights[-1], by_hand=len(weights))
        for faults in (scanner.faults for scanner in self._scanners.values()):
            faults.clear()
        shown[LAST] += self._show("scanner", LAST)
        return shown, weights, typed

    def _show(self, name: str, label: str) -> bool:
        """Hold a label under a scanner that is there; whether it showed all of it. Then it is on the bill.
        What waited in vain for an answer may be on it all the same, and what is refused as the rest of half
        a label is shown once more."""
        before, refused = sum(self._sold().values()), self._refused()
        sent = self._send(name, label)
        if sent.whole:
            self._until(partial(self._heard, before, refused), f"{label} of {name} to be sold")
            # What was refused may be what came before it.
            ends = time.monotonic() + _REFUSED_S
            while sum(self._sold().values()) == before and time.monotonic() < ends:
                time.sleep(0.05)
            return sum(self._sold().values()) > before or self._show(name, label)
        if name != "scanner-2":
            return False
        time.sleep(0.5)
        return self._sold()[label] > 0

    def _heard(self, sold: int, refused: int) -> bool:
        return sum(self._sold().values()) > sold or self._refused() > refused

    def _refused(self) -> int:
        return max((int(one["no"]) for one in self.till.snapshot()["refused_scans"]), default=0)

    def _show_together(self, labels: dict[str, str]) -> Counter[str]:
        """Two scanners at once, of which one is so slow that their labels interleave."""
        self._told["scanner"].add("slow 100 for 1 label")
        with ThreadPoolExecutor() as hands:
            sent = hands.map(self._send, *zip(*labels.items(), strict=True))
            whole = {label: one.whole for label, one in zip(labels.values(), sent, strict=True)}
        self._until(lambda: sum(self._sold().values()) >= sum(whole.values()), "both to be sold")
        return Counter(whole)

    def _send(self, name: str, label: str) -> Sent:
        scanner = self._scanners[name]
        scanner.wait_until_ready(60)
        return scanner.send(label, by=_SENDS.get(name))

    def _weigh(self, milli: int, by_hand: int) -> list[int]:
        """What the cashier typed because there was no weight in time."""
        sold = len(self._weights())
        self._scale.put(milli, moving_s=0.1)
        status, _ = self.till.ask("POST", "/api/item/add", {"sku": ONION}, str(uuid.uuid4()))
        ends = time.monotonic() + _WEIGHED_S
        while status == 200 and len(self._weights()) == sold and time.monotonic() < ends:
            if self.till.snapshot()["weigh"]:
                break
            time.sleep(0.05)
        self._scale.put(0)
        if len(self._weights()) > sold:
            return []
        self.till.press("item/add", sku=ONION, qty_milli=by_hand)
        return [by_hand]

    def _pay(self) -> str:
        self.till.press("tender/begin")
        due = self.till.snapshot()["sale"]["totals"]["due_minor"]
        self.till.press("tender/add", type="cash", amount_minor=due)
        return str(self.till.press("sale/complete")["data"]["bill_number"])

    # --- the oracle ---------------------------------------------------------------------------------

    def _judge(self, shown: Counter[str], put: list[int], typed: list[int]) -> list[str]:
        wrong = []
        if (sold := self._sold()) != +shown:
            wrong.append(f"shown {+shown}, sold {sold}")
        weights = Counter(self._weights()) - Counter(typed)
        if weights - Counter(put):
            wrong.append(f"on the plate {put}, typed {typed}, sold {self._weights()}")
        return wrong

    def _judge_paper(self, number: str, state: str, before: str) -> list[str]:
        whole = self._whole(number)
        wrong = []
        if state == "confirmed" and before.count(whole) != 1:
            wrong.append(f"{number} was called confirmed and was {before.count(whole)} times whole on paper")
        if self._papers().count(whole) > 1:
            wrong.append(f"{number} is {self._papers().count(whole)} times on paper, each as the original")
        return wrong

    def _behind(self) -> list[str]:
        """Everything works again: a label of each scanner, a weight, the display, an invoice."""
        for _ in range(3):
            time.sleep(1.0)  # the plate is seen to be empty
            if not self._weigh(1234, by_hand=1):
                break
        wrong = [] if 1234 in self._weights() else ["the scale weighs nothing any more"]
        for name, label in zip(self._scanners, LABELS, strict=False):
            self._show(name, label)
        self._until(lambda: self._display.lines[1].startswith("Total"), "the display to show the sale")
        number = self._pay()
        self._until(lambda: paper_of(self.till, number) == "confirmed", "the invoice behind it", _PRINTED_S)
        return wrong

    def _whole(self, number: str) -> str:
        """The paper of a bill, from its second copy: the first may hang on what was left of another."""
        for _ in range(2):
            count = len(self._tickets())
            self.till.press("bill/print", number=number)
            self._until(lambda have=count: len(self._tickets()) > have, "a copy", _PRINTED_S)
        copy = as_read(self._tickets()[-1])
        return "\n".join(line for line in copy.split("\n") if not re.match("DUPLICATE|Reprinted", line))

    def _papers(self) -> str:
        return "\n".join(map(as_read, self._tickets()))

    # --- devices ------------------------------------------------------------------------------------

    def _strike(self, name: str, line: str) -> None:
        if name == "printer":
            answer = json.loads(self.till.printer(f"fault {line}"))
            if not answer["ok"]:
                raise WorldError(answer["error"])
        else:
            self._told[name].add(line)

    def _pass(self) -> None:
        """The faults are over; a person answers what the till asks of paper; and all devices are there."""
        for faults in self._told.values():
            faults.clear()
        self.till.printer("clear")
        self._until(lambda: self._badges() == dict.fromkeys(BADGES, "ok"), "every device to be back", 90)
        for asked in self.till.snapshot()["unknown_prints"]:
            self.till.press("print/resolve", job=asked["job"], printed=True)

    def _badges(self) -> dict[str, str]:
        badges = self.till.snapshot()["badges"]
        return {name: str(badges[name]["state"]) for name in BADGES}

    def struck(self) -> list[str]:
        """What struck so far, each device's as a script."""
        told = json.loads(self.till.printer("status"))["struck"]
        return [*told, *(line for faults in self._told.values() for line in faults.struck)]

    def _sold(self) -> Counter[str]:
        """Items with a label of their own, by it."""
        return Counter(str(line["gtin"])[1:] for line in lines(self.till) if line["sku"] != ONION)

    def _weights(self) -> list[int]:
        return [int(line["qty_milli"]) for line in lines(self.till) if line["sku"] == ONION]

    def _tickets(self) -> list[str]:
        return list(json.loads(self.till.printer("tickets"))["tickets"])

    def _until(self, met: Callable[[], object], what: str, timeout_s: float = 60.0) -> None:
        self.till.until(met, what, timeout_s)


@contextmanager
def faulty_till(place: Path) -> Iterator[FaultyTill]:
    """It, with three scanners, a scale, a display and a printer that nothing is the matter with yet."""
    place.mkdir(parents=True, exist_ok=True)
    with ExitStack() as world:
        hid = world.enter_context(VirtualScanner(place / "hidpos", Faults("hid-pos")))
        ssi = world.enter_context(VirtualScanner(place / "packets", Faults("scanner-2")))
        for one in (hid, ssi):
            world.enter_context(in_time(one.faults))
        scale = world.enter_context(running(place / "scale", "cas"))
        display = world.enter_context(PluggedDisplay(place / "display", "cd5220"))
        till = world.enter_context(World(place / "till"))
        till.start(SETTINGS.format(place=place))
        yield FaultyTill(till, {"hid-pos": hid, "scanner-2": ssi}, scale, display)
