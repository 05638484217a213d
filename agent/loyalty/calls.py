"""Every call of this room, one builder each."""

from agent.loyalty.bill_calls import calls_of_bill, transaction_add, transaction_get
from agent.loyalty.call import Call, Op
from agent.loyalty.customer_calls import (
    customer_add,
    customer_get,
    customer_redemptions,
    customer_transactions,
    customer_update,
)
from agent.loyalty.organisation_calls import organisation_configs, organisation_tenders
from agent.loyalty.otp_calls import otp_generate, otp_validate
from agent.loyalty.redemption_calls import (
    coupon_get,
    coupon_isredeemable,
    coupon_redeem,
    points_isredeemable,
    points_redeem,
    points_redeem_anew,
    points_reference,
    points_validationcode,
)
from agent.loyalty.retro_call import retro
from agent.loyalty.return_calls import return_calls
from agent.loyalty.undo_calls import coupon_reactivate, points_reverse

__all__ = [
    "Call",
    "Op",
    "calls_of_bill",
    "coupon_get",
    "coupon_isredeemable",
    "coupon_reactivate",
    "coupon_redeem",
    "customer_add",
    "customer_get",
    "customer_redemptions",
    "customer_transactions",
    "customer_update",
    "organisation_configs",
    "organisation_tenders",
    "otp_generate",
    "otp_validate",
    "points_isredeemable",
    "points_redeem",
    "points_redeem_anew",
    "points_reference",
    "points_reverse",
    "points_validationcode",
    "retro",
    "return_calls",
    "transaction_add",
    "transaction_get",
]
