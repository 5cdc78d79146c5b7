"""What a ward that starts under other rules than before tells of the time before: what stands now, once."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.state.alert_record import CALLING


def no_call_of_the_past(
    told: tuple[Transition, ...], until: int, written: Callable[[str], Iterable[Transition]]
) -> tuple[Transition, ...]:
    """The same changes; of those up to a moment that was settled before only one that still calls is told, the others are recorded.

    What the same rules give was written when it happened, and is told no second time. Other rules may find more; a call of theirs
    that was `written` of the patient under the rules before, and that nothing ended since, is told no second time either.

    >>> from opensepsis.uses.ward.model.transitions import AlertState
    >>> raised = Transition("A|1 1 1", "A|1", 1, 1, 5, AlertState.ALERT, "alert", ())
    >>> over = replace(raised, name="A|1 1 2", step=2, time=7, state=AlertState.RESOLVED)
    >>> [t.spoken for t in no_call_of_the_past((raised, over), 9, lambda of: ())]
    [False, False]
    >>> before = replace(raised, name="another", policy="usual 4")
    >>> [no_call_of_the_past((raised,), 9, lambda of: then)[0].spoken for then in ((), (before,), (before, over))]
    [True, False, True]
    """
    last = {(one.patient, one.alert): one.name for one in told}

    def stands(one: Transition) -> bool:
        return one.time > until or (last[one.patient, one.alert] == one.name and one.state in CALLING)

    return tuple(
        one if stands(one) and not _was_told(one, written(one.patient)) else replace(one, spoken=False)
        for one in told
    )


def _was_told(change: Transition, written: Iterable[Transition]) -> bool:
    """Whether the same was told at the same moment under other rules; a call only if it still stands."""
    told = [one for one in written if one.spoken]
    stands = bool(told) and (change.state not in CALLING or told[-1].state in CALLING)
    return stands and any(_same(change, one) for one in told)


def _same(call: Transition, other: Transition) -> bool:
    """Whether both tell of the same at the same moment."""
    return (call.time, call.state, call.level, call.reasons) == (
        other.time,
        other.state,
        other.level,
        other.reasons,
    )
