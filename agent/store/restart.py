"""Opening the store the way the till does: what the last run left half done is put in order first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.store import spool
from agent.store.opening import Store, open_store
from agent.store.order_key import key_old

log = logging.getLogger("agent.store")


def open_in_order(
    directory: Path, *, key_file: Path | None = None, text_of: Callable[[Sentence], str] = in_english
) -> Store:
    """As open_store. A print job that was being sent is unknown now: nobody sends yet, so nobody will
    ever say what came of it. text_of makes what is kept of a sentence."""
    store = open_store(directory, key_file=key_file)
    try:
        key_old(store)
        with store.transaction() as tx:
            lost = spool.after_restart(tx, text_of)
    except BaseException:
        store.close()
        raise
    if lost:
        log.warning(
            "%d print jobs were being sent when the agent stopped: nobody knows if they printed", lost
        )
    return store
