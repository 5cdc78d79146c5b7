"""Blocks of patients through the compiled body, on as many threads as there are; the result does not depend on how many."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from opensepsis.uses.simulate.parameters import body_parameters
from opensepsis.uses.simulate.patients import Cohort, draw_patients
from opensepsis.uses.simulate.policy import Policy, policy_record
from opensepsis.uses.simulate.refusals import SimulationError
from opensepsis.uses.simulate.state import empty_states
from opensepsis.uses.simulate.stay import compiled, empty_buffers

BLOCK = 512  # patients held in memory at a time
_PIECE = 32  # patients whose chart buffers one thread holds


@dataclass(frozen=True)
class Request:
    """What to simulate; `truth_every` is in hours, 0 keeps no course of the truth."""

    patients: int
    hours: int = 168
    seed: int = 1
    cohort: Cohort = field(default_factory=Cohort)
    charted: bool = True
    truth_every: int = 1
    threads: int | None = None

    def __post_init__(self):
        if not (isinstance(self.patients, int) and 0 < self.patients <= 100_000_000):
            raise SimulationError("The number of patients must be a whole number from 1 to 100,000,000.")
        if not (isinstance(self.hours, int) and 1 <= self.hours <= 2160):
            raise SimulationError("The hours must be a whole number from 1 to 2,160 (90 days).")
        if not (isinstance(self.seed, int) and 0 <= self.seed < 2**63):
            raise SimulationError("The seed must be a whole number from 0 to 2^63 - 1.")
        if not (isinstance(self.truth_every, int) and self.truth_every >= 0):
            raise SimulationError("truth_every must be a whole number of hours, 0 or more.")


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


def blocks(request: Request, policy: Policy | None = None, parameters=None) -> Iterator[Block]:
    """Block after block, in the order of the patients.

    >>> block = next(blocks(Request(patients=3, hours=24)))
    >>> len(block.who), block.events.dtype == EVENT
    (3, True)
    """
    care = policy_record(policy or Policy())
    p = parameters if parameters is not None else body_parameters()
    threads = max(1, request.threads or os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, request.patients, BLOCK):
            count = min(BLOCK, request.patients - first)
            starts = range(first, first + count, _PIECE)
            pieces = list(
                pool.map(lambda at, end=first + count: _piece(request, care, p, at, min(_PIECE, end - at)), starts)
            )
            yield _joined(first, pieces)


def _piece(request, care, p, first, count):
    who = draw_patients(request.seed, first, count, request.cohort, p)
    states = empty_states(count)
    truth, buffers = empty_buffers(count, request.hours, 4 * request.truth_every, request.charted)
    rows = np.zeros(count)
    every = max(1, 4 * request.truth_every)
    compiled()(request.seed, first, who, care, p, request.hours, every, states, truth, rows, buffers)
    if states["overflow"].any():
        raise SimulationError("A chart had more rows than the simulator allows; please report the seed and the hours.")
    counts = states["events"].astype(int)
    events = np.concatenate([buffers[i, : counts[i]] for i in range(count)])
    owner = np.repeat(np.arange(first, first + count), counts)
    return who, states, truth, np.minimum(rows.astype(int), truth.shape[1]), events, owner


def _joined(first, pieces):
    columns = [np.concatenate(column) for column in zip(*pieces, strict=True)]
    return Block(first, *columns)
