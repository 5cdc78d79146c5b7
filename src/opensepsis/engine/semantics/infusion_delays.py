"""What runs in a signal, and how long it must have run before it counts. Plain Python."""

from collections.abc import Iterable

from opensepsis.rules import Running, Score, Signal, children


def running_in(signal: Signal) -> list[Running]:
    """The infusions and other intervals that a signal reads."""
    if isinstance(signal, Running):
        return [signal]
    return [running for child in children(signal) for running in running_in(child)]


def counting_later(scores: Iterable[Score]) -> list[Running]:
    """What counts in these scores only after it has run for some time."""
    every = [r for score in scores for s in score.signals.values() for r in running_in(s)]
    return [running for running in every if running.for_at_least]


def delays(scores: Iterable[Score]) -> dict[str, set[int]]:
    """How long after its start an infusion begins to count in one of these scores, by concept, in microseconds.

    >>> from opensepsis.definitions import SCORES
    >>> delays([SCORES["sofa"]])["norepinephrine"]
    {3600000000}
    """
    found: dict[str, set[int]] = {}
    for running in counting_later(scores):
        found.setdefault(running.concept.name, set()).add(round(running.for_at_least.total_seconds() * 1e6))
    return found
