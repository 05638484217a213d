"""Supervisors: who may give something up for the shop, known by a PIN of which only a digest is kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LEAST, MOST = 4, 64
"""Characters of a PIN."""
TRIES = 5
LOCKED_S = 300.0
_LINE = re.compile(r"scrypt\$(\d{1,7})\$(\d{1,2})\$(\d)\$([A-Za-z0-9+/=]{8,88})\$([A-Za-z0-9+/=]{24,88})")
_COST, _BLOCK, _WAYS = 1 << 15, 8, 1
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Digest:
    cost: int
    block: int
    ways: int
    salt: bytes
    digest: bytes

    def of(self, pin: str) -> bytes:
        return hashlib.scrypt(
            pin.encode(),
            salt=self.salt,
            n=self.cost,
            r=self.block,
            p=self.ways,
            maxmem=2 * _MOST_BYTES,
            dklen=len(self.digest),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a name and a PIN are right; text says why not. locked: this try locked the name."""

    ok: bool
    code: str = ""
    text: str = ""
    locked: bool = False


def pin_line(pin: str, salt: bytes) -> str:
    """The setting that stands for a PIN. Raises ValueError for a PIN that is too short or too long."""
    if not LEAST <= len(pin) <= MOST:
        raise ValueError(f"A PIN has {LEAST} to {MOST} characters.")
    digest = _Digest(_COST, _BLOCK, _WAYS, salt, bytes(32)).of(pin)
    told = (base64.b64encode(part).decode() for part in (salt, digest))
    return "$".join(("scrypt", str(_COST), str(_BLOCK), str(_WAYS), *told))


def pin_problem(line: str) -> str:
    """What is wrong with such a setting, in words; "" if it can be used."""
    return "" if _read(line) else "expected the line that `pos-agent config pin` prints"


class Supervisors:
    """Checks PINs, one at a time. After TRIES wrong ones in a row a name is locked for LOCKED_S.

    lines: the setting of each name; clock: seconds that never go back.
    """

    def __init__(self, lines: Mapping[str, str], clock: Callable[[], float]) -> None:
        found = {name: _read(line) for name, line in lines.items()}
        self._known = {name: digest for name, digest in found.items() if digest}
        # An unknown name costs as much time as a known one, so that names cannot be told apart by it.
        self._nobody = next(iter(self._known.values()), None)
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def check(self, name: str, pin: str) -> Verdict:
        """Whether this is one of the shop's supervisors."""
        if self._nobody is None:
            return Verdict(
                ok=False,
                code="no-supervisor",
                text="No supervisor is set up at this till, so nothing can be waived. "
                "Add one to the settings: see pos-agent config pin.",
            )
        with self._lock:
            left_s = self._until.get(name, 0.0) - self._clock()
            if left_s > 0:
                return Verdict(ok=False, code="supervisor-locked", text=_locked(name, left_s))
            digest = self._known.get(name, self._nobody)
            right = hmac.compare_digest(digest.of(pin), digest.digest)
            return self._counted(name, right=right and name in self._known)

    def _counted(self, name: str, *, right: bool) -> Verdict:
        if right:
            self._wrong.pop(name, None)
            return Verdict(ok=True)
        if name in self._known:
            self._wrong[name] = self._wrong.get(name, 0) + 1
        if self._wrong.get(name, 0) < TRIES:
            return Verdict(
                ok=False, code="supervisor-wrong", text="The supervisor's name or PIN is not right."
            )
        del self._wrong[name]
        self._until[name] = self._clock() + LOCKED_S
        return Verdict(ok=False, code="supervisor-locked", text=_locked(name, LOCKED_S), locked=True)


def _locked(name: str, left_s: float) -> str:
    minutes = math.ceil(left_s / 60)
    unit = "minute" if minutes == 1 else "minutes"
    return f"Too many wrong PINs for {name}. Try again in {minutes} {unit}."


def _read(line: str) -> _Digest | None:
    found = _LINE.fullmatch(line)
    if not found:
        return None
    cost, block, ways = (int(found[group]) for group in (1, 2, 3))
    fits = 128 * cost * block <= _MOST_BYTES and cost >= 2 and cost & (cost - 1) == 0 and block * ways > 0
    try:
        salt, digest = (base64.b64decode(found[group], validate=True) for group in (4, 5))
    except binascii.Error:
        return None
    return _Digest(cost, block, ways, salt, digest) if fits else None
