"""What the loyalty tests share: options for a cloud on the loopback, a bill, and the documented samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.loyalty.calls.options import CloudOptions

from .certificates import certificate_for

SAMPLES = Path(__file__).parents[2].parent / "shared" / "capillary" / "samples"


def options_for(base_url: str = "http://127.0.0.1:9", **settings: Any) -> CloudOptions:
    """Options of a till in Pune; settings override."""
    known: dict[str, Any] = {
        "base_url": base_url,
        "username": "store.server",
        "password": "server123",
        "store_code": "S01",
        "till_code": "T1",
        "org": "demo",
        "question_budget_s": 1.0,
    }
    return CloudOptions(**(known | settings))


@pytest.fixture
def options() -> CloudOptions:
    return options_for()


@pytest.fixture(scope="session")
def sample() -> Callable[[str], bytes]:
    """Reads a documented sample in place; they are the vendor's and never copied here."""
    if not SAMPLES.is_dir():
        pytest.skip(f"the vendor's samples are not at {SAMPLES}")

    def read(name: str) -> bytes:
        return (SAMPLES / name).read_bytes()

    return read


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, made on the spot."""
    return certificate_for(tmp_path_factory.mktemp("tls"))
