"""The forwarder on the till: started with its queue, woken, hurried, told what changed under it.

What the forwarder needs is imported when its thread begins: the till scans before.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from agent.language.sentence import Sentence
from agent.store.errors import RowDamaged, StoreFull, StoreReadOnly

if TYPE_CHECKING:
    from agent.cloud.store_queue import StoreQueue
    from agent.loyalty.attempt import Listener
    from agent.loyalty.calls.options import CloudOptions
    from agent.loyalty.line.sign_in import SignIn
    from agent.loyalty.outcomes.queue import QueueRow


_PAUSE_S = 5.0


class Worker(Protocol):
    """What is asked of the forwarder while it works."""

    def retry_now(self) -> None: ...
    def resume(self) -> None: ...


class Forwarding:
    """One worker under supervision; its methods may be called on any thread, whether it works or not.

    queue makes the queue. on_pause(until_ms, why) hears until when nothing is sent, 0: nothing holds the
    queue. stale says why a row must not be sent again unseen; listen as of attempt; text_of makes what the
    queue keeps of a sentence; cloud_ms says what the cloud's clock shows; unique as
    of the Forwarder.
    """

    def __init__(
        self,
        options: CloudOptions,
        queue: Callable[[], StoreQueue],
        sign_in: Callable[[], SignIn],
        *,
        on_pause: Callable[[int, str], None],
        now_ms: Callable[[], int],
        stale: Callable[[QueueRow], Sentence | None],
        listen: Listener,
        text_of: Callable[[Sentence], str],
        cloud_ms: Callable[[], int | None],
        unique: Callable[[], bool],
    ) -> None:
        self._options = options
        self._make_queue = queue
        self._sign_in = sign_in
        self._on_pause = on_pause
        self._now_ms = now_ms
        self._stale = stale
        self._listen = listen
        self._text_of = text_of
        self._cloud_ms = cloud_ms
        self._unique = unique
        self._wake = threading.Event()
        self._rounds = 0
        self._queue: StoreQueue | None = None
        self._worker: Worker | None = None

    @property
    def progress(self) -> int:
        """Counts looks at the queue."""
        return self._rounds + (self._queue.looks if self._queue else 0)

    def run(self, stop: threading.Event) -> None:
        """Drain until stop is set. A disk that cannot be written, or a damaged row, ends a round, not the
        thread: what was under way is unknown then, and looked up by the next."""
        while not stop.is_set():
            self._rounds += 1
            try:
                self._drain(stop)
            except (StoreFull, StoreReadOnly, RowDamaged):
                stop.wait(_PAUSE_S)

    def _drain(self, stop: threading.Event) -> None:
        from agent.loyalty.forwarder.loop import Forwarder
        from agent.loyalty.line.transport import Transport

        queue = self._make_queue()
        transport = Transport(self._options, self._sign_in())
        try:
            queue.open()
            worker = Forwarder(
                queue,
                transport,
                self._options,
                self._now_ms,
                random.SystemRandom(),
                self._on_pause,
                self._stale,
                self._listen,
                text=self._text_of,
                cloud_ms=self._cloud_ms,
                unique=self._unique,
            )
            self.work_with(queue, worker)
            worker.run(stop, self._wake)
        finally:
            transport.close()
            queue.close()

    def work_with(self, queue: StoreQueue, worker: Worker) -> None:
        """From here on these two are told of what happens."""
        self._queue, self._worker = queue, worker

    def wake(self) -> None:
        """There is something new to send."""
        self._wake.set()

    def changed(self, ids: Iterable[int]) -> None:
        """In the turn that changed these rows: they are read again before the next is sent."""
        if self._queue:
            self._queue.changed(ids)

    def retry_now(self) -> None:
        """The cloud was found there again: the pause of an outage is over."""
        if self._worker:
            self._worker.retry_now()
            self._wake.set()

    def resume(self) -> None:
        """A person wants the queue tried now, whatever it waits for."""
        if self._worker:
            self._worker.resume()
            self._wake.set()
