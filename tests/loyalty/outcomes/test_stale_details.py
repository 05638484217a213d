"""Enrolments and updates that reach the cloud late overwrite nothing that is newer there
(docs/capillary.md 10.1)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from agent.loyalty.answers.verdict import Verdict
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.outcomes.decision import Done, ReadBack, Resend
from agent.loyalty.outcomes.readback import RowInDoubt, judge_readback, look_first
from agent.sale.queue_terms import OVERTAKEN, Op

from ..bills import AT, TOM
from ..verdicts import OPTIONS, coded

# The till's moment is 23:30:15 in the cluster's zone.
OLDER, SAME, NEWER = "2026-03-31 22:00:00", "2026-03-31 23:30:15", "2026-03-31 23:30:16"
TOLD = Enrolment(
    AT,
    TOM.mobile,
    firstname="Tom",
    lastname="Old",
    birthday="1990-01-01",
    sms=True,
    custom=(("city", "Pune"),),
)
ENROL, UPDATE = builders.customer_add(OPTIONS, TOLD), builders.customer_update(TOLD)
KNOWN = {
    "mobile": TOM.mobile,
    "firstname": "Tom",
    "lastname": "New",
    "user_id": "7",
    "type": "LOYALTY",
    "extended_fields": {"field": [{"name": "dob", "value": "1991-02-02"}]},
    "custom_fields": {"field": {"name": "city", "value": "Delhi"}},
}
SHOWS_ALL = KNOWN | {
    "lastname": "Old",
    "extended_fields": {"field": [{"name": "dob", "value": "1990-01-01"}]},
    "custom_fields": {"field": {"name": "city", "value": "Pune"}},
    "updated_on": NEWER,
}
"""All that was told; earlier, so that no consent is left to be told."""
LATE = pytest.mark.parametrize("call", [ENROL, UPDATE], ids=lambda call: str(call.op))


def looked_by(call: Call) -> Call:
    question = look_first(call)
    assert question is not None
    assert question.op == Op.CUSTOMER_GET
    return question


def looked(call: Call, **known: Any) -> Verdict:
    return coded(looked_by(call), 1000, **known)


def sent(call: Call) -> dict[str, Any]:
    (customer,) = json.loads(call.body)["root"]["customer"]
    return dict(customer)


@LATE
@pytest.mark.parametrize("moment", [NEWER, SAME])
def test_what_the_cloud_was_told_since_or_at_that_moment_stays(call: Call, moment: str) -> None:
    for earlier in (False, True):
        verdict = looked(call, **KNOWN, updated_on=moment)
        assert judge_readback(OPTIONS, RowInDoubt(call, earlier), verdict) == Done("7", newer=True)


@LATE
def test_what_the_cloud_lacks_is_told_all_the_same(call: Call) -> None:
    bare = {"mobile": TOM.mobile, "user_id": "7", "type": "NON_LOYALTY", "updated_on": NEWER, "lastname": ""}
    joining = replace(call, body=ENROL.body)
    back = judge_readback(OPTIONS, RowInDoubt(joining, False), looked(joining, **bare))
    assert isinstance(back, ReadBack)
    told = sent(back.call)
    assert (told["firstname"], told["lastname"], told["type"]) == ("Tom", "Old", "LOYALTY")
    assert told["custom_fields"]["field"] == [{"name": "city", "value": "Pune"}]
    assert "subscriptions" not in told, "which consent is newer nobody knows"
    assert set(told) & {"mobile", "email", "external_id"} == {"mobile"}
    assert judge_readback(OPTIONS, RowInDoubt(joining, False), coded(back.call, 1000, user_id="7")) == Done(
        "7"
    )


@pytest.mark.parametrize("moment", [OLDER, ""])
def test_what_is_newer_than_the_clouds_is_told(moment: str) -> None:
    known = KNOWN | {"updated_on": moment, "registered_on": OLDER}
    assert judge_readback(OPTIONS, RowInDoubt(UPDATE, False), looked(UPDATE, **known)) == Resend()
    back = judge_readback(OPTIONS, RowInDoubt(ENROL, False), looked(ENROL, **known))
    assert isinstance(back, ReadBack)
    assert (sent(back.call)["lastname"], "subscriptions" in sent(back.call)) == ("Old", True)


@LATE
def test_the_difference_of_the_clocks_is_taken_off(call: Call) -> None:
    """The till is an hour ahead: what it says of 23:30 was told at 22:30."""
    between = looked(call, **KNOWN, updated_on="2026-03-31 23:00:00")
    assert judge_readback(OPTIONS, RowInDoubt(call, False, ahead_ms=3_600_000), between) == Done(
        "7", newer=True
    )
    assert not isinstance(judge_readback(OPTIONS, RowInDoubt(call, False), between), Done)


@LATE
@pytest.mark.parametrize(
    ("moment", "sent_late"), [(OLDER, True), (NEWER, True), ("2026-03-31 23:30:17", False)]
)
def test_what_the_cloud_dated_before_a_moment_it_had_told_is_older(
    call: Call, moment: str, *, sent_late: bool
) -> None:
    """By the cloud's own clock: the till's, an hour behind, has no say. 23:30:16 there is 18:00:16 UTC."""
    told = replace(call, facts=(*call.facts, ("past", "2026-03-31T18:00:16+00:00")))
    row = RowInDoubt(told, False, ahead_ms=3_600_000 if moment == NEWER else 0)
    decision = judge_readback(OPTIONS, row, looked(told, **KNOWN, updated_on=moment))
    assert isinstance(decision, Done) is not sent_late


@LATE
def test_nothing_is_said_of_what_is_there_already(call: Call) -> None:
    assert judge_readback(OPTIONS, RowInDoubt(call, True), looked(call, **SHOWS_ALL)) == Done("7")
    never_left = judge_readback(OPTIONS, RowInDoubt(call, False), looked(call, **SHOWS_ALL))
    assert never_left == Done("7", newer=True), "its consents did not get there"


@LATE
@pytest.mark.parametrize(
    "newer",
    [
        {"lastname": "New"},
        {"custom_fields": {"field": {"name": "city", "value": "Delhi"}}},
        {"extended_fields": {"field": [{"name": "dob", "value": "1991-02-02"}]}},
    ],
    ids=lambda newer: next(iter(newer)),
)
def test_of_each_detail_that_stays_as_the_cloud_has_it_something_is_said(
    call: Call, newer: dict[str, Any]
) -> None:
    assert judge_readback(OPTIONS, RowInDoubt(call, True), looked(call, **SHOWS_ALL | newer)) == Done(
        "7", newer=True
    )


@LATE
@pytest.mark.parametrize("lacking", ["lastname", "custom_fields", "extended_fields"])
def test_nothing_is_said_of_what_is_told_since_the_cloud_lacks_it(call: Call, lacking: str) -> None:
    known = {name: value for name, value in SHOWS_ALL.items() if name != lacking}
    back = judge_readback(OPTIONS, RowInDoubt(call, True), looked(call, **known))
    assert isinstance(back, ReadBack)
    assert (lacking in sent(back.call), back.newer) == (True, False)


def test_of_a_name_that_was_not_typed_nothing_is_said() -> None:
    first_name = builders.customer_update(Enrolment(AT, TOM.mobile, firstname="Tom"))
    there = looked(first_name, **SHOWS_ALL | {"lastname": "New"})
    assert judge_readback(OPTIONS, RowInDoubt(first_name, True), there) == Done("7")


def test_an_enrolment_that_made_the_clouds_customer_is_not_told_once_more() -> None:
    """Whatever is otherwise there by now was changed since, also where the cloud does not say when."""
    known = KNOWN | {"registered_on": SAME, "firstname": "Thomas"}
    assert judge_readback(OPTIONS, RowInDoubt(ENROL, True), looked(ENROL, **known)) == Done("7")


@LATE
def test_what_this_till_told_later_stays_whatever_the_clocks_say(call: Call) -> None:
    known = KNOWN | {"firstname": "Thomas", "updated_on": OLDER}
    asked = RowInDoubt(call, True, follows=OVERTAKEN)
    assert judge_readback(OPTIONS, asked, looked(call, **known)) == Done("7")
    assert judge_readback(OPTIONS, asked, coded(looked_by(call), 1012)) == Done()


def test_an_enrolment_queued_by_an_earlier_version_has_its_moment_in_its_body() -> None:
    old = replace(ENROL, facts=tuple(fact for fact in ENROL.facts if fact[0] != "at"))
    assert judge_readback(OPTIONS, RowInDoubt(old, False), looked(old, **KNOWN, updated_on=NEWER)) == Done(
        "7", newer=True
    )
    update = replace(UPDATE, facts=tuple(fact for fact in UPDATE.facts if fact[0] != "at"))
    assert (
        judge_readback(OPTIONS, RowInDoubt(update, False), looked(update, **KNOWN, updated_on=NEWER))
        == Resend()
    )


def test_a_name_that_was_not_typed_is_not_sent() -> None:
    assert not {"firstname", "lastname"} & set(sent(builders.customer_update(Enrolment(AT, TOM.mobile))))
    assert not {"firstname", "lastname"} & set(
        sent(builders.customer_add(OPTIONS, Enrolment(AT, TOM.mobile)))
    )


def test_an_update_the_cloud_knows_nobody_for_is_not_done() -> None:
    back = judge_readback(OPTIONS, RowInDoubt(ENROL, False), looked(ENROL, **KNOWN))
    assert isinstance(back, ReadBack)
    assert judge_readback(OPTIONS, RowInDoubt(ENROL, False), coded(back.call, 1012)) == Resend()
