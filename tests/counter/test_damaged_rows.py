"""A row that cannot be read stops neither the start nor the sales of a till; a person hears of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.counter.past_bills import bill_of_number
from agent.sale import events as e
from agent.sale.basket import Customer, TenderType
from agent.sale.refusals import Refused
from agent.store import customers, journal, sales
from agent.store.opening import FILE_NAME
from tests.rig.damage import lose_last_row, write_past_rules
from tests.rig.desk import till as whole_till
from tests.rig.till import RICE, RigTill

BROKEN = b"\x01" + bytes(60)
MEMBER = Customer(mobile="919812345678", firstname="Asha", source="typed")


@pytest.fixture
def till(tmp_path: Path) -> RigTill:
    """A till with a bill, and a sale of two items that is open."""
    made = RigTill(tmp_path)
    made.sell("first")
    made.open_sale.tidy()
    for _ in range(2):
        assert made.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    return made


def damage(till: RigTill, statement: str, *values: object) -> None:
    """Write into a row what no till writes, past the triggers that would not let it."""
    connection = till.store.connection
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    assert connection.execute(statement, values).rowcount
    for _, sql in triggers:
        connection.execute(sql)


def closed_and_damaged(till: RigTill, table: str, statement: str, *values: object) -> None:
    """The same while it is off, also with what no column takes."""
    till.close()
    write_past_rules(till.directory / FILE_NAME, table, statement, *values)
    till.open()


def goes_on(till: RigTill) -> None:
    """It starts, twice, and sells; the chain is whole."""
    till.reopen()
    till.sell("after")
    till.open_sale.tidy()
    till.reopen()
    till.sell("again")
    till.open_sale.tidy()
    assert not till.till.read(sales.left_over)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "7",
        '{"kind": "ItemAdded"}',
        '{"kind": "Nonsense"}',
        '{"kind": "TenderAdded"}',
        "sealed:AQID",
    ],
)
def test_an_event_that_cannot_be_read_sets_its_sale_aside(till: RigTill, body: str) -> None:
    damage(till, "UPDATE event SET body = ? WHERE seq = 2", body)
    till.reopen()
    notice = till.board.part("notice")
    assert notice["code"] == "recovered-not"
    goes_on(till)
    kept = till.till.read(
        lambda tx: tx.execute("SELECT body FROM journal WHERE kind = 'set-aside'").fetchall()
    )
    assert len(kept) == 1
    told = json.loads(kept[0][0])
    assert len(told["events"]) == 2
    assert "RICE" in told["events"][0][2]
    assert not list(till.till.read(lambda tx: list(journal.verify(tx))))


@pytest.mark.parametrize(
    "change",
    ["body = replace(body, '42500', '42501')", "at = '2026-11-23T10:00:01+05:30'", "key = 'another'"],
)
def test_an_event_that_says_another_thing_than_was_written_is_not_believed(
    till: RigTill, change: str
) -> None:
    damage(till, f"UPDATE event SET {change} WHERE seq = 2")
    till.reopen()
    notice = till.board.part("notice")
    assert notice["code"] == "recovered-not"
    goes_on(till)


@pytest.mark.parametrize("damaged", ["body = NULL", "body = x'00'", "at = NULL", "at = x'00'"])
def test_an_event_of_which_a_column_is_no_text_sets_its_sale_aside(till: RigTill, damaged: str) -> None:
    closed_and_damaged(till, "event", f"UPDATE event SET {damaged} WHERE seq = 2")
    assert till.board.part("notice")["code"] == "recovered-not"
    goes_on(till)
    kept = till.till.read(
        lambda tx: tx.execute("SELECT body FROM journal WHERE kind = 'set-aside'").fetchall()
    )
    assert [len(json.loads(body)["events"]) for (body,) in kept] == [2]


def test_events_that_do_not_follow_each_other_set_their_sale_aside(till: RigTill) -> None:
    damage(till, "UPDATE event SET body = ? WHERE seq = 1", json.dumps({"kind": "Completed"}))
    goes_on(till)


@pytest.mark.parametrize("seq", [1, 2])
def test_an_event_that_is_not_there_sets_its_sale_aside(till: RigTill, seq: int) -> None:
    """Without it the sale is another, and nobody at the till can tell."""
    assert till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    damage(till, "DELETE FROM event WHERE seq = ?", seq)
    till.reopen()
    assert till.board.part("notice")["code"] == "recovered-not"
    assert till.open_sale.idle()
    goes_on(till)


def test_a_sale_whose_last_events_a_damaged_page_has_lost_is_set_aside(till: RigTill) -> None:
    """Nothing follows them that would miss them; SQLite does, who knows what the page holds."""
    till.close()
    lose_last_row(till.directory / FILE_NAME, "event")
    till.open()
    assert till.board.part("notice")["code"] == "recovered-not"
    assert till.open_sale.idle()
    goes_on(till)


def test_a_sale_that_has_its_bill_and_lost_its_last_event_is_no_open_sale(till: RigTill) -> None:
    """Or the customer would be asked for the money again."""
    till.open_sale.do(e.Cancelled("no"))
    till.open_sale.tidy()
    till.sell("second")
    damage(till, "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)")
    till.reopen()
    assert till.open_sale.idle()
    assert (till.board.part("notice") or {}).get("code") != "recovered-not"
    till.open_sale.tidy()
    assert not till.till.read(sales.left_over)
    till.sell("third")


def test_the_damaged_end_of_a_sale_that_has_its_bill_is_no_open_sale(till: RigTill) -> None:
    till.open_sale.do(e.Cancelled("no"))
    till.open_sale.tidy()
    till.sell("second")
    damage(till, "UPDATE event SET body = '{' WHERE seq = (SELECT max(seq) FROM event)")
    till.reopen()
    assert (till.board.part("notice") or {}).get("code") != "recovered-not"
    till.open_sale.tidy()
    assert not till.till.read(sales.left_over)
    till.sell("third")


def test_the_damaged_customer_of_the_last_bill_leaves_the_bill(till: RigTill) -> None:
    till.open_sale.do(e.Cancelled("no"))
    assert till.open_sale.do(e.CustomerSet(MEMBER)).ok
    number = till.sell("member")
    damage(till, "UPDATE bill_customer SET sealed = ?", BROKEN)
    goes_on(till)
    _, bill = bill_of_number(till.till, number)
    assert bill.customer == Customer(source="damaged")


def test_the_damaged_customer_of_the_open_sale_is_sealed_anew_with_the_bill(till: RigTill) -> None:
    assert till.open_sale.do(e.CustomerSet(MEMBER)).ok
    damage(till, "UPDATE bill_customer SET sealed = ?", BROKEN)
    for event in (e.TenderBegun(), e.TenderAdded(TenderType.CASH, 100_000), e.Completed()):
        answer = till.open_sale.do(event)
        assert answer.ok, answer
    _, bill = bill_of_number(till.till, answer.data["bill_number"])
    assert bill.customer
    assert bill.customer.firstname == "Asha"


@pytest.mark.parametrize("nothing", [None, 7, "text"])
def test_a_customer_of_the_open_sale_of_whom_no_seal_is_left_is_sealed_anew_with_the_bill(
    till: RigTill, nothing: object
) -> None:
    assert till.open_sale.do(e.CustomerSet(MEMBER)).ok
    closed_and_damaged(till, "bill_customer", "UPDATE bill_customer SET sealed = ?", nothing)
    assert not till.till.read(lambda tx: customers.is_whole(tx, till.open_sale.sale.id)), "the check tells it"
    for event in (e.TenderBegun(), e.TenderAdded(TenderType.CASH, 100_000), e.Completed()):
        answer = till.open_sale.do(event)
        assert answer.ok, answer
    _, bill = bill_of_number(till.till, answer.data["bill_number"])
    assert bill.customer
    assert bill.customer.firstname == "Asha"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bill_line SET rest = '{'",
        "UPDATE bill_line SET rest = '[1]'",
        "UPDATE bill SET redemptions = '{'",
        "UPDATE bill SET redemptions = '{\"points\": 7}'",
        "UPDATE bill SET number = 'nonsense'",
        "UPDATE bill SET at = 'yesterday'",
        "UPDATE tender SET type = 'shells'",
    ],
)
def test_a_bill_that_cannot_be_read_is_shown_as_damage_and_the_till_sells(
    till: RigTill, statement: str
) -> None:
    till.open_sale.do(e.Cancelled("no"))
    damage(till, statement)
    till.reopen()
    assert till.board.part("badges")["store"]["state"] == "error"
    if "number" not in statement:
        with pytest.raises(Refused, match="row-damaged"):
            bill_of_number(till.till, "S1T126-000001")
    goes_on(till)
    assert list(till.till.read(lambda tx: list(journal.verify(tx))))


@pytest.mark.parametrize("column", ["payload", "text"])
def test_a_queued_call_that_cannot_be_opened_is_parked_and_the_others_go(tmp_path: Path, column: str) -> None:
    with whole_till(tmp_path) as till:
        [bad] = till.sell(1, mobile="919876500001", redeem=False)
        [good] = till.sell(2, mobile="919876500002", redeem=False)
        value = BROKEN if column == "payload" else "sealed:AQIDBA=="
        till.agent.till.write(
            lambda tx: tx.execute(f"UPDATE outbox SET {column} = ? WHERE id = ?", (value, bad))
        )
    with whole_till(tmp_path) as till:
        till.sender.drain(20)
        states = till.states()
        assert good not in states
        if column == "payload":
            assert states == {bad: "parked"}
            assert till.row(bad).code == "payload"
            shown = till.desk.show(bad)
            assert shown
            assert "unreadable" in shown["request"] or "sealed" in shown["request"]
        else:
            assert states == {}
