"""Who may call: Basic authentication with an MD5 password, or an OAuth token (docs/capillary.md 2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

from agent.simulated.cloud.api.envelope import Reply
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.options import CloudOptions, TillAccount
from agent.simulated.cloud.books.refusal import Refusal

_BY_STORE = {
    "STORE_CODE",
    "STORE_NAME",
    "STORE_EXTERNAL_ID",
    "STORE_EXTERNAL_ID_1",
    "STORE_EXTERNAL_ID_2",
}


def admitted(world: CloudWorld, headers: Mapping[str, str]) -> TillAccount:
    """The till that calls. Refusals 401 (who are you), 1061 and 91021 (no such till to act for)."""
    if headers.get("x-cap-api-attribution-lookup") and not headers.get("x-cap-api-attribution-lookup-type"):
        raise Refusal("request", 1061)
    token = headers.get("x-cap-api-oauth-token")
    if token:
        _check_token(world, token)
        return _attributed(world.options, headers)
    account = _basic(world.options, headers.get("authorization", ""))
    return _looked_up(world.options, headers) or account


def _looked_up(options: CloudOptions, headers: Mapping[str, str]) -> TillAccount | None:
    """The till another one posts for, its code in the case it was given (docs/capillary.md 2).
    Refusal 91021."""
    code = headers.get("x-cap-api-attribution-lookup", "")
    found = options.account(code)
    if code and found is None:
        raise Refusal("request", 91021)
    return found if code else None


def _basic(options: CloudOptions, header: str) -> TillAccount:
    """`Basic base64(user ":" md5hex)`: lower-case hex only, so a stray space is a wrong password."""
    scheme, _, encoded = header.partition(" ")
    try:
        user, _, given = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal("request", 401) from error
    account = options.account(user)
    wanted = hashlib.md5((account.password if account else "").encode(), usedforsecurity=False).hexdigest()
    right = hmac.compare_digest(wanted.encode(), given.encode())
    if scheme.lower() != "basic" or account is None or not right:
        raise Refusal("request", 401)
    return account


def _check_token(world: CloudWorld, token: str) -> None:
    end = world.tokens.get(token)
    if end is None or end <= world.time():
        raise Refusal("request", 401)


def _attributed(options: CloudOptions, headers: Mapping[str, str]) -> TillAccount:
    """The till a token acts for; by store, the store's first till."""
    code = headers.get("x-cap-api-attribution-entity-code", "")
    kind = headers.get("x-cap-api-attribution-entity-type", "TILL").upper()
    if kind in _BY_STORE:
        found = next((till for till in options.accounts if code in (till.store, till.store_name)), None)
    else:
        found = options.account(code)
    if found is None:
        raise Refusal("request", 91021)
    return found


def issue_token(world: CloudWorld, call: Call) -> Reply:
    """POST /v3/oauth/token/generate: a token for key and secret. Refusal 401."""
    body = call.body if isinstance(call.body, dict) else {}
    if (body.get("key"), body.get("secret")) not in world.options.oauth_clients:
        raise Refusal("request", 401)
    lifetime = world.options.oauth_ttl_s
    token = f"training.{world.code('token', len(world.tokens) + 1, 40)}"
    world.tokens[token] = world.time() + timedelta(seconds=lifetime)
    return Reply({"data": {"accessToken": token, "ttlSeconds": lifetime}, "errors": None})
