"""The number typed before an item: 12 and a scan are twelve of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from agent.counter.doubts import quantity_text
from agent.language.sentence import Sentence
from agent.sale.entry import EntryMethod, with_quantity
from agent.sale.events import ItemAdded
from agent.sale.units import is_measured
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.till import Till

STANDS = timedelta(seconds=30)
"""How long a typed number waits for its item: whoever typed one a minute ago means the next item no more."""


class Times:
    """The number of thousandths that stands for the next item, on the board as times_milli. Within a turn."""

    def __init__(self, till: Till, board: Board) -> None:
        self._till = till
        self._board = board
        self._typed: tuple[int, str, datetime] | None = None

    @property
    def typed(self) -> bool:
        """Whether there is one, however old."""
        return self._typed is not None

    def put(self, qty_milli: int | None, sale_id: str) -> None:
        """It was typed into this sale; None takes it away."""
        self._typed = None if qty_milli is None else (qty_milli, sale_id, self._till.now())
        if self._board.part("times_milli") != qty_milli:
            self._board.set(times_milli=qty_milli)

    def standing(self, sale_id: str) -> int | None:
        """What is still meant for the next item of this sale. None for nothing: what is too old goes."""
        if self._typed is None:
            return None
        qty_milli, typed_into, at = self._typed
        if typed_into == sale_id and abs(self._till.now() - at) <= STANDS:
            return qty_milli
        self.put(None, sale_id)
        return None

    def sold(
        self,
        event: ItemAdded,
        sale_id: str,
        how_much: Callable[[ItemAdded, int], Answer],
        do: Callable[[ItemAdded], Answer],
        *,
        packed: bool,
    ) -> Answer:
        """The item as often as was typed. Of what is measured the number is no weight until the cashier has
        seen it as one, and packed it fits nothing: the label has the weight or price of one pack."""
        times, product = self.standing(sale_id), event.product
        if times is None:
            return do(event)
        if not packed and not is_measured(product.unit):
            answer = do(replace(event, qty_milli=times, entry=with_quantity(event.entry, EntryMethod.KEYED)))
            if answer.ok:
                self.put(None, sale_id)
            return answer
        self.put(None, sale_id)
        if not packed:
            return how_much(event, times)
        told = Sentence("times-packed", quantity=quantity_text(times), name=product.name)
        return self._till.refuse(told)
