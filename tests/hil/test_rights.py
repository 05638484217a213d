"""What needs a supervisor's word: asked for by whatever way it comes, and written down."""

from __future__ import annotations

import http.client
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from agent.cli import link
from agent.sale.pin_digest import pin_line
from agent.simulated.world import World
from agent.till.rights import RULES, Right
from tests.hil.conftest import MEMBER, RICE, lines, scan_in, sell

BOSS, PIN = "Meera", "4711-boss"
OTHER = "Vikram"
AS_NOBODY = (
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
)
"""As another user of the box, who may open what only root may here: the interpreter, the socket."""
SETTINGS = f"""
[[supervisor]]
name = "{BOSS}"
pin = "{pin_line(PIN, b"salt of a test..")}"
[[supervisor]]
name = "{OTHER}"
pin = "{pin_line("2468", b"another pinch..!")}"
[rights]
refund = "supervisor"
"""
ORDERS: list[tuple[str, str, dict[str, Any]]] = [
    ("price", "line/price", {"line": 1, "price_minor": 0, "reason": "x"}),
    ("price", "line/price", {"line": 1, "price_minor": 99_900, "reason": "x"}),
    ("discount", "line/discount", {"line": 1, "bp": 10_000, "reason": "x"}),
    ("discount", "line/discount", {"line": 1, "minor": 42_500, "reason": "x"}),
    ("discount", "sale/discount", {"bp": 9000, "reason": "x"}),
    ("drawer", "drawer/open", {"reason": "x"}),
    ("export", "queue/export", {"identifiers": True, "reason": "x"}),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running till with two supervisors."""
    with World(tmp_path_factory.mktemp("world")) as running:
        running.start(SETTINGS)
        yield running


@pytest.mark.parametrize(("right", "verb", "form"), ORDERS)
def test_it_is_done_by_a_supervisors_word_alone(
    till: World, right: str, verb: str, form: dict[str, Any]
) -> None:
    """Without one and with a wrong PIN nothing changes; then it goes on under the same key, once."""
    scan_in(till, RICE)
    key, before = f"{verb}-{form}", _sale(till)
    for claim in ({}, {"supervisor": BOSS}):
        status, answer = till.ask("POST", f"/api/{verb}", form | claim, key)
        assert (status, answer["code"]) == (409, "needs-supervisor")
        assert answer["data"] == {"right": right, "supervisors": [BOSS, OTHER]}
    wrong = form | {"supervisor": BOSS, "pin": "0000"}
    assert till.ask("POST", f"/api/{verb}", wrong, key)[1]["code"] == "supervisor-wrong"
    assert _sale(till) == before
    known = _allowed(till)
    done = till.ask("POST", f"/api/{verb}", form | {"supervisor": BOSS, "pin": PIN}, key)
    assert done[0] == 200, done
    if right != "export":
        assert till.ask("POST", f"/api/{verb}", form, key) == done
    told = _allowed(till)[len(known) :]
    assert [(one["right"], one["by"], one["through"], one["reason"]) for one in told] == [
        (right, BOSS, "program", "x")
    ]
    assert PIN not in (till.directory / "agent.log").read_text()


def test_the_key_of_another_command_is_no_right_to_the_customers(till: World) -> None:
    """An item was sold under a key; under the same key all customers are asked for, unmasked."""
    key = "one key for two commands"
    assert till.ask("POST", "/api/scan", {"label": RICE}, key)[0] == 200
    export = {"identifiers": True, "reason": "x"}
    word = export | {"supervisor": BOSS, "pin": PIN}
    before = (len(_allowed(till)), len(_allowed(till, "queue-exported")))
    for form in (export, word):
        status, answer = till.ask("POST", "/api/queue/export", form, key)
        assert (status, answer["code"]) == (409, "key-reused")
    key = "one of its own"
    assert till.ask("POST", "/api/queue/export", word, key)[0] == 200
    assert till.ask("POST", "/api/queue/export", export, key)[1]["code"] == "needs-supervisor"
    assert (len(_allowed(till)), len(_allowed(till, "queue-exported"))) == (before[0] + 1, before[1] + 1)


def test_a_small_discount_is_the_cashiers_own(till: World) -> None:
    """But not what brings a line above the limit together with another one."""
    scan_in(till, RICE)
    till.press("line/discount", line=1, bp=800, reason="Dented")
    till.press("line/discount", line=1, bp=1000, reason="Dented")
    refused = till.ask("POST", "/api/sale/discount", {"bp": 100, "reason": "x"}, "more")
    assert refused[1]["code"] == "needs-supervisor"
    till.press("line/discount", line=1, bp=0, reason="Not dented")


def test_fewer_goods_under_a_fixed_discount_are_asked_about(till: World) -> None:
    scan_in(till, RICE)
    till.press("line/quantity", line=1, qty_milli=10_000)
    till.press("line/discount", line=1, minor=42_500, reason="Dented")
    fewer = {"line": 1, "qty_milli": 1000}
    assert till.ask("POST", "/api/line/quantity", fewer, "fewer")[1]["code"] == "needs-supervisor"
    word = fewer | {"supervisor": BOSS, "pin": PIN}
    assert till.ask("POST", "/api/line/quantity", word, "fewer")[0] == 200


def test_a_label_that_somebody_typed_sets_no_price(till: World) -> None:
    typed = {"label": f"]C1010{RICE}39221"}
    status, answer = till.ask("POST", "/api/scan", typed, "typed label")
    assert (status, answer["code"], answer["data"]["right"]) == (409, "needs-supervisor", "price")
    word = typed | {"supervisor": BOSS, "pin": PIN, "asked": answer["text"]}
    assert till.ask("POST", "/api/scan", word, "typed label")[0] == 200


def test_money_back_without_goods_is_given_by_a_supervisors_word(till: World) -> None:
    number = sell(till, RICE)
    form = {"number": number, "amount_minor": 5000, "reason": "a stain"}
    status, answer = till.ask("POST", "/api/return/money", form, "a stain")
    assert (status, answer["code"], answer["data"]["right"]) == (409, "needs-supervisor", "refund")
    word = form | {"supervisor": BOSS, "pin": PIN, "asked": answer["text"]}
    assert till.ask("POST", "/api/return/money", word, "a stain")[0] == 200
    assert (_allowed(till)[-1]["number"], _allowed(till)[-1]["amount_minor"]) == (number, 5000)
    till.press("sale/cancel", reason="x")
    till.press("return/lines", number=number, lines=[{"line": 1, "qty_milli": 1000}], reason="torn")


def test_what_would_be_refused_anyway_needs_nobody(till: World) -> None:
    """A supervisor is not fetched for nothing."""
    assert till.ask("POST", "/api/line/price", ORDERS[0][2], "a")[1]["code"] == "not-now"
    assert till.ask("POST", "/api/drawer/open", {"reason": " "}, "b")[1]["code"] == "reason-missing"
    settled = {"row": 999, "tender": "cash"}
    assert till.ask("POST", "/api/queue/settle", settled, "c")[1]["code"] != "needs-supervisor"


def test_every_command_that_takes_a_pin_stands_in_the_table(till: World) -> None:
    document = till.ask("GET", "/openapi.json")[1]
    schemas = document["components"]["schemas"]
    claimed = {
        path
        for path, methods in document["paths"].items()
        for method in methods.values()
        if "pin" in schemas.get(_body(method), {}).get("properties", {})
    }
    walked = {f"/api/{verb}" for _, verb, _ in ORDERS} | {"/api/queue/settle", "/api/queue/waive"}
    # By tests/counter/test_overrides.py, tests/counter/test_refund_right.py and, of labels, above.
    walked |= {"/api/return/money", "/api/return/unknown", "/api/scan"} | {
        f"/api/line/{verb}" for verb in ("quantity", "void", "restore")
    }
    assert claimed == walked
    assert {right for right, _, _ in ORDERS} | {"refund", "settle", "waive"} == set(RULES) == set(Right)


def test_another_user_of_the_socket_is_asked_and_root_is_not(till: World) -> None:
    """The kernel says who is at the other end. What root does is root's in the journal."""
    scan_in(till, RICE)
    status, answer = _as_nobody(till, "line/price", {"line": 1, "price_minor": 0, "reason": "x"})
    assert (status, answer["code"]) == (409, "needs-supervisor")
    status, answer = _as_nobody(
        till, "line/price", {"line": 1, "price_minor": 1, "reason": "x", "supervisor": BOSS, "pin": PIN}
    )
    assert status == 200, answer
    assert _allowed(till)[-1]["by"] == BOSS
    assert _allowed(till)[-1]["through"] == "socket"
    price = {"line": 1, "price_minor": 2, "reason": "by hand"}
    assert link.post(_socket(till), "/api/line/price", price)[0] == 200
    assert (_allowed(till)[-1]["by"], _allowed(till)[-1]["instead_of_minor"]) == ("root", 1)
    waive = {"row": 1, "reason": "x"}
    assert link.post(_socket(till), "/api/queue/waive", waive)[1]["code"] == "needs-supervisor"


def test_the_command_line_asks_for_the_pin_where_no_list_of_processes_shows_it(waiting: World) -> None:
    till = waiting
    arguments = ("queue", "export", "--with-identifiers", "--reason", "for the office")
    whose = _typed(till, *arguments)
    assert (whose.returncode, f"{BOSS}, {OTHER}" in whose.stderr) == (2, True), whose.stderr
    assert MEMBER not in whose.stdout
    wrong = _typed(till, *arguments, "--supervisor", BOSS, typed="0000\n")
    assert (wrong.returncode, "name or PIN" in wrong.stderr, wrong.stdout) == (2, True, "")
    done = _typed(till, *arguments, "--supervisor", BOSS, typed=f"{PIN}\n")
    assert (done.returncode, MEMBER in done.stdout) == (0, True), done.stderr
    masked = _typed(till, "queue", "export")
    assert (masked.returncode, MEMBER in masked.stdout) == (0, False)
    assert _allowed(till)[-1] == {
        "right": "export",
        "by": BOSS,
        "through": "socket",
        "reason": "for the office",
    }


def test_guessing_from_several_browsers_is_stopped_by_name(till: World) -> None:
    """Whoever can open the start page has as many sessions as they like. Where the right PIN was given
    before, the supervisor works on."""
    scan_in(till, RICE)
    price = ORDERS[0][2]
    right = price | {"supervisor": OTHER, "pin": "2468"}
    assert till.ask("POST", "/api/line/price", right, "known here")[0] == 200
    wrong = [price | {"supervisor": OTHER, "pin": f"000{no}"} for no in range(7)]
    guesses = [_from_another_browser(till, one) for one in wrong]
    assert guesses == ["supervisor-wrong"] * 4 + ["supervisor-locked"] * 3
    assert _from_another_browser(till, right) == "supervisor-locked"
    assert till.ask("POST", "/api/line/price", right, "known still")[0] == 200
    assert lines(till)[0]["unit_price_minor"] == 0


# --- underneath -----------------------------------------------------------------------------------------


def _from_another_browser(till: World, form: dict[str, Any]) -> str:
    """What a price comes to that is asked for in a session of its own."""
    with closing(http.client.HTTPConnection("127.0.0.1", urlsplit(till.page).port, timeout=30)) as line:
        line.request("GET", f"/start?key={till.signed_in['Authorization'].split()[1]}")
        begun = line.getresponse()
        begun.read()
        cookie = begun.headers["Set-Cookie"].partition(";")[0]
        headers = {"Content-Type": "application/json", "Cookie": cookie}
        line.request("POST", "/api/line/price", json.dumps(form), headers)
        return str(json.loads(line.getresponse().read())["code"])


def _socket(till: World) -> Path:
    return till.directory / "store" / "agent.sock"


def _sale(till: World) -> dict[str, Any]:
    return dict(till.snapshot()["sale"])


def _allowed(till: World, kind: str = "allowed") -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"file:{till.directory}/store/till.db?mode=ro", uri=True)) as store:
        rows = store.execute("SELECT body FROM journal WHERE kind = ? ORDER BY n", (kind,)).fetchall()
    return [json.loads(body) for (body,) in rows]


def _body(method: dict[str, Any]) -> str:
    content = method.get("requestBody", {}).get("content", {}).get("application/json", {})
    return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]


@pytest.fixture
def waiting(till: World) -> Iterator[World]:
    """With a member's bill that the cloud does not take. It goes by itself once the cloud's limit is gone."""
    till.cloud("options", bill_max_minor=100)
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value=MEMBER)
    sell(till)
    till.until(lambda: till.snapshot()["badges"]["queue"]["parked"] == 1, "the refusal of the bill", 60)
    yield till
    till.cloud("options", bill_max_minor=0)


def _typed(till: World, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """What another user of the box types, who may read the settings."""
    with tempfile.TemporaryDirectory() as place:
        settings = Path(place) / "agent.toml"
        settings.write_text(till.config.read_text())
        for readable, mode in ((Path(place), 0o755), (settings, 0o644)):
            readable.chmod(mode)
        return subprocess.run(
            [*AS_NOBODY, sys.executable, "-m", "agent.cli", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            env=os.environ | {"POS_AGENT_CONFIG": str(settings), "COLUMNS": "200", "HOME": "/"},
            check=False,
            timeout=60,
        )


def _as_nobody(till: World, verb: str, form: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A command that another user of the box sends by the socket."""
    program = (
        "import json, sys; from pathlib import Path; from agent.cli import link;"
        "json.dump(link.post(Path(sys.argv[1]), sys.argv[2], json.load(sys.stdin)), sys.stdout)"
    )
    done = subprocess.run(
        [*AS_NOBODY, sys.executable, "-c", program, str(_socket(till)), f"/api/{verb}"],
        input=json.dumps(form),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    status, answer = json.loads(done.stdout)
    return status, answer
