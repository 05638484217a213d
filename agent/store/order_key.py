"""The order_key of outbox rows: a digest under the store's key.

A chain is named by a digest of one customer's identifier (agent.loyalty.calls.call). Unkeyed, it would let
whoever has the disk try all phone numbers against a row.
"""

from __future__ import annotations

from functools import lru_cache

from agent.store import outbox
from agent.store.opening import Store
from agent.store.sealing import Vault

_MARK = "k"
"""First letter of a keyed one. Those of earlier versions are hexadecimal, and no such digit is a k."""
_DIGITS = 19


@lru_cache(8)
def order_key(vault: Vault, chain: str) -> str:
    """What a row keeps for its chain: the same for the same chain in one store. Kept for the calls of a sale,
    the first of which is worked out while its customer pays."""
    return _MARK + vault.digest("order", chain).hex()[:_DIGITS]


def key_old(store: Store) -> int:
    """Key what earlier versions left unkeyed, all of it in one transaction; returns how many rows.

    At the start, before anything is queued or sent: with both kinds in the queue a customer would have two
    chains, and the newer call could overtake the older.
    """
    with store.transaction() as tx:
        old = outbox.sound(tx, "instr(order_key, ?) <> 1", (_MARK,))
        keyed = [(order_key(store.vault, row.order_key), row.id) for row in old]
        tx.executemany("UPDATE outbox SET order_key = ? WHERE id = ?", keyed)
    if keyed:
        # The log and the file's free pages would still tell the old ones.
        store.checkpoint()
    return len(keyed)
