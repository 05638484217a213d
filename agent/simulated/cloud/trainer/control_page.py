"""The trainer's page: the ledger, the last calls and the switches, in plain HTML without any script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from agent.simulated.cloud.api.operations import NAMES
from agent.simulated.cloud.trainer.faults import EITHER, REFUSALS, Fault, Form, Kind

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"

_STYLE = """
body{font:16px/1.4 system-ui,sans-serif;margin:1.5rem;max-width:80rem;color:#1b1b1b;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{border-bottom:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}
form{display:inline-block;margin:.15rem .3rem .15rem 0}
label{white-space:nowrap}
button,select,input{font:inherit;padding:.35rem .6rem}
input[type=number]{width:6rem}
.away{background:#fde2e2;border:2px solid #a40000;padding:.6rem 1rem}
.well{background:#e3f4e3;border:2px solid #1c6b1c;padding:.6rem 1rem}
"""

_QUICK = (
    ("Line down", {"kind": "away"}),
    ("Slow, 8 s", {"kind": "slow", "seconds": "8"}),
    ("Drips, 3 s a piece", {"kind": "drip", "seconds": "3"}),
    ("Server error 503", {"kind": "http", "status": "503"}),
    ("Lose the next answer", {"kind": "lose-answer", "count": "1"}),
    ("Lose half of all answers", {"kind": "lose-answer", "chance": "0.5"}),
    ("Hotel Wi-Fi page", {"kind": "portal"}),
    ("Too many calls, wait 60 s", {"kind": "limited", "retry_after": "60"}),
    ("Cloud's clock 3 days behind", {"kind": "clock", "seconds": str(-3 * 86_400)}),
    ("Read side 30 s behind", {"kind": "lag", "seconds": "30"}),
    ("Customer locked (521), 3 calls", {"kind": "refused", "code": "521", "count": "3"}),
    ("Password refused (401)", {"kind": "refused", "code": "401"}),
    ("Odd but right answers", {"kind": "shape"}),
)


def render(
    told: dict[str, Any],
    faults: Sequence[Fault],
    calls: Sequence[dict[str, Any]],
    *,
    error: str = "",
    every: int = 0,
) -> str:
    """The whole page from the books, the active faults and the last calls. Everything in it is escaped.

    every: seconds after which the browser loads it again, 0 for never. error: what could not be done.
    """
    parts = (
        head("Simulated loyalty cloud", every),
        f"<p class='away'>Nothing was switched: {_e(error)}.</p>" if error else "",
        _state(faults),
        _watch(every),
        _switches(faults),
        _calls(calls),
        _totals(told["totals"]),
        _people(told["customers"]),
        _coupons(told["coupons"]),
        _otps(told["otps"], told["codes_sent"]),
        _bills(told["bills"]),
        "</body></html>",
    )
    return "".join(parts)


def head(title: str, every: int = 0) -> str:
    """The beginning of a page, up to its headline."""
    again = f"<meta http-equiv='refresh' content='{every}'>" if every else ""
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'>{again}<title>{_e(title)}</title>"
        f"<style>{_STYLE}</style></head><body><h1>{_e(title)}</h1>"
    )


def _watch(every: int) -> str:
    other = "<a href='/control/'>stop</a>" if every else "<a href='/control/?every=3'>load every 3 s</a>"
    now = f"loads itself every {every} s" if every else "is as it was when loaded"
    return f"<p>This page {now} ({other}). <a href='/control/rules'>Rules of the organisation</a></p>"


def _e(value: Any) -> str:
    return escape(str(value), quote=True)


def _money(minor: int) -> str:
    return f"{Decimal(minor) / 100:,.2f}"


def _points(milli: int) -> str:
    return f"{Decimal(milli) / 1000:,.3f}".rstrip("0").rstrip(".")


def _state(faults: Sequence[Fault]) -> str:
    if not faults:
        return "<p class='well'>Everything works.</p>"
    named = "; ".join(_e(_sentence(fault) + _standing(fault, faults)) for fault in faults)
    return f"<p class='away'>Switched on: {named}.</p>"


def _sentence(fault: Fault) -> str:
    left = "" if fault.left is None else f", {fault.left} more"
    chance = "" if fault.chance == 1 else f", {fault.chance:.0%}"
    where = "every call" if fault.op == "*" else fault.op
    if fault.kind is Kind.CLOCK:
        return f"clock {fault.seconds / 3600:+g} hours"
    numbers = {Kind.REFUSED: fault.code, Kind.ITEM: fault.code, Kind.HTTP: fault.status}
    extra = f" {numbers[fault.kind]}" if fault.kind in numbers else ""
    extra += f" {fault.form}" if fault.kind is Kind.HTTP and fault.form != Form.PAGE else ""
    pause = f" {fault.seconds:g} s" if fault.seconds else ""
    when = " after the commit" if fault.kind in EITHER and not fault.before else ""
    return f"{fault.kind}{extra}{pause}{when} for {where}{left}{chance}"


def _standing(fault: Fault, faults: Sequence[Fault]) -> str:
    """How often it struck, or which older one it waits for."""
    older = [one for one in faults if one.id < fault.id and one.stage is fault.stage and one.chance == 1]
    first = next((one for one in older if one.op in ("*", fault.op)), None)
    if first is not None:
        return f" (waits until {first.kind} is off)"
    return f" (struck {fault.hits} times)" if fault.hits else ""


def _form(action: str, fields: dict[str, str], label: str) -> str:
    hidden = "".join(
        f"<input type='hidden' name='{_e(name)}' value='{_e(value)}'>" for name, value in fields.items()
    )
    return f"<form method='post' action='/control/{_e(action)}'>{hidden}<button>{_e(label)}</button></form>"


def _switches(faults: Sequence[Fault]) -> str:
    quick = "".join(_form("fault", fields, label) for label, fields in _QUICK)
    off = "".join(_form("clear", {"id": str(one.id)}, f"Stop: {_sentence(one)}") for one in faults)
    kinds = "".join(f"<option>{_e(kind.value)}</option>" for kind in Kind)
    ops = "".join(f"<option>{_e(name)}</option>" for name in ("*", *NAMES))
    forms = "".join(f"<option>{_e(form.value)}</option>" for form in Form)
    codes = "".join(f"<option>{code}</option>" for code in REFUSALS)
    known = f"<datalist id='codes'>{codes}</datalist>"
    own = (
        "<form method='post' action='/control/fault'>"
        f"<label>Fault <select name='kind'>{kinds}</select></label> "
        f"<label>of <select name='op'>{ops}</select></label> "
        "<label>calls <input type='number' name='count' min='1' placeholder='for good'></label> "
        "<label>seconds <input type='number' name='seconds' step='any'></label> "
        "<label>chance <input type='number' name='chance' min='0' max='1' step='any'></label> "
        "<label>when <select name='when'><option value=''>as the fault has it</option>"
        "<option>before</option><option>after</option></select></label> "
        "<label>code of refused or item "
        f"<input type='number' name='code' min='1' max='99999' list='codes'></label>{known} "
        "<label>status of http <input type='number' name='status' min='500' max='599'></label> "
        f"<label>with <select name='form'>{forms}</select></label> "
        "<label>Retry-After <input type='number' name='retry_after' min='0'></label> "
        "<button>Switch on</button></form>"
    )
    gone = _form("listener", {"open": "false", "seconds": "30"}, "Host gone for 30 s")
    person = (
        "<form method='post' action='/control/erase'><label>Mobile <input name='mobile' required></label> "
        "<button>Delete this customer's data</button> "
        "<button formaction='/control/fraud'>Mark as fraud</button> "
        "<button formaction='/control/fraud' name='marked' value='false'>Take the mark away</button></form>"
    )
    well = _form("clear", {}, "All well again")
    return f"<h2>Switches</h2><p>{well}{quick}{gone}</p><p>{off}</p><p>{own}</p><p>{person}</p>"


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    top = "".join(f"<th scope='col'>{_e(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows)
    return f"<h2>{_e(title)}</h2><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    return f"<td class='n'>{_e(value)}</td>" if isinstance(value, int) else f"<td>{_e(value)}</td>"


def _totals(totals: dict[str, Any]) -> str:
    rows = (
        ("Customers", str(totals["customers"])),
        ("Bills", f"{totals['bills']} over {_money(totals['bills_amount_minor'])}"),
        ("Returns", f"{totals['returns']} over {_money(totals['returns_amount_minor'])}"),
        ("Points available", _points(totals["points_available_milli"])),
        ("Points redeemed", f"{_points(totals['points_redeemed_milli'])} in {totals['points_redemptions']}"),
        ("Coupons", f"{totals['coupons']}, used {totals['coupon_uses']} times"),
        ("Books agree", "yes" if totals["balanced"] else "NO"),
    )
    return _table("Books", ("What", "How much"), rows)


def _people(rows: Sequence[dict[str, Any]]) -> str:
    return _table(
        "Customers",
        ("Mobile", "Name", "E-mail", "Programme", "Points", "Earned", "Redeemed", "Expired", "Returned"),
        (
            (
                row["mobile"],
                _name(row),
                row["email"],
                row["kind"],
                *(
                    _points(row["balance"][f"{name}_milli"])
                    for name in ("available", "lifetime", "redeemed", "expired", "returned")
                ),
            )
            for row in rows
            if not row["merged_into"]
        ),
    )


def _name(row: dict[str, Any]) -> str:
    if row["erased"]:
        return "data deleted"
    return f"{row['firstname']} {row['lastname']}{' (marked as fraud)' if row['fraud'] else ''}"


def _coupons(rows: Sequence[dict[str, Any]]) -> str:
    return _table(
        "Coupons",
        ("Code", "What", "For", "Valid till", "Used on"),
        (
            (
                row["code"],
                row["series"]["name"],
                row["mobile"] or "anyone",
                row["valid_till"][:10],
                ", ".join(use["bill_number"] for use in row["uses"] if not use["undone"]),
            )
            for row in rows
        ),
    )


def _otps(rows: Sequence[dict[str, Any]], sent: Sequence[dict[str, Any]]) -> str:
    counts = {(row["entity"], row["day"]): row["sent"] for row in sent}
    return _table(
        "Codes sent to phones",
        ("Mobile", "For", "Code", "Valid till", "Used", "Sent that day"),
        (
            (
                row["mobile"],
                row["action"],
                row["code"],
                row["valid_till"],
                "yes" if row["used"] else "",
                counts.get((row["entity"], row["issued_at"][:10]), ""),
            )
            for row in reversed(rows[-20:])
        ),
    )


def _bills(rows: Sequence[dict[str, Any]]) -> str:
    return _table(
        "Last bills",
        ("Number", "Type", "At", "Till", "Customer", "Amount", "Points"),
        (
            (
                row["number"],
                f"{row['kind']} {row['return_kind']}{' tagged afterwards' if row['retro_of'] else ''}",
                row["at"],
                row["till"],
                row["mobile"],
                _money(row["amount_minor"]),
                _points(row["points_milli"]),
            )
            for row in reversed(rows[-25:])
        ),
    )


def _calls(calls: Sequence[dict[str, Any]]) -> str:
    return _table(
        "Last calls",
        ("At", "Call", "About", "Outcome", "HTTP", "Codes", "Changed the books", "Answered"),
        (
            (
                call["at"],
                call["op"],
                ", ".join(f"{name} {value}" for name, value in call["about"].items()),
                call["outcome"],
                call["http"] or "",
                ", ".join(map(str, call["codes"])),
                "yes" if call["committed"] else "",
                "yes" if call["answered"] else "NO",
            )
            for call in reversed(calls)
        ),
    )
