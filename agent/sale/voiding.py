"""Lines that are taken off the open sale, and put back as they were."""

from __future__ import annotations

from dataclasses import replace

from agent.sale.basket import Customer, Line, Sale, Voided
from agent.sale.refusals import Refused
from agent.sale.return_values import Back, ReturnHow


def voided(sale: Sale, line: Line) -> Sale:
    """Without this line. A whole bill or a sum of money comes back as one: all its lines, and what it
    undoes."""
    if line.back is None:
        return _voided(sale, Voided((line.no,)))
    number = line.back.number
    backs = {each.no: each.back for each in sale.returns if each.back and each.back.number == number}
    alone, of_it = all(_by_line(back) for back in backs.values()), list(backs)
    gone = (line.no,) if alone else tuple(of_it)
    off = Voided(
        gone,
        tuple(no for no in of_it if no not in gone),
        () if alone else tuple(undo for undo in sale.undos if undo.number == number),
        tuple(account for account in sale.accounts if account.number == number),
        sale.customer if line.back.interested else None,
    )
    return _voided(sale, off)


def _voided(sale: Sale, off: Voided) -> Sale:
    kept = tuple(undo for undo in sale.undos if undo not in off.undos)
    return replace(sale, lines=_marked(sale, off, voided=True), undos=kept, voids=(*sale.voids, off))


def restored(sale: Sale, no: int) -> Sale:
    """With a line that was voided, and with those that went with it, each in its place and as it was. Not
    once more of a bill than is left of it: what came back of the same bill since stands instead."""
    off = next((off for off in sale.voids if no in off.lines), None)
    if off is None:
        raise Refused("no-such-line.voided", no=no)
    again = [line for line in sale.lines if line.no in off.lines]
    for line in again:
        if line.back and any(
            _clashes(line.back, other) for other in sale.returns if other.no not in off.beside
        ):
            raise Refused("returned-anew", number=line.back.number)
    customer = owner_of(sale, off.customer)
    bills = {line.back.number for line in again if line.back}
    return replace(
        sale,
        lines=_marked(sale, off, voided=False),
        voids=tuple(one for one in sale.voids if one is not off),
        undos=sale.undos + off.undos,
        accounts=(*(one for one in sale.accounts if one.number not in bills), *off.accounts),
        customer=customer,
        not_interested_reason="" if customer else sale.not_interested_reason,
    )


def _clashes(back: Back, other: Line) -> bool:
    """Whether both together may be more than is left of their bill."""
    if other.back is None or other.back.number != back.number or not back.known:
        return False
    return other.back.line == back.line or not (_by_line(back) and _by_line(other.back))


def _by_line(back: Back) -> bool:
    return back.how in (ReturnHow.LINE_ITEM, ReturnHow.AMOUNT) and not back.money_alone


def owner_of(sale: Sale, owner: Customer | None) -> Customer | None:
    """Whose sale it is once goods of this owner come back: two members do not share a bill."""
    if owner is None or sale.customer is None:
        return sale.customer or owner
    if not owner.is_same(sale.customer):
        raise Refused("other-customer.unproven")
    return sale.customer


def _marked(sale: Sale, off: Voided, *, voided: bool) -> tuple[Line, ...]:
    return tuple(replace(line, voided=voided) if line.no in off.lines else line for line in sale.lines)
