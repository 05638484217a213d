"""What the scanner tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scanner_listener import Listener


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.finish()
