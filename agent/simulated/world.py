"""A whole till in a directory: the real daemon with a virtual scanner, printer and cloud, each on its wire.

Used by the demo and by the tests; every part but the scanner is a process of its own.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agent.sale.pin_digest import pin_line
from agent.simulated.cloud.books.options import CloudOptions
from agent.store.label_key import LabelKey
from drivers.simulated.fault_script import read, read_line
from drivers.simulated.faults import Faults, in_time
from drivers.simulated.scanner import VirtualScanner

CATALOGUE = Path(__file__).with_name("catalogue")
_TILL = CloudOptions().accounts[0]

_SETTINGS = """\
# Made for a training till; everything it talks to is simulated.
store = "{directory}/store"

[shop]
name = "Training Store"
address = ["12 Market Road", "Bengaluru 560001"]
gstin = "29AAAAA0000A1Z5"
state_code = "29"
phone = "080 0000 0000"

[till]
store_code = "{store}"
till_code = "{till}"
bill_prefix = "ST01T1"
cashier = "trainee"
training = true

[cloud]
base_url = "http://127.0.0.1:{cloud_port}"
username = "{till}"
password = "{password}"
org = "training"

[cloud.tender_modes]
cash = "Cash"
card = "Card"
upi = "UPI"
other = "Other"
points = "Points"
coupon = "Coupon"

[[scanner]]
kind = "serial"
path = "{directory}/scanner"
name = "virtual scanner"

[[printer]]
url = "tcp://127.0.0.1:{printer_port}"
profile = "epson-tm-t20"
roll_mm = 80000

{disk}[web]
port = {web_port}
"""

SUPERVISOR, SUPERVISOR_PIN = "trainer", "2468"

# A till of a moment keeps no room back on somebody's disk.
_DISK = """\
[disk]
ballast_mb = 0

"""


def supervised() -> str:
    """Extra settings: a supervisor, without whom a cashier may do everything but waive."""
    pin = pin_line(SUPERVISOR_PIN, os.urandom(16))
    return f'\n[[supervisor]]\nname = "{SUPERVISOR}"\npin = "{pin}"\n'


class WorldError(Exception):
    """A part of the simulated world did not do what it should; the text says which."""


class World:
    """Starts, drives and stops the parts. Use as a context manager; directory should be empty.

    faults: a script for printer and scanner (drivers.simulated.fault_script); ValueError if it is none. What
    strikes is in printer.log and scanner.log.
    """

    def __init__(self, directory: Path, *, with_printer: bool = True, faults: str = "") -> None:
        self.directory = directory
        self.tickets = directory / "tickets"
        self.config = directory / "agent.toml"
        self._ports = dict(zip(("cloud", "printer", "control", "web"), free_ports(4), strict=True))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._with_printer = with_printer
        self._scanner: VirtualScanner | None = None
        self._plugged = ExitStack()
        self._script = read(faults)

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- the parts ---------------------------------------------------------------------------------

    def start(self, extra_settings: str = "") -> None:
        """Everything, in an order in which each part finds what it needs."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.write_settings(extra_settings)
        self.start_cloud()
        if self._with_printer:
            self.start_printer()
        self.start_scanner()
        self.pos("catalogue", "import", str(CATALOGUE / "demo.csv"))
        self.start_agent()

    def write_settings(self, extra: str = "") -> None:
        """The till's settings for this directory and these ports."""
        text = _SETTINGS.format(
            directory=self.directory,
            store=_TILL.store,
            till=_TILL.code,
            password=_TILL.password,
            cloud_port=self._ports["cloud"],
            printer_port=self._ports["printer"],
            web_port=self._ports["web"],
            disk="" if "[disk]" in extra else _DISK,
        )
        self.config.write_text(text + extra, "utf-8")

    def start_cloud(self) -> None:
        """The loyalty cloud with its demo people."""
        ledger = self.directory / "cloud.json"
        self._run("cloud", "simulate", "cloud", "--port", str(self._ports["cloud"]), "--ledger", str(ledger))
        self.until(lambda: self.cloud("ledger") is not None, "the simulated cloud to answer")

    def start_printer(self) -> None:
        """The receipt printer on its TCP port."""
        ports = ("--port", str(self._ports["printer"]), "--control", str(self._ports["control"]))
        script = self.directory / "printer.faults"
        script.write_text(str(self._script), "utf-8")
        told = ("--faults", str(script)) if self._of("printer") else ()
        self._run("printer", "simulate", "printer", *ports, "--dir", str(self.tickets), *told)
        self.until(lambda: _listens(self._ports["control"]), "the virtual printer to answer")

    def start_scanner(self) -> None:
        """Plug the scanner in."""
        log = self._plugged.enter_context((self.directory / "scanner.log").open("a", encoding="utf-8"))
        faults = Faults("scanner", self._script, say=lambda line: print(line, file=log, flush=True))
        self._scanner = self._plugged.enter_context(VirtualScanner(self.directory / "scanner", faults))
        self._plugged.enter_context(in_time(faults))

    def start_agent(self, *, served: bool = True) -> None:
        """The till itself; returns when it has its scanner and serves its page, or at once if not served."""
        log = (self.directory / "agent.log").open("ab")
        command = [sys.executable, "-m", "agent.daemon", "--config", str(self.config)]
        self._processes["agent"] = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        log.close()
        if served:
            self.until(self._ready, "the agent to be ready", 90)

    def kill_agent(self) -> None:
        """kill -9, as if the box's power supply had died."""
        process = self._processes.pop("agent")
        process.send_signal(signal.SIGKILL)
        process.wait()

    def agent_ended(self, timeout_s: float = 30.0) -> int:
        """Wait for the till to end by itself; its exit status."""
        return self._processes.pop("agent").wait(timeout_s)

    def stop(self) -> None:
        """End every part, the till first."""
        for name in ("agent", "printer", "cloud"):
            process = self._processes.pop(name, None)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._plugged.close()
        self._scanner = None

    @property
    def agent_pid(self) -> int:
        """The till's process."""
        return self._processes["agent"].pid

    @property
    def page(self) -> str:
        """Where the cashier's page is, for a browser with a session."""
        return f"http://127.0.0.1:{self._ports['web']}/"

    @property
    def start_page(self) -> str:
        """What a browser opens to get its session; it goes on to the page by itself."""
        return (self.directory / "store" / "page.html").as_uri()

    @property
    def signed_in(self) -> dict[str, str]:
        """The header that lets a program in, by the key that lies beside the socket."""
        try:
            return {"Authorization": f"Bearer {(self.directory / 'store' / 'page-key').read_text()}"}
        except FileNotFoundError:
            return {}

    @property
    def cloud_page(self) -> str:
        """Where a trainer sees the cloud's ledger and switches outages."""
        return f"http://127.0.0.1:{self._ports['cloud']}/control/"

    # --- people ------------------------------------------------------------------------------------

    def scan(self, label: str) -> None:
        """Hold a label under the scanner; returns at once, as a scanner does."""
        if self._scanner is None:
            raise WorldError("the virtual scanner is not plugged in")
        self._scanner.wait_until_ready(10)
        self._scanner.send(label)

    def command_label(self, command: str) -> str:
        """The text of the till's own label for a command, which is made at the first asking."""
        key = LabelKey(self.directory / "store", "ST01T1")
        if not key.made:
            key.renew()
        return f"CMD:{command}:{key.proof(command)}"

    @property
    def scanner(self) -> VirtualScanner:
        """The scanner itself, for pulling its cable."""
        if self._scanner is None:
            raise WorldError("the virtual scanner is not plugged in")
        return self._scanner

    def press(self, verb: str, key: str = "", **form: Any) -> dict[str, Any]:
        """A command of the page. Raises WorldError when the till refuses it."""
        status, answer = self.ask("POST", f"/api/{verb}", form, key or str(uuid.uuid4()))
        if status != 200:
            raise WorldError(f"{verb}: {status} {answer.get('text') or answer}")
        return dict(answer)

    def snapshot(self) -> dict[str, Any]:
        """What the page shows."""
        return dict(self.ask("GET", "/api/snapshot")[1])

    def get(self, what: str) -> dict[str, Any]:
        """Anything else the page may ask for."""
        return dict(self.ask("GET", f"/api/{what}")[1])

    def ask(self, method: str, target: str, form: Any = None, key: str = "") -> tuple[int, Any]:
        """One HTTP exchange with the till; (status, JSON)."""
        headers = self.signed_in | ({"Idempotency-Key": key} if key else {})
        return _exchange(self._ports["web"], method, target, form, headers)

    def cloud(self, what: str, **form: Any) -> Any:
        """The trainer's side of the cloud: ledger, log, fault (with its fields), clear. None if it is off."""
        method = "POST" if form or what == "clear" else "GET"
        try:
            return _exchange(self._ports["cloud"], method, f"/control/{what}", form or None, {})[1]
        except OSError:
            return None

    def printer(self, command: str) -> str:
        """A line to the printer's control port, such as "fault paper-out" or "clear"; its answer."""
        with socket.create_connection(("127.0.0.1", self._ports["control"]), 5) as line:
            line.sendall(f"{command}\n".encode())
            line.settimeout(5)
            return line.makefile("r", encoding="utf-8").readline().strip()

    def fault(self, order: str) -> None:
        """A line of the fault script for printer or scanner, from now on, or "clear". Else ValueError."""
        if order.strip() == "clear":
            self.printer("clear")
            self.scanner.faults.clear()
            return
        match read_line(order).device:
            case "printer":
                self.printer(f"fault {order}")
            case "scanner":
                self.scanner.faults.add(order)
            case other:
                raise ValueError(f"there is no {other} here, but a printer and a scanner")

    def pos(self, *arguments: str) -> str:
        """Run the command line against this till; its output. Raises WorldError when it fails."""
        command = [sys.executable, "-m", "agent.cli", *arguments]
        environment = os.environ | {"POS_AGENT_CONFIG": str(self.config)}
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=False, timeout=120
        )
        if done.returncode not in (0, 1):
            raise WorldError(f"pos-agent {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def until(self, met: Callable[[], Any], what: str, timeout_s: float = 30.0) -> Any:
        """Wait for something to be true, and give it back. Raises WorldError with what was awaited."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    raise WorldError(
                        f"{name} ended with {process.returncode}; see {self.directory}/{name}.log"
                    )
            if found := met():
                return found
            time.sleep(0.02)
        raise WorldError(f"waited {timeout_s:.0f} s for {what}")

    # --- underneath --------------------------------------------------------------------------------

    def _ready(self) -> bool:
        try:
            return bool(self.snapshot()["badges"]["scanner"]["state"] == "ok")
        except (OSError, KeyError):
            return False

    def _of(self, device: str) -> bool:
        return any(fault.device == device for fault in self._script.faults)

    def _run(self, name: str, *arguments: str) -> None:
        log = (self.directory / f"{name}.log").open("ab")
        command = [sys.executable, "-m", "agent.cli", *arguments]
        self._processes[name] = subprocess.Popen(command, stdout=log, stderr=log)
        log.close()


def free_ports(count: int) -> list[int]:
    """Ports of this machine that were free a moment ago."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def quoted(number: str) -> str:
    """A bill number as part of an address."""
    return quote(number, safe="")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _exchange(port: int, method: str, target: str, form: Any, headers: dict[str, str]) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        body = None if form is None else json.dumps(form)
        connection.request(method, target, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except http.client.HTTPException as error:
        raise OSError(f"no answer on port {port}: {error}") from error
    finally:
        connection.close()
