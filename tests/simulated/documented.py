"""Every call the documentation describes, once, with what it sends and what it is answered with.

The state they meet is `prepared`: a member with a bill, a redemption, a burnt coupon and a code on the phone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

import requests

from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.ledger_rows import TABLES
from tests.simulated.cloud_rig import ASHA, BALA, CloudClient, cloud, one_item, sale

ID = {"identifierName": "mobile", "identifierValue": ASHA, "source": "INSTORE"}
LOOKUP = {"source": "INSTORE", "identifierName": "mobile", "identifierValue": ASHA}
V11 = {"format": "json"}


@dataclass(frozen=True)
class Facts:
    """The ids of what `prepared` made."""

    asha: int
    bill: int
    unnamed: int
    redemption: str
    use: int
    otp: str


@dataclass(frozen=True)
class Documented:
    """One call: `ask` gives query and body, `code` is the item code of v1.1, or 0 for a v2 answer without."""

    op: str
    method: str
    path: str
    ask: Callable[[Facts], tuple[dict[str, Any], Any]]
    code: int = 0
    writes: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, client: CloudClient, facts: Facts) -> requests.Response:
        query, body = self.ask(facts)
        return client.session.request(
            self.method,
            client.cloud.base_url + self.where(facts),
            params=query,
            json=body,
            headers=self.headers,
            timeout=20,
        )

    def where(self, facts: Facts) -> str:
        return self.path.replace("{id}", str(facts.asha if "customers" in self.path else facts.bill))

    def target(self, facts: Facts) -> tuple[str, bytes]:
        """Path with query, and the body's bytes, as a checker reads them."""
        query, body = self.ask(facts)
        target = f"{self.where(facts)}?{urlencode(query)}" if query else self.where(facts)
        return target, b"" if body is None else json.dumps(body).encode()


def get(op: str, path: str, item_code: int = 0, /, **query: Any) -> Documented:
    more = V11 if path.startswith("/v1.1") else {}
    return Documented(op, "GET", path, lambda _: ({**query, **more}, None), item_code)


def v11(op: str, entity: str, body: Callable[[Facts], Any], code: int, **more: Any) -> Documented:
    def ask(facts: Facts) -> tuple[dict[str, Any], Any]:
        return dict(V11), {"root": {entity: [body(facts)]}}

    return Documented(op, "POST", f"/v1.1/{op}", ask, code, writes=True, **more)


def v2(op: str, path: str, ask: Callable[[Facts], Any], method: str = "POST", **query: Any) -> Documented:
    return Documented(op, method, path, lambda facts: (query, ask(facts)), writes=True)


def _bill_v11(number: str, **fields: Any) -> dict[str, Any]:
    line = {"item_code": "SKU1", "qty": "2", "rate": "125", "value": "250", "amount": "250", "serial": "1"}
    return {
        "type": "regular",
        "number": number,
        "amount": "250",
        "gross_amount": "250",
        "billing_time": "2026-11-20 12:00:00",
        "customer": {"mobile": ASHA},
        "line_items": {"line_item": [line]},
        **fields,
    }


def _coupon(code: str) -> dict[str, Any]:
    return {
        "redemptionRequestList": [{"code": code}],
        "user": {"mobile": ASHA},
        "transactionNumber": "B1",
        "billAmount": "500",
    }


def _person(mobile: str) -> dict[str, Any]:
    return {"mobile": mobile, "firstname": "New", "type": "LOYALTY", "source": "INSTORE"} | {
        "registered_on": "2026-11-20 12:00:00"
    }


CALLS: tuple[Documented, ...] = (
    get("customer/get", "/v1.1/customer/get", 1000, mobile=ASHA, user_id="true"),
    v11("customer/add", "customer", lambda _: _person("919000000061"), 1000),
    v11("customer/update", "customer", lambda _: {"mobile": ASHA, "firstname": "Other"}, 1000),
    v11(
        "customer/update_identity",
        "customer",
        lambda _: {"identifier": "mobile", "old_value": ASHA, "new_value": "919000000062"},
        1040,
    ),
    get("customer/transactions", "/v1.1/customer/transactions", 1052, mobile=ASHA),
    get("customer/redemptions", "/v1.1/customer/redemptions", 1000, mobile=ASHA, type="BOTH"),
    get("points/isredeemable", "/v1.1/points/isredeemable", 800, mobile=ASHA, points=10),
    Documented(
        "points/validationcode",
        "GET",
        "/v1.1/points/validationcode",
        lambda _: ({"mobile": ASHA, "points": 10, **V11}, None),
        200,
        writes=True,
    ),
    v11(
        "points/redeem",
        "redeem",
        lambda facts: {
            "points_redeemed": "10",
            "customer": {"mobile": ASHA},
            "transaction_number": "B1",
            "external_reference_number": "R1",
            "validation_code": facts.otp,
            "redemption_time": "2026-11-20 12:00:00",
        },
        800,
    ),
    get("coupon/isredeemable", "/v1.1/coupon/isredeemable", 700, mobile=ASHA, code="FIFTY"),
    v11(
        "coupon/redeem",
        "coupon",
        lambda _: {
            "code": "FIFTY",
            "customer": {"mobile": ASHA},
            "redemption_time": "2026-11-20 12:00:00",
            "transaction": [{"number": "B1", "amount": "250"}],
        },
        700,
    ),
    get("coupon/get", "/v1.1/coupon/get", 700, code="FIFTY"),
    v11("transaction/add", "transaction", lambda _: _bill_v11("X1"), 600),
    v11(
        "transaction/add_with_local_currency",
        "transaction",
        lambda _: _bill_v11("X2", currency_code="USD"),
        600,
    ),
    get("transaction/get", "/v1.1/transaction/get", 600, number="B1", date="2026-11-20", type="ALL"),
    v11(
        "transaction/update",
        "transaction",
        lambda facts: {
            "id": str(facts.unnamed),
            "old_type": "NOT_INTERESTED",
            "new_type": "REGULAR",
            "customer": {"mobile": BALA},
        },
        1630,
        headers={"X-CAP-CLIENT-SIGNATURE": "pos-agent"},
    ),
    get("organization/configs", "/v1.1/organization/configs"),
    get("organization/tenders", "/v1.1/organization/tenders"),
    v2("v2/transactions", "/v2/transactions", lambda _: sale("B2", 250), **ID),
    v2(
        "v2/transactions/update",
        "/v2/transactions",
        lambda facts: {"id": facts.bill, "deliveryStatus": "SHIPPED"},
        "PUT",
    ),
    Documented(
        "v2/simulation/transactions", "POST", "/v2/simulation/transactions", lambda _: (ID, sale("S1", 250))
    ),
    v2(
        "v2/transactions/bulk",
        "/v2/transactions/bulk",
        lambda _: [
            {**sale("K1", 250), "identifierType": "mobile", "identifierValue": ASHA, "source": "INSTORE"}
        ],
    ),
    get("v2/transactions/getByBillNumber", "/v2/transactions/getByBillNumber/B1"),
    get("v2/transactions/get", "/v2/transactions/{id}"),
    get(
        "v2/organization/configkeyvalue", "/v2/organization/configkeyvalue", name="CONF_POINTS_RETURN_ENABLED"
    ),
    get("v2/organization/rejectedTransactions", "/v2/organization/rejectedTransactions"),
    get("v2/customers/details", "/v2/customers/lookup/customerDetails", **LOOKUP, embed="points"),
    get("v2/customers/balance", "/v2/customers/lookup/points/balance", **LOOKUP),
    get("v2/customers/balance by id", "/v2/customers/{id}/points/balance"),
    get("v2/customers/balance older", "/v2/customers/points/balance/{id}"),
    get("v2/customers/transactions", "/v2/customers/lookup/transactions", **LOOKUP),
    get("v2/customers/transactions by id", "/v2/customers/{id}/transactions"),
    v2(
        "v2/customers/redemptions",
        "/v2/customers/{id}/redemptions",
        lambda facts: {
            "redemptionType": "POINTS",
            "points": 10,
            "transactionNumber": "B1",
            "validationCode": facts.otp,
            "source": "INSTORE",
            "commit": True,
            "externalReferenceNumber": "R2",
        },
    ),
    v2(
        "v2/otp/generate",
        "/v2/otp/generate",
        lambda _: {
            "entityType": "MOBILE",
            "entityValue": ASHA,
            "action": "COUPON",
            "channels": [{"type": "SMS", "value": ASHA}],
        },
    ),
    Documented(
        "v2/otp/validate",
        "POST",
        "/v2/otp/validate",
        lambda facts: (
            {},
            {"entityType": "MOBILE", "entityValue": ASHA, "action": "POINTS", "code": facts.otp},
        ),
    ),
    v2(
        "v2/points/reverse",
        "/v2/points/reverse",
        lambda facts: {"redemptionId": facts.redemption, "identifier": {"type": "mobile", "value": ASHA}},
    ),
    v2(
        "v2/points/updateRedemption",
        "/v2/points/updateRedemption",
        lambda facts: {
            "redemptionId": facts.redemption,
            "billNumber": "B9",
            "purpose": "the right bill",
            "entity": {"type": "CUSTOMER", "identifierType": "mobile", "identifierValue": ASHA},
        },
        "PUT",
    ),
    get("v2/coupon/is_redeemable", "/v2/coupon/is_redeemable", mobile=ASHA, code="FIFTY"),
    v2("v2/coupon/redeem", "/v2/coupon/redeem", lambda _: _coupon("TENOFF")),
    v2("v2/coupon/bulk/redeem", "/v2/coupon/bulk/redeem", lambda _: _coupon("FIFTY")),
    v2("v2/coupon/reactivate", "/v2/coupon/reactivate", lambda facts: {"redemptionIds": [facts.use]}),
    Documented(
        "oauth/token/generate",
        "POST",
        "/v3/oauth/token/generate",
        lambda _: ({}, {"key": "training-key", "secret": "training-secret"}),
    ),
)


@cache
def prepared() -> tuple[Ledger, Facts]:
    """The state, made over HTTP once, and the ids in it. Only to be copied, never changed."""
    with cloud() as client:
        bill = client.bill("B1").json()["createdId"]
        unnamed = client.bill("N1", mobile="", type="NOT_INTERESTED", notInterestedReason="no").json()[
            "createdId"
        ]
        spent = client.item(client.redeem(5, "R0", client.otp(5)))["redemption_id"]
        use = client.item(client.burn("FLAT100A"))["redemptionId"]
        otp = client.otp(10)
        asha = int(client.item(client.get("/v1.1/customer/get", mobile=ASHA, user_id="true"))["user_id"])
        return copied(client.cloud.ledger), Facts(asha, bill, unnamed, spent, use, otp)


def copied(ledger: Ledger) -> Ledger:
    """Another ledger with the same rows."""
    fresh = Ledger()
    with fresh.transaction():
        for kind in TABLES.values():
            for row in ledger.all(kind):
                fresh.put(row)
    return fresh


def went_well(call: Documented, answer: requests.Response) -> bool:
    """Whether the answer is the documented success."""
    document = answer.json()
    if call.code:
        return answer.status_code == 200 and int(one_item(document)["item_status"]["code"]) == call.code
    return answer.status_code == 200 and not document.get("errors") and not document.get("failureCount")
