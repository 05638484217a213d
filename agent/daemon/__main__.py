"""`python -m agent.daemon --config FILE`: the till as a service. Imports as little as it can."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from agent.daemon.agent import Agent
from agent.daemon.masked_log import MaskedFormatter
from agent.settings.config import DEFAULT_FILE, load
from agent.settings.toml_sections import ConfigError
from agent.store.errors import StoreError, StoreForeign, StoreKeyless, StoreSealed, StoreTooNew

log = logging.getLogger("agent.daemon")

_FOR_A_PERSON = (StoreForeign, StoreKeyless, StoreSealed, StoreTooNew)


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop. 0 on a clean end; 2 when it cannot start until a person has changed something
    (settings, a store that is not ours or sealed with another key); 1 for everything that may pass, such as a
    full disk."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="pos-agent run", description="Run the till in the foreground.")
    place = os.environ.get("POS_AGENT_CONFIG", str(DEFAULT_FILE))
    parser.add_argument("--config", type=Path, default=Path(place), help="the till's settings")
    file: Path = parser.parse_args(given).config
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger().handlers[0].setFormatter(MaskedFormatter("%(levelname)s %(name)s %(message)s"))
    try:
        config, _ = load(file)
        agent = Agent(config)
    except ConfigError as error:
        for problem in error.problems:
            log.error("config: %s", problem)
        return 2
    except ValueError as error:
        log.error("config: %s", error)
        return 2
    except StoreError as error:
        log.error("store: %s", error.text)
        return 2 if isinstance(error, _FOR_A_PERSON) else 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: agent.supervisor.stop.set())
    try:
        agent.start()
        agent.wait()
    except OSError as error:
        log.error("cannot start: %s", error)
        agent.close()
        return 1
    agent.close()
    if agent.supervisor.failed:
        log.error("stopped because %s failed", agent.supervisor.failed)
        return 1
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
