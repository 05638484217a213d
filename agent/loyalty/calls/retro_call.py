"""Giving a not-interested bill its customer afterwards: POST /v1.1/transaction/update
(docs/capillary.md 5.4)."""

from __future__ import annotations

from agent.loyalty.calls.call import Call, encode, facts_of
from agent.loyalty.calls.customer_calls import v11_identifier, v11_name
from agent.loyalty.calls.options import CloudOptions
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op


def retro(
    options: CloudOptions, transaction_id: str, number: str, at: str, amount_minor: int, customer: Customer
) -> Call:
    """Turn a not-interested bill into one of customer.

    transaction_id is the cloud's id of the bill; number, at and amount_minor are the bill's own, for the
    read-back. One identifier goes along, so that no accounts are merged. Raises ValueError without an id.
    """
    about: dict[str, str | int] = {"number": number, "at": at, "amount_minor": amount_minor}
    return _given(options, transaction_id, v11_identifier(customer), user_id=customer.user_id, **about)


def retro_of(options: CloudOptions, bill: Call, transaction_id: str) -> Call:
    """The same for a stored bill of a customer that the cloud keeps as nobody's."""
    about = {name: bill.fact(name) for name in ("number", "at", "amount_minor")}
    return _given(options, transaction_id, v11_name((bill.fact("who_name"), bill.fact("who_value"))), **about)


def _given(options: CloudOptions, transaction_id: str, who: tuple[str, str], **about: str | int) -> Call:
    if not transaction_id:
        raise ValueError("the cloud's id of the bill is not known yet")
    name, value = who
    change = {
        "id": transaction_id,
        "old_type": "NOT_INTERESTED",
        "new_type": "REGULAR",
        "customer": {name: value},
        "notes": f"Customer named afterwards at till {options.till_code}".strip(),
    }
    return Call(
        op=Op.TRANSACTION_UPDATE,
        method="POST",
        path="/v1.1/transaction/update",
        query=(("format", "json"),),
        body=encode({"root": {"transaction": [change]}}),
        family="transaction",
        facts=facts_of(
            who_name=name,
            who_value=value,
            **about,
        ),
        headers=options.signature,
    )
