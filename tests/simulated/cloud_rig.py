"""A till's end of the wire for the tests of the simulated cloud: one server, a fresh world for each test."""

from __future__ import annotations

import atexit
import base64
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import requests

from agent.simulated.cloud.books.demo_data import seed_demo
from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.options import CloudOptions
from agent.simulated.cloud.serve.server import RunningCloud, running_cloud
from agent.simulated.cloud.trainer.call_log import CallLog
from agent.simulated.cloud.trainer.faults import Faults

ASHA = "919000000001"
BALA = "919000000002"
CHITRA = "919000000003"
DEEPAK = "919000000004"
NOON = datetime.fromisoformat("2026-11-20T12:00:00+05:30")
LATER = (NOON + timedelta(hours=1)).isoformat()


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **step: float) -> None:
        self.at += timedelta(**step)


def basic(user: str, password: str) -> str:
    """The documented header for a user and a clear password."""
    secret = f"{user}:{hashlib.md5(password.encode()).hexdigest()}"
    return "Basic " + base64.b64encode(secret.encode()).decode()


@dataclass
class CloudClient:
    """Calls a cloud as a till would, without being one."""

    cloud: RunningCloud
    clock: HandClock
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.cloud.base_url + path, params=query, timeout=20)

    def post(self, path: str, body: Any, **query: Any) -> requests.Response:
        return self.session.post(self.cloud.base_url + path, params=query, json=body, timeout=20)

    def item(self, answer: requests.Response) -> dict[str, Any]:
        """The only entity of a v1.1 answer."""
        return one_item(answer.json())

    def code(self, answer: requests.Response) -> int:
        """The item code of a v1.1 answer."""
        return int(self.item(answer)["item_status"]["code"])

    def bill(
        self, number: str, amount: Any = "250.00", mobile: str = ASHA, **fields: Any
    ) -> requests.Response:
        query = {"identifierName": "mobile", "identifierValue": mobile, "source": "INSTORE"} if mobile else {}
        return self.post("/v2/transactions", sale(number, amount, **fields), **query)

    def redeem(
        self, points: Any, reference: str, code: str = "", mobile: str = ASHA, **more: Any
    ) -> requests.Response:
        body = {
            "points_redeemed": points,
            "customer": {"mobile": mobile},
            "transaction_number": "B1",
            "external_reference_number": reference,
            "validation_code": code,
            **more,
        }
        return self.post("/v1.1/points/redeem", {"root": {"redeem": [body]}})

    def otp(self, points: Any = 10, mobile: str = ASHA) -> str:
        """Have a code sent and read it off the customer's phone."""
        self.get("/v1.1/points/validationcode", mobile=mobile, points=points).raise_for_status()
        return str(self.books()["otps"][-1]["code"])

    def burn(
        self, code: str, mobile: str = ASHA, number: str = "B1", amount: Any = "500", **more: Any
    ) -> requests.Response:
        bill = [{"number": number, "amount": amount}]
        body = {"code": code, "customer": {"mobile": mobile}, "transaction": bill, **more}
        return self.post("/v1.1/coupon/redeem", {"root": {"coupon": [body]}})

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = self.get("/control/ledger").json()
        return books

    def balance(self, mobile: str = ASHA) -> dict[str, int]:
        found = [row for row in self.books()["customers"] if row["mobile"] == mobile]
        balance: dict[str, int] = found[0]["balance"]
        return balance

    def log(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.get("/control/log").json()["calls"]
        return calls


def sale(number: str, amount: Any = "250.00", **fields: Any) -> dict[str, Any]:
    """A REGULAR bill of one line."""
    line = {"itemCode": "SKU1", "qty": 2, "rate": 125, "value": amount, "amount": amount, "discount": 0}
    return {
        "type": "REGULAR",
        "billNumber": number,
        "billAmount": amount,
        "grossAmount": amount,
        "billingDate": NOON.isoformat(),
        "deliveryStatus": "DELIVERED",
        "lineItemsV2": [line],
        "paymentModes": [{"mode": "Cash", "value": amount}],
        **fields,
    }


def one_item(document: Any) -> dict[str, Any]:
    """The first object with an item_status, at whatever depth."""
    found = _search(document)
    assert found is not None, document
    return found


def _search(value: Any) -> dict[str, Any] | None:
    if isinstance(value, dict):
        if "item_status" in value:
            return value
        value = list(value.values())
    for one in value if isinstance(value, list) else []:
        found = _search(one)
        if found is not None:
            return found
    return None


def give_back(
    client: CloudClient, kind: str, amount: Any = 0, mobile: str = ASHA, **fields: Any
) -> requests.Response:
    """Return something of bill B1 an hour after NOON; `kind` is FULL, AMOUNT, LINE_ITEM or CANCELLED."""
    body = {
        "type": "RETURN",
        "returnType": kind,
        "billNumber": "B1",
        "billAmount": amount,
        "billingDate": LATER,
        "purchaseTime": NOON.isoformat(),
        **fields,
    }
    return client.post(
        "/v2/transactions", body, identifierName="mobile", identifierValue=mobile, source="INSTORE"
    )


def error_codes(answer: requests.Response) -> list[int]:
    """The codes of a failed v2 answer."""
    return [error["code"] for error in answer.json()["errors"]]


@cache
def _server() -> RunningCloud:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running_cloud())


@contextmanager
def cloud(
    *, demo: bool = True, ledger: Ledger | None = None, seed: int = 0, **switches: Any
) -> Iterator[CloudClient]:
    """A client of a cloud with fresh books, no faults and these options on."""
    server, clock = _server(), HandClock()
    world = server.world
    world.ledger = ledger or Ledger()
    world.faults = Faults(seed)
    world.options = CloudOptions(seed=seed).changed(**switches)
    world.clock = clock
    world.log = CallLog()
    world.tokens.clear()
    world.recent.clear()
    world.recent_of.clear()
    world.rejected.clear()
    if demo:
        seed_demo(world.ledger, world.now())
    with requests.Session() as session:
        session.headers["Authorization"] = basic("till01", "training")
        yield CloudClient(server, clock, session)
