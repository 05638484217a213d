"""What was meant for a sale that is over does nothing to the next one, and says so: every command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.daemon.agent import Agent
from agent.sale import events as e
from agent.sale.basket import Customer, TenderType
from agent.settings import config
from agent.store import journal
from agent.web.app import create_app
from tests.rig.settings import SHOP
from tests.rig.till import RICE
from tests.web.test_damaged_rows import Asked

ASHA = Customer(mobile="919000000001", firstname="Asha")
TEA = e.ItemAdded(RICE, 1000, RICE.price_minor)

COMMANDS: dict[str, dict[str, Any]] = {
    "scan": {"label": "8900000000012"},
    "item/add": {"sku": "RICE", "qty_milli": 1000},
    "item/times": {"qty_milli": 3000},
    "line/quantity": {"line": 1, "qty_milli": 5000},
    "line/price": {"line": 1, "price_minor": 100, "reason": "label"},
    "line/discount": {"line": 1, "bp": 500, "reason": "torn"},
    "line/void": {"line": 1},
    "line/restore": {"line": 2},
    "sale/discount": {"bp": 500, "reason": "torn"},
    "sale/cancel": {"reason": "left"},
    "sale/not-interested": {"reason": "no"},
    "sale/complete": {},
    "customer/search": {"kind": "mobile", "value": "9000000002"},
    "customer/clear": {},
    "customer/enrol": {"mobile": "9000000002"},
    "customer/update": {"firstname": "Asha"},
    "coupon/apply": {"code": "SAVE"},
    "coupon/remove": {},
    "points/otp": {"points_milli": 1000},
    "points/apply": {"points_milli": 1000},
    "points/remove": {},
    "tender/begin": {},
    "tender/back": {},
    "tender/add": {"type": "cash", "amount_minor": 100},
    "tender/remove": {"no": 1},
    "return/whole": {"number": "", "reason": "torn"},
    "return/lines": {"number": "", "reason": "torn", "lines": [{"line": 1, "qty_milli": 1000}]},
    "return/money": {"number": "", "reason": "torn", "amount_minor": 100},
    "return/unknown": {"number": "ELSEWHERE-1", "reason": "torn", "sku": "RICE"},
}
NO_SALE = ("bill/", "print/", "printer/", "drawer/", "labels/", "scanner/", "queue/", "organisation/")
"""What these are about is named by itself, or is the till's."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Asked]:
    """One bill is done, and the next sale is open, with a member, a line and a voided one."""
    file = tmp_path / "agent.toml"
    file.write_text(SHOP.format(directory=tmp_path), "utf-8")
    agent = Agent(config.load(file)[0])
    assert agent.open_sale.do(TEA).ok
    assert agent.cashier.pay_exact(TenderType.CASH, "", "").ok
    for event in (TEA, TEA, e.LineVoided(2), e.CustomerSet(ASHA)):
        assert agent.open_sale.do(event).ok
    yield Asked(agent)
    agent.close()


def before(page: Asked) -> str:
    """The id of the sale that became the last bill."""
    return page.agent.till.read(
        lambda tx: str(tx.execute("SELECT sale_id FROM bill ORDER BY id DESC").fetchone()[0])
    )


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_for_a_sale_that_is_over_changes_nothing_and_says_so(page: Asked, path: str) -> None:
    agent, form = page.agent, dict(COMMANDS[path])
    if form.get("number") == "":
        form["number"] = agent.board.part("last_bill")["number"]
    stands = agent.open_sale.sale, agent.board.part("times_milli")
    status, answer = page.ask("POST", f"/api/{path}", form, meant=before(page))
    assert (status, answer["code"], answer["ok"]) == (409, "other-sale", False)
    assert answer["text"] == "Nothing was done: that was meant for a sale that is over by now."
    assert (agent.open_sale.sale, agent.board.part("times_milli")) == stands
    assert agent.board.part("notice")["code"] == "other-sale"


@pytest.mark.parametrize("path", ["line/quantity", "item/times", "sale/discount", "customer/clear"])
def test_a_command_for_the_open_sale_is_carried_out(page: Asked, path: str) -> None:
    assert page.ask("POST", f"/api/{path}", COMMANDS[path], meant=page.agent.open_sale.sale.id)[0] == 200


@pytest.mark.parametrize("path", ["line/quantity", "item/times", "sale/discount", "customer/clear"])
def test_who_names_no_sale_means_the_open_one(page: Asked, path: str) -> None:
    assert page.ask("POST", f"/api/{path}", COMMANDS[path])[0] == 200


def test_a_lost_answer_is_given_again_though_its_sale_is_over(page: Asked) -> None:
    agent = page.agent
    sale_id = agent.open_sale.sale.id
    assert page.ask("POST", "/api/tender/begin", {}, key="k1", meant=sale_id)[0] == 200
    paid = {"type": "cash", "amount_minor": agent.open_sale.open_minor()}
    assert page.ask("POST", "/api/tender/add", paid, key="k2", meant=sale_id)[0] == 200
    done = page.ask("POST", "/api/sale/complete", {}, key="k3", meant=sale_id)
    assert done[0] == 200
    assert page.ask("POST", "/api/sale/complete", {}, key="k3", meant=sale_id) == done
    assert page.ask("POST", "/api/tender/add", paid, key="k2", meant=sale_id)[0] == 200
    assert agent.open_sale.sale.lines == ()
    assert list(agent.till.read(journal.verify)) == []


def test_every_command_knows_which_sale_is_meant_or_is_about_none(page: Asked) -> None:
    paths = create_app(page.agent.backend()).openapi()["paths"]
    for path, verbs in paths.items():
        name = path.removeprefix("/api/")
        if "post" not in verbs or name.startswith(NO_SALE):
            continue
        headers = {one["name"] for one in verbs["post"].get("parameters", ()) if one["in"] == "header"}
        assert "Sale-Id" in headers, path
        assert name in COMMANDS, path
