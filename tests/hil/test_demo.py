"""`pos-agent demo`: the main job from the first label to books that balance."""

import json
import subprocess
import sys
from pathlib import Path


def test_the_demo_plays_seven_events_a_return_and_an_exchange_and_its_books_balance(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "agent.cli", "demo", "--json", "--dir", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["balanced"]
    assert [row["event"] for row in report["events"]] == [
        "Item scan",
        "Customer search",
        "Customer enrolment",
        "Customer update",
        "Coupon redemption",
        "Points redemption",
        "Transaction complete",
        "Return",
        "Exchange",
    ]
    assert all(row["here"] == row["cloud"] for row in report["books"])
    assert Path(report["picture"]).exists()
