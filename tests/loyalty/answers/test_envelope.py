"""Reading answers: every trap of docs/capillary.md 3, and every documented sample read right."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.loyalty.answers.codes import Klass
from agent.loyalty.answers.envelope import parse
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call
from agent.loyalty.forwarder import bulk
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.sale.queue_terms import Op

FAMILIES = {
    Op.CUSTOMER_GET: "customer",
    Op.CUSTOMER_ADD: "customer",
    Op.CUSTOMER_UPDATE: "customer",
    Op.CUSTOMER_REDEMPTIONS: "customer",
    Op.CUSTOMER_TRANSACTIONS: "customer",
    Op.POINTS_ISREDEEMABLE: "points",
    Op.POINTS_VALIDATIONCODE: "otp",
    Op.POINTS_REDEEM: "points",
    Op.POINTS_REVERSE: "points",
    Op.COUPON_ISREDEEMABLE: "coupon",
    Op.COUPON_REDEEM: "coupon",
    Op.COUPON_GET: "coupon",
    Op.COUPON_REACTIVATE: "coupon",
    Op.OTP_GENERATE: "otp",
    Op.OTP_VALIDATE: "otp",
    Op.TRANSACTION_ADD: "transaction",
    Op.TRANSACTION_BULK: "transaction",
    Op.TRANSACTION_GET: "transaction",
    Op.TRANSACTION_RETURN: "transaction",
    Op.TRANSACTION_UPDATE: "transaction",
    Op.ORGANISATION_CONFIGS: "request",
    Op.ORGANISATION_TENDERS: "request",
}
V2 = (
    *(Op.TRANSACTION_ADD, Op.TRANSACTION_BULK, Op.TRANSACTION_RETURN),
    *(Op.POINTS_REVERSE, Op.COUPON_REACTIVATE, Op.OTP_GENERATE, Op.OTP_VALIDATE),
)


ENTITIES = (
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><response><customers><customer><item_status>"
    b"<code>1000</code></item_status></customer></customers></response>"
)


def call_of(op: Op) -> Call:
    version = "v2" if op in V2 else "v1.1"
    return Call(op, "POST", f"/{version}/{op.replace('_', '/')}", family=FAMILIES[op])


def read(op: Op, body: Any, status: int = 200, **headers: str) -> Verdict:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return parse(call_of(op), RawAnswer(Kind.ANSWERED, status, content, named))


def generic(path: str, family: str, body: bytes) -> Verdict:
    """The reading of a call this room does not make yet."""
    return parse(Call("something", "GET", path, family=family), RawAnswer(Kind.ANSWERED, 200, body))


def v11(entity: str, item: Any, code: Any = 200, success: Any = "true") -> dict[str, Any]:
    outer, inner = entity.split(".")
    status = {"success": success, "code": code, "message": "said"}
    return {"response": {"status": status, outer: {inner: item}}}


def item(code: Any, success: Any = "true", /, **more: Any) -> dict[str, Any]:
    return {**more, "item_status": {"success": success, "code": code, "message": "said"}}


@pytest.mark.parametrize("code", ["1000", 1000, "1000.0", " 1000 "])
@pytest.mark.parametrize("success", ["true", True, "TRUE", 1])
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_found_customer_is_found_in_every_documented_shape(
    code: Any, success: Any, many: bool, wrapped: bool
) -> None:
    one = item(code, success, mobile="919876543210")
    body = v11("customers.customer", [one] if many else one)
    verdict = read(Op.CUSTOMER_GET, body if wrapped else body["response"])
    assert (verdict.outcome, verdict.code, verdict.klass) == (Outcome.OK, 1000, Klass.SUCCESS)
    assert fields.text(verdict.data, "mobile") == "919876543210"


@pytest.mark.parametrize("http_status", [200, 400, 500])
def test_the_body_decides_before_the_http_status(http_status: int) -> None:
    """The all-failed body comes under 200, 400 or 500; the item says what happened."""
    body = v11("customers.customer", item(816, "false"), code=500, success="false")
    verdict = read(Op.CUSTOMER_GET, body, http_status)
    assert (verdict.outcome, verdict.code, verdict.sense) == (Outcome.NO, 816, "absent")
    assert verdict.http_status == http_status


@pytest.mark.parametrize("empty", [[], "", None, {}])
def test_empty_objects_of_every_kind_are_no_obstacle(empty: Any) -> None:
    one = item(1000, mobile="919876543210", coupons=empty, transactions=empty)
    one["item_status"]["warnings"] = empty
    verdict = read(Op.CUSTOMER_GET, v11("customers.customer", one))
    assert verdict.outcome is Outcome.OK
    assert verdict.warnings == ()
    assert fields.inner_rows(verdict.data, "coupons", "coupon") == ()


@pytest.mark.parametrize(
    "warnings", [{"warning": "1017"}, {"warning": [1017]}, {"warning": [{"code": 1017, "message": ""}]}]
)
def test_warnings_are_collected_and_do_not_spoil_success(warnings: Any) -> None:
    one = item(1000)
    one["item_status"]["warnings"] = warnings
    verdict = read(Op.CUSTOMER_ADD, v11("customers.customer", one))
    assert (verdict.outcome, verdict.warnings) == (Outcome.OK, ("1017",))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sign in to the free network</body></html>",
        b"<?xml version='1.0'?><html><body>no</body></html>",
        ENTITIES,
        b'{"response": {"status": {"success": "true", "co',
        b'{"a": NaN}',
        b'{"a": 1e9999999999999999999999}',
        b"[" * 100_000,
        b"null",
        b'"600"',
        b"[1, 2]",
        b"\xff\xfe\x00",
        b"{}",
    ],
    ids=lambda body: repr(body[:20]),
)
@pytest.mark.parametrize("status", [200, 302, 500, 502])
@pytest.mark.parametrize("op", [Op.TRANSACTION_ADD, Op.POINTS_REDEEM, Op.CUSTOMER_GET])
def test_what_cannot_be_read_is_unknown_never_done_and_never_refused(
    body: bytes, status: int, op: Op
) -> None:
    assert read(op, body, status).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [b"", b"<html>denied</html>", b'{"message": "denied"}'])
def test_a_refused_sign_in_is_known_even_without_an_envelope(status: int, body: bytes) -> None:
    verdict = read(Op.TRANSACTION_ADD, body, status)
    assert (verdict.outcome, verdict.sense, verdict.code) == (Outcome.NO, "hold", status)


def test_a_page_not_found_is_not_the_clouds_verdict_on_a_bill() -> None:
    """A proxy's HTML 404 proves nothing; a gateway's JSON 404 says the address is wrong, for every call."""
    assert read(Op.TRANSACTION_ADD, b"<html>404</html>", 404).outcome is Outcome.UNKNOWN
    assert read(Op.TRANSACTION_ADD, {"message": "no route"}, 404).sense == "hold"


def test_the_word_success_does_not_redeem_anything() -> None:
    """Outer success without the item's own word is no proof of a write."""
    bare = {"status": {"success": "true", "code": "200", "message": "fine"}}
    for op in (Op.POINTS_REDEEM, Op.COUPON_REDEEM, Op.CUSTOMER_ADD, Op.CUSTOMER_GET):
        assert read(op, {"response": bare}).outcome is Outcome.UNKNOWN
    assert read(Op.CUSTOMER_REDEMPTIONS, {"response": bare}).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("code", "success"), [(800, "false"), ("", "true"), (None, "true"), ("ERR", "false")]
)
def test_contradictions_are_unknown(code: Any, success: str) -> None:
    body = v11("responses.points", item(code, success))
    assert read(Op.POINTS_REDEEM, body).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("success", ["true", "false"])
def test_an_undocumented_code_is_no_verdict_whatever_it_says(success: str) -> None:
    verdict = read(Op.POINTS_REDEEM, v11("responses.points", item(80_000, success)))
    assert (verdict.outcome, verdict.klass) == (Outcome.UNKNOWN, Klass.NEEDS_OPERATOR)


@pytest.mark.parametrize(
    "op", [Op.TRANSACTION_ADD, Op.POINTS_REDEEM, Op.CUSTOMER_GET, Op.COUPON_ISREDEEMABLE]
)
@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 522, 599])
@pytest.mark.parametrize("http_status", [200, None])
def test_a_servers_failure_is_no_verdict_whatever_its_body(
    op: Op, status: int, http_status: int | None
) -> None:
    """Under its own status the cloud was not heard at all."""
    outer = {"response": {"status": {"success": "false", "code": status, "message": "bad gateway"}}}
    errors = {"errors": [{"status": False, "code": status, "message": "bad gateway"}]}
    for body in (outer, outer["response"], errors, {"errorCode": status}, {"message": "bad gateway"}):
        verdict = read(op, body, http_status or status)
        assert verdict.outcome is Outcome.UNKNOWN
        assert verdict.lost or http_status or status == 500


@pytest.mark.parametrize("status", [502, 503, 504])
def test_behind_a_failing_gateway_neither_yes_nor_no_is_believed(status: int) -> None:
    for body in ({"createdId": 5}, {"errors": [{"code": 604}]}, {"errorCode": 401}):
        assert read(Op.TRANSACTION_ADD, body, status).lost
    for code in (1000, 816):
        assert read(Op.CUSTOMER_GET, v11("customers.customer", item(code)), status).lost
    batch = {"response": [{"entityId": 7, "result": {"billNumber": "B-1"}, "errors": []}]}
    assert bulk.judged(["B-1"], read(Op.TRANSACTION_BULK, batch, status)) == [None]


@pytest.mark.parametrize("code", [429, 517, 521])
@pytest.mark.parametrize("http_status", [200, 400, 503, 521])
def test_what_proves_that_nothing_was_done_proves_it_under_any_status(code: int, http_status: int) -> None:
    verdict = read(Op.TRANSACTION_ADD, {"errors": [{"code": code}]}, http_status)
    assert (verdict.outcome, verdict.sense) == (Outcome.NO, "untouched")


@pytest.mark.parametrize(
    "body",
    [
        {"errorCode": 200},
        {"errorCode": 200, "message": "fine"},
        {"redemptionStatus": {"code": 700}},
        {"response": {"status": {"success": "true", "code": 200}}},
        {"response": {"all": {"each": {"item_status": {"success": "true", "code": 600}}}}},
        {"response": {"all": {"each": {"item_status": {"success": "true", "code": 700}}}}},
        {"item_status": {"success": "true", "code": 800}},
    ],
)
@pytest.mark.parametrize("op", V2)
def test_a_call_that_an_id_must_prove_is_not_done_by_a_code_alone(op: Op, body: Any) -> None:
    assert read(op, body).outcome is not Outcome.OK


@pytest.mark.parametrize("code", [521, "521"])
def test_a_lock_is_recognised_as_item_as_outer_status_and_in_v2(code: Any) -> None:
    as_item = read(Op.POINTS_REDEEM, v11("responses.points", item(code, "false"), 500))
    as_outer = read(
        Op.POINTS_REDEEM, {"response": {"status": {"success": "false", "code": code, "message": ""}}}
    )
    as_error = read(Op.TRANSACTION_ADD, {"errors": [{"status": False, "code": code, "message": ""}]})
    for verdict in (as_item, as_outer, as_error):
        assert (verdict.outcome, verdict.code, verdict.klass) == (Outcome.NO, 521, Klass.RETRYABLE)


def test_all_failed_without_a_reason_is_unknown() -> None:
    body = {"response": {"status": {"success": "false", "code": 500, "message": "all failed"}}}
    assert read(Op.POINTS_REDEEM, body).outcome is Outcome.UNKNOWN


def test_the_redeemable_part_is_found_at_any_depth() -> None:
    """One documented answer nests the question's answer inside that of another call."""
    inner = v11("points.redeemable", item("807", "false", is_redeemable="false"), 500, "false")
    outer = v11("responses.points", {**item(800), **inner})
    verdict = read(Op.POINTS_ISREDEEMABLE, outer)
    assert (verdict.outcome, verdict.code) == (Outcome.NO, 807)


def test_a_code_that_was_sent_is_read_from_below_its_two_wrappers() -> None:
    body = {
        "response": {"status": {"success": "true", "code": "200"}, "validation_code": {"code": item(200)}}
    }
    assert read(Op.POINTS_VALIDATIONCODE, body).outcome is Outcome.OK
    tired = {
        "response": {"status": {"success": "false", "code": 500}, "validation_code": {"code": item(429)}}
    }
    verdict = read(Op.POINTS_VALIDATIONCODE, tired)
    assert (verdict.outcome, "ten codes" in in_english(verdict.sentence)) == (Outcome.NO, True)


def test_a_coupon_redeemed_under_a_code_that_coupons_do_not_have_may_be_redeemed_or_not() -> None:
    body = v11("coupons.coupon", item("200"))["response"]
    assert read(Op.COUPON_REDEEM, body).outcome is Outcome.UNKNOWN


def test_among_several_coupons_the_one_that_exists_speaks() -> None:
    body = v11("coupons.coupon", [item(705, "false", code="ab"), item(700, code="AB")])
    verdict = read(Op.COUPON_GET, body)
    assert (verdict.outcome, fields.text(verdict.data, "code")) == (Outcome.OK, "AB")


@pytest.mark.parametrize("created", [880613909, "880613909"])
def test_a_created_id_proves_the_bill_whatever_the_warnings_say(created: Any) -> None:
    body = {"createdId": created, "warnings": [{"code": 9607, "message": "tender"}], "errors": []}
    verdict = read(Op.TRANSACTION_ADD, body)
    assert (verdict.outcome, verdict.warnings) == (Outcome.OK, ("9607 tender",))


@pytest.mark.parametrize("created", [0, -1, None, "", "none", False])
def test_an_id_that_is_none_proves_nothing(created: Any) -> None:
    assert read(Op.TRANSACTION_ADD, {"createdId": created, "warnings": []}).outcome is Outcome.UNKNOWN


def test_an_id_together_with_an_error_is_unknown() -> None:
    body = {"createdId": 7, "errors": [{"status": False, "code": 608, "message": ""}]}
    assert read(Op.TRANSACTION_ADD, body).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("errors", [[{"code": 604}], {"code": "604"}, [{"code": 9607}, {"code": 604}]])
def test_an_error_without_an_id_refuses_the_bill(errors: Any) -> None:
    verdict = read(Op.TRANSACTION_ADD, {"errors": errors}, 400)
    assert (verdict.outcome, verdict.code) == (Outcome.NO, 604)


def test_a_bulk_answer_is_done_only_without_any_error() -> None:
    """One documented answer has an id together with an error and counts no failure
    (docs/capillary.md 12.10)."""
    done = {"entityId": 7, "errors": [], "warnings": []}
    body = {"response": [done], "totalCount": 1, "failureCount": 0}
    assert generic("/v2/transactions/bulk", "transaction", json.dumps(body).encode()).outcome is Outcome.OK
    for errors in ([{"code": 8084}], [{"code": 9607}]):
        failed = json.dumps({"response": [done | {"errors": errors}]}).encode()
        assert generic("/v2/transactions/bulk", "transaction", failed).outcome is not Outcome.OK


def test_a_bulk_answer_about_one_bill_is_its_refusal_and_about_several_no_verdict() -> None:
    failed = {"errors": [{"code": 604, "message": "said"}]}
    one = read(Op.TRANSACTION_BULK, {"response": [failed]})
    assert (one.outcome, one.code, one.message) == (Outcome.NO, 604, "said")
    assert read(Op.TRANSACTION_BULK, {"response": [failed, failed]}).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("unsaid", [{"failureCount": 1}, {"errors": [{"code": 604}]}])
def test_a_bulk_answer_that_takes_back_what_its_elements_say_proves_nothing(unsaid: dict[str, Any]) -> None:
    verdict = read(Op.TRANSACTION_BULK, {"response": [{"entityId": 7}], **unsaid})
    assert (verdict.outcome, verdict.doubt is None) == (Outcome.UNKNOWN, False)


def test_an_outer_status_is_told_by_the_table_of_all_calls() -> None:
    """1060 is also a code of customers, where it means something else."""
    verdict = read(Op.CUSTOMER_UPDATE, {"response": {"status": {"code": 1060, "message": "said"}}})
    assert (verdict.outcome, verdict.family, verdict.message) == (Outcome.NO, "request", "said")
    assert verdict.sentence == Sentence("cloud.code.request.1060")


def test_warnings_alone_do_not_say_that_the_bill_is_in() -> None:
    assert read(Op.TRANSACTION_ADD, {"errors": [{"code": 9607}]}).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "120"}, 120.0),
        ({"retry_after": "Wed, 16 Dec 2015 06:07:13 GMT", "date": "Wed, 16 Dec 2015 06:05:13 GMT"}, 120.0),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-5"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert read(Op.TRANSACTION_ADD, b"", 429, **headers).retry_after_s == seconds


def test_control_characters_and_length_of_the_clouds_text_are_tamed() -> None:
    body = v11("customers.customer", item(1012))
    body["response"]["customers"]["customer"]["item_status"]["message"] = "a\x1b[31mb\n" + "x" * 9000
    message = read(Op.CUSTOMER_GET, body).message
    assert message.startswith("a [31mb xxx")
    assert len(message) == 300


@pytest.mark.parametrize("errors", [["boom"], "boom", [["boom"]], [604], True])
def test_an_id_with_errors_nobody_can_read_proves_nothing(errors: object) -> None:
    made = {"createdId": 5, "errors": errors}
    assert read(Op.TRANSACTION_ADD, made).outcome is Outcome.UNKNOWN
    assert read(Op.TRANSACTION_RETURN, made).outcome is Outcome.UNKNOWN
    back = {"reversalId": "R1", "pointsReversed": 5, "errors": errors}
    assert read(Op.POINTS_REVERSE, back).outcome is Outcome.UNKNOWN
    batch = {"response": [{"entityId": 7, "result": {"billNumber": "B-1"}, "errors": errors}]}
    answer = read(Op.TRANSACTION_BULK, batch)
    assert answer.outcome is Outcome.UNKNOWN
    (told,) = bulk.judged(["B-1"], answer)
    assert isinstance(told, Verdict)
    assert told.outcome is Outcome.UNKNOWN


KEYS = "response status code item_status success errors createdId warnings customers customer points coupons"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(op=st.sampled_from(list(Op)), body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_no_answer_whatever_its_bytes_makes_the_reading_fail(op: Op, body: bytes) -> None:
    verdict = parse(call_of(op), RawAnswer(Kind.ANSWERED, 200, body))
    assert isinstance(verdict.outcome, Outcome)


@given(st.text(max_size=60) | st.integers().map(str) | st.decimals(allow_nan=True).map(str))
def test_a_number_is_exact_or_absent(text: str) -> None:
    number = fields.decimal({"n": text}, "n")
    assert number is None or (number.is_finite() and number == Decimal(fields.text(text)))


# ---- the documented samples, read in place -----------------------------------------------------------------


def test_sample_customer_get(sample: Callable[[str], bytes]) -> None:
    verdict = read(Op.CUSTOMER_GET, sample("v11_customer_get.response_ok.json"))
    assert (verdict.outcome, verdict.code) == (Outcome.OK, 1000)
    assert fields.text(verdict.data, "mobile") == "91900000000"


def test_sample_customer_add_in_xml(sample: Callable[[str], bytes]) -> None:
    verdict = read(Op.CUSTOMER_ADD, sample("v11_customer_add.response_ok.xml"))
    assert (verdict.outcome, verdict.code, verdict.warnings) == (Outcome.OK, 1000, ("1017",))
    assert [fields.text(each, "user_id") for each in verdict.items] == ["343445381", "343445382"]


def test_sample_coupon_isredeemable(sample: Callable[[str], bytes]) -> None:
    verdict = read(Op.COUPON_ISREDEEMABLE, sample("v11_coupon_isredeemable.response_yes_700.json"))
    assert (verdict.outcome, fields.flag(verdict.data, "is_redeemable")) == (Outcome.OK, True)


def test_sample_transaction_add(sample: Callable[[str], bytes]) -> None:
    verdict = read(Op.TRANSACTION_ADD, sample("v2_transactions.response_ok_2025.json"))
    assert (verdict.outcome, fields.whole(verdict.data, "createdId")) == (Outcome.OK, 880613909)


def test_sample_status_and_headers(sample: Callable[[str], bytes]) -> None:
    assert generic("/v1.1/x", "request", sample("v11_status_block.response_ok.json")).outcome is Outcome.OK
    headers = json.loads(sample("any_v11.response_headers.json"))
    lowered = {name.lower(): value for name, value in headers.items()}
    assert lowered["x-cap-requestid"] == "5670FF17B7D58"


@pytest.mark.parametrize(
    ("name", "path", "family", "code"),
    [
        ("v11_transaction_add.response_ok.json", "/v1.1/transaction/add", "transaction", 600),
        ("v11_customer_coupons.response_ok.json", "/v1.1/customer/coupons", "customer", 1000),
        ("v11_customer_update_identity.response.json", "/v1.1/customer/update_identity", "customer", 1040),
        ("v11_coupon_issue.response_ok.json", "/v1.1/coupon/issue", "coupon", 700),
        ("v11_coupon_resend.response_ok.json", "/v1.1/coupon/resend", "coupon", 700),
        ("v11_coupon_series.response_ok.json", "/v1.1/coupon/series", "coupon", 700),
        ("v11_organization_tenders.response_ok.json", "/v1.1/organization/tenders", "request", 200),
        ("v2_customers_add.response_ok.json", "/v2/customers", "customer", 200),
        ("v2_customers_add.response_warning_8050_existing.json", "/v2/customers", "customer", 200),
        ("v2_coupon_bulk_redeem.response.json", "/v2/coupon/bulk/redeem", "coupon", 200),
        ("v2_coupon_is_redeemable.response_ok.json", "/v2/coupon/is_redeemable", "coupon", 700),
        ("v2_coupon_redeem.response_ok.json", "/v2/coupon/redeem", "coupon", 700),
        ("v2_customers_points_expiry_schedule.response_ok.json", "/v2/customers/1", "customer", 200),
        ("v2_otp_generate.response_ok.json", "/v2/otp/generate", "otp", 200),
        ("v2_otp_get.response_ok.json", "/v2/otp", "otp", 200),
        ("v2_otp_validate.response_ok.json", "/v2/otp/validate", "otp", 200),
        ("v2_transactions_update.response.json", "/v2/transactions", "transaction", 200),
        ("auth_oauth_token.response_ok.json", "/v3/oauth/token/generate", "request", 200),
    ],
)
def test_every_other_documented_success_reads_as_success(
    sample: Callable[[str], bytes], name: str, path: str, family: str, code: int
) -> None:
    verdict = generic(path, family, sample(name))
    assert (verdict.outcome, verdict.code) == (Outcome.OK, code)


def test_no_documented_answer_is_left_out(sample: Callable[[str], bytes]) -> None:
    """A sample that is added to the documentation is added here, too."""
    index = sample("INDEX.md").decode()
    answers = {word for word in index.split() if ".response" in word and word.endswith((".json", ".xml"))}
    own = Path(__file__).read_text()
    assert {name for name in answers if name not in own} == set()
