"""A question how much is answered once: what answers it again, or late, sells nothing and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.counter.weighing import Weight
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.entry import Entry
from agent.till.answer import Answer
from tests.counter.test_weighing import TOM, ScaleDesk, lines


class Desk(ScaleDesk):
    def asked(self) -> str:
        """The id of the question that the page shows."""
        return str(self.board.part("weigh")["id"])

    def question(self, device: str = "front") -> str:
        """The scale was asked and has nothing to sell by."""
        self.labels.scan(TOM, device=device)
        self.plate.says(Sentence("weighing.motion"))
        return self.asked()

    def answer(self, question: str, qty_milli: int, key: str = "", *, sure: bool = True) -> Answer:
        return self.cashier.add_item("TOM", qty_milli, key, sure=sure, question=question)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.close()


def refused(answer: Answer) -> bool:
    return (answer.ok, answer.code) == (False, "question-over")


def test_a_typed_weight_behind_the_scales_own_sells_nothing_and_says_so(desk: Desk) -> None:
    """It is on its way when the item, scanned again, is sold by the scale."""
    question = desk.question()
    desk.scan(TOM)
    desk.plate.says(Weight(455, "kg"))
    answer = desk.answer(question, 455)
    assert refused(answer)
    assert answer.text == (
        "Nothing was sold: how much of Item it is was answered already, or is asked no more."
    )
    assert (desk.notice["code"], desk.notice["level"]) == ("question-over", "error")
    assert lines(desk) == [("TOM", 455, 0)]
    assert desk.typed() == []


def test_two_pages_answer_one_question_once(desk: Desk) -> None:
    question = desk.question()
    assert desk.answer(question, 700, "page-1").ok
    assert refused(desk.answer(question, 700, "page-2"))
    assert desk.answer(question, 700, "page-1").ok
    assert lines(desk) == [("TOM", 700, 0)]


def test_also_where_what_it_sold_is_taken_off_again(desk: Desk) -> None:
    question = desk.question()
    assert desk.answer(question, 700).ok
    assert desk.cashier.do(e.LineVoided(1), "").ok
    assert refused(desk.answer(question, 700))


def test_a_question_of_a_sale_that_is_over_sells_nothing_into_the_next(desk: Desk) -> None:
    question = desk.question()
    assert desk.add("RICE").ok
    assert desk.cashier.do(e.Cancelled("gone"), "").ok
    assert refused(desk.answer(question, 700))
    assert lines(desk) == []


def test_a_question_from_before_a_restart_sells_nothing(desk: Desk) -> None:
    assert desk.add("RICE").ok
    question = desk.question()
    desk.reopen()
    assert refused(desk.answer(question, 700))
    assert lines(desk) == [("RICE", 1000, 0)]


def test_an_answer_is_for_the_goods_that_were_asked_about(desk: Desk) -> None:
    question = desk.question()
    assert refused(desk.cashier.add_item("NUT", 700, "", question=question))
    assert lines(desk) == []


def test_a_question_stays_open_while_other_goods_are_sold_and_until_one_is_sure(desk: Desk) -> None:
    question = desk.question()
    assert desk.add("RICE").ok
    assert desk.answer(question, 700_000, sure=False).code == "unlikely"
    assert desk.answer(question, 700).ok
    assert lines(desk) == [("RICE", 1000, 0), ("TOM", 700, 0)]


def test_the_same_goods_are_asked_about_anew_and_sold_anew(desk: Desk) -> None:
    first = desk.question()
    assert desk.answer(first, 700).ok
    second = desk.question()
    assert second != first
    assert refused(desk.answer(first, 300))
    assert desk.answer(second, 300).ok
    assert lines(desk) == [("TOM", 700, 0), ("TOM", 300, 0)]


def test_what_is_sold_by_its_answer_is_what_was_scanned(desk: Desk) -> None:
    """The label and the scanner of the scan, the quantity of the person."""
    assert desk.answer(desk.question("front"), 700).ok
    line = desk.open_sale.sale.lines[0]
    assert (line.label, line.entry) == (TOM, Entry("scanned", "front", "keyed"))
    desk.cashier.times(3000, "t", sure=True)
    assert desk.labels.scan(TOM, device="hand").code == "weight-needed"
    assert desk.answer(desk.asked(), 3000).ok
    assert desk.open_sale.sale.lines[1].entry == Entry("scanned", "hand", "keyed")
