"""Opening the store the way the till does: what the last run left half done is put in order first."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.store import spool
from agent.store.errors import StoreFull
from agent.store.opening import FILE_NAME, Store, open_store
from agent.store.order_key import key_old
from agent.store.room import Room, may_map

log = logging.getLogger("agent.store")


def open_in_order(
    directory: Path,
    *,
    key_file: Path | None = None,
    home: Path | None = None,
    text_of: Callable[[Sentence], str] = in_english,
    room: Room | None = None,
) -> Store:
    """As open_store. A print job that was being sent is unknown now: nobody sends yet, so nobody will
    ever say what came of it; on a disk without any room the printer's thread writes that down before it
    begins. text_of makes what is kept of a sentence. room: the disk's, whose ballast is
    given up for it.
    """
    interrupted = _left(directory)
    store = _opened(directory, key_file, home, room)
    store.interrupted = interrupted
    lost = 0
    with contextlib.ExitStack() as undo:
        undo.callback(store.close)
        if interrupted:
            # A commit whose sync failed is in the log and yet may not be on the disk. Folded in, it is.
            with contextlib.suppress(StoreFull):
                store.checkpoint()
        key_old(store)
        with contextlib.suppress(StoreFull), store.transaction() as tx:
            lost = spool.after_restart(tx, text_of)
        undo.pop_all()
    if lost:
        log.warning(
            "%d print jobs were being sent when the agent stopped: nobody knows if they printed", lost
        )
    return store


def _opened(directory: Path, key_file: Path | None, home: Path | None, room: Room | None) -> Store:
    def opened() -> Store:
        if not may_map(directory):
            raise StoreFull(Sentence("store-full.opening", directory=str(directory)))
        return open_store(directory, key_file=key_file, home=home)

    try:
        return opened()
    except StoreFull as error:
        if room is None or not room.give_up_ballast():
            raise
        log.error("%s The ballast was given up.", error.text)
        return opened()


def _left(directory: Path) -> bool:
    """Whether a run has left its log: one that ends in order folds it in."""
    try:
        return (directory / f"{FILE_NAME}-wal").stat().st_size > 0
    except OSError:
        return False
