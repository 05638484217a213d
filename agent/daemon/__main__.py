"""`python -m agent.daemon --config FILE`: the till as a service. Imports as little as it can."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from agent.daemon.agent import Agent
from agent.daemon.masked_log import MaskedFormatter
from agent.daemon.restarts import Restarts
from agent.daemon.systemd import notify
from agent.settings.config import DEFAULT_FILE, load
from agent.settings.lasting import check_lasting
from agent.settings.toml_sections import ConfigError
from agent.store.errors import (
    PageDamaged,
    RowDamaged,
    StoreDamaged,
    StoreError,
    StoreForeign,
    StoreKeyless,
    StoreLost,
    StoreReadOnly,
    StoreSealed,
    StoreTooNew,
    translated,
)

log = logging.getLogger("agent.daemon")

_MAY_PASS, _FOR_A_PERSON = 1, 2
_FOREIGN = (
    RowDamaged,
    StoreDamaged,
    StoreForeign,
    StoreKeyless,
    StoreLost,
    StoreReadOnly,
    StoreSealed,
    StoreTooNew,
)


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop. 0 on a clean end; 2 when it cannot start until a person has changed something
    (settings, a store that is not ours or sealed with another key); 1 for everything that may pass, such as a
    full disk: systemd starts it again, and each start after short runs waits longer."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="pos-agent run", description="Run the till in the foreground.")
    place = os.environ.get("POS_AGENT_CONFIG", str(DEFAULT_FILE))
    parser.add_argument("--config", type=Path, default=Path(place), help="the till's settings")
    file: Path = parser.parse_args(given).config
    # Whoever may read the store reads every bill: what is for others as well is opened to them one by one.
    os.umask(0o077)
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger().handlers[0].setFormatter(MaskedFormatter("%(levelname)s %(name)s %(message)s"))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runtime = os.environ.get("RUNTIME_DIRECTORY")
    restarts = Restarts(Path(runtime) if runtime else None)
    short, pause_s = restarts.begin(time.monotonic())
    code = 0 if _paused(short, pause_s, stop) else _run(file, stop, last_try=not runtime or short > 0)
    if code != _MAY_PASS:
        restarts.over()
    return code


def _paused(short: int, pause_s: float, stop: threading.Event) -> bool:
    """Wait as long as the short runs before this one make it; whether it was told to stop meanwhile."""
    if pause_s:
        log.warning("waits %d s: the last %d runs were short", pause_s, short)
        notify(f"EXTEND_TIMEOUT_USEC={round((pause_s + 60) * 1e6)}\nSTATUS=waits after {short} short runs")
    return stop.wait(pause_s)


def _run(file: Path, stop: threading.Event, *, last_try: bool) -> int:
    """last_try: damage that was met is for a person, and not looked at once more. SQLite calls damage also
    what the disk did not give it at that moment, which only another start can tell."""
    try:
        config, tables = load(file)
        check_lasting(config, tables)
        agent = Agent(config, stop)
    except ConfigError as error:
        for problem in error.problems:
            log.error("config: %s", problem)
        return _FOR_A_PERSON
    except ValueError as error:
        log.error("config: %s", error)
        return _FOR_A_PERSON
    except StoreError as error:
        return _refused(error)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw: a sentence for a person, the rest for us
        return _unforeseen(error)
    ended = None
    try:
        agent.start()
        agent.wait()
    except StoreError as error:
        ended = _refused(error)
    except OSError as error:
        log.error("cannot start: %s", error)
        ended = _MAY_PASS
    except Exception as error:  # noqa: BLE001 - as above
        ended = _unforeseen(error)
    agent.close()
    if ended is not None:
        return ended
    if agent.supervisor.failed:
        log.error("stopped because %s failed", agent.supervisor.failed)
        return _FOR_A_PERSON if agent.supervisor.damaged and last_try else _MAY_PASS
    log.info("stopped")
    return 0


def _refused(error: StoreError) -> int:
    # Before it sells there is no other part to go on with.
    cause = error.__cause__ if isinstance(error, PageDamaged) else None
    told = (translated.told(cause) if cause else None) or cause or error
    log.error("store: %s", told)
    return _FOR_A_PERSON if isinstance(error, _FOREIGN) else _MAY_PASS


def _unforeseen(error: Exception) -> int:
    log.error("cannot start: %s: %s", type(error).__name__, error)
    if not sys.stderr.isatty():
        log.info("where that came from", exc_info=error)
    return _MAY_PASS


if __name__ == "__main__":
    sys.exit(main())
