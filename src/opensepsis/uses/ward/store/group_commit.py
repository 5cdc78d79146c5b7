"""Group commit: arrivals from all connections, kept in one transaction every few milliseconds."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread
from time import sleep

from opensepsis.uses.ward.model.messages import Arrival, Kept
from opensepsis.uses.ward.store.store import Store

logger = logging.getLogger("opensepsis.ward.store")
TRY_AGAIN = 1.0  # seconds
MOST_TRIED = 2**20  # bytes
Answer = asyncio.Future | Future


class Committer:
    """A thread that commits once for all that came while it committed before, and for up to `wait` seconds more.

    At most `most` go into one transaction. What `keep` and `keep_now` answer is on disk. `on_kept` is called in the thread
    after each commit.
    """

    def __init__(
        self,
        store: Store,
        wait: float = 0.002,
        most: int = 500,
        on_kept: Callable[[], None] = lambda: None,
    ):
        self.store = store
        self.wait = wait
        self.most = most
        self.on_kept = on_kept
        self.failing = ""  # the kind of the last failure, until something could be written again
        self._failed = 0  # bytes of what could not be kept last
        self._ready = Condition()
        self._waiting: list[tuple[Arrival, Answer]] = []
        self._closed = False
        self._thread = Thread(target=self._run, name="ward-commit", daemon=True)
        self._thread.start()

    def keep(self, arrival: Arrival) -> asyncio.Future[Kept]:
        """Answers, in the running event loop, what became of the arrival once it is kept; or why it could not be."""
        answer = asyncio.get_running_loop().create_future()
        self._add(arrival, answer)
        return answer

    def keep_now(self, arrival: Arrival) -> Kept:
        """The same for a thread: returns when the arrival is kept."""
        answer: Future[Kept] = Future()
        self._add(arrival, answer)
        return answer.result()

    def close(self) -> None:
        """Keeps what waits and ends the thread."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        self._thread.join()

    def _add(self, arrival: Arrival, answer: Answer) -> None:
        with self._ready:
            if self._closed:
                raise RuntimeError("The ward is shutting down and accepts no more messages.")
            self._waiting.append((arrival, answer))
            if len(self._waiting) == 1:
                self._ready.notify()

    def _run(self) -> None:
        batch: list[tuple[Arrival, Answer]] = []
        while True:
            with self._ready:
                while not self._waiting and not self._closed:
                    self._ready.wait(TRY_AGAIN if self.failing else None)
                    if self.failing:
                        break
                if not self._waiting and self._closed:
                    return
            if not self._waiting:
                self._try_to_write()
                continue
            if len(batch) > 1 and len(self._waiting) < self.most and not self._closed:
                sleep(self.wait)  # a sender who is alone waits for nobody
            with self._ready:
                batch, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
            self._commit(batch)

    def _try_to_write(self) -> None:
        """After a failure, while nothing comes: whether it is over."""
        try:
            self.store.try_to_write(self._failed)
            self.failing = ""
        except Exception as problem:
            self.failing = type(problem).__name__

    def _commit(self, batch: list[tuple[Arrival, Answer]]) -> None:
        try:
            kept = self.store.keep([arrival for arrival, _ in batch])
        except Exception as problem:
            self.failing = type(problem).__name__
            self._failed = min(sum(len(arrival.raw) for arrival, _ in batch), MOST_TRIED)
            logger.error("%d messages could not be kept: %s", len(batch), self.failing)
            _tell([(answer, problem) for _, answer in batch])
            return
        self.failing = ""
        _tell([(answer, one) for (_, answer), one in zip(batch, kept, strict=True)])
        try:
            self.on_kept()
        except Exception as problem:
            logger.error("What follows a commit failed: %s", type(problem).__name__)


def _tell(answers: list[tuple[Answer, Kept | Exception]]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list] = {}
    for answer, what in answers:
        if isinstance(answer, asyncio.Future):
            by_loop.setdefault(answer.get_loop(), []).append((answer, what))
        else:
            _set(answer, what)
    for loop, here in by_loop.items():
        try:
            loop.call_soon_threadsafe(_set_all, here)
        except RuntimeError:  # the loop has ended: what is kept is kept, the sender will ask again
            logger.info("%d answers came after the end", len(here))


def _set_all(answers: list[tuple[Answer, Kept | Exception]]) -> None:
    for answer, what in answers:
        _set(answer, what)


def _set(answer: Answer, what: Kept | Exception) -> None:
    if answer.cancelled():
        return
    if isinstance(what, Exception):
        answer.set_exception(what)
    else:
        answer.set_result(what)
