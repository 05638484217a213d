"""A small cloud with a real ledger behind real HTTP, which can lose a request or a committed answer.

It knows just enough of the documented calls to tell whether every effect happened once: bills, points by
reference, coupons by use, customers. Written from the vendor's documentation (docs/capillary.md) for
these tests; its answers vary in shape.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from .checker import faults

KOLKATA = ZoneInfo("Asia/Kolkata")
BULK_FAULTS = ("half unsaid", "half undone", "doubted", "without numbers")
FAULTS = ("ok", "lost before", "lost after", "html before", "html after", "truncated", "locked", "limited")


class Ledger:
    """The cloud's books. Every list holds one entry per effect, so a second one would show."""

    def __init__(self) -> None:
        self.bills: list[tuple[str, int]] = []
        self.points: list[tuple[str, str, str]] = []
        self.coupons: list[tuple[str, str]] = []
        self.customers: dict[str, int] = {}
        self.known: dict[str, dict[str, Any]] = {}
        self.several_uses = False
        self.unique_numbers = True
        self.same_reference_answers = True
        self.faults: list[str] = []
        self.unallowed: list[str] = []
        self.noise = False
        self.served = 0
        self.batches: list[list[str]] = []
        self.poisoned: set[str] = set()

    def answer(self, method: str, target: str, body: bytes) -> tuple[str, int, bytes]:
        """(fault, status, body) of one request, its effect committed unless the fault forbids it."""
        self.unallowed += faults(method, target, body)
        self.served += 1
        fault = self.faults.pop(0) if self.faults else "ok"
        if fault == "lost before":
            return fault, 0, b""
        if fault == "html before":
            return fault, 502, b"<html>bad gateway</html>"
        if fault in ("locked", "limited"):
            code = 521 if fault == "locked" else 429
            return fault, 200, self._refused(urlsplit(target).path, code)
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        given = json.loads(body, parse_float=Decimal) if body else {}
        bulk = parts.path == "/v2/transactions/bulk"
        content = self._bulk(given, fault) if bulk else self._route(parts.path, query, given)
        if fault == "html after":
            return fault, 504, b"<html>gateway timeout</html>"
        return fault, 200, json.dumps(content, default=str).encode()

    def _refused(self, path: str, code: int) -> bytes:
        if path.startswith("/v2"):
            return json.dumps({"errors": [{"status": False, "code": code, "message": ""}]}).encode()
        return json.dumps(
            {"response": {"status": {"success": "false", "code": code, "message": ""}}}
        ).encode()

    def _route(self, path: str, query: dict[str, str], body: Any) -> Any:
        if path == "/v2/transactions":
            return self._transaction_add(body)
        routes = {
            "/v1.1/transaction/get": lambda: self._transaction_get(query),
            "/v1.1/points/redeem": lambda: self._points_redeem(body["root"]["redeem"][0]),
            "/v1.1/coupon/redeem": lambda: self._coupon_redeem(body["root"]["coupon"][0]),
            "/v1.1/coupon/get": lambda: self._coupon_get(query),
            "/v1.1/customer/redemptions": lambda: self._redemptions(query),
            "/v1.1/customer/get": lambda: self._customer_get(query),
            "/v1.1/customer/add": lambda: self._customer_add(body["root"]["customer"][0]),
            "/v1.1/customer/update": lambda: self._customer_get(body["root"]["customer"][0]),
        }
        return self._shaped(routes[path]())

    def _shaped(self, content: dict[str, Any]) -> Any:
        """The outer envelope, with or without its wrapper and with codes as text or numbers."""
        self.noise = not self.noise
        status = {"success": "true", "code": "200" if self.noise else 200, "message": ""}
        answer = {"status": status, **content}
        return answer if self.noise else {"response": answer}

    def _item(self, code: int, /, **more: Any) -> dict[str, Any]:
        success = "true" if code in (600, 700, 800, 1000) else "false"
        return {**more, "item_status": {"success": success, "code": str(code), "message": ""}}

    def _transaction_add(self, body: Any) -> Any:
        number = body["billNumber"]
        if number in self.poisoned:
            return {"errors": [{"status": False, "code": 601, "message": "amount"}]}
        if self.unique_numbers and number in [known for known, _ in self.bills]:
            return {"errors": [{"status": False, "code": 604, "message": "exists"}]}
        self.bills.append((number, int(body["billAmount"] * 100)))
        self.known[number] = {"amount": str(body["billAmount"]), "billing_time": _local(body["billingDate"])}
        return {"createdId": 1000 + len(self.bills), "warnings": [], "errors": []}

    def _bulk(self, body: Any, fault: str) -> Any:
        """Each bill by itself, answered backwards. The bulk faults leave bills out, undone or in doubt."""
        self.batches.append([element["billNumber"] for element in body])
        answers = []
        for at, element in enumerate(body):
            if fault == "half undone" and at % 2:
                continue
            said = self._transaction_add(element)
            errors = said.get("errors") or []
            answer = {"entityId": said.get("createdId"), "result": element, "errors": errors, "warnings": []}
            if fault == "doubted" and at % 2:
                answer["errors"] = [{"code": 8084, "message": "in doubt"}]
            if fault == "without numbers":
                answer["result"] = None
            if not (fault == "half unsaid" and at % 2):
                answers.append(answer)
        return {"response": answers[::-1], "totalCount": len(answers), "failureCount": 0}

    def _transaction_get(self, query: dict[str, str]) -> Any:
        known = self.known.get(query["number"])
        if known is None or known["billing_time"][:10] != query["date"]:
            return {"transactions": {"transaction": [self._item(688, number=query["number"])]}}
        found = self._item(600, id="77", number=query["number"], till=query["till_code"], **known)
        return {"transactions": {"transaction": found if self.noise else [found]}}

    def _points_redeem(self, redeem: Any) -> Any:
        reference = redeem["external_reference_number"]
        effect = (reference, redeem["transaction_number"], redeem["points_redeemed"])
        if any(known == reference for known, _, _ in self.points):
            code = 800 if self.same_reference_answers else 77_001
        else:
            self.points.append(effect)
            code = 800
        return {"responses": {"points": self._item(code, redemption_id="r1", points_redeemed=effect[2])}}

    def _coupon_redeem(self, coupon: Any) -> Any:
        if not self.several_uses and any(code == coupon["code"] for code, _ in self.coupons):
            return {"coupons": {"coupon": self._item(711, code=coupon["code"])}}
        self.coupons.append((coupon["code"], coupon["transaction"][0]["number"]))
        return {"coupons": {"coupon": self._item(700, code=coupon["code"], redemptionId=5)}}

    def _coupon_get(self, query: dict[str, str]) -> Any:
        uses = [bill for code, bill in self.coupons if code == query["code"]]
        item = self._item(700, code=query["code"].lower(), redemption_info={"redeemed": "false"})
        if uses:
            item["redemption_info"] = {"redeemed": "true", "id": 5, "transaction": {"bill_number": uses[-1]}}
        return {"coupons": {"coupon": [item]}}

    def _redemptions(self, query: dict[str, str]) -> Any:
        wanted = query.get("external_reference_number")
        points = [
            {"id": "r1", "points_redeemed": points, "transaction_number": bill}
            for reference, bill, points in self.points
            if wanted in (None, reference)
        ]
        coupons = [{"id": "5", "code": code, "transaction_number": bill} for code, bill in self.coupons]
        found = (
            {"points": {"point": points}} if query["type"] == "POINTS" else {"coupons": {"coupon": coupons}}
        )
        return {"customer": {"mobile": query.get("mobile"), "redemptions": found}}

    def _customer_get(self, query: dict[str, str]) -> Any:
        code = 1000 if query["mobile"] in self.customers else 1012
        return {"customers": {"customer": [self._item(code, mobile=query["mobile"], user_id="7")]}}

    def _customer_add(self, customer: Any) -> Any:
        mobile = customer["mobile"]
        self.customers[mobile] = self.customers.get(mobile, 0) + 1
        return {"customers": {"customer": [self._item(1000, mobile=mobile, user_id="7")]}}


def _local(offset_time: str) -> str:
    return datetime.fromisoformat(offset_time).astimezone(KOLKATA).strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def serving(ledger: Ledger) -> Iterator[str]:
    """The ledger behind HTTP on the loopback; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            fault, status, content = ledger.answer(self.command, self.path, body)
            if fault in ("lost before", "lost after"):
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if fault == "truncated" else content)
            self.close_connection = fault == "truncated"

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
