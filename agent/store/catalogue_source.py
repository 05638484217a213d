"""The file an import reads: once, from its beginning to its end, a piece at a time."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.store.catalogue_json import json_rows
from agent.store.catalogue_rows import RawRow, Reading, csv_rows
from agent.store.errors import StoreError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_BYTES = 256 * 1024 * 1024
_PIECE = 1 << 16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ImportRefused(StoreError):
    """The source cannot be used at all; nothing was changed."""


class Source(io.RawIOBase):
    """The bytes of a file, digested as they are read. Raises ImportRefused: unreadable, or too many."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self._count = 0
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise self._unreadable(error) from error
        self._count_on(os.fstat(self._file.fileno()).st_size)
        self._count = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """As many bytes as the buffer holds, fewer only at the end."""
        try:
            count = self._file.readinto(buffer)
        except OSError as error:
            raise self._unreadable(error) from error
        self._count_on(count)
        self._digest.update(memoryview(buffer)[:count])
        return count

    def digest(self) -> str:
        """The SHA-256 of the whole file: what nobody has read yet is read for it."""
        while self.read(_PIECE):
            pass
        return self._digest.hexdigest()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()

    def rows(self, reading: Reading) -> Iterator[RawRow]:
        """The file's rows, CSV or JSON (its name tells, or its first letter). Fills reading on the way."""
        stream = io.BufferedReader(self, _PIECE)
        head = stream.peek(_PIECE)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            reading.spoil(1, "", "", Sentence("row.utf-16"))
        elif head.startswith(b"PK\x03\x04"):
            reading.spoil(1, "", "", Sentence("row.spreadsheet"))
        elif b"\0" in head:
            reading.spoil(1, "", "", Sentence("row.no-text"))
        else:
            stream.read(len(_BYTE_ORDER_MARK) if head.startswith(_BYTE_ORDER_MARK) else 0)
            # Bytes that are no UTF-8 become lone surrogates, so that each can be reported where it stands.
            text = io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline="")
            first = head.removeprefix(_BYTE_ORDER_MARK).decode("utf-8", "surrogateescape").lstrip()[:1]
            if not first and len(head) < _PIECE:
                reading.spoil(1, "", "", Sentence("row.file-empty"))
            elif self._path.name.lower().endswith(".json") or first in ("[", "{"):
                yield from json_rows(text, reading)
            else:
                yield from csv_rows(text, reading)
            text.detach()
        stream.detach()

    def _count_on(self, count: int) -> None:
        self._count += count
        if self._count > MOST_BYTES:
            raise ImportRefused(Sentence("import.too-large", file=str(self._path), mib=MOST_BYTES >> 20))

    def _unreadable(self, error: OSError) -> ImportRefused:
        return ImportRefused(Sentence("import.unreadable", file=str(self._path), error=reason(error)))
