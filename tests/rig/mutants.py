"""Small faults put into a room one by one, and which of them its tests do not notice.

python -m tests.rig.mutants ROOM [module.function*, all if not told]

mutmut works in a copy of what is committed, build/mutants, where `mutmut show NAME` then shows each survivor.
Exit 1 with survivors.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build" / "mutants"
TESTS = {
    "sale": [
        "tests/sale",
        "tests/counter",
        "tests/cloud/test_send_order.py",
        "tests/loyalty/calls/test_own_fields.py",
        "tests/till/test_supervisors.py",
        "tests/settings/test_config.py",
    ],
    "store": ["tests/store"],
    "loyalty": [
        "tests/loyalty/answers",
        "tests/loyalty/calls",
        "tests/loyalty/outcomes",
        "tests/loyalty/questions",
        "tests/loyalty/forwarder",
        "tests/loyalty/line",
    ],
    "printing": ["tests/printing"],
}
"""What is run for a room: its own tests, and those of its rules that stand where the rules are used. None
starts processes for minutes."""
READERS = [
    "tests/loyalty/answers/test_codes.py::test_the_table_ships_with_the_code",
    "tests/sale/test_state_machine.py::test_the_page_explains_every_refusal",
    "tests/store/test_catalogue_import.py::test_a_till_that_looks_things_up_loads_no_database_toolkit",
]
"""Tests that read the code's text or what is packed of it, which is another in the copy."""
_SETTINGS = """[mutmut]
source_paths=
    agent
    drivers
only_mutate=
    agent/{room}/*
also_copy=
    README.md
    docs
    systemd
pytest_add_cli_args_test_selection=
    {tests}
pytest_add_cli_args=
    -p
    no:randomly
    -p
    no:xdist
    --timeout=0
    --hypothesis-profile=mutants
    {deselected}
"""


def main(room: str, *names: str) -> int:
    """Make the copy, try every fault of the room, list those that survived."""
    _copied()
    deselected = "\n    ".join(f"--deselect={test}" for test in READERS)
    settings = _SETTINGS.format(room=room, tests="\n    ".join(TESTS[room]), deselected=deselected)
    (PLACE / "setup.cfg").write_text(settings, "utf-8")
    mutmut = Path(sys.executable).with_name("mutmut")
    # The same examples for each fault. mutmut itself ends what takes too long.
    subprocess.run([mutmut, "run", *names], cwd=PLACE, check=True, env=os.environ | {"CI": "1"})
    told = subprocess.run([mutmut, "results"], cwd=PLACE, check=True, capture_output=True, text=True).stdout
    print(told)  # noqa: T201
    return 1 if "survived" in told else 0


def _copied() -> None:
    """What is committed, and the compiled texts beside it."""
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x"], cwd=PLACE, check=True, input=packed)
    texts = ROOT / "agent" / "language" / "locale"
    for made in (*texts.glob("*.mo"), *texts.glob("*.page.json")):
        shutil.copy(made, PLACE / texts.relative_to(ROOT))


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
