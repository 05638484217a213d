"""The trainer's second page: every rule of the organisation as a field to change."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from typing import Any

from agent.training.cloud.options import CHOICES, CloudOptions
from agent.training.cloud.page import head

_LINES = ("further_keys", "currencies")


def render(options: CloudOptions) -> str:
    """The page. Everything in it is escaped."""
    rows = "".join(
        f"<tr><th scope='row'><label for='{name}'>{name}</label></th><td>{_field(name, value)}</td></tr>"
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
