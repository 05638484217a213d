"""The till whose sales and scans are clocked: everything switched on, each device on a wire of its own."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.daemon.agent import Agent
from agent.daemon.masked_log import MaskedFormatter
from agent.settings.config import load
from agent.simulated.world import CATALOGUE, World
from agent.store.catalogue_import import import_catalogue
from tests.bench.bare_store import overwrite_log
from tests.bench.quick_printer import quick_printer
from tests.bench.scanner_beside import ScannerBeside, scanner_beside

# Of one price that cash is rounded for, with which each sale begins.
_GOODS = (CATALOGUE / "demo.csv").read_text().replace(",425.00,", ",425.35,")
# The whole demo catalogue in turn: a till that sold one item only would find everything remembered.
ODD, *LABELS = re.findall(r"\b89\d{11}\b", _GOODS)


class Shown:
    """Scans at a till, each clocked from its last byte on the wire to the snapshot that shows it."""

    def __init__(self, agent: Agent, scanner: ScannerBeside) -> None:
        self._agent = agent
        self._scanner = scanner
        self._told = threading.Event()
        self._published = 0.0
        agent.board.listen(self._heard)

    def _heard(self) -> None:
        self._published = time.perf_counter()
        self._told.set()

    def scan(self, label: str, line: int) -> float:
        """Seconds until it was shown as this line, from 1, of the open sale. TimeoutError if it never was."""
        self._told.clear()
        self._scanner.send(label)
        while len(self._agent.open_sale.sale.lines) != line or not self._told.is_set():
            if not self._told.wait(5.0):
                raise TimeoutError(f"{label}, line {line}, did not arrive")
            if len(self._agent.open_sale.sale.lines) != line:
                self._told.clear()
        return self._published - self._scanner.sent_at()


@contextmanager
def whole_till(
    place: Path,
    cloud: str = "",
    more_settings: str = "",
    before: Callable[[Agent], object] = lambda _: None,
) -> Iterator[tuple[Agent, World, ScannerBeside]]:
    """An agent in this process, with the simulated cloud or the one at this address, a printer that answers
    at once and the scanner; forwarder and printer work on the sale before, and the log is written. before:
    what is done to the store before anything runs."""
    place.mkdir()
    with (
        World(place) as world,
        quick_printer(place / "printer") as printer,
        scanner_beside(place / "scanner") as scanner,
        _logging(place / "log"),
    ):
        world.write_settings(more_settings)
        settings = re.sub(r"tcp://[^\"]*", printer.tcp, world.config.read_text(), count=1)
        if cloud:
            settings = re.sub(r"base_url = .*", f'base_url = "{cloud}"', settings)
        else:
            world.start_cloud()
        world.config.write_text(settings)
        config, _ = load(world.config)
        config.store.mkdir(parents=True)
        (place / "goods.csv").write_text(_GOODS)
        import_catalogue(place / "goods.csv", config.catalogue_path)
        agent = Agent(config)
        before(agent)
        agent.start()
        try:
            time.sleep(2.0)  # let the web server finish its imports; it shares this process
            overwrite_log(agent.till.write)
            yield agent, world, scanner
        finally:
            agent.close()


@contextmanager
def _logging(file: Path) -> Iterator[None]:
    """As the daemon does."""
    handler, log = logging.FileHandler(file), logging.getLogger("agent")
    handler.setFormatter(MaskedFormatter("%(levelname)s %(name)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
        handler.close()
