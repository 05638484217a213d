"""What stands beside a row that waits for a person."""

from __future__ import annotations

import pytest

from agent.language.language import english
from agent.loyalty.calls import builders
from agent.loyalty.calls.unwritable import Unsendable, Why
from agent.loyalty.outcomes import parked_reasons

from ..bills import bill
from ..conftest import options_for

CALL = builders.transaction_add(options_for(), bill())


@pytest.mark.parametrize("why", Why)
def test_every_reason_not_to_send_a_call_has_a_sentence(why: Why) -> None:
    params = {"problem": "a", "most": "50", "lines": "1.00", "due": "2.00"}
    told = english().text(parked_reasons.unsendable(CALL, Unsendable(why, params)))
    assert told.endswith(".")
    assert "{" not in told
