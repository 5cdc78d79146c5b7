"""The documentation page of a clock, and the account of it that goes into `run.json`."""

from opensepsis.rules import (
    ALL_DOSES,
    Anchor,
    Arm,
    BandTrigger,
    Charted,
    Clock,
    ComfortCare,
    LeavesWithin,
    LongStay,
    ManualCompletion,
    Recorded,
    Result,
    Seen,
    Target,
    Task,
    TreatedBefore,
    Volume,
    spoken,
)

STATES = (
    "A task is *not due*, *due* (its reason says when it is overdue), *done in time*, *done late*, *not indicated* "
    "(with the reason), *contradicted* (a correction took away its ground or its time zero) or *not known* (what "
    "decides it was not measured, or its feed is silent). Done exactly at the due time is in time. A task that is "
    "done after the one it must precede is late and its order broken. Every time is given twice: when it was true "
    "and when it was known."
)


def clock_facts(clock: Clock) -> dict:
    """What a run says of a clock beside its source and choices."""
    return {
        "version": clock.version,
        "lowest_age": clock.lowest_age,
        "below_age": clock.below_age,
        "effective_from": str(clock.effective_from) if clock.effective_from else None,
        "effective_until": str(clock.effective_until) if clock.effective_until else None,
        "triggers": [_trigger(arm) for arm in clock.arms],
        "tasks": {arm.trigger.name: [task.name for task in arm.tasks] for arm in clock.arms},
        "exclusions": [_exclusion(e) for e in clock.exclusions],
    }


def clock_page(clock: Clock) -> list[str]:
    """The arms, tasks, exclusions and ages of a clock as Markdown."""
    lines = ["", f"Edition {clock.version}{_in_force(clock)}. {_ages(clock)}"]
    for arm in clock.arms:
        lines += ["", f"## {arm.title}", "", f"Starts with {_trigger(arm)}."]
        if arm.unless:
            names = " or ".join(f"`{name}`" for name in arm.unless)
            lines.append(
                f"Not started when {names} was met at or up to {spoken(arm.unless_within)} before it."
            )
        lines += [
            "",
            "| task | what | indicated | due by | closed by | checked |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [_row(task, clock) for task in arm.tasks]
        lines += ["", *(f"* Aim, without a deadline: {_aim(aim)}" for aim in arm.aims)] if arm.aims else []
    lines += ["", "## Exclusions", ""]
    lines += [f"* {_exclusion(e)}" for e in clock.exclusions]
    return [*lines, "", "## States", "", STATES]


def _aim(aim: Target) -> str:
    checked = "" if aim.verified else " **Not checked.**"
    return f"{aim.title}; a measurement older than {spoken(aim.valid)} tells nothing.{checked}"


def _in_force(clock: Clock) -> str:
    from_ = f", in force from {clock.effective_from}" if clock.effective_from else ""
    return from_ + (f" to {clock.effective_until}" if clock.effective_until else "")


def _ages(clock: Clock) -> str:
    if clock.below_age is not None:
        return f"For patients under {clock.below_age:g} years."
    return f"For patients from {clock.lowest_age:g} years." if clock.lowest_age else "For every age."


def _trigger(arm: Arm) -> str:
    trigger = arm.trigger
    if not isinstance(trigger, BandTrigger):
        return f"each episode of `{trigger.phenotype}`"
    band = (
        f"of {trigger.at_least} or more"
        if trigger.below is None
        else f"from {trigger.at_least} to {trigger.below - 1}"
    )
    return (
        f"the first evaluation time with `{trigger.score}` {band}, from {spoken(trigger.before)} before to "
        f"{spoken(trigger.after)} after `{trigger.infection}`"
    )


def _row(task: Task, clock: Clock) -> str:
    checked = "yes" if task.verified and clock.paper.verified else "**no**"
    cells = (f"**{task.name}**", task.title, _indicated(task), _due(task), _closed(task), checked)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _indicated(task: Task) -> str:
    match task.when:
        case Result(task=name, above=above):
            return f"when the value of {name} is above {above:g}"
        case Seen() as seen:
            times = f", {seen.readings} readings" if seen.readings > 1 else ""
            times += f" at most {spoken(seen.apart)} apart" if seen.apart else ""
            times += " one after the other" if seen.consecutive else ""
            after = f", from {seen.follows.task} {seen.follows.end} on" if seen.follows else ""
            lasting = f" for {spoken(seen.follows.lasting)}" if seen.follows and seen.follows.lasting else ""
            around = f", from {spoken(seen.before)} before to {spoken(seen.until)} after time zero"
            return f"when {seen.condition}{times}{after}{lasting}{around}"
    return "always"


def _due(task: Task) -> str:
    since = "" if task.counted_from is Anchor.ZERO else f" after {task.counted_from}"
    if task.by_start:
        since = f"begun within {spoken(task.within)}{since}, complete whenever"
        if task.advanced_by:
            since += f"; earlier if {task.advanced_by.words} was seen up to {spoken(task.advanced_by.before)} before"
        return since
    early = f", not due before {spoken(task.earliest)}" if task.earliest else ""
    return f"{spoken(task.within)}{since}{early}"


def _closed(task: Task) -> str:
    before = f", from {spoken(task.look_back)} before time zero on" if task.look_back else ""
    before += ", after time zero only" if task.afresh else ""
    order = f"; before {task.before}" if task.before else ""
    match task.closed_by:
        case Recorded(concepts=concepts, specimens=specimens, given=given):
            what = " or ".join(c.label for c in concepts)
            what += f" ({' or '.join(specimens)})" if specimens else ""
            what += " by vein, muscle or bone marrow" if given is not ALL_DOSES else ""
        case Volume(fluid=fluid, per_kg=per_kg, at_least=at_least):
            amount = f"{per_kg:g} mL/kg" if per_kg else f"{at_least:g} mL" if at_least else "any"
            what = f"{amount} {fluid.label}"
        case ManualCompletion():
            return "marked as done by a user only"
    return what + before + order


def _exclusion(exclusion) -> str:
    match exclusion:
        case ComfortCare(until=until):
            late = f"; nothing at all when it begins up to {spoken(until)} after time zero" if until else ""
            return f"comfort care: nothing is due from its start on{late}"
        case TreatedBefore(given=given, longer_ago=longer_ago):
            return f"{given.concepts[0].label} in the stay more than {spoken(longer_ago)} before time zero"
        case LeavesWithin(within=within):
            return f"death or end of the stay within {spoken(within)}"
        case LongStay(over=over):
            return f"a stay of more than {spoken(over)}"
        case Charted(concept=concept, words=words, valid=valid):
            return f"{concept.label} charted as {' or '.join(words)} within {spoken(valid)}"
    raise TypeError(f"no words for {exclusion!r}")
