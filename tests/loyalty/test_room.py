"""The room as a whole: light to import, so that the daemon is ready to scan at once."""

from __future__ import annotations

import subprocess
import sys


def test_the_room_loads_without_the_heavy_libraries() -> None:
    """They come with the first call and the first typed number, not with the daemon's start."""
    program = (
        "import sys, agent.loyalty.line.transport;"
        "import agent.loyalty.forwarder.loop, agent.loyalty.questions.questions;"
        "print([name for name in ('requests', 'urllib3', 'phonenumbers', 'xml.etree', 'fastapi')"
        " if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
