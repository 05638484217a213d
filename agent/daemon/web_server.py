"""The web thread: everything heavy of HTTP is imported here, after the till can already scan."""

from __future__ import annotations

import gc
import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn

from agent import __version__
from agent.sale.ticket_text import to_text
from agent.web.app import create_app
from agent.web.backend import Backend

if TYPE_CHECKING:
    from agent.daemon.agent import Agent

_RECEIPT_COLUMNS = 48


def serve(agent: Agent, sockets: list[socket.socket]) -> None:
    """Serve until the agent stops."""
    app = create_app(_backend(agent))
    settings = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=1, lifespan="off"
    )
    server = uvicorn.Server(settings)
    threading.Thread(target=_end_with, args=(agent.supervisor.stop, server), daemon=True).start()
    # All that is imported stays: a full collection, which holds up every thread, need not walk it each time.
    gc.freeze()
    server.run(sockets=sockets)


def _end_with(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True


def _backend(agent: Agent) -> Backend:
    def receipt(number: str) -> dict[str, Any] | None:
        found = agent.reading.bill(number)
        if found is None:
            return None
        ticket = agent.receipts.ticket(found[1], agent.reading.chain_mark(found[0]), _RECEIPT_COLUMNS)
        return {"number": number, "text": to_text(ticket, _RECEIPT_COLUMNS), "png_base64": ""}

    return Backend(
        version=__version__,
        board=agent.board,
        cashier=agent.cashier,
        labels=agent.labels,
        returning=agent.returning,
        retro=agent.retro,
        bills=lambda limit: agent.reading.bills(limit),  # noqa: PLW0108 - read when asked for
        receipt=receipt,
        queue=agent.outbox_desk,
        resolve_print=lambda job, printed: agent.printer.resolve(job, printed=printed),
        open_drawer=agent.printer.open_drawer,
        metrics=lambda: _metrics(agent),
        status=lambda: _status(agent),
        pull_rules=agent.organisation.pull,
        language=agent.language,
    )


def _status(agent: Agent) -> dict[str, Any]:
    snapshot = agent.board.snapshot()
    late = agent.organisation.late(snapshot["badges"]["queue"]["oldest_s"])
    rules = snapshot["rules"]
    return {
        "version": __version__,
        "at": snapshot["at"],
        "till": snapshot["till"],
        "phase": snapshot["sale"]["phase"],
        "last_bill": snapshot["last_bill"],
        "badges": snapshot["badges"],
        "rules": rules | {"warnings": [*rules["warnings"], *([late] if late else [])]},
        "books": agent.reading.totals(),
        "store_key": agent.config.key_origin,
        "jobs": [
            {"id": job["id"], "bill_number": job["number"], "state": job["state"], "text": job["text"]}
            for job in agent.reading.jobs()
        ],
    }


def _metrics(agent: Agent) -> str:
    badges = agent.board.part("badges")
    rows = {
        "pos_agent_queue_rows": badges["queue"]["count"],
        "pos_agent_queue_parked": badges["queue"]["parked"],
        "pos_agent_queue_owed": badges["queue"]["owed"],
        "pos_agent_queue_owed_minor": badges["queue"]["owed_minor"],
        "pos_agent_queue_oldest_seconds": badges["queue"]["oldest_s"] or 0,
        "pos_agent_print_jobs_unknown": sum(job["state"] == "unknown" for job in agent.reading.jobs()),
        "pos_agent_cloud_online": int(badges["cloud"]["state"] == "online"),
        "pos_agent_printer_ok": int(badges["printer"]["state"] in ("ok", "near_end")),
        "pos_agent_scanner_ok": int(badges["scanner"]["state"] == "ok"),
        "pos_agent_store_ok": int(badges["store"]["state"] == "ok"),
        "pos_agent_clock_ok": int(badges["clock"]["state"] == "ok"),
    }
    return "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in rows.items())
