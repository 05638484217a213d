"""Who gets into the simulated cloud, and how it refuses those who may not."""

from __future__ import annotations

import pytest
import requests

from agent.simulated.cloud.books.options import CloudOptions, TillAccount
from tests.simulated.cloud_rig import ASHA, BALA, CloudClient, basic, cloud, error_codes

DOCUMENTED = CloudOptions(
    accounts=(TillAccount("store.server", "server123", "S1"), TillAccount("till1", "123", "S1"))
)


def _get(client: CloudClient, authorization: str) -> requests.Response:
    headers = {"Authorization": authorization}
    return client.session.get(
        f"{client.cloud.base_url}/v1.1/organization/tenders", headers=headers, timeout=20
    )


@pytest.mark.parametrize(
    "header",
    [
        "Basic c3RvcmUuc2VydmVyOjhhMTZhNmI3MDUwNWViMWYxZmY3Y2RjMGNkNTU1OWE3",
        "Basic dGlsbDE6MjAyY2I5NjJhYzU5MDc1Yjk2NGIwNzE1MmQyMzRiNzA=",
        basic("till1", "123"),
    ],
)
def test_the_two_correct_documented_vectors_get_in(header: str) -> None:
    with cloud() as client:
        client.cloud.world.options = DOCUMENTED
        assert _get(client, header).status_code == 200


def test_the_documented_vector_with_the_stray_space_is_refused() -> None:
    import base64

    spaced = base64.b64encode(b"till1: 202cb962ac59075b964b07152d234b70").decode()
    with cloud() as client:
        client.cloud.world.options = DOCUMENTED
        answer = _get(client, f"Basic {spaced}")
        assert answer.status_code == 401
        assert answer.json()["response"]["status"]["code"] == 401


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Basic AAAA", "Bearer x", basic("till01", "wrong"), basic("nobody", "")],
)
def test_any_other_credentials_are_401_and_change_nothing(header: str) -> None:
    with cloud() as client:
        before = client.books()["totals"]
        headers = {"Authorization": header}
        body = {"root": {"customer": [{"mobile": "919000000099"}]}}
        url = f"{client.cloud.base_url}/v1.1/customer/add"
        answer = client.session.post(url, json=body, headers=headers, timeout=20)
        assert answer.status_code == 401
        assert client.books()["totals"] == before


def test_upper_case_hex_is_not_the_password() -> None:
    import base64
    import hashlib

    shouted = base64.b64encode(f"till01:{hashlib.md5(b'training').hexdigest().upper()}".encode()).decode()
    with cloud() as client:
        assert _get(client, f"Basic {shouted}").status_code == 401


def test_v2_is_refused_in_its_own_envelope() -> None:
    with cloud() as client:
        client.session.headers["Authorization"] = basic("till01", "wrong")
        answer = client.bill("B1")
        assert answer.status_code == 401
        assert error_codes(answer) == [401]


def test_a_token_lets_in_for_its_lifetime_on_behalf_of_a_till() -> None:
    with cloud() as client:
        wrong = client.post("/v3/oauth/token/generate", {"key": "training-key", "secret": "no"})
        assert wrong.status_code == 401
        given = client.post("/v3/oauth/token/generate", {"key": "training-key", "secret": "training-secret"})
        assert given.json()["data"]["ttlSeconds"] == 300
        del client.session.headers["Authorization"]
        client.session.headers["X-CAP-API-OAUTH-TOKEN"] = given.json()["data"]["accessToken"]
        client.session.headers["X-CAP-API-ATTRIBUTION-ENTITY-CODE"] = "till03"
        assert client.bill("B1").json()["createdId"]
        assert client.books()["bills"][-1]["till"] == "till03"
        client.clock.forward(seconds=301)
        assert client.bill("B2").status_code == 401


def test_a_token_needs_a_till_that_exists() -> None:
    with cloud() as client:
        given = client.post("/v3/oauth/token/generate", {"key": "training-key", "secret": "training-secret"})
        client.session.headers["X-CAP-API-OAUTH-TOKEN"] = given.json()["data"]["accessToken"]
        client.session.headers["X-CAP-API-ATTRIBUTION-ENTITY-CODE"] = "no-such-till"
        assert error_codes(client.bill("B1")) == [91021]
        client.session.headers["X-CAP-API-ATTRIBUTION-ENTITY-TYPE"] = "STORE_CODE"
        client.session.headers["X-CAP-API-ATTRIBUTION-ENTITY-CODE"] = "ST02"
        assert client.bill("B1").json()["createdId"]


def test_only_json_comes_in() -> None:
    with cloud() as client:
        url = f"{client.cloud.base_url}/v1.1/customer/add"
        xml = client.session.post(
            url, data="<root/>", headers={"Content-Type": "application/xml"}, timeout=20
        )
        assert (xml.status_code, xml.json()["response"]["status"]["code"]) == (415, 415)
        cut = client.session.post(
            url, data='{"root":', headers={"Content-Type": "application/json"}, timeout=20
        )
        assert (cut.status_code, cut.json()["response"]["status"]["code"]) == (400, 400)


def test_unknown_paths_and_verbs_answer_in_the_envelope_of_their_version() -> None:
    with cloud() as client:
        assert client.get("/v1.1/customer/nothing").json()["response"]["status"]["code"] == 404
        assert error_codes(client.get("/v2/nothing/here/at/all")) == [404]
        assert client.get("/v1.1/customer/add").json()["response"]["status"]["code"] == 405


def test_every_answer_carries_a_request_id_of_its_own() -> None:
    with cloud() as client:
        answers = [
            client.get("/v1.1/customer/get", mobile=ASHA),
            client.get("/v1.1/customer/get", mobile="919000000098"),
            client.bill("B1"),
            client.bill("B1"),
            client.get("/v1.1/nothing"),
        ]
        client.session.headers["Authorization"] = "Basic AAAA"
        answers.append(client.get("/v1.1/customer/get", mobile=ASHA))
        ids = [answer.headers["X-Cap-Requestid"] for answer in answers]
        assert len(set(ids)) == len(ids)
        assert [call["request_id"] for call in client.log()] == ids


def test_calls_beyond_the_rate_are_429_until_the_minute_has_passed() -> None:
    with cloud(rate_per_minute=2) as client:
        codes = [client.get("/v1.1/organization/tenders").status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        client.clock.forward(seconds=59.9)
        assert client.get("/v1.1/organization/tenders").status_code == 429
        client.clock.forward(seconds=0.1)
        assert client.get("/v1.1/organization/tenders").status_code == 200


@pytest.mark.parametrize(("seconds", "header"), [(0, None), (30, "30")])
def test_the_organisation_says_or_does_not_say_how_long_to_wait(seconds: int, header: str | None) -> None:
    with cloud(rate_per_minute=1, retry_after_s=seconds) as client:
        assert "Retry-After" not in client.get("/v1.1/organization/tenders").headers
        answer = client.get("/v1.1/organization/tenders")
        assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)


def test_too_many_calls_for_one_customer_are_517_and_the_others_go_on() -> None:
    with cloud(customer_rate_per_minute=2) as client:
        assert [error_codes(client.bill(number)) for number in ("B1", "B2", "B3")] == [[], [], [517]]
        assert error_codes(client.bill("B4", mobile=BALA)) == []
        client.clock.forward(minutes=1)
        assert error_codes(client.bill("B3")) == []


def test_an_attribution_lookup_needs_its_type() -> None:
    with cloud() as client:
        client.session.headers["X-CAP-API-ATTRIBUTION-LOOKUP"] = "till02"
        assert error_codes(client.bill("B1")) == [1061]


def test_a_body_above_the_vendors_limit_is_refused() -> None:
    from agent.simulated.cloud.books.options import MAX_BODY_BYTES

    with cloud() as client:
        answer = client.bill("B1", note="x" * MAX_BODY_BYTES)
        assert (answer.status_code, error_codes(answer)) == (413, [413])
