"""Closed sets of words that the rooms share about the outbox and the cloud: operations, states, outcomes.

Operations and states stand on the disk as these texts. A member is the text itself, so one read from the disk
compares with it.
"""

from __future__ import annotations

from enum import StrEnum


class Op(StrEnum):
    """What a call is for."""

    CUSTOMER_GET = "customer_get"
    CUSTOMER_ADD = "customer_add"
    CUSTOMER_UPDATE = "customer_update"
    CUSTOMER_REDEMPTIONS = "customer_redemptions"
    CUSTOMER_TRANSACTIONS = "customer_transactions"
    POINTS_ISREDEEMABLE = "points_isredeemable"
    POINTS_VALIDATIONCODE = "points_validationcode"
    POINTS_REDEEM = "points_redeem"
    POINTS_REVERSE = "points_reverse"
    COUPON_ISREDEEMABLE = "coupon_isredeemable"
    COUPON_REDEEM = "coupon_redeem"
    COUPON_GET = "coupon_get"
    COUPON_REACTIVATE = "coupon_reactivate"
    OTP_GENERATE = "otp_generate"
    OTP_VALIDATE = "otp_validate"
    TRANSACTION_ADD = "transaction_add"
    TRANSACTION_BULK = "transaction_bulk"
    TRANSACTION_GET = "transaction_get"
    ORGANISATION_CONFIGS = "organisation_configs"
    ORGANISATION_TENDERS = "organisation_tenders"
    TRANSACTION_RETURN = "transaction_return"
    TRANSACTION_UPDATE = "transaction_update"


class RowState(StrEnum):
    """Where a row of the outbox stands, or what an attempt made of it.

    READY: may be sent. INFLIGHT: bytes may be on their way. UNKNOWN: sent, and nobody knows what came of it.
    PARKED: a person must look. The other two only say what an attempt came to and are never stored: DONE, the
    row leaves the outbox; UNTRIED, it was begun but no byte of it was sent.
    """

    READY = "ready"
    INFLIGHT = "inflight"
    UNKNOWN = "unknown"
    PARKED = "parked"
    DONE = "done"
    UNTRIED = "untried"


STORED = (RowState.READY, RowState.INFLIGHT, RowState.UNKNOWN, RowState.PARKED)
"""The states a row of the outbox can have on the disk."""


OVERTAKEN = 2
"""What a call about a customer's details follows if the cloud has acknowledged a later change of the same
customer by this till; 1 is an earlier one. On the disk."""


class SyncState(StrEnum):
    """What a bill's mark says of it: all of it told, some of it waiting, for a person, or given up by one."""

    DONE = "done"
    QUEUED = "queued"
    PARKED = "parked"
    WAIVED = "waived"


class ReplyOutcome(StrEnum):
    """How a question at the counter ended. OFFLINE: no cloud is there. UNKNOWN: it may have been done."""

    OK = "ok"
    NO = "no"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class CloudState(StrEnum):
    """Whether the cloud is there. TROUBLE: it is, and does not do its work, or not all of it."""

    ONLINE = "online"
    TROUBLE = "trouble"
    OFFLINE = "offline"
