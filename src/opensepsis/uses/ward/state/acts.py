"""What the acts of users say of one patient, the last about a thing being what holds."""

from collections.abc import Iterable

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.clocks.evaluate import ManualEntry
from opensepsis.uses.ward.model.facts import Acted, Fact

ATTRIBUTE, COUNT = "attribute", "count"
CORRECTING = {"retract": "suspicion of infection taken back", "untick": "a task is open again"}


def correction_by(act: Acted) -> str:
    """Words on what an act corrects, with its reason; empty where it corrects nothing.

    >>> correction_by(Acted("A|1", "untick", 5, "ann", reason="wrong bed")), correction_by(Acted("A|1", "tick", 5, "ann"))
    ('a task is open again: wrong bed', '')
    """
    words = CORRECTING.get(act.act, "")
    if act.act in (ATTRIBUTE, COUNT):
        said = "put down to a chronic condition" if act.act == ATTRIBUTE else "counted again"
        words = f"{CONCEPTS[act.concept].label} {said}"
    return f"{words}: {act.reason}".rstrip(": ") if words else ""


def attributions(facts: Iterable[Fact]) -> dict[str, Acted]:
    """The concepts that are put down to a chronic condition, each by the last act about it."""
    acts = [f for f in facts if isinstance(f, Acted) and f.act in (ATTRIBUTE, COUNT)]
    last = {act.concept: act for act in sorted(acts, key=lambda a: a.time)}
    return {name: act for name, act in last.items() if act.act == ATTRIBUTE}


def ticked(acts: Iterable[Acted]) -> list[ManualEntry]:
    """The tasks that persons ticked and did not take back."""
    found: dict[tuple, Acted] = {}
    for act in sorted(acts, key=lambda a: a.time):
        key = act.clock, act.trigger, act.task
        if act.act == "tick":
            found[key] = act
        elif act.act == "untick":
            found.pop(key, None)
    return [ManualEntry(a.clock, a.trigger, a.task, a.time, a.time, a.user) for a in found.values()]
