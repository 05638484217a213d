"""Why no answer of the cloud's came: each way a line fails has its sentence for the cashier."""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """How an exchange failed before the cloud could say anything."""

    NAME = "name"
    UNREACHED = "unreached"
    EXPIRED = "expired"
    UNTRUSTED = "untrusted"
    OTHER_HOST = "other host"
    TLS = "tls"
    LATE = "late"
    BROKEN = "broken"
    PORTAL = "portal"
    SIGN_IN = "sign in"


SENTENCES: dict[str, str] = {
    Trouble.NAME: "The loyalty cloud's address cannot be found: the shop's internet seems to be down.",
    Trouble.UNREACHED: "The loyalty cloud cannot be reached.",
    Trouble.EXPIRED: (
        "The loyalty cloud's certificate is out of date, or this till's clock is wrong. Tell the technician."
    ),
    Trouble.UNTRUSTED: (
        "Something else answers in the loyalty cloud's place: nobody vouches for its certificate. "
        "Tell the technician."
    ),
    Trouble.OTHER_HOST: ("Another server answers under the loyalty cloud's address. Tell the technician."),
    Trouble.TLS: "No secure line to the loyalty cloud can be set up. Tell the technician.",
    Trouble.LATE: "The loyalty cloud does not answer in time.",
    Trouble.BROKEN: "The line to the loyalty cloud broke before its answer was here.",
    Trouble.PORTAL: (
        "A page of the network answers in the loyalty cloud's place: somebody must log in to the network."
    ),
    Trouble.SIGN_IN: "The loyalty cloud could not let this till sign in just now.",
}
