"""Requests made small for the outbox: deflated (RFC 1951) against the words that all of them repeat.

A bill of two lines takes a third of what zlib alone makes of it, and is opened in a third of the time: fewer
bytes are written for a sale, and a backlog is read, begun and let go faster. What changes or damages a packed
request is found by the seal around it (agent.store.sealing).
"""

from __future__ import annotations

import zlib

_FORM = b"\x02"
"""Begins what was packed against WORDS. What zlib alone made of a request before begins with 0x78."""
_RAW = -zlib.MAX_WBITS

# What was packed opens with these very bytes only, so they never change: other words take another form. They
# stand in the order of the calls; what is said most often stands last, where pointing at it is cheapest.
WORDS = (
    b'","points_milli","before_milli","externalReferenceNumber":"","identifier":{"type":"mobile","value":"'
    b'"pointsToBeReversed":"points_reverse","path":"/v2/points/reverse"'
    b'["redemption_id",""]"coupon_reactivate","path":"/v2/coupon/reactivate","query":[],"v":3}\n{"redemptionIds":['
    b'"user_id","transaction_update","path":"/v1.1/transaction/update","query":[["format","json"]],"v":3}\n'
    b'{"root":{"transaction":[{"customer":{"mobile":"","id":"","new_type":"REGULAR","notes":"Customer named '
    b'afterwards at till ","old_type":"NOT_INTERESTED"}]}}"card_number":"external_id":"email":"lastname":"'
    b'"gender":"dob":"custom_fields":{"field":[{"name":"","value":""}],"extended_fields":{"'
    b'["firstname",""],["at",""]],"family":"customer","headers":[],"method":"POST","op":"customer_update","path":'
    b'"/v1.1/customer/update""customer_add","path":"/v1.1/customer/add","query":[["format","json"]],"v":3}\n'
    b'{"root":{"customer":[{"firstname":"","mobile":"","registered_on":"","source":"INSTORE","subscriptions":'
    b'{"subscription":[{"channel":"sms","is_subscribed":"1","priority":"BULK","scope":"all"}]},"type":"LOYALTY"}]}}'
    b'["code",""],["value_minor",""]],"family":"coupon","headers":[["X-CAP-CLIENT-SIGNATURE","pos-agent"]],"method":'
    b'"POST","op":"coupon_redeem","path":"/v1.1/coupon/redeem","query":[["format","json"]],"v":3}\n{"root":{"coupon":'
    b'[{"code":"","customer":{"mobile":""},"redemption_time":"","transaction":[{"amount":"","number":""}]}]}}'
    b'["reference",""],["points_milli",""],["value_minor",""]],"family":"points","headers":[],"method":"POST","op":'
    b'"points_redeem","path":"/v1.1/points/redeem","query":[["format","json"]],"v":3}\n{"root":{"redeem":[{"customer":'
    b'{"mobile":""},"external_reference_number":"","points_redeemed":"","redemption_time":"","transaction_number":"'
    b'","validation_code":""}]}}["note",""],["how","LINE_ITEM"],["bought_on",""]"op":"transaction_return""note":"'
    b'"purchaseTime":"","returnType":"AMOUNT""FULL","type":"RETURN"}"comboDetails":[{"comboType":"COMBO_ITEM","'
    b'"quantity":"splitDetails":"SPLIT""addOnDetails":"ADD_ON_ITEM""customFields":{"extendedFields":{"attributes":{"'
    b'"notInterestedReason":"","NOT_INTERESTED"}"notes":"'
    b'{"identifierType":"mobile","identifierValue":"91","source":"INSTORE"}\n{"facts":[["who_name","mobile"],'
    b'["who_value","91"],["number",""],["till",""],["amount_minor",""],["rounding_minor","0"],["at","2026-'
    b'+05:30"]],"family":"transaction","headers":[],"method":"POST","op":"transaction_add","path":"/v2/transactions",'
    b'"query":[["identifierName","mobile"],["identifierValue","91"],["source","INSTORE"]],"v":3}\n{"billAmount":'
    b'.00,"billNumber":"","billingDate":"2026-T+05:30","deliveryStatus":"DELIVERED","discount":0.00,"grossAmount":'
    b'.00,"lineItemsV2":[{"amount":.00,"description":"","discount":0.00,"itemCode":"","qty":1,"rate":.00,"serial":1,'
    b'"value":.00},{"amount":.00,"description":"","discount":0.00,"itemCode":"","qty":1,"rate":.00,"serial":2,'
    b'"value":.00}],"paymentModes":[{"mode":"Cash","value":.00}],"type":"REGULAR"}'
)


# Fixed codes: so little text does not repay a table of its own, which has to be built again to read it. The
# words are read once: each request takes a copy, whose window has room for words and request and no more.
_PACKER = zlib.compressobj(wbits=-12, memLevel=4, strategy=zlib.Z_FIXED, zdict=WORDS)


def pack(request: bytes) -> bytes:
    """The request, small. On any thread."""
    packer = _PACKER.copy()
    return _FORM + packer.compress(request) + packer.flush()


def unpack(packed: bytes) -> bytes:
    """The inverse of pack, and of zlib.compress. Raises zlib.error on anything else."""
    if packed[:1] != _FORM:
        return zlib.decompress(packed)
    unpacker = zlib.decompressobj(_RAW, WORDS)
    request = unpacker.decompress(packed[1:])
    if not unpacker.eof:
        raise zlib.error("a stored request is cut short")
    return request
