"""What is told of the whole till: status for people and programs, metrics, a receipt as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agent import __version__
from agent.printing.receipts import Receipts
from agent.sale.ticket_text import to_text
from agent.store.room import Room
from agent.till.board import Board

if TYPE_CHECKING:
    from agent.store.reading import Reading

_RECEIPT_COLUMNS = 48
_PRINTER = "pos_agent_each_printer_ok"
_PRINTS = ("ok", "near_end", "mute")
_DEVICES = "pos_agent_device_counts_total"
_ROLL = "pos_agent_paper_left_mm"
_SCANS = "pos_agent_scans_total"


class Reports:
    """late says what is wrong with a queue whose oldest call has waited so many seconds. store_key: where the
    store's key is (credential, file, beside). page: why the page is not served, "" while it is. room: the
    store's disk. undrawn: what is wrong with the letters on the paper. draw: a ticket as a picture of the
    till's paper. scanners and printers: each as it is, with its counts; drawer: open, closed, or unknown
    where no sensor tells just now; beside: what drawer, scale and display have counted."""

    def __init__(
        self,
        board: Board,
        receipts: Receipts,
        reading: Callable[[], Reading],
        late: Callable[[int | None], str],
        store_key: str,
        page: Callable[[], str],
        room: Room,
        undrawn: Callable[[], list[str]],
        draw: Callable[[list[dict[str, Any]]], bytes],
        scanners: Callable[[], list[dict[str, Any]]],
        printers: Callable[[], list[dict[str, Any]]],
        drawer: Callable[[], str],
        beside: Callable[[], list[dict[str, Any]]],
    ) -> None:
        self._board = board
        self._receipts = receipts
        self._reading = reading
        self._late = late
        self._store_key = store_key
        self._page = page
        self._room = room
        self._undrawn = undrawn
        self._draw = draw
        self._scanners = scanners
        self._printers = printers
        self._drawer = drawer
        self._beside = beside

    def receipt(self, number: str) -> dict[str, Any] | None:
        """The paper of a bill as text; None for a number this till never gave."""
        reading = self._reading()
        found = reading.bill(number)
        if found is None:
            return None
        ticket = self._receipts.ticket(found[1], reading.chain_mark(found[0]), _RECEIPT_COLUMNS)
        return {"number": number, "text": to_text(ticket, _RECEIPT_COLUMNS)}

    def picture(self, number: str) -> bytes | None:
        """The paper of a bill as PNG, as wide as the till's own; None for a number this till never gave."""
        reading = self._reading()
        found = reading.bill(number)
        if found is None:
            return None
        return self._draw(self._receipts.own(found[1], reading.chain_mark(found[0])))

    def status(self) -> dict[str, Any]:
        """The till on one screen; the shape is in docs/http.md."""
        snapshot, reading = self._board.snapshot(), self._reading()
        late = self._late(snapshot["badges"]["queue"]["oldest_s"])
        rules = snapshot["rules"]
        late_jobs = {one["job"] for one in snapshot["unknown_prints"] if one["late"]}
        return {
            "version": __version__,
            "at": snapshot["at"],
            "till": snapshot["till"],
            "phase": snapshot["sale"]["phase"],
            "last_bill": snapshot["last_bill"],
            "badges": snapshot["badges"],
            "rules": rules | {"warnings": [*rules["warnings"], *([late] if late else [])]},
            "books": reading.totals(),
            "store_key": self._store_key,
            "page": self._page(),
            "disk": {
                "free_bytes": self._room.free_bytes(),
                "low_bytes": self._room.low_bytes,
                "ballast_bytes": self._room.kept_bytes(),
            },
            "undrawn": self._undrawn(),
            "scanners": self._scanners(),
            "printers": self._printers(),
            "drawer": self._drawer(),
            "counters": self._beside(),
            "jobs": [
                {"id": job["id"], "bill_number": job["number"]}
                | {name: job[name] for name in ("copy", "state", "text")}
                | {"late": job["id"] in late_jobs}
                for job in reading.jobs()
            ],
        }

    def metrics(self) -> str:
        """Gauges and counters in the Prometheus text format; the names are in docs/operations.md."""
        badges = self._board.part("badges")
        rows = {
            "pos_agent_queue_rows": badges["queue"]["count"],
            "pos_agent_queue_parked": badges["queue"]["parked"],
            "pos_agent_queue_owed": badges["queue"]["owed"],
            "pos_agent_queue_owed_minor": badges["queue"]["owed_minor"],
            "pos_agent_queue_oldest_seconds": badges["queue"]["oldest_s"] or 0,
            "pos_agent_queue_paused_seconds": self._paused_s(badges["queue"]["paused_until"]),
            "pos_agent_print_jobs_unknown": sum(job["state"] == "unknown" for job in self._reading().jobs()),
            "pos_agent_cloud_online": int(badges["cloud"]["state"] == "online"),
            "pos_agent_printer_ok": int(badges["printer"]["state"] in _PRINTS),
            "pos_agent_drawer_open": int(self._drawer() == "open"),
            "pos_agent_scanner_ok": int(badges["scanner"]["state"] == "ok"),
            "pos_agent_scale_ok": int(badges["scale"]["state"] in ("ok", "none")),
            "pos_agent_display_ok": int(badges["display"]["state"] in ("ok", "none")),
            "pos_agent_disk_free_bytes": self._room.free_bytes(),
            "pos_agent_disk_ballast_bytes": self._room.kept_bytes(),
            "pos_agent_store_ok": int(badges["store"]["state"] == "ok"),
            "pos_agent_clock_ok": int(badges["clock"]["state"] == "ok"),
        }
        gauges = "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in rows.items())
        printers = self._printers()
        devices = [{"class": "POSPrinter"} | one for one in printers] + self._beside()
        families = (
            (_PRINTER, "gauge", map(_printer, printers)),
            (_ROLL, "gauge", map(_roll, printers)),
            (_SCANS, "counter", map(_scans, self._scanners())),
            (_DEVICES, "counter", map(_device, devices)),
        )
        told = (f"# TYPE {name} {kind}\n{''.join(lines)}" for name, kind, lines in families)
        return gauges + "".join(told)

    def _paused_s(self, until: str | None) -> int:
        """Seconds until the queue is sent again; 0 while nothing holds it."""
        if until is None:
            return 0
        left = datetime.fromisoformat(until) - datetime.fromisoformat(self._board.snapshot()["at"])
        return max(0, round(left.total_seconds()))


def _printer(printer: dict[str, Any]) -> str:
    return f'{_PRINTER}{{printer="{_label(printer["name"])}"}} {int(printer["state"] in _PRINTS)}\n'


def _roll(printer: dict[str, Any]) -> str:
    roll = printer["roll"]
    return f'{_ROLL}{{printer="{_label(printer["name"])}"}} {roll["left_mm"]}\n' if roll else ""


def _device(device: dict[str, Any]) -> str:
    which = f'class="{device["class"]}",device="{_label(device["name"])}"'
    return "".join(
        f'{_DEVICES}{{{which},count="{count}"}} {value}\n' for count, value in device["counts"].items()
    )


def _label(name: object) -> str:
    return str(name).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _scans(scanner: dict[str, Any]) -> str:
    return "".join(
        f'{_SCANS}{{scanner="{_label(scanner["name"])}",count="{count}"}} {value}\n'
        for count, value in scanner["counts"].items()
    )
