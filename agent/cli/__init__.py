"""The command line. `run` goes straight to the daemon, which must not wait for anything it does not need."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `pos-agent`."""
    if sys.argv[1:2] == ["run"] and "--help" not in sys.argv:
        from agent.daemon.__main__ import main as run

        sys.exit(run(sys.argv[2:]))
    from agent.cli.app import app
    from agent.store.errors import StoreError

    try:
        app()
    except StoreError as error:
        from agent.cli.output import warn

        warn(error.sentence)
        sys.exit(2)
