"""The key of a till's command labels: beside the store, so that no label of another till obeys here.

What a command label says can be copied by any telephone, or made up by who has read the guide. A till obeys
only labels that carry a proof made with its own key; there is none until the shop makes one, and a new one
withdraws every label made before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path

from agent.files import regular_file
from agent.store.high_water import sync_directory

KEY_NAME = "command-labels.key"
_KEY_BYTES = 32
_PROOF_LETTERS = 12  # of 5 bits: more than anybody can scan his way through


class LabelKey:
    """The key in a store's directory; till names the till, so that a copied store's labels are not another's.
    Looked at anew each time: what the command line makes or takes away counts at the next label."""

    def __init__(self, directory: Path, till: str) -> None:
        self._file = directory / KEY_NAME
        self._till = till

    @property
    def made(self) -> bool:
        """Whether this till obeys any label. Raises OSError where this user may not see that."""
        return self._kept() is not None

    def proof(self, command: str) -> str:
        """What a label of this till says behind its command; "" without a key."""
        key = self._read()
        if key is None:
            return ""
        digest = hmac.digest(key, f"{self._till}\n{command}".encode(), hashlib.sha256)
        return base64.b32encode(digest).decode("ascii")[:_PROOF_LETTERS]

    def proves(self, command: str, proof: str) -> bool:
        """Whether a label is this till's and not withdrawn."""
        wanted = self.proof(command)
        return bool(wanted) and hmac.compare_digest(wanted.encode(), proof.encode("utf-8", "replace"))

    def renew(self) -> None:
        """A new key, owned like the store: labels made before are withdrawn. Raises OSError."""
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        written = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(written, os.urandom(_KEY_BYTES))
            if os.geteuid() == 0:
                owner = self._file.parent.stat()
                os.fchown(written, owner.st_uid, owner.st_gid)
            os.fsync(written)
        finally:
            os.close(written)
        fresh.replace(self._file)
        sync_directory(self._file.parent)

    def withdraw(self) -> None:
        """No key any more: no label is obeyed. Raises OSError."""
        self._file.unlink(missing_ok=True)
        sync_directory(self._file.parent)

    def _read(self) -> bytes | None:
        with suppress(OSError):
            return self._kept()
        return None

    def _kept(self) -> bytes | None:
        try:
            key = regular_file.read(self._file)
        except FileNotFoundError:
            return None
        return key if len(key) == _KEY_BYTES else None
