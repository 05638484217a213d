"""Every call this cloud answers, as one table: name, verb, path, what does it and whom it locks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.simulated.cloud.api import (
    authentication,
    v2_coupon,
    v2_customer,
    v2_otp,
    v2_points,
    v2_transaction,
    v11_coupon,
    v11_customer,
    v11_history,
    v11_identity,
    v11_organization,
    v11_points,
    v11_transaction_add,
    v11_transaction_update,
)
from agent.simulated.cloud.api.envelope import Reply
from agent.simulated.cloud.books import customers
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Customer
from agent.simulated.cloud.books.refusal import Refusal

_CODES = ("issue_otp", "validation_code")
"""What has a question about points look at one-time codes, which are never late."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call. `items` finds the customer blocks of a writing call's body; None locks nobody."""

    name: str
    method: str
    path: str
    perform: Callable[[CloudWorld, Call], Reply]
    items: Callable[[Call], list[Any]] | None = None
    unauthenticated: bool = False

    @property
    def version(self) -> str:
        """v1.1, v2 or v3: which envelope its failures come in."""
        return self.path.split("/")[1]

    def reads(self, query: Mapping[str, str]) -> bool:
        """Whether a call of it with this query only tells what is in the books."""
        sends = self.name.endswith("/validationcode") or any(query.get(name) for name in _CODES)
        return self.method == "GET" and not sends

    @property
    def itemed(self) -> bool:
        """Whether its answer judges items one by one, so that some can be held back."""
        if self.version == "v1.1":
            return not self.name.startswith("organization/")
        return self.perform in (v2_transaction.add, v2_transaction.add_bulk)


def _root(call: Call, entity: str) -> list[Any]:
    root = call.body.get("root") if isinstance(call.body, dict) else None
    return customers.many(root.get(entity)) if isinstance(root, dict) else []


def _enrolled(call: Call) -> list[Any]:
    return _root(call, "customer")


def _updated(call: Call) -> list[Any]:
    return [one.get("customer") for one in _root(call, "transaction") if isinstance(one, dict)]


def _redeemed(call: Call) -> list[Any]:
    items = _root(call, "redeem") + _root(call, "coupon")
    return [one.get("customer") for one in items if isinstance(one, dict)]


def _billed(call: Call) -> list[Any]:
    return [{"v2": (call.query.get("identifierName"), call.query.get("identifierValue"))}]


def _bulk(call: Call) -> list[Any]:
    listed = call.body if isinstance(call.body, list) else []
    return [
        {"v2": (one.get("identifierType"), one.get("identifierValue"))}
        for one in listed
        if isinstance(one, dict)
    ]


def _renamed(call: Call) -> list[Any]:
    items = _root(call, "customer")
    return [{one.get("identifier"): one.get("old_value")} for one in items if isinstance(one, dict)]


def _by_path(call: Call) -> list[Any]:
    return [{"id": call.path.get("id")}]


def _reversed(call: Call) -> list[Any]:
    block = call.body.get("identifier") if isinstance(call.body, dict) else None
    return [{"v2": (block.get("type"), block.get("value"))}] if isinstance(block, dict) else []


def _relabelled(call: Call) -> list[Any]:
    block = call.body.get("entity") if isinstance(call.body, dict) else None
    told = block if isinstance(block, dict) else {}
    return [{"v2": (told.get("identifierType"), told.get("identifierValue"))}]


def _coupon_user(call: Call) -> list[Any]:
    user = call.body.get("user") if isinstance(call.body, dict) else None
    told = user if isinstance(user, dict) else {}
    return [{"v2": (name, value)} for name, value in told.items()]


OPERATIONS: tuple[Operation, ...] = (
    Operation("customer/get", "GET", "/v1.1/customer/get", v11_customer.get),
    Operation("customer/add", "POST", "/v1.1/customer/add", v11_customer.add, _enrolled),
    Operation("customer/update", "POST", "/v1.1/customer/update", v11_customer.update, _enrolled),
    Operation(
        "customer/update_identity",
        "POST",
        "/v1.1/customer/update_identity",
        v11_identity.update_identity,
        _renamed,
    ),
    Operation("customer/transactions", "GET", "/v1.1/customer/transactions", v11_history.transactions),
    Operation("customer/redemptions", "GET", "/v1.1/customer/redemptions", v11_history.redemptions),
    Operation("points/isredeemable", "GET", "/v1.1/points/isredeemable", v11_points.is_redeemable),
    Operation("points/validationcode", "GET", "/v1.1/points/validationcode", v11_points.validation_code),
    Operation("points/redeem", "POST", "/v1.1/points/redeem", v11_points.redeem, _redeemed),
    Operation("coupon/isredeemable", "GET", "/v1.1/coupon/isredeemable", v11_coupon.is_redeemable),
    Operation("coupon/redeem", "POST", "/v1.1/coupon/redeem", v11_coupon.redeem, _redeemed),
    Operation("coupon/get", "GET", "/v1.1/coupon/get", v11_coupon.get),
    Operation("transaction/add", "POST", "/v1.1/transaction/add", v11_transaction_add.add, _updated),
    Operation(
        "transaction/add_with_local_currency",
        "POST",
        "/v1.1/transaction/add_with_local_currency",
        v11_transaction_add.add_with_local_currency,
        _updated,
    ),
    Operation("transaction/get", "GET", "/v1.1/transaction/get", v11_history.transaction_get),
    Operation(
        "transaction/update", "POST", "/v1.1/transaction/update", v11_transaction_update.update, _updated
    ),
    Operation("organization/configs", "GET", "/v1.1/organization/configs", v11_organization.configs),
    Operation("organization/tenders", "GET", "/v1.1/organization/tenders", v11_organization.tenders),
    Operation("v2/transactions", "POST", "/v2/transactions", v2_transaction.add, _billed),
    Operation("v2/transactions/update", "PUT", "/v2/transactions", v2_transaction.change),
    Operation("v2/simulation/transactions", "POST", "/v2/simulation/transactions", v2_transaction.rehearse),
    Operation("v2/transactions/bulk", "POST", "/v2/transactions/bulk", v2_transaction.add_bulk, _bulk),
    Operation(
        "v2/transactions/getByBillNumber",
        "GET",
        "/v2/transactions/getByBillNumber/{number:path}",
        v2_transaction.by_number,
    ),
    Operation("v2/transactions/get", "GET", "/v2/transactions/{id}", v2_transaction.get),
    Operation(
        "v2/organization/configkeyvalue",
        "GET",
        "/v2/organization/configkeyvalue",
        v11_organization.one_config,
    ),
    Operation(
        "v2/organization/rejectedTransactions",
        "GET",
        "/v2/organization/rejectedTransactions",
        v2_transaction.rejected,
    ),
    Operation("v2/customers/details", "GET", "/v2/customers/lookup/customerDetails", v2_customer.details),
    Operation(
        "v2/customers/balance", "GET", "/v2/customers/lookup/points/balance", v2_customer.balance_lookup
    ),
    Operation("v2/customers/balance by id", "GET", "/v2/customers/{id}/points/balance", v2_customer.balance),
    Operation("v2/customers/balance older", "GET", "/v2/customers/points/balance/{id}", v2_customer.balance),
    Operation(
        "v2/customers/transactions",
        "GET",
        "/v2/customers/lookup/transactions",
        v2_customer.transactions_lookup,
    ),
    Operation(
        "v2/customers/transactions by id", "GET", "/v2/customers/{id}/transactions", v2_customer.transactions
    ),
    Operation(
        "v2/customers/redemptions", "POST", "/v2/customers/{id}/redemptions", v2_points.redeem, _by_path
    ),
    Operation("v2/otp/generate", "POST", "/v2/otp/generate", v2_otp.generate),
    Operation("v2/otp/validate", "POST", "/v2/otp/validate", v2_otp.validate),
    Operation("v2/points/reverse", "POST", "/v2/points/reverse", v2_points.reverse, _reversed),
    Operation(
        "v2/points/updateRedemption", "PUT", "/v2/points/updateRedemption", v2_points.relabel, _relabelled
    ),
    Operation("v2/coupon/is_redeemable", "GET", "/v2/coupon/is_redeemable", v2_coupon.is_redeemable),
    Operation("v2/coupon/redeem", "POST", "/v2/coupon/redeem", v2_coupon.redeem, _coupon_user),
    Operation("v2/coupon/bulk/redeem", "POST", "/v2/coupon/bulk/redeem", v2_coupon.redeem_all, _coupon_user),
    Operation("v2/coupon/reactivate", "POST", "/v2/coupon/reactivate", v2_coupon.reactivate),
    Operation(
        "oauth/token/generate",
        "POST",
        "/v3/oauth/token/generate",
        authentication.issue_token,
        unauthenticated=True,
    ),
)

NAMES = tuple(operation.name for operation in OPERATIONS)


def locked_by(world: CloudWorld, operation: Operation, call: Call) -> set[str]:
    """The customers a writing call works on, as keys: the id, or of an unknown one the identifier told."""
    if operation.items is None or not world.options.lock_customers:
        return set()
    keys = {_key(world, one) for one in operation.items(call) if isinstance(one, dict)}
    return keys - {""}


def _key(world: CloudWorld, block: dict[str, Any]) -> str:
    try:
        row, words = _who(world, block)
    except Refusal:
        return ""
    return f"id:{row.id}" if row else words


def _who(world: CloudWorld, block: dict[str, Any]) -> tuple[Customer | None, str]:
    if "v2" in block:
        name, value = (str(part or "") for part in block["v2"])
        return (customers.find_v2(world, name, value), f"{name}:{value}") if value else (None, "")
    name, value = customers.named(block)
    return customers.find(world, name, value), f"{name}:{value}" if name else ""
