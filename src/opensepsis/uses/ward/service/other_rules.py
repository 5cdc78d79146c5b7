"""What a ward that starts under other rules than before tells of the time before: what stands now, once."""

from dataclasses import replace

from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.state.alert_record import CALLING


def no_call_of_the_past(told: tuple[Transition, ...], until: int) -> tuple[Transition, ...]:
    """The same changes; of those up to a moment that was settled before only one that still calls is told, the others are recorded.

    What the same rules give was written when it happened, and is told no second time. Only another version of the rules finds more.

    >>> from opensepsis.uses.ward.model.transitions import AlertState
    >>> raised = Transition("A|1 1 1", "A|1", 1, 1, 5, AlertState.ALERT, "alert", ())
    >>> over = replace(raised, name="A|1 1 2", step=2, time=7, state=AlertState.RESOLVED)
    >>> [t.spoken for t in no_call_of_the_past((raised, over), 9)], no_call_of_the_past((raised,), 9)[0].spoken
    ([False, False], True)
    """
    last = {(one.patient, one.alert): one.name for one in told}
    return tuple(
        one
        if one.time > until or (last[one.patient, one.alert] == one.name and one.state in CALLING)
        else replace(one, spoken=False)
        for one in told
    )
