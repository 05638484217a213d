"""The real daemon as a program to be traced: opens, sells, says what it has done, and ends.

Its cloud and printer are ports nobody listens on, so what it keeps for them is part of what must survive.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.settings.config import load
from agent.simulated.world import CATALOGUE
from agent.store.catalogue_import import import_catalogue
from tests.crash.daemon_life import LABELS, HeadlessAgent

_SETTINGS = """
store = "{directory}"
catalogue = "{beside}/catalogue.db"
[shop]
name = "Power cut"
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
[cloud]
base_url = "http://127.0.0.1:9"
username = "till"
[[printer]]
url = "tcp://127.0.0.1:9"
# What is in the ballast matters to nobody, and the model of the disk does not know how it is made.
[disk]
ballast_mb = 0
[web]
port = 0
socket = "{beside}/agent.sock"
"""


def command(*, sales: int) -> Callable[[Path, str], list[str]]:
    """For power_cut.Proof: the command line of a run."""

    def line(directory: Path, seed: str) -> list[str]:
        return [sys.executable, "-m", __name__, str(directory), "--seed", seed, "--sales", str(sales)]

    return line


def main(arguments: list[str]) -> int:
    """Sell so many sales with the daemon's own threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--sales", type=int, default=4)
    options = parser.parse_args(arguments)
    beside = options.directory.parent
    file = beside / "agent.toml"
    file.write_text(_SETTINGS.format(directory=options.directory, beside=beside), "utf-8")
    import_catalogue(CATALOGUE / "demo.csv", beside / "catalogue.db")
    agent = HeadlessAgent(load(file, {})[0])
    agent.start()
    _say("READY 0 0")
    _sell(agent, options.sales, random.Random(options.seed))
    agent.close()
    return 0


def _sell(agent: HeadlessAgent, count: int, rng: random.Random) -> None:
    for sale in range(count):
        for _ in range(rng.randint(1, 4)):
            assert agent.labels.scan(rng.choice(LABELS)).ok
            _say(f"SCAN {len(agent.open_sale.sale.lines)}")
        if rng.random() < 0.2:
            open_sale = agent.open_sale.sale.id
            assert agent.cashier.do(e.Cancelled("Customer left"), "").ok
            _say(f"CANCELLED {open_sale}")
        else:
            answer = agent.cashier.pay_exact(TenderType.CASH, "", f"press-{sale}")
            _say(f"ACK {answer.data['bill_number']}")
        if sale % 3 == 2:
            agent.till.fold_log()


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
