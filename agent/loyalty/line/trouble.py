"""Why no answer of the cloud's came: each way a line fails has its sentence for the cashier."""

from __future__ import annotations

from enum import StrEnum

from agent.language.sentence import Sentence


class Trouble(StrEnum):
    """How an exchange failed before the cloud could say anything. silent: it was not asked, being known
    to give no answer."""

    NAME = "name"
    UNREACHED = "unreached"
    EXPIRED = "expired"
    UNTRUSTED = "untrusted"
    OTHER_HOST = "other-host"
    TLS = "tls"
    LATE = "late"
    SILENT = "silent"
    BROKEN = "broken"
    PORTAL = "portal"
    SIGN_IN = "sign-in"
    SECRET = "secret"


def sentence(trouble: str) -> Sentence:
    """Of one of them, for the cashier."""
    return Sentence(f"cloud.trouble.{trouble}")
