"""The product in the machine: its command line and socket, its devices' cables, its paper."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from typing import Any

from tests.vm.machine import Machine, MachineError

UNIT = "pos-agent.service"
SETTINGS = "/etc/pos-agent/agent.toml"
SOCKET = "/run/pos-agent/agent.sock"
COUNTER = "/usr/lib/pos-agent/bin/python /opt/counter/usb.py"
SWITCHES = {"printer": 9100, "clone": 9101}
# The till waits in the guest's time, of which beside much other work an hour may have a few minutes.
PATIENCE = 900
# Bytes a second: a ticket takes some seconds then.
SLOW = 400


class VmTill:
    """A till in a running machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    # --- its devices -------------------------------------------------------------------------------

    def scan(self, label: str, scanner: str = "keyboard") -> None:
        """A whole label, as the scanner reads it."""
        self.send(scanner, f"{label}\n")

    def send(self, scanner: str, text: str) -> None:
        """A part of a label; a line's end is Enter."""
        self.machine.must(f"{COUNTER} send", scanner, text)

    def plug(self, name: str) -> None:
        """A device that is not always there."""
        self.machine.must(f"{COUNTER} plug", name)

    def pull(self, name: str) -> None:
        """Take a device's cable out."""
        self.machine.must(f"{COUNTER} pull", name)

    def insert(self, name: str) -> None:
        """Put it back."""
        self.machine.must(f"{COUNTER} insert", name)

    def switch(self, line: str, printer: str = "printer") -> dict[str, Any]:
        """One of a printer's switches: "fault NAME", "clear", "status"."""
        command = f"exec 3<>/dev/tcp/127.0.0.1/{SWITCHES[printer]}; echo '{line}' >&3; head -n 1 <&3"
        answer = json.loads(self.machine.must("bash -c", command))
        if not answer["ok"]:
            raise MachineError(f"{line}: {answer}")
        return dict(answer)

    def paper(self, words: str = "", printer: str = "printer") -> list[str]:
        """Tickets with these words that this printer has ever cut, over power cuts too, oldest first."""
        lines = self.machine.paper.read_text("utf-8", "replace").splitlines()
        tickets = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [one["text"] for one in tickets if one["printer"] == printer and words in one["text"]]

    # --- its command line --------------------------------------------------------------------------

    def cli(self, *arguments: str) -> Any:
        """What `pos-agent … --json` says; that something wants attention is no failure."""
        done = self.machine.run("pos-agent", *arguments, "--json")
        if done.returncode not in (0, 1):
            raise MachineError(f"{done.args}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    # --- its socket, as the page uses it ------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """What the page shows."""
        return dict(json.loads(self._curl("/api/snapshot")))

    def bills(self) -> list[dict[str, Any]]:
        """Newest first, as `pos-agent bill list` has them."""
        return list(json.loads(self._curl("/api/bills"))["bills"])

    def press(self, verb: str, **form: Any) -> dict[str, Any]:
        """A command of the page, which the till must accept."""
        answer = json.loads(self._curl(f"/api/{verb}", form))
        if not answer.get("ok"):
            raise MachineError(f"{verb}: {answer}")
        return dict(answer)

    def lines(self) -> list[str]:
        """SKUs of the open sale, in the order of their lines."""
        return [line["sku"] for line in self.snapshot()["sale"]["lines"]]

    def badge(self, name: str) -> tuple[str, str]:
        """A lamp of the board: its state and its words."""
        found = self.snapshot()["badges"][name]
        return found["state"], found["text"]

    def counted(self, scanner: str) -> dict[str, int]:
        """What a scanner has counted in its life."""
        scanners = json.loads(self._curl("/api/status"))["scanners"]
        return next(dict(one["counts"]) for one in scanners if one["name"] == scanner)

    def sell_for_cash(self, label: str) -> str:
        """A whole sale of one item; the number of its bill."""
        self.press("scan", label=label)
        return self.complete_for_cash()

    def begin_a_ticket(self, label: str) -> str:
        """A whole sale of one item, of whose ticket a slow printer has a part; the number of its bill."""
        self.switch(f"fault slow {SLOW}")
        had = self.switch("status")["bytes"]
        number = self.sell_for_cash(label)
        self.machine.until(lambda: self.switch("status")["bytes"] > had + SLOW, "half a ticket")
        return number

    def complete_for_cash(self) -> str:
        """Take the money of the open sale; the number of its bill."""
        self.press("tender/begin")
        self.press("tender/add", type="cash", amount_minor=self.snapshot()["sale"]["totals"]["due_minor"])
        return str(self.press("sale/complete")["data"]["bill_number"])

    def paper_state(self, number: str) -> str:
        """How a bill's paper stands."""
        return next(str(row["print"]) for row in self.bills() if row["number"] == number)

    def ask_for_a_copy(self, number: str) -> None:
        """Say of a bill that is asked about that it is not on paper: one whole copy comes, and no original
        besides the one that was begun, which may still have been in the printer."""
        (asked,) = self.snapshot()["unknown_prints"]
        assert asked["number"] == number
        self.press("print/resolve", job=asked["job"], printed=False)
        self.wait_paper(number, "confirmed")
        tickets = self.paper(number)
        assert len([ticket for ticket in tickets if "DUPLICATE" in ticket]) == 1
        assert len(tickets) <= 2
        assert self.snapshot()["unknown_prints"] == []

    # --- waiting -----------------------------------------------------------------------------------

    def wait_answer(self, timeout_s: float = PATIENCE) -> None:
        """Wait until the till answers."""

        def answers() -> bool:
            with contextlib.suppress(MachineError):
                return bool(self.snapshot())
            return False

        self.machine.until(answers, "the till to answer", timeout_s)

    def wait_lines(self, *skus: str, timeout_s: float = PATIENCE) -> float:
        """Wait until these are the open sale's lines; the seconds it took."""
        begun = time.monotonic()
        self.machine.until(lambda: self.lines() == list(skus), f"the lines {skus}", timeout_s)
        return time.monotonic() - begun

    def wait_badge(self, name: str, state: str, timeout_s: float = PATIENCE) -> float:
        """Wait until a lamp shows this; the seconds it took."""
        begun = time.monotonic()
        self.machine.until(lambda: self.badge(name)[0] == state, f"{name} {state}", timeout_s)
        return time.monotonic() - begun

    def wait_paper(self, number: str, state: str, timeout_s: float = PATIENCE) -> None:
        """Wait until a bill's paper stands so. MachineError tells what the till said."""
        try:
            self.machine.until(lambda: self.paper_state(number) == state, f"{number} {state}", timeout_s)
        except MachineError as error:
            raise MachineError(
                f"{error}: it is {self.paper_state(number)}\n{self.journal()[-2000:]}"
            ) from error

    def wait_cloud(self, timeout_s: float = PATIENCE) -> None:
        """Wait until every bill is in the cloud. MachineError tells what the till said."""
        try:
            self.machine.until(
                lambda: {bill["sync"] for bill in self.bills()} == {"done"},
                "the bills in the cloud",
                timeout_s,
            )
        except MachineError as error:
            raise MachineError(f"{error}: {self.bills()}\n{self.journal()[-3000:]}") from error

    def journal(self) -> str:
        """What the unit has said since the machine's start."""
        return self.machine.must(
            f"journalctl --sync; journalctl --boot --no-pager --output=cat --unit={UNIT}"
        )

    def _curl(self, path: str, form: dict[str, Any] | None = None) -> str:
        command = f"curl --silent --max-time 240 --unix-socket {SOCKET} http://agent{path}"
        if form is not None:
            headers = f"-H 'Content-Type: application/json' -H 'Idempotency-Key: {uuid.uuid4()}'"
            command = f"{command} {headers} --data @-"
        return self.machine.must(command, feed="" if form is None else json.dumps(form))
