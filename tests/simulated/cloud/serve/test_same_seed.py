"""The same seed and the same calls give the same bytes: ids, codes, faults, request ids, headers."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulated.cloud_rig import ASHA, BALA, CloudClient, cloud
from tests.simulated.documented import CALLS, copied, prepared

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "shape", "chance": 0.6},
    {"kind": "types", "chance": 0.2},
    {"kind": "lose-answer", "chance": 0.15},
    {"kind": "http", "chance": 0.1, "when": "after"},
)


def told(answer: requests.Response) -> tuple[int, dict[str, str], bytes]:
    """All that came over the wire."""
    return answer.status_code, dict(answer.headers), answer.content


def exchange(client: CloudClient, ask: Any) -> Any:
    try:
        return told(ask())
    except requests.ConnectionError:
        return "lost"


def morning(seed: int, faults: tuple[dict[str, Any], ...] = FAULTS) -> tuple[list[Any], Any, Any]:
    """Every documented call twice, then a day's own; what was answered, the books, the log."""
    facts = prepared()[1]
    with cloud(demo=False, ledger=copied(prepared()[0]), seed=seed, shuffle_bulk=True) as client:
        for fault in faults:
            client.cloud.faults.add(**fault)
        answers = [exchange(client, lambda call=call: call.send(client, facts)) for call in (*CALLS, *CALLS)]
        answers += [
            exchange(client, lambda n=number: client.bill(f"D{n}", mobile=BALA)) for number in range(20)
        ]
        answers.append(exchange(client, lambda: client.get("/v2/no/such/call")))
        client.cloud.faults.clear()
        answers.append(told(client.get("/v1.1/points/validationcode", mobile=BALA, points=5)))
        answers.append(told(client.redeem(5, "R9", client.books()["otps"][-1]["code"], BALA)))
        answers.append(told(client.get("/v1.1/customer/get", mobile=ASHA, user_id="true")))
        return answers, client.books(), client.log()


def test_two_runs_of_one_seed_are_the_same_to_the_byte() -> None:
    first, second = morning(7), morning(7)
    assert first == second
    answers, _, log = first
    assert "lost" in answers
    struck = {kind for entry in log for kind in entry["faults"]}
    assert struck == {fault["kind"] for fault in FAULTS}
    assert len({entry["request_id"] for entry in log}) == len(log)


def test_another_seed_is_another_morning() -> None:
    (_, seven, seven_log), (_, eight, eight_log) = morning(7), morning(8)
    assert [one["faults"] for one in seven_log] != [one["faults"] for one in eight_log]
    assert not {one["request_id"] for one in seven_log} & {one["request_id"] for one in eight_log}
    assert seven["otps"][-1]["code"] != eight["otps"][-1]["code"]
    assert seven["redemptions"][-1]["code"] != eight["redemptions"][-1]["code"]


@pytest.mark.parametrize("kind", ["shape", "types"])
def test_the_noise_is_the_seeds_too(kind: str) -> None:
    always = ({"kind": kind},)
    first = morning(3, always)[0]
    assert morning(3, always)[0] == first
    assert morning(4, always)[0] != first


def test_the_date_of_an_answer_is_by_the_clouds_clock() -> None:
    """A trainer's cloud may stand in another year than the machine; Retry-After and Date agree with it."""
    with cloud() as client:
        assert client.bill("B1").headers["Date"] == "Fri, 20 Nov 2026 06:30:00 GMT"
