"""Blocks of patients through the compiled body, on as many threads as there are; the result does not depend on how many."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.care.policy import Policy, policy_record
from opensepsis.uses.simulate.physiology.parameters import body_parameters
from opensepsis.uses.simulate.physiology.state import empty_states
from opensepsis.uses.simulate.population import Cohort, draw_patients
from opensepsis.uses.simulate.stay import compiled, empty_buffers

BLOCK = 512  # patients held in memory at a time
AHEAD = 1  # blocks under way beside the one in use
_PIECE = 32  # patients whose chart buffers one thread holds


@dataclass(frozen=True)
class Request:
    """What to simulate; `truth_interval` is in hours, 0 keeps no course of the truth."""

    patients: int
    hours: int = 168
    seed: int = 1
    cohort: Cohort = field(default_factory=Cohort)
    charted: bool = True
    truth_interval: int = 1
    threads: int | None = None

    def __post_init__(self):
        if not (isinstance(self.patients, int) and 0 < self.patients <= 100_000_000):
            raise SimulationError("The number of patients must be a whole number from 1 to 100,000,000.")
        if not (isinstance(self.hours, int) and 1 <= self.hours <= 2160):
            raise SimulationError("The hours must be a whole number from 1 to 2,160 (90 days).")
        if not (isinstance(self.seed, int) and 0 <= self.seed < 2**63):
            raise SimulationError("The seed must be a whole number from 0 to 2^63 - 1.")
        if not (isinstance(self.truth_interval, int) and self.truth_interval >= 0):
            raise SimulationError("truth_interval must be a whole number of hours, 0 or more.")
        if self.threads is not None and not (isinstance(self.threads, int) and 1 <= self.threads <= 1024):
            raise SimulationError("The threads must be a whole number from 1 to 1,024.")


@dataclass(frozen=True)
class Block:
    """A block of patients: who they are, how they ended, the course of the truth, and the rows of their charts."""

    first: int
    who: np.ndarray
    states: np.ndarray
    truth: np.ndarray
    truth_rows: np.ndarray
    events: np.ndarray
    owner: np.ndarray


def blocks(
    request: Request, policy: Policy | None = None, parameters=None, only: np.ndarray | None = None
) -> Iterator[Block]:
    """Block after block, in the order of the patients; the next one is under way while a block is used.

    `only` (one flag per patient) leaves the others out, which needs a request without a chart: for arms that concern a few.

    >>> block = next(blocks(Request(patients=3, hours=24)))
    >>> len(block.who), len(block.events) > 100
    (3, True)
    """
    if only is not None and (request.charted or len(only) != request.patients):
        raise SimulationError("To leave patients out, request no chart and give one flag for each patient.")
    care = policy_record(policy or Policy())
    p = parameters if parameters is not None else body_parameters()
    threads = max(1, request.threads or os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[tuple[int, list[Future]]] = deque()
        for first in range(0, request.patients, BLOCK):
            waiting.append((first, _begun(pool, request, care, p, first, only)))
            if len(waiting) > AHEAD:
                yield _joined(*waiting.popleft())
        while waiting:
            yield _joined(*waiting.popleft())


def _begun(pool, request, care, p, first, only) -> list[Future]:
    count = min(BLOCK, request.patients - first)
    who, numbers = (
        draw_patients(request.seed, first, count, request.cohort, p),
        np.arange(first, first + count),
    )
    if only is not None:
        chosen = np.flatnonzero(only[first : first + count])
        who, numbers = who[chosen], numbers[chosen]
    starts = range(0, max(1, len(who)), _PIECE)
    return [
        pool.submit(_piece, request, care, p, numbers[at : at + _PIECE], who[at : at + _PIECE])
        for at in starts
    ]


def _piece(request, care, p, numbers, who):
    count = len(who)
    states = empty_states(count)
    truth, buffers = empty_buffers(count, request.hours, 4 * request.truth_interval, request.charted)
    rows = np.zeros(count)
    every = max(1, 4 * request.truth_interval)
    compiled()(request.seed, numbers, who, care, p, request.hours, every, states, truth, rows, buffers)
    if states["overflow"].any():
        raise SimulationError(
            "A chart had more rows than the simulator allows; please report the seed and the hours."
        )
    counts = states["events"].astype(int)
    kept = [buffers[i, : counts[i]] for i in range(count)]
    events = np.concatenate(kept) if kept else buffers.reshape(-1)
    return (
        who,
        states,
        truth,
        np.minimum(rows.astype(int), truth.shape[1]),
        events,
        np.repeat(numbers, counts),
    )


def _joined(first, pieces):
    columns = [np.concatenate(column) for column in zip(*(piece.result() for piece in pieces), strict=True)]
    return Block(first, *columns)
