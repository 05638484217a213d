"""Sealing: AES-256-GCM over what is personal, bound to the table and row it stands in.

`cryptography` is imported when the first thing is sealed or opened: a till that starts has neither to do.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from agent.language.sentence import Sentence
from agent.store.errors import StoreKeyless

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from agent.sale.basket import Customer
    from agent.store.high_water import HighWater, LastBill

KEY_BYTES = 32
# First byte of a sealed blob. What was written before there was sealing begins with { or with zlib's 0x78.
_MARK = b"\x01"
_TEXT_MARK = "sealed:"
_NONCE = 12


class SealBroken(ValueError):
    """A sealed value was changed, moved from another row, or sealed with another key."""


class Vault:
    """Seals and opens for one store. Without a key it opens nothing; what is in clear passes through."""

    def __init__(self, key: bytes | None) -> None:
        self._key = key
        self._keys: dict[str, bytes] = {}
        self._marks: dict[str, hashlib.blake2b] = {}
        self._cipher: AESGCM | None = None
        self._broken: tuple[type[Exception], ...] = (ValueError,)

    @property
    def has_key(self) -> bool:
        """Whether it can open anything."""
        return self._key is not None

    @property
    def key(self) -> bytes | None:
        """The key itself, for its file."""
        return self._key

    @property
    def check(self) -> str:
        """Tells keys apart without telling the key."""
        return self.digest("check", "").hex()

    def digest(self, purpose: str, value: str) -> bytes:
        """Keyed digest (HMAC-SHA256), the same for the same value: to find a thing by what must not be
        written down."""
        return hmac.digest(self._derived(purpose), value.encode(), "sha256")

    def mark(self, purpose: str, content: bytes) -> bytes:
        """Keyed digest (BLAKE2b, 32 bytes) of content. A backlog needs one of every call, and HMAC takes ten
        times as long over so little."""
        if purpose not in self._marks:
            self._marks[purpose] = hashlib.blake2b(key=self._derived(purpose), digest_size=32)
        mark = self._marks[purpose].copy()
        mark.update(content)
        return mark.digest()

    def seal(self, place: str, clear: bytes) -> bytes:
        """place names table and row; the blob opens in that place only."""
        nonce = os.urandom(_NONCE)
        return _MARK + nonce + self._aes().encrypt(nonce, clear, place.encode())

    def open(self, place: str, stored: bytes) -> bytes:
        """What was sealed; what stands in clear as it is. Raises SealBroken, StoreKeyless."""
        if not is_sealed(stored):
            return stored
        return self._opened(place, stored)

    def seal_text(self, place: str, clear: str) -> str:
        """The same for columns of text."""
        return _TEXT_MARK + base64.b64encode(self.seal(place, clear.encode())).decode()

    def open_text(self, place: str, stored: str) -> str:
        """What was sealed; what stands in clear as it is. Raises SealBroken, StoreKeyless."""
        if not is_sealed_text(stored):
            return stored
        try:
            blob = base64.b64decode(stored.removeprefix(_TEXT_MARK), validate=True)
        except ValueError as error:
            raise SealBroken(f"{place}: not a sealed value") from error
        try:
            return self._opened(place, blob).decode()
        except UnicodeDecodeError as error:
            raise SealBroken(f"{place}: not a text") from error

    def warm(self) -> None:
        """Import what sealing needs, before a customer waits for it."""
        self._aes()

    def _opened(self, place: str, blob: bytes) -> bytes:
        cipher = self._aes()
        try:
            return cipher.decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], place.encode())
        except self._broken as error:
            raise SealBroken(f"{place}: the seal is broken") from error

    def _aes(self) -> AESGCM:
        if self._cipher is None:
            from cryptography.exceptions import InvalidTag
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._broken = (InvalidTag, ValueError)
            self._cipher = AESGCM(self._derived("seal"))
        return self._cipher

    def _derived(self, purpose: str) -> bytes:
        if self._key is None:
            raise StoreKeyless(Sentence("store-keyless.here"))
        if purpose not in self._keys:
            self._keys[purpose] = hmac.digest(self._key, f"pos-agent {purpose}".encode(), "sha256")
        return self._keys[purpose]


class PutCustomer(NamedTuple):
    """The customer of a sale as a connection has sealed it: the blob, who it is, what a bill's row keeps."""

    sale_id: str
    sealed: bytes
    customer: Customer
    digest: str


class SealedConnection(sqlite3.Connection):
    """A connection that knows its store's vault and, the writing one, its high-water mark."""

    vault = Vault(None)
    high_water: HighWater | None = None
    noted: LastBill | None = None
    """The bill of the transaction under way."""
    ended_call = ended_job = 0
    """The last call and the last print job that the transaction under way has ended."""
    last_put: PutCustomer | None = None
    """The last customer it has sealed, whatever became of the transaction."""


def vault_of(connection: sqlite3.Connection) -> Vault:
    """The vault of a connection; one without a key for a connection that was not opened by this room."""
    return connection.vault if isinstance(connection, SealedConnection) else SealedConnection.vault


def is_sealed(stored: bytes) -> bool:
    """Whether a blob is sealed or stands in clear. Raises SealBroken for what is none."""
    if not isinstance(stored, bytes):
        raise SealBroken("not a sealed value")
    return stored[:1] == _MARK


def is_sealed_text(stored: str) -> bool:
    """Whether a text is sealed or stands in clear. Raises SealBroken for what is none."""
    if not isinstance(stored, str):
        raise SealBroken("not a sealed text")
    return stored.startswith(_TEXT_MARK)
