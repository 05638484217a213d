"""The digest of a PIN, which is all that the settings keep of it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass

LEAST, MOST = 4, 64
"""Characters of a PIN."""
_LINE = re.compile(r"scrypt\$(\d{1,7})\$(\d{1,2})\$(\d)\$([A-Za-z0-9+/=]{8,88})\$([A-Za-z0-9+/=]{24,88})")
_COST, _BLOCK, _WAYS = 1 << 15, 8, 1
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PinDigest:
    """Costs of scrypt, salt and digest."""

    cost: int
    block: int
    ways: int
    salt: bytes
    digest: bytes

    def matches(self, pin: str) -> bool:
        """Whether this is the PIN; takes the same time either way."""
        return hmac.compare_digest(self.of(pin), self.digest)

    def of(self, pin: str) -> bytes:
        """The digest of another PIN at the same costs."""
        return hashlib.scrypt(
            pin.encode(),
            salt=self.salt,
            n=self.cost,
            r=self.block,
            p=self.ways,
            maxmem=2 * _MOST_BYTES,
            dklen=len(self.digest),
        )


def pin_line(pin: str, salt: bytes) -> str:
    """The setting that stands for a PIN. Raises ValueError for a PIN that is too short or too long."""
    if not LEAST <= len(pin) <= MOST:
        raise ValueError(f"A PIN has {LEAST} to {MOST} characters.")
    digest = PinDigest(_COST, _BLOCK, _WAYS, salt, bytes(32)).of(pin)
    told = (base64.b64encode(part).decode() for part in (salt, digest))
    return "$".join(("scrypt", str(_COST), str(_BLOCK), str(_WAYS), *told))


def pin_digest(line: str) -> PinDigest | None:
    """The digest that such a setting holds; None if it cannot be used."""
    found = _LINE.fullmatch(line)
    if not found:
        return None
    cost, block, ways = (int(found[group]) for group in (1, 2, 3))
    fits = 128 * cost * block <= _MOST_BYTES and cost >= 2 and cost & (cost - 1) == 0 and block * ways > 0
    try:
        salt, digest = (base64.b64decode(found[group], validate=True) for group in (4, 5))
    except binascii.Error:
        return None
    return PinDigest(cost, block, ways, salt, digest) if fits else None
