"""The trainer's second page: every rule of the organisation as a field to change."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from typing import Any

from agent.simulated.cloud.books.options import CHOICES, CloudOptions
from agent.simulated.cloud.trainer.control_page import head

_LINES = ("further_keys", "currencies")
KEYS = {
    "bill_number_required": "CONF_LOYALTY_IS_BILL_NUMBER_REQUIRED",
    "bill_scope": "CONF_LOYALTY_IS_BILL_NUMBER_UNIQUE, ..._ONLY_STORE, ..._ONLY_TILL",
    "bill_days": "CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS",
    "bill_regex": "CONF_CLIENT_BILL_NO_REGEX",
    "bill_min_minor": "CONF_LOYALTY_MIN_BILL_AMOUNT",
    "bill_max_minor": "CONF_LOYALTY_MAX_BILL_AMOUNT",
    "line_min_minor": "CONF_LOYALTY_MIN_BILL_LINEITEM_AMOUNT",
    "line_max_minor": "CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT",
    "zero_bill_allowed": "CONF_CLIENT_IS_BILL_AMOUNT_ZERO",
    "zero_bill_outlier": "CONF_MARK_ZERO_BILL_AS_OUTLIER",
    "future_days": "CONF_MAX_TRANSACTION_FUTURE_DAYS",
    "oldest_bill": "CONF_MIN_BILLING_DATE",
    "further_keys": "KEY=value, one a line",
    "outlier_basket_size": "BILL_OUTLIER_BASKET_SIZE_LIMIT",
    "outlier_items": "CONF_OUTLIER_ITEM_SKU",
    "outlier_prefix": "MARK_BILLS_OUTLIER_STARTING_WITH",
    "pointless_prefix": "IGNORE_POINTS_FOR_BILL_NUMBER_STARTS_WITH",
    "unnamed_to_not_interested": "ENHANCE BILL CAPTURE",
    "simulation": "CONF_ENABLE_SIMULATION_API_MODE",
    "retro_enabled": "CONF_RETRO_TRANSACTION_ENABLE",
    "retro_max_age_days": "CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS",
    "retro_delay_hours": "CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS",
    "unknown_bill_returns": "CONF_ALLOW_NOT_EXISTING_BILL_RETURN",
    "returns_without_original": "CONF_RETURN_WITHOUT_ORIGINAL_BILL_PROCESSING",
    "points_returned": "CONF_POINTS_RETURN_ENABLED",
    "points_reversal": "Allow_points_redemption_reversal",
    "group_redemption": "ENABLE_GROUP_PROGRAMS_REDEMPTION",
    "mobile_updates": "CONF_ALLOW_MOBILE_UPDATE",
    "email_updates": "CONF_ALLOW_EMAIL_UPDATE",
    "external_id_updates": "CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE",
    "skip_secondary_on_mismatch": "CONFIG_SKIP_SECONDARY_ID_ON_PRIMARY_MISMATCH",
}
"""The organisation's own name of a rule, where it has one."""


def render(options: CloudOptions) -> str:
    """The page. Everything in it is escaped."""
    rows = "".join(
        f"<tr><th scope='row'><label for='{name}'>{name}</label></th><td>{_field(name, value)}</td>"
        f"<td>{escape(KEYS.get(name, ''))}</td></tr>"
        for name, value in _simple(options)
    )
    return (
        f"{head('Rules of the organisation')}<p><a href='/control/'>Back to the ledger and the faults</a>. "
        "A change holds from the next call on; a till hears of it when it pulls its rules "
        "(<code>pos-agent config pull</code>). Amounts are in paise, points in thousandths.</p>"
        f"<form method='post' action='/control/options'><table>{rows}</table>"
        "<p><button>Change the rules</button></p></form></body></html>"
    )


def _simple(options: CloudOptions) -> list[tuple[str, Any]]:
    told = [(one.name, getattr(options, one.name)) for one in fields(options)]
    return [(name, value) for name, value in told if isinstance(value, bool | int | str)]


def _field(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _select(name, ("true", "false"), str(value).lower())
    if name in CHOICES:
        return _select(name, tuple(sorted(map(str, CHOICES[name]))), str(value))
    if isinstance(value, int):
        return f"<input id='{name}' name='{name}' type='number' value='{value}'>"
    shown = escape(value, quote=True)
    if name in _LINES:
        return f"<textarea id='{name}' name='{name}' rows='4' cols='40'>{shown}</textarea>"
    return f"<input id='{name}' name='{name}' value='{shown}' size='40'>"


def _select(name: str, choices: tuple[str, ...], now: str) -> str:
    marked = "".join(f"<option{' selected' if one == now else ''}>{escape(one)}</option>" for one in choices)
    return f"<select id='{name}' name='{name}'>{marked}</select>"
