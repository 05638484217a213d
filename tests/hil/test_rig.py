"""The bench of real devices, with a scale on it that is none: what `make rig` tells."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.simulated.scale import running
from tests.real_devices.bench import BenchError, read_bench
from tests.real_devices.hands import PersonsHands

ROOT = Path(__file__).parents[2]


def test_a_bench_without_hands_tells_what_was_seen_and_what_was_left_out(tmp_path: Path) -> None:
    bench = tmp_path / "bench.toml"
    bench.write_text(
        f'[scale]\nmodel = "Counter 15 kg"\ncan = ["weight"]\npath = "{tmp_path}/scale"\nprotocol = "cas"\n'
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "tests/real_devices"]
    with running(tmp_path / "scale", "cas"):
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"POS_RIG": str(bench)},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
    assert done.returncode == 0, done.stdout
    [row] = [line for line in done.stdout.splitlines() if line.startswith("| scale")]
    assert row == (
        "| scale | Counter 15 kg (cas) | found, and answers "
        "| a weight as it shows it, and none twice of one plate (hands) |  |"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[scale]\npath = 'x'\n", "without its model"),
        ("[[scanner]]\nmodel = 'Z'\ncan = ['fly']\n", "a scanner cannot be fly"),
        ("[toaster]\nmodel = 'T'\n", "toaster is none of"),
        ("hands = true\n", "nothing stands on it"),
        ("[scale\n", "bench.toml"),
    ],
)
def test_a_bench_that_is_not_told_right_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    bench = tmp_path / "bench.toml"
    bench.write_text(text)
    with pytest.raises(BenchError, match=words):
        read_bench(bench)


def test_a_person_is_asked_until_the_answer_is_one() -> None:
    told, typed = io.StringIO(), io.StringIO("about a kilo\n1,2\nmaybe\ny\nn\n8901030867569\n")
    hands = PersonsHands(told, typed)
    assert hands.weigh("scale") == 1200
    assert hands.drawer_opened("printer")
    assert not hands.shows("display", ("Rice", "Total"))
    assert hands.scan("scanner") == "8901030867569"
    with pytest.raises(EOFError, match="hands = false"):
        hands.pull("scanner")
    assert "What does it show" in told.getvalue()
