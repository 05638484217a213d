"""The two time rules: v1.1 in the cluster's zone without an offset, v2 with the till's own
(docs/capillary.md 3)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.wire_format import read_time
from agent.sale.basket import Customer

from ..bills import COUPON, POINTS, TOM, bill
from ..conftest import options_for
from .test_calls import body_of

CLUSTERS = st.sampled_from(["Asia/Kolkata", "UTC", "Asia/Singapore", "Asia/Shanghai"])
MOMENTS = st.builds(
    lambda naive, minutes: naive.replace(tzinfo=timezone(timedelta(minutes=minutes))),
    st.datetimes(datetime.fromisoformat("2001-01-02"), datetime.fromisoformat("2099-12-30")),
    st.integers(-47, 56).map(lambda quarters: quarters * 15),
)
V11 = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def v11_times(cluster: str, at: str) -> list[str]:
    """Every time a v1.1 call carries, from the builders."""
    options = options_for(cluster_tz=cluster)
    made: list[tuple[Call, str, str]] = [
        (builders.points_redeem(options, TOM, POINTS, "B1", "r", at), "redeem", "redemption_time"),
        (builders.coupon_redeem(options, TOM, COUPON, "B1", 100, at), "coupon", "redemption_time"),
        (builders.customer_add(options, Enrolment(at, "919876543210")), "customer", "registered_on"),
    ]
    return [str(body_of(call)["root"][entity][0][name]) for call, entity, name in made]


@given(MOMENTS, CLUSTERS)
def test_v11_times_are_the_same_moment_read_in_the_clusters_zone(moment: datetime, cluster: str) -> None:
    for text in v11_times(cluster, moment.isoformat()):
        assert V11.fullmatch(text)
        assert datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(cluster)) == moment.replace(microsecond=0)


@given(MOMENTS, CLUSTERS)
def test_v2_times_are_the_same_moment_and_keep_the_tills_offset(moment: datetime, cluster: str) -> None:
    options = options_for(cluster_tz=cluster)
    body: dict[str, Any] = body_of(builders.transaction_add(options, bill(at=moment.isoformat())))
    sent = datetime.fromisoformat(body["billingDate"])
    assert sent == moment.replace(microsecond=0)
    assert sent.utcoffset() == moment.utcoffset()


@given(MOMENTS, CLUSTERS)
def test_the_day_a_bill_is_looked_up_on_is_the_clusters(moment: datetime, cluster: str) -> None:
    options = options_for(cluster_tz=cluster)
    day = dict(builders.transaction_get(options, "B1", moment.isoformat()).query)["date"]
    assert day == moment.astimezone(ZoneInfo(cluster)).date().isoformat()
    who = ("mobile", Customer(mobile="919876543210").mobile)
    since = dict(builders.customer_redemptions(options, who, "POINTS", moment.isoformat()).query)[
        "start_date"
    ]
    before = moment.astimezone(ZoneInfo(cluster)) - timedelta(days=1)
    assert since == before.date().isoformat()


@given(MOMENTS, CLUSTERS)
def test_what_the_cloud_writes_is_read_as_the_moment_it_means(moment: datetime, cluster: str) -> None:
    """v1.1 answers carry the cluster's local time, some with an offset."""
    zone = ZoneInfo(cluster)
    whole = moment.replace(microsecond=0)
    local = whole.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    assert read_time(local, zone) == whole
    assert read_time(whole.isoformat(), zone) == whole
