"""The protocols there are, by the names of the settings."""

from __future__ import annotations

from drivers.scale.cas import CAS
from drivers.scale.conversation import Protocol
from drivers.scale.dialog06 import DIALOG06
from drivers.scale.mettler_8217 import METTLER_8217
from drivers.scale.nci import NCI

PROTOCOLS: dict[str, Protocol] = {"mettler-8217": METTLER_8217, "cas": CAS, "nci": NCI, "dialog06": DIALOG06}
