"""What in recordings no map knows, by volume: before a site goes live, and after a system changes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.site import Site
from opensepsis.uses.ward.decode import Remembering
from opensepsis.uses.ward.ingest.recordings import Step
from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.model.messages import Message

FAR = 2**53  # a recording is read as if everything in it had been received


@dataclass(frozen=True)
class Row:
    """One thing that is not used, and how often it came."""

    times: int
    kind: str
    system: str
    code: str
    unit: str
    why: str


@dataclass(frozen=True)
class Linted:
    """How much of a recording is used, and what is not."""

    messages: int
    used: int
    dead: int
    rows: tuple[Row, ...]


def lint(site: Site, steps: Iterable[Step], feed: str = "hl7") -> Linted:
    """Reads every step as the ward would.

    >>> from opensepsis.data.decode.site import read_site
    >>> lint(read_site(), [Step(0, "hl7", "a", b"nonsense")]).dead
    1
    """
    found: Counter = Counter()
    messages = used = dead = 0
    read = Remembering(site, lambda name: None)
    for messages, step in enumerate(steps, 1):
        facts, problems = read(Message(messages, feed, step.form, step.key, step.raw, FAR))
        used += sum(isinstance(fact, Charted) for fact in facts)
        dead += any(problem.kind == "dead" for problem in problems)
        found.update(map(what_was_not_used, problems))
    return Linted(messages, used, dead, by_volume(found))


def what_was_not_used(problem: Problem) -> tuple[str, ...]:
    """What is counted of a problem: its kind, system, code, unit and words."""
    return problem.kind, problem.system, problem.code, problem.unit, problem.words


def by_volume(counted: Counter[tuple[str, ...]]) -> tuple[Row, ...]:
    """Rows of what was counted, the most frequent first."""
    rows = (Row(times, *what) for what, times in counted.items())
    return tuple(sorted(rows, key=lambda r: (-r.times, r.kind, r.system, r.code)))
