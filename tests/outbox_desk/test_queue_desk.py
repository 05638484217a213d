"""The outbox in a person's hands, against a real store and a real forwarder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.loyalty.calls.call import Call
from agent.sale.basket import Customer
from agent.store import bills, customers, delivery, outbox, waived
from agent.till.answer import Answer
from agent.till.rights import Claim
from tests.rig import desk as desk_rig
from tests.rig import stores
from tests.rig.desk import BOSS, PIN, DeskTill

NOT_ENOUGH = 828  # points: refused for good


@pytest.fixture
def till(tmp_path: Path) -> Iterator[DeskTill]:
    with desk_rig.till(tmp_path) as opened:
        yield opened


def parked_bill(till: DeskTill, seq: int = 1, code: int = 620) -> list[int]:
    """A bill the cloud refused for good, with its redemptions behind it."""
    ids = till.sell(seq)
    till.wire.refuse["transaction_add"] = code
    till.sender.drain()
    till.wire.refuse.clear()
    assert till.states() == {ids[0]: "parked", ids[1]: "ready", ids[2]: "ready"}
    return ids


def owed_points(till: DeskTill, seq: int = 1) -> int:
    """A points redemption the cloud refused after its bill arrived."""
    ids = till.sell(seq)
    till.wire.refuse["points_redeem"] = NOT_ENOUGH
    till.sender.drain()
    till.wire.refuse.clear()
    assert till.states()[ids[1]] == "parked"
    return ids[1]


def test_a_parked_bill_that_is_retried_arrives_with_the_same_bytes_after_a_look(till: DeskTill) -> None:
    ids = parked_bill(till)
    before = till.row(ids[0])
    answer = till.desk.retry(ids[0], "", "k1")
    after = till.row(ids[0])
    assert answer.ok
    assert (after.payload, after.idem_key, after.attempts) == (before.payload, before.idem_key, 1)
    assert after.state == "unknown", "an attempt may have arrived, so it is read back first"
    till.wire.sent.clear()
    till.sender.drain()
    assert [call.op for call in till.wire.sent][:2] == ["transaction_get", "transaction_add"]
    assert till.states() == {}
    assert [set(books.values()) for books in till.effects()] == [{1}, {1}, {1}]
    assert till.told("queue-retry") == [{"rows": [ids[0]], "renewed": [], "reason": ""}]
    till.journal_holds()


def test_what_stands_behind_another_call_is_not_said_to_go_now(till: DeskTill) -> None:
    ids = parked_bill(till)
    assert till.desk.retry(ids[1], "", "k1").text == f"It goes as soon as call {ids[0]} is done."
    assert till.desk.retry(ids[0], "", "k2").text == "It is tried again now."


def test_each_call_says_what_it_waits_for(till: DeskTill) -> None:
    """As the forwarder has it; behind what is never sent nobody waits."""
    bill, points, coupon = parked_bill(till)
    later, others = till.sell(2)[0], till.sell(3, mobile="919876543211", redeem=False)[0]

    def behind() -> dict[int, int]:
        return {row["id"]: row["behind"] for row in till.desk.rows()}

    assert [behind()[one] for one in (bill, points, coupon, later, others)] == [0, bill, bill, 0, 0]
    rows: list[outbox.Row] = till.agent.till.read(outbox.rows)
    assert behind() == till.agent.till.read(lambda tx: {row.id: outbox.before(tx, row) for row in rows})
    shown = till.desk.show(points)
    assert shown is not None
    assert shown["advice"][0] == f"It waits for call {bill}, which needs a person first."
    assert till.desk.waive(bill, "Rung up twice", "k", Claim(BOSS, PIN)).ok
    assert behind()[points] == 0


def test_the_last_bills_mark_follows_what_people_do(till: DeskTill) -> None:
    ids = parked_bill(till)
    bill_id = till.row(ids[0]).bill_id
    sold = till.agent.reading.bill("S01T1-000001")
    assert sold is not None
    till.agent.board.set(last_bill=till.agent.last_bill.view(bill_id, sold[1], 0, "none"))
    till.desk.retry(ids[0], "", "k1")
    assert till.agent.board.part("last_bill")["sync"] == "queued"
    till.desk.waive(ids[0], "no", "k2", Claim(BOSS, PIN))
    assert till.agent.board.part("last_bill")["sync"] == "parked"
    for row_id in ids[1:]:
        till.desk.waive(row_id, "no", f"w{row_id}", Claim(BOSS, PIN))
    assert till.agent.board.part("last_bill")["sync"] == "waived"


def test_a_call_that_was_never_tried_is_not_looked_up(till: DeskTill) -> None:
    ids = till.sell(1)
    till.agent.till.write(
        lambda tx: delivery.later(tx, ids[0], till.agent.till.now_ms() + 900_000, "", "", "ready")
    )
    assert till.desk.retry(ids[0], "", "k").ok
    assert till.row(ids[0]).state == "ready"
    till.sender.drain()
    assert till.wire.count("transaction_get") == 0
    assert till.states() == {}


def test_the_same_request_again_is_one_entry_in_the_journal(till: DeskTill) -> None:
    ids = parked_bill(till)
    first = till.desk.retry(ids[0], "mended", "same")
    assert till.desk.retry(ids[0], "mended", "same") == first
    assert len(till.told("queue-retry")) == 1


def test_a_refused_redemption_needs_a_reason_and_gets_a_new_reference(till: DeskTill) -> None:
    row = owed_points(till)
    old = Call.from_bytes(till.row(row).payload)
    no = till.desk.retry(row, " ", "k1")
    assert (no.ok, no.code) == (False, "reason-missing")
    assert "new reference" in no.text
    assert till.row(row).state == "parked"
    assert till.desk.retry(row, "Points were added meanwhile", "k2").ok
    new = till.row(row)
    assert (old.fact("reference")[-3:], new.idem_key[-3:], new.state) == ("-P1", "-P2", "unknown")
    till.sender.drain()
    assert till.states() == {}
    assert [reference[-3:] for reference, _, _ in till.wire.ledger.points] == ["-P2"]
    assert till.told("queue-retry")[0]["renewed"] == [row]


def test_a_redemption_that_did_arrive_is_found_and_not_taken_again(till: DeskTill) -> None:
    """Refused as the cloud said, and done all the same: the look before the new reference finds it."""
    row = owed_points(till)
    call = Call.from_bytes(till.row(row).payload)
    till.wire.ledger.points.append((call.fact("reference"), call.fact("number"), "100"))
    assert till.desk.retry(row, "try again", "k").ok
    till.sender.drain()
    assert len(till.wire.ledger.points) == 1
    assert till.states() == {}


def test_all_parked_calls_of_one_code_are_retried_together(till: DeskTill) -> None:
    numbers = {seq: f"S01T1-{seq:06d}" for seq in (1, 2, 3)}
    ids = {seq: till.sell(seq, mobile=f"91987654321{seq}", redeem=False)[0] for seq in numbers}
    codes = {1: 643, 2: 643, 3: 620}
    till.wire.refuse = {f"transaction_add {numbers[seq]}": code for seq, code in codes.items()}
    till.sender.drain()
    till.wire.refuse.clear()
    answer = till.desk.retry_all("643", "", "k")
    assert sorted(answer.data["rows"]) == [ids[1], ids[2]]
    assert till.states()[ids[3]] == "parked"
    till.sender.drain()
    assert till.states() == {ids[3]: "parked"}
    assert till.desk.retry_all("999", "", "k2").code == "nothing-parked"


def test_retry_of_all_with_nothing_for_a_person_has_what_waits_tried_at_once(till: DeskTill) -> None:
    (row,) = till.sell(1, redeem=False)
    till.wire.lose = 1.0
    for _ in range(40):
        till.sender.ahead_ms += round(till.sender.forwarder.step() * 1000)
    till.wire.lose = 0.0
    assert till.row(row).due_ms > till.agent.till.now_ms()
    answer = till.desk.retry_all("", "", "k")
    assert (answer.ok, answer.data) == (True, {"rows": [row], "left": []})
    assert till.row(row).state == "unknown"
    assert till.told("queue-retry")[0]["rows"] == []
    till.sender.forwarder.step()
    assert till.states() == {}, "neither the queue nor the row waits for its own next try"
    assert till.desk.retry_all("", "", "k2").code == "nothing-parked"


def test_retry_of_all_leaves_what_needs_a_reason_and_names_it(till: DeskTill) -> None:
    row, ids = owed_points(till, 1), till.sell(2, mobile="919876543219", redeem=False)
    till.wire.refuse["transaction_add"] = 620
    till.sender.drain()
    till.wire.refuse.clear()
    answer = till.desk.retry_all("", "", "k")
    assert (answer.data["rows"], answer.data["left"]) == ([ids[0]], [row])
    assert (
        answer.text == f"1 of 2 is tried again now. Left for a person: {row}. It says why when tried alone."
    )


def test_a_waived_bill_leaves_with_who_and_why_and_its_redemptions_are_owed(till: DeskTill) -> None:
    ids = parked_bill(till)
    payload = till.row(ids[0]).payload
    answer = till.desk.waive(ids[0], "Rung up twice", "k", Claim(BOSS, PIN))
    assert answer.ok
    assert (
        f"Calls {ids[1]}, {ids[2]} of the same bill can never be sent now and need a person." in answer.text
    )
    gone = till.agent.till.read(lambda tx: waived.find(tx, ids[0]))
    assert gone is not None
    assert (gone.word.who, gone.word.reason, gone.op, gone.code) == (
        *(BOSS, "Rung up twice", "transaction_add", "620"),
    )
    told = till.told("queue-waived")[0]
    assert told["parked"] == ids[1:]
    assert "9876543210" not in json.dumps(told)
    assert "9876543210" not in repr(gone)
    assert payload not in till.agent.store.path.read_bytes()
    assert till.states() == {ids[1]: "parked", ids[2]: "parked"}
    badge = till.badge()
    assert (badge["owed"], badge["owed_minor"]) == (2, 7_000)
    assert "2 need a person, 70.00 owed" in badge["text"]
    assert till.desk.waive(ids[2], "no", "k2", Claim(BOSS, PIN)).ok
    assert "1 needs a person, 50.00 owed" in till.badge()["text"]


def test_what_a_waived_bill_redeemed_is_never_sent_and_holds_nobody_up(till: DeskTill) -> None:
    ids = parked_bill(till)
    assert till.desk.waive(ids[0], "no", "k", Claim(BOSS, PIN)).ok
    later = till.sell(2)
    no = till.desk.retry(ids[1], "please", "k2")
    assert (no.ok, no.code) == (False, "bill-waived")
    assert till.desk.retry_all("", "please", "k3").code == "nothing-fits"
    till.sender.drain()
    assert till.states() == {ids[1]: "parked", ids[2]: "parked"}
    assert not any(
        call.fact("number") == "S01T1-000001" for call in till.wire.sent if call.op != "transaction_add"
    )
    assert later[0] > ids[2]


def test_what_is_owed_holds_up_no_later_bill_and_a_waived_redemption_is_gone(till: DeskTill) -> None:
    row = owed_points(till)
    till.sell(2)
    till.sender.drain()
    assert till.states() == {row: "parked"}, "the customer's next bill went, with its redemptions"
    assert till.effects()[0] == {"S01T1-000001": 1, "S01T1-000002": 1}
    assert till.desk.waive(row, "Shop's courtesy", "k", Claim(BOSS, PIN)).ok
    till.sender.drain()
    assert till.states() == {}
    assert till.badge()["owed"] == 0


@pytest.mark.parametrize(("unsure", "whose"), [(False, None), (True, "Asha")])
def test_a_waived_naming_leaves_the_bill_to_nobody_unless_it_may_have_arrived(
    till: DeskTill, unsure: bool, whose: str | None
) -> None:
    """Else its return would go as the member's, and the right member could never be named."""
    (row_id,) = till.sell(1, redeem=False)
    bill_id = till.row(row_id).bill_id
    till.sender.drain()
    asha = Customer(mobile="919000000001", firstname="Asha")

    def work(tx: Any) -> int:
        bill = bills.load(tx, bill_id)
        assert bill is not None
        customers.tag(tx, bill_id, till.agent.till.stamp(), asha)
        (added,) = outbox.add(
            tx, till.agent.cloud.entries.of_retro(bill, asha, "42"), bill_id=bill_id, now_ms=0
        )
        delivery.park(tx, added, "1628", "no", unsure=unsure)
        return added

    added = till.agent.till.write(work)
    assert till.desk.waive(added, "the organisation said no", "w1", Claim(BOSS, PIN)).ok
    found = till.agent.till.read(lambda tx: customers.tagged(tx, bill_id))
    assert (found.firstname if found else None) == whose


def test_the_id_of_a_waived_call_is_never_given_again(till: DeskTill) -> None:
    """The forwarder reads what is above the last id it saw: a second use of it would never be sent."""
    ids = till.sell(1, redeem=False)
    till.sender.drain(1)
    till.wire.refuse["transaction_add"] = 620
    more = till.sell(2, mobile="919876543211", redeem=False)
    till.sender.drain()
    till.wire.refuse.clear()
    assert till.desk.waive(more[0], "no", "k", Claim(BOSS, PIN)).ok
    next_one = till.sell(3, mobile="919876543212", redeem=False)
    assert next_one[0] > more[0] > ids[0]
    till.sender.drain()
    assert till.states() == {}


@pytest.mark.parametrize(
    ("reason", "name", "pin", "code"),
    [
        ("  ", BOSS, PIN, "reason-missing"),
        ("why", BOSS, "0000", "supervisor-wrong"),
        ("why", "Nobody", PIN, "supervisor-wrong"),
    ],
)
def test_waiving_needs_a_reason_and_a_supervisor(
    till: DeskTill, reason: str, name: str, pin: str, code: str
) -> None:
    ids = parked_bill(till)
    answer = till.desk.waive(ids[0], reason, "k", Claim(name, pin))
    assert (answer.ok, answer.code) == (False, code)
    assert till.states()[ids[0]] == "parked"
    assert till.told("queue-waived") == []


def test_without_supervisors_waiving_says_how_to_get_one(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path, supervisor=False) as till:
        ids = till.sell(1)
        answer = till.desk.waive(ids[0], "why", "k", Claim("Boss", "1234"))
    assert (answer.ok, answer.code) == (False, "no-supervisor")
    assert "No supervisor is set up" in answer.text


def test_five_wrong_pins_lock_the_name_and_stand_in_the_journal(
    till: DeskTill, caplog: pytest.LogCaptureFixture
) -> None:
    ids = till.sell(1)
    answers = [till.desk.waive(ids[0], "why", f"k{no}", Claim(BOSS, f"guess{no}")) for no in range(6)]
    assert [one.code for one in answers] == ["supervisor-wrong"] * 4 + ["supervisor-locked"] * 2
    assert till.desk.waive(ids[0], "why", "k9", Claim(BOSS, PIN)).code == "supervisor-locked"
    assert till.told("supervisor-locked") == [{"name": BOSS}]
    assert "guess" not in caplog.text
    assert PIN not in caplog.text


def test_a_lock_holds_over_a_restart(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        ids = till.sell(1)
        for no in range(4):
            till.desk.waive(ids[0], "why", f"k{no}", Claim(BOSS, "guess"))
    with desk_rig.till(tmp_path) as till:
        assert till.desk.waive(ids[0], "why", "k", Claim(BOSS, "guess")).code == "supervisor-locked"
    with desk_rig.till(tmp_path) as till:
        assert till.desk.waive(ids[0], "why", "k", Claim(BOSS, PIN)).code == "supervisor-locked"
        assert till.told("supervisor-locked") == [{"name": BOSS}]


@pytest.mark.parametrize("pin", [PIN, "guess"])
def test_a_pin_that_cannot_be_counted_is_not_looked_at(till: DeskTill, pin: str) -> None:
    """Else a disk that takes nothing would make guessing free."""
    ids = till.sell(1)
    till.agent.store.connection.execute("PRAGMA query_only = 1")
    assert till.desk.waive(ids[0], "why", "k", Claim(BOSS, pin)).code == "store-readonly"


def test_a_payment_settles_what_a_redemption_owes(till: DeskTill) -> None:
    row = owed_points(till)
    assert till.desk.settle(row, "card", "", "", "k1").code == "reference-missing"
    assert till.desk.settle(row, "card", "4111 1111 1111 1111", "", "k2").code == "card-number"
    answer = till.desk.settle(row, "card", "T-88", "", "k3")
    assert (answer.ok, answer.data["amount_minor"]) == (True, 5_000)
    told = till.told("queue-settled")[0]
    assert (told["tender"], told["reference"], told["amount_minor"], told["who"]) == (
        *("card", "T-88", 5_000, "Asha"),
    )
    till.sender.drain()
    assert till.states() == {}
    assert till.wire.ledger.points == []
    assert till.agent.reading.totals()["settled_card_minor"] == 5_000


def test_only_what_is_owed_can_be_paid_for(till: DeskTill) -> None:
    ids = till.sell(1)
    assert [till.desk.settle(row, "cash", "", "", "k").code for row in ids] == ["not-owed"] * 3


def test_done_twice_over_a_restart_is_done_once(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        row = owed_points(till)
        assert till.desk.settle(row, "cash", "", "", "the-key").ok
    with desk_rig.till(tmp_path) as till:
        again = till.desk.settle(row, "cash", "", "", "the-key")
        other = till.desk.settle(row, "cash", "", "", "another")
        assert (again.ok, other.code) == (True, "no-such-row")
        assert len(till.told("queue-settled")) == 1


def test_owed_is_known_again_after_a_restart(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        owed_points(till)
    with desk_rig.till(tmp_path) as till:
        assert (till.badge()["owed"], till.badge()["owed_minor"]) == (1, 5_000)


def test_what_is_being_sent_is_left_alone(till: DeskTill) -> None:
    """The bytes are on their way: nobody may retry, waive or settle it under the forwarder's hands."""
    ids, seen = till.sell(1), []

    def meanwhile(call: Call) -> None:
        if call.op == "transaction_add":
            seen.append(till.desk.waive(ids[0], "no", "w", Claim(BOSS, PIN)).text)
            seen.append(till.desk.retry(ids[0], "", "r").text)
            seen.append(till.desk.show(ids[0])["choices"])  # type: ignore[index]

    till.wire.before = meanwhile
    till.sender.drain()
    assert seen[:2] == ["It is being sent right now. Wait a moment and look again."] * 2
    assert seen[2] == []
    assert till.states() == {}
    assert till.told("queue-waived") == []


def test_what_was_being_sent_when_the_till_died_can_be_waived(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        ids = till.sell(1)
        till.agent.till.write(lambda tx: stores.begin(tx, ids[0], 1))
    with desk_rig.till(tmp_path) as till:
        assert till.states()[ids[0]] == "unknown"
        assert till.desk.waive(ids[0], "no", "k", Claim(BOSS, PIN)).ok


def test_show_tells_all_a_technician_needs_and_nobodys_number(till: DeskTill) -> None:
    ids = parked_bill(till)
    found = till.desk.show(ids[0])
    assert found is not None
    text = json.dumps(found, ensure_ascii=False)
    assert "919876543210" not in text
    assert "…3210" in text
    assert (found["code"], found["attempts"], found["bill_number"]) == ("620", 1, "S01T1-000001")
    assert found["request"]["body"]["billNumber"] == "S01T1-000001"
    assert found["choices"] == ["retry", "waive"]
    assert till.desk.show(999) is None


def test_show_of_an_owed_redemption_names_the_choices(till: DeskTill) -> None:
    found = till.desk.show(owed_points(till))
    assert found is not None
    assert found["choices"] == ["retry-anew", "settle", "waive"]
    words = " ".join(found["advice"])
    assert all(part in words for part in ("50.00 is owed", "Take the payment", "void the bill with a return"))


def test_an_export_is_masked_unless_asked_and_then_it_is_journalled(till: DeskTill) -> None:
    till.sell(1)
    assert till.desk.export(identifiers=False, reason="").ok
    masked = list(till.desk.exported(identifiers=False))
    assert len(masked) == 3
    assert "919876543210" not in json.dumps(masked)
    assert till.desk.export(identifiers=True, reason="").code == "reason-missing"
    for _ in range(2):
        assert till.desk.export(identifiers=True, reason="For the office").ok
    assert "919876543210" in json.dumps(list(till.desk.exported(identifiers=True)))
    assert till.told("queue-exported") == [{"rows": 3, "reason": "For the office"}] * 2


def test_a_bill_of_which_something_was_waived_says_so(till: DeskTill) -> None:
    row = owed_points(till)
    assert till.desk.waive(row, "courtesy", "k", Claim(BOSS, PIN)).ok
    till.sender.drain()
    assert till.agent.reading.bills(5)[0]["sync"] == "waived"


def test_a_list_of_the_queue_names_nobody_whose_number_it_is(till: DeskTill) -> None:
    (row, *_) = till.sell(1)
    told = "The enrolment: the identifier belongs to Zuzanna already."
    till.agent.till.write(lambda tx: delivery.park(tx, row, "1014", told))
    listed = next(one for one in till.desk.rows() if one["id"] == row)
    assert listed["text"] == "The enrolment: the identifier belongs to … already."


def test_a_key_of_another_verb_is_no_yes_to_a_call_that_was_not_touched(till: DeskTill) -> None:
    row = owed_points(till)
    till.agent.till.remember("k", Answer(ok=True))
    assert till.desk.waive(row, "Goodwill", "k", Claim(BOSS, "0000")).code == "supervisor-wrong"
    paid = till.desk.settle(row, "cash", "", "Paid", "k")
    assert (paid.ok, paid.data["row"]) == (True, row)
    assert till.desk.settle(row, "cash", "", "Paid", "k") == paid
    assert len(till.told("queue-settled")) == 1
