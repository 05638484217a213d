"""What a cashier hears: the real questions to the simulated cloud, for everything that can go wrong there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, BrokenBarrierError

import pytest

from agent.language.language import in_english
from agent.loyalty.answers.envelope import parse
from agent.loyalty.answers.verdict import Outcome
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.line.exchange import Exchange, RawAnswer, idle
from agent.sale.basket import CouponRedemption, Customer
from agent.sale.queue_terms import Op
from agent.simulated.cloud.books import coupons
from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.ledger_report import ledger_report
from agent.simulated.cloud.books.ledger_rows import Customer as Member
from agent.simulated.cloud.books.ledger_rows import Otp

from ..bills import bill
from ..conftest import options_for
from ..simulated import ASHA, TILL, counter, told

MEMBER = Customer(mobile=ASHA)
BALA, ESHA = Customer(mobile="919000000002", email="bala@x.in"), Customer(mobile="919000000005")
OPTIONS = options_for(**TILL)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime.fromisoformat("2026-11-20T12:00:00+05:30")

    def __call__(self) -> datetime:
        return self.at


def form(**typed: object) -> Enrolment:
    return Enrolment("2026-11-20T12:00:00+05:30", **typed)  # type: ignore[arg-type]


def person(world: CloudWorld, mobile: str) -> dict[str, object]:
    found = [row for row in ledger_report(world.ledger)["customers"] if row["mobile"] == mobile]
    return found[0] if found else {}


# --- who is it: UC1.1 to UC1.4


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("mobile", "+91 90000 00001"),
        ("mobile", "90000-00001"),
        ("email", " Asha.Demo@example.com"),
        ("external_id", "DEMO-0001"),
        ("card", "9900000000017"),
    ],
)
def test_a_member_is_found_by_each_identifier_with_everything_the_seeds_ask_for(
    kind: str, typed: str
) -> None:
    with counter() as (questions, _):
        answer = questions.customer(kind, typed)
    member = answer.value
    assert answer.outcome == "ok"
    assert member is not None
    assert (member.points_milli, member.points_earned_milli) == (76_000, 86_000)
    assert (member.points_redeemed_milli, member.points_expired_milli) == (0, 10_000)
    assert (member.lifetime_purchases_minor, member.tier, member.point_value_minor) == (
        869_950,
        "Bronze",
        100,
    )
    assert [one.number for one in member.bills] == ["OLD/01/0003", "OLD/01/0002", "OLD/01/0001"]
    assert {one.code for one in member.coupons} == {"FLAT100A", "TENOFF", "LAPSED"}


def test_a_members_history_goes_beyond_the_newest_ten_bills() -> None:
    with counter() as (questions, _):
        for number in range(14):
            made = bill(f"B-{number}", customer=MEMBER, at="2026-11-19T12:00:00+05:30")
            told(builders.transaction_add(OPTIONS, made))
        found, history = questions.customer("mobile", ASHA), questions.history(MEMBER, 50)
        few = questions.history(MEMBER, 5)
        none = questions.history(Customer(mobile="919000000004"), 50)
    assert found.value is not None
    assert len(found.value.bills) == 10
    assert history.value is not None
    assert few.value is not None
    assert (len(history.value), len(few.value)) == (17, 5)
    oldest = history.value[-1]
    assert (oldest.number, oldest.amount_minor, oldest.points_earned_milli) == (
        "OLD/01/0001",
        250_000,
        25_000,
    )
    assert (none.outcome, none.value, "no bills" in in_english(none.sentence)) == ("ok", (), True)


# --- points


def test_a_wrong_a_used_up_and_an_expired_code_are_refused_and_so_is_the_eleventh_of_a_day() -> None:
    clock = Clock()
    with counter(clock) as (questions, world):
        assert questions.points_otp(MEMBER, 10_000).outcome == "ok"
        code = world.ledger.all(Otp)[-1].code
        wrong = questions.points_check(MEMBER, 10_000, "nonsense")
        assert questions.points_check(MEMBER, 10_000, code).outcome == "ok"
        clock.at += timedelta(minutes=16)
        late = questions.points_check(MEMBER, 10_000, code)
        rest = [questions.points_otp(MEMBER, 10_000) for _ in range(10)]
    assert (
        in_english(wrong.sentence)
        == in_english(late.sentence)
        == "The code is wrong or too old; ask for it again or send a new one."
    )
    assert [answer.outcome for answer in rest] == ["ok"] * 9 + ["unknown"]
    assert "tomorrow" in in_english(rest[-1].sentence)


@pytest.mark.parametrize(
    ("rule", "points_milli", "words"),
    [
        ({"points_step_milli": 5_000}, 7_000, "in steps"),
        ({"points_min_milli": 50_000}, 7_000, "less than the least"),
        ({"points_max_milli": 5_000}, 7_000, "more than may be redeemed"),
        ({}, 999_000, "not enough points"),
    ],
)
def test_points_against_a_rule_are_refused_with_the_rule(
    rule: dict[str, int], points_milli: int, words: str
) -> None:
    with counter(**rule) as (questions, _):
        answer = questions.points_check(MEMBER, points_milli)
    assert (answer.outcome, answer.value) == ("no", None)
    assert words in in_english(answer.sentence)


def test_points_with_thousandths_are_taken_to_the_last_and_their_worth_is_rounded_down() -> None:
    with counter() as (questions, world):
        questions.points_otp(MEMBER, 10_000)
        answer = questions.points_check(MEMBER, 10_125, world.ledger.all(Otp)[-1].code)
    assert answer.value is not None
    assert (answer.value.points_milli, answer.value.value_minor) == (10_125, 1_012)


# --- coupons


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("LAPSED", "has expired"),
        ("FLAT100B", "not given to this customer"),
        ("ONLYST02", "not valid in this store"),
        ("NOSUCH", "no such coupon"),
        ("A,B", "no blanks or commas"),
    ],
)
def test_a_coupon_that_cannot_be_used_says_why(code: str, words: str) -> None:
    with counter() as (questions, _):
        answer = questions.coupon_check(MEMBER, code)
    assert (answer.outcome, answer.value) == ("no", None)
    assert words in in_english(answer.sentence)


def test_a_coupon_that_was_used_says_so() -> None:
    with counter() as (questions, _):
        assert questions.coupon_check(MEMBER, "flat100a").outcome == "ok"
        used = CouponRedemption("FLAT100A", 10_000)
        told(builders.coupon_redeem(OPTIONS, MEMBER, used, "B1", 100, "2026-11-20T12:00:00+05:30"))
        answer = questions.coupon_check(MEMBER, "FLAT100A")
    assert (answer.outcome, "again" in in_english(answer.sentence)) == ("no", True)


def test_a_guarded_coupon_is_used_with_the_code_the_customer_reads_out_and_not_without() -> None:
    bala = Customer(mobile="919000000002")
    with counter() as (questions, world):
        first = questions.coupon_check(bala, "GUARDED")
        assert (first.outcome, first.code, first.value) == ("no", "725", None)
        assert "on its way to" in in_english(first.sentence)
        assert "919000000002" not in in_english(first.sentence)
        slip = questions.coupon_check(bala, "GUARDED", "000000")
        assert (slip.outcome, slip.code, slip.value) == ("no", "605", None)
        code = world.ledger.all(Otp)[-1].code
        good = questions.coupon_check(bala, "GUARDED", code).value
        assert good is not None
        assert (good.minor, good.otp) == (25_000, code)
        made = bill("B1", customer=bala, points=None, coupon=good, coupon_value_minor=25_000)
        _, redeem = builders.calls_of_bill(OPTIONS, made)
        assert parse(redeem, told(redeem)).outcome is Outcome.OK


def test_a_guarded_coupon_of_someone_without_phone_and_mail_is_refused_in_words() -> None:
    with counter() as (questions, world):
        guarded = coupons.by_code(world, "GUARDED")
        chitra = next(row for row in world.ledger.all(Member) if row.external_id == "DEMO-0003")
        assert guarded is not None
        with world.ledger.transaction():
            world.ledger.put(replace(guarded, customer_id=chitra.id))
        answer = questions.coupon_check(Customer(external_id="DEMO-0003"), "GUARDED")
    assert (answer.outcome, answer.value) == ("no", None)
    assert "mobile number or e-mail" in in_english(answer.sentence)


# --- cards


def test_a_card_handed_out_at_enrolment_finds_the_customer_afterwards() -> None:
    with counter() as (questions, _):
        answer = questions.enrol(form(mobile="9812345678", firstname="Tom", card=" 9900000000123 "))
        assert answer.outcome == "ok"
        found = questions.customer("card", "9900000000123").value
    assert found is not None
    assert (found.mobile, found.firstname) == ("919812345678", "Tom")


def card_of(world: CloudWorld, mobile: str) -> str:
    return next(row.card for row in world.ledger.all(Member) if row.mobile == mobile)


def test_a_card_for_somebody_who_is_enrolled_already_is_said_not_to_be_registered() -> None:
    with counter() as (questions, world):
        before = card_of(world, "919000000005")
        typed = form(mobile="9000000005", firstname="Esha", email="esha@example.com", card="9900000000123")
        answer = questions.enrol(typed)
        after = card_of(world, "919000000005")
        found = questions.customer("card", "9900000000123")
    assert (answer.outcome, answer.code) == ("ok", "existing")
    assert in_english(answer.sentence).endswith(
        "The e-mail and card were not registered. Add the e-mail with an update. "
        "Only the organisation can add a card later: find them by the mobile number."
    )
    assert (before, after, found.code) == ("", "", "not_found")
    assert answer.value is not None
    assert (answer.value.mobile, answer.value.card) == ("919000000005", "")


def test_a_card_somebody_has_already_is_not_said_to_be_missing() -> None:
    with counter() as (questions, _):
        answer = questions.enrol(form(mobile="9000000001", firstname="Asha", card="9900000000017"))
        others = questions.enrol(form(mobile="9000000002", firstname="Bala", card="9900000000017"))
    assert (answer.code, in_english(answer.sentence)) == (
        "existing",
        "Enrolled already. The details are updated.",
    )
    assert "The card was not registered." in in_english(others.sentence)


def test_a_card_of_somebody_enrolled_whose_update_gets_no_answer_is_said_not_to_go_along() -> None:
    with counter() as (questions, world):
        world.faults.add("lose-request", op="customer/update")
        answer = questions.enrol(form(mobile="9000000005", firstname="Esha", card="9900000000123"))
    assert answer.call is not None
    assert b"9900000000123" not in answer.call.body
    assert "kept and sent later. The card was not registered." in in_english(answer.sentence)


def test_a_new_card_whose_enrolment_gets_no_answer_may_be_left_out_and_that_is_said() -> None:
    """Whoever is enrolled by the time it is sent gets an update, and that takes no card."""
    with counter() as (questions, world):
        world.faults.add("lose-request", op="customer/add")
        answer = questions.enrol(form(mobile="9812345678", firstname="Tom", card="9900000000123"))
        plain = questions.enrol(form(mobile="9812345679", firstname="Tim"))
    assert answer.call is not None
    assert in_english(answer.sentence).endswith("Should they be enrolled by then, it goes without the card.")
    assert in_english(plain.sentence).endswith("The enrolment is kept and sent later.")


def test_a_card_that_is_somebody_elses_enrols_nobody() -> None:
    with counter() as (questions, world):
        answer = questions.enrol(form(mobile="9812345678", firstname="Tom", card="9900000000017"))
        assert (answer.outcome, answer.code) == ("no", "someone_else")
        assert "belongs to another customer" in in_english(answer.sentence)
        assert person(world, "919812345678") == {}


def test_a_member_of_whom_the_cloud_knows_a_card_alone_is_updated_by_their_id() -> None:
    with counter() as (questions, world):
        with world.ledger.transaction():
            world.ledger.put(Member(world.ledger.new_id(), card="9900000000456", firstname="Cara"))
        cara = questions.customer("card", "9900000000456").value
        assert cara is not None
        named = questions.update(cara, form(firstname="Cara", lastname="Card"))
        reached = questions.update(cara, form(mobile="9812345670", firstname="Cara"))
        world.faults.add("away", op="customer/get")
        away = questions.update(cara, form(lastname="Other"))
        row = next(row for row in world.ledger.all(Member) if row.card == "9900000000456")
    assert (named.outcome, reached.outcome, away.outcome) == ("ok", "ok", "no")
    assert (row.lastname, row.mobile) == ("Card", "919812345670")
    assert "Nothing was changed" in in_english(away.sentence)


def test_a_card_alone_is_not_enough_and_one_of_two_words_is_none() -> None:
    with counter() as (questions, _):
        alone = questions.enrol(form(card="9900000000123"))
        odd = questions.enrol(form(mobile="9812345678", card="99 00"))
    assert (alone.code, odd.code) == ("unusable", "unusable")
    assert "needed" in in_english(alone.sentence)
    assert "card number has no blanks" in in_english(odd.sentence)


def test_without_the_cloud_the_enrolment_is_kept_without_the_card_and_says_so() -> None:
    with counter() as (questions, world):
        world.faults.add("away", op="customer/get")
        answer = questions.enrol(form(mobile="9812345678", firstname="Tom", card="9900000000123"))
    assert answer.call is not None
    assert b"card" not in answer.call.body
    assert in_english(answer.sentence).endswith(
        "without the card. Only the organisation can add a card later: find them by the mobile number."
    )


# --- identifiers of somebody else


def test_nobody_is_renamed_or_merged_by_a_slip_of_the_cashier() -> None:
    with counter() as (questions, world):
        before = person(world, ASHA)
        answers = (
            questions.enrol(form(mobile="9000000001", firstname="Tom")),
            questions.enrol(form(mobile="9812345678", email="asha.demo@example.com", firstname="Tom")),
            questions.update(BALA, form(mobile="9000000002", email="asha.demo@example.com", sms=None)),
            questions.update(BALA, form(mobile="9000000001", sms=None, mail=None)),
            questions.update(ESHA, form(mobile="9000000001", sms=None, mail=None)),
        )
        assert [(answer.outcome, answer.code) for answer in answers] == [("no", "someone_else")] * 5
        assert all(in_english(answer.sentence).endswith(".") for answer in answers)
        assert person(world, ASHA) == before
        assert person(world, "919812345678") == {}


class Slow:
    """A way on which an enrolment waits a moment for another one."""

    def __init__(self, way: Exchange) -> None:
        self._way = way
        self._both = Barrier(2)

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        if call.op == Op.CUSTOMER_ADD:
            with suppress(BrokenBarrierError):
                self._both.wait(0.5)
        return self._way.send(call, deadline_s, meanwhile)


def test_two_who_enrol_one_number_at_once_do_not_rename_each_other() -> None:
    """A second press, the name corrected, while the first is still on its way."""
    with counter(way=Slow) as (questions, world):
        with ThreadPoolExecutor() as presses:
            names = ("Mina", "Rita")
            replies = list(
                presses.map(lambda name: questions.enrol(form(mobile="919333333333", firstname=name)), names)
            )
        enrolled = [name for name, reply in zip(names, replies, strict=True) if reply.outcome == "ok"]
        assert len(enrolled) == 1
        assert person(world, "919333333333")["firstname"] == enrolled[0]


def test_a_free_number_is_given_to_a_member_who_had_none_or_another() -> None:
    with counter(mobile_updates=True) as (questions, world):
        solo = questions.enrol(form(email="solo@example.com", firstname="Solo")).value
        assert solo is not None
        added = questions.update(solo, form(mobile="9000000077", email="solo@example.com", firstname="Solo"))
        changed = questions.update(ESHA, form(mobile="9000000078", firstname="Esha", lastname="Pretend"))
        assert (added.outcome, changed.outcome) == ("ok", "ok")
        assert person(world, "919000000077")["email"] == "solo@example.com"
        assert person(world, "919000000078")["firstname"] == "Esha"
        assert person(world, "919000000005") == {}
        assert len(ledger_report(world.ledger)["customers"]) == 6


def test_a_customer_joins_by_an_update_and_nobody_leaves_by_one() -> None:
    with counter() as (questions, world):
        deepak = questions.customer("mobile", "9000000004").value
        assert deepak is not None
        assert not deepak.loyalty
        questions.update(deepak, form(mobile="9000000004", firstname="Deepak", loyalty=False))
        assert person(world, "919000000004")["kind"] == "NON_LOYALTY"
        joined = questions.update(deepak, form(mobile="9000000004", firstname="Deepak"))
        assert joined.value is not None
        assert joined.value.loyalty
        assert person(world, "919000000004")["kind"] == "LOYALTY"
        left = questions.update(joined.value, form(mobile="9000000004", loyalty=False))
    assert (left.outcome, "They stay a member" in in_english(left.sentence)) == ("ok", True)
