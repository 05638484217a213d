"""What stands beside a row that waits for a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.language.language import english
from agent.language.sentence import Sentence
from agent.loyalty.calls import builders
from agent.loyalty.calls.unwritable import Unsendable, Why
from agent.loyalty.outcomes import parked_reasons

from ..bills import bill
from ..conftest import options_for
from ..verdicts import ADD, COUPON_USE, REDEEM, coded

CALL = builders.transaction_add(options_for(), bill())


LATE = Sentence("line.late")
OWED = (
    "Redemption owed: the invoice gave the discount and stays as it is. Retry, take the payment, or void the "
    "bill with a return."
)
UNLISTED = "was refused: the cloud gave code none, which this till does not know."
LAST = "the last time: no answer came in time."
STANDS = "The sale stands. Mend the cause, then retry; or waive it with a reason."
IN_DOUBT = "Bill B-1 may or may not have arrived: "
LOOK = "Look in the cloud, then retry or waive it."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            parked_reasons.elsewhere(COUPON_USE, ("B-7", "", "B-8")),
            f"Redeeming the coupon of bill B-1: the coupon was used on B-7, B-8. {OWED}",
        ),
        (
            parked_reasons.elsewhere(COUPON_USE, ("",)),
            f"Redeeming the coupon of bill B-1: the coupon was used on another bill. {OWED}",
        ),
        (
            parked_reasons.untold_tried(ADD, 25, None),
            f"{IN_DOUBT}it was tried 25 times without a verdict. {LOOK}",
        ),
        (
            parked_reasons.untold_tried(ADD, 25, LATE),
            f"{IN_DOUBT}it was tried 25 times without a verdict, {LAST} {LOOK}",
        ),
        (
            parked_reasons.no_verdict(ADD, 3, None),
            f"Bill B-1 was tried 3 times without a verdict. {STANDS}",
        ),
        (
            parked_reasons.no_verdict(ADD, 1, LATE),
            f"Bill B-1 was tried 1 time without a verdict: no answer came in time. {STANDS}",
        ),
        (
            parked_reasons.untold(ADD, Sentence("parked.why.bill-unseen")),
            f"{IN_DOUBT}the cloud does not show the bill. {LOOK}",
        ),
        (
            parked_reasons.refusal(REDEEM, replace(coded(REDEEM, 99_999), code=None, message="")),
            f"Redeeming the points of bill B-1 {UNLISTED} {OWED}",
        ),
    ],
)
def test_what_is_said_of_a_call_that_waits(reason: Sentence, words: str) -> None:
    assert english().text(reason) == words


def test_a_refused_date_is_told_with_how_far_the_clocks_are_apart() -> None:
    """The bill is of 18:00:15 UTC."""
    refusal = coded(ADD, 643)
    cloud_ms = 1_774_980_015_000
    apart = {-120_000: "2 minutes ahead of", 120_000: "2 minutes behind"}
    for off, how in apart.items():
        told = english().text(parked_reasons.clock(ADD, replace(refusal, cloud_ms=cloud_ms + off)))
        assert (
            f" was refused: {english().text(refusal.sentence)} The bill was {how} the cloud's clock. Check"
            in told
        )
    unknown = english().text(parked_reasons.clock(ADD, refusal))
    assert f" was refused: {english().text(refusal.sentence)} Check" in unknown


@pytest.mark.parametrize("why", Why)
def test_every_reason_not_to_send_a_call_has_its_sentence(why: Why) -> None:
    params = {"problem": "no such day", "most": "50", "lines": "1.00", "due": "2.00"}
    told = english().text(parked_reasons.unsendable(CALL, Unsendable(why, params)))
    assert told.endswith(".")
    assert "{" not in told
    assert {
        Why.UNWRITTEN: "cannot be told to the cloud: no such day.",
        Why.NUMBER: "no or more than 50 characters",
        Why.SIZE: "larger than the cloud can store",
        Why.SUM: "sum up to 1.00, the bill says 2.00",
    }[why] in told
