"""The product as it was installed in the box: its unit and journal, its socket, its scanner, its paper."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agent.cli import link
from drivers.simulated.scanner import VirtualScanner
from tests.box.box import Box

UNIT = "pos-agent.service"
SETTINGS = "/etc/pos-agent/agent.toml"
POS_AGENT = "/usr/lib/pos-agent/bin/pos-agent"
DROP_INS = f"/run/systemd/system/{UNIT}.d"


class BoxedTill:
    """A till in a running box."""

    def __init__(self, box: Box, scanner: VirtualScanner) -> None:
        self.box = box
        self._scanner = scanner
        self._settings = self.file(SETTINGS).read_text("utf-8")

    # --- the unit ----------------------------------------------------------------------------------

    def heal(self) -> None:
        """Bring back what a test may have changed: shipped unit, right settings, running, no open sale."""
        changed = self.file(SETTINGS).read_text("utf-8") != self._settings or self.file(DROP_INS).exists()
        self.settings(self._settings)
        if changed:
            self.box.must("rm", "-rf", DROP_INS)
            self.box.must("systemctl", "daemon-reload")
        self.box.must("systemctl", "restart" if changed else "start", UNIT)
        self.box.until(self.is_well, "the till to be well")
        if self.snapshot()["sale"]["phase"] != "idle":
            self.press("sale/cancel", reason="test over")

    def settings(self, text: str) -> None:
        """Put these settings in place."""
        self.file(SETTINGS).write_text(text, "utf-8")

    def drop_in(self, lines: str) -> None:
        """Change the unit as `systemctl edit --runtime` would, for the next start."""
        self.box.must("mkdir", "-p", DROP_INS)
        self.file(f"{DROP_INS}/test.conf").write_text(f"[Service]\n{lines}\n", "utf-8")
        self.box.must("systemctl", "daemon-reload")

    def show(self, *names: str) -> dict[str, str]:
        """Properties of the unit, as systemctl show gives them."""
        text = self.box.must("systemctl", "show", UNIT, f"--property={','.join(names)}")
        return dict(line.split("=", 1) for line in text.splitlines())

    def pid(self) -> int:
        """The daemon's process as the box counts."""
        return int(self.show("MainPID")["MainPID"])

    def restarts(self) -> int:
        """How often systemd has started it again."""
        return int(self.show("NRestarts")["NRestarts"])

    def run_id(self) -> str:
        """Names the unit's present run, or its last one."""
        return self.show("InvocationID")["InvocationID"]

    def journal(self, run: str = "") -> str:
        """What a run of the unit said, systemd's own words about it included; of the present run if none is
        named."""
        run = run or self.run_id()
        self.box.must("journalctl", "--sync")
        matches = (f"_SYSTEMD_INVOCATION_ID={run}", "+", f"INVOCATION_ID={run}")
        return self.box.must("journalctl", "--no-pager", "--output=cat", *matches)

    # --- the till ----------------------------------------------------------------------------------

    def file(self, path: str) -> Path:
        """A file of the box as the host sees it."""
        return self.box.root / path.removeprefix("/")

    def status(self) -> dict[str, Any]:
        """What `pos-agent status` is told. Raises link.Unreachable."""
        return dict(link.ask(self._socket, "/api/status"))

    def snapshot(self) -> dict[str, Any]:
        """What the page shows."""
        return dict(link.ask(self._socket, "/api/snapshot"))

    def is_well(self) -> bool:
        """Whether it answers and has its devices."""
        try:
            badges = self.status()["badges"]
        except link.Unreachable:
            return False
        return badges["scanner"]["state"] == "ok" and badges["printer"]["state"] == "ok"

    def press(self, verb: str, **form: Any) -> dict[str, Any]:
        """A command of the page, which the till must accept."""
        status, answer = link.tell(self._socket, f"/api/{verb}", form)
        assert status == 200, answer
        return dict(answer)

    def scan_in(self, *labels: str) -> None:
        """Scan labels over the serial line and wait until each is on the bill."""
        for label in labels:
            wanted = len(self.lines()) + 1
            self._scanner.wait_until_ready(20)
            self._scanner.send(label)
            self.box.until(lambda count=wanted: len(self.lines()) == count, f"{label} on the bill")

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the open sale."""
        return list(self.snapshot()["sale"]["lines"])

    def sell_for_cash(self, *labels: str) -> str:
        """A whole sale; the number of its bill."""
        self.scan_in(*labels)
        self.press("tender/begin")
        self.press("tender/add", type="cash", amount_minor=self.snapshot()["sale"]["totals"]["due_minor"])
        return str(self.press("sale/complete")["data"]["bill_number"])

    def tickets(self, number: str) -> list[str]:
        """What came out of the printer with this number on it."""
        texts = (file.read_text("utf-8") for file in sorted(self.file("/srv/tickets").glob("*.txt")))
        return [text for text in texts if number in text]

    def ask_as(self, user: str, *arguments: str) -> Any:
        """The command line, run in the box by this user; its JSON."""
        return json.loads(self.box.must("runuser", "-u", user, "--", POS_AGENT, *arguments, "--json"))

    @property
    def _socket(self) -> Path:
        return self.file("/run/pos-agent/agent.sock")
