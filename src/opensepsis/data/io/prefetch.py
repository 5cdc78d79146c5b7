"""Reads the next batch of a source while the last is worked on."""

from collections.abc import Iterator
from queue import Queue
from threading import Event, Thread

import polars as pl


def one_ahead(batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same batches, and the same error at the same place.

    >>> [batch.height for batch in one_ahead(iter([pl.DataFrame({"a": [1]}), pl.DataFrame({"a": [1, 2]})]))]
    [1, 2]
    """
    ready: Queue = Queue(1)
    given_up = Event()
    # a daemon: whoever interrupts a run does not wait for a slow source
    Thread(target=_read, args=(batches, ready, given_up), daemon=True).start()
    try:
        while (batch := ready.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        given_up.set()
        while not ready.empty():
            ready.get()


def _read(batches: Iterator[pl.DataFrame], ready: Queue, given_up: Event) -> None:
    try:
        for batch in batches:
            ready.put(batch)
            if given_up.is_set():
                return
        ready.put(None)
    except BaseException as problem:
        ready.put(problem)
