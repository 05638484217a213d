"""Opening the store the way the till does: what the last run left half done is put in order first."""

from __future__ import annotations

import logging
from pathlib import Path

from agent.store import spool
from agent.store.opening import Store, open_store
from agent.store.order_key import key_old

log = logging.getLogger("agent.store")


def open_in_order(directory: Path, *, key_file: Path | None = None) -> Store:
    """As open_store. A print job that was being sent is unknown now: nobody sends yet, so nobody will
    ever say what came of it."""
    store = open_store(directory, key_file=key_file)
    try:
        key_old(store)
        with store.transaction() as tx:
            lost = spool.after_restart(tx)
    except BaseException:
        store.close()
        raise
    if lost:
        log.warning(
            "%d print jobs were being sent when the agent stopped: nobody knows if they printed", lost
        )
    return store
