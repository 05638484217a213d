"""One-time codes: the same code within its life, ten sends a day, used once (docs/capillary.md 6 and 9.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from agent.simulated.cloud.books.cloud_world import DIGITS, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Otp, OtpDay
from agent.simulated.cloud.books.refusal import Refusal


def issue(world: CloudWorld, entity: str, action: str) -> Otp:
    """Send the entity its code for an action: the living one again, or a new one. Refusal otp 429.

    Must run inside a transaction.
    """
    now = world.now()
    _count_send(world, entity, now)
    living = alive(world, entity, action)
    if living:
        return living
    number = world.ledger.new_id()
    code = world.code("otp", number, min(world.options.otp_length, 50), DIGITS)
    end = now + timedelta(minutes=world.options.otp_minutes)
    return world.ledger.put(Otp(number, entity, action, code, now.isoformat(), end.isoformat()))


def _count_send(world: CloudWorld, entity: str, now: datetime) -> None:
    day = now.date().isoformat()
    rows = world.ledger.find(OtpDay, "otp_day", (entity, day))
    count = rows[0] if rows else OtpDay(world.ledger.new_id(), entity, day, 0)
    if count.sent >= world.options.otp_daily:
        raise Refusal("otp", 429)
    world.ledger.put(replace(count, sent=count.sent + 1))


def alive(world: CloudWorld, entity: str, action: str) -> Otp | None:
    """The code that would be accepted now, if there is one."""
    now = world.now()
    rows = world.ledger.find(Otp, "otp", (entity, action))
    living = [row for row in rows if not row.used and datetime.fromisoformat(row.valid_till) > now]
    return living[-1] if living else None


def matches(world: CloudWorld, entity: str, action: str, code: str) -> bool:
    """Whether this is the entity's living code for the action; letters in either case."""
    living = alive(world, entity, action)
    return living is not None and living.code.upper() == code.strip().upper()


def spend(world: CloudWorld, entity: str, action: str) -> None:
    """Use the living code up. Must run inside a transaction."""
    living = alive(world, entity, action)
    if living:
        world.ledger.put(replace(living, used=True))
