"""What the acts of users say of one patient, the last about a thing being what holds."""

from collections.abc import Iterable

from opensepsis.engine.clocks.evaluate import ManualEntry
from opensepsis.uses.ward.model.facts import Acted, Fact

ATTRIBUTE, COUNT = "attribute", "count"


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
