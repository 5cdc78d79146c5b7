"""How it was treated: each task of each care bundle, in time or not, and how long it took."""

import polars as pl

from opensepsis.definitions import CLOCKS
from opensepsis.report.cells import masked, with_shares
from opensepsis.report.facts import Facts
from opensepsis.rules.clocks import Arm, State, Task
from opensepsis.uses.pages.charts import distribution, shares
from opensepsis.uses.pages.section import Page, Section

JUDGED = (State.IN_TIME, State.LATE, State.DUE)  # what is still due when the record ends was not done
HOURS = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 24.0]
SHARES = frozenset(("in time", "from", "to"))


def care(facts: Facts) -> Page:
    """For each care bundle of the run the share of tasks in time and how long they took, as a distribution."""
    tasks = facts.labels.clocks
    if tasks.is_empty():
        return Page("care", "How it was treated", ())
    sections = []
    for clock in dict.fromkeys(name for name in tasks["clock"].to_list() if ":" not in name):
        mine = _titled(tasks.filter(pl.col("clock") == clock), clock)
        sections += [_in_time(facts, clock, mine), _how_long(facts, clock, mine)]
    return Page("care", "How it was treated", tuple(sections))


def _titled(tasks: pl.DataFrame, clock: str) -> pl.DataFrame:
    """The tasks with their titles, in the order of the care bundle; each stay once for a task of an arm, by its first time zero."""
    first = tasks.sort("time_zero").unique(["stay", "trigger", "task"], keep="first", maintain_order=True)
    arms = CLOCKS[clock].arms if clock in CLOCKS else ()
    told = [(arm.trigger.name, task.name, _words(arm, task, arms)) for arm in arms for task in arm.tasks]
    titles = pl.DataFrame(
        told, schema={name: pl.String for name in ("trigger", "task", "title")}, orient="row"
    )
    found = (
        titles.with_row_index("place")
        .join(first, on=["trigger", "task"], how="right")
        .sort("place", nulls_last=True, maintain_order=True)
    )
    return found.with_columns(pl.col("title").fill_null(pl.col("task")))  # of a later version


def _words(arm: Arm, task: Task, arms: tuple[Arm, ...]) -> str:
    return task.title if len(arms) == 1 else f"{arm.title}: {task.title}"


def _in_time(facts: Facts, clock: str, tasks: pl.DataFrame) -> Section:
    judged = tasks.filter(pl.col("state").is_in(JUDGED))
    sums = [
        (pl.col("state") == State.IN_TIME).sum().cast(pl.Int64).alias("found"),
        pl.len().cast(pl.Int64).alias("of"),
    ]
    table = with_shares(judged.group_by("title", maintain_order=True).agg(sums), "found", "of")
    unknown = tasks.filter(pl.col("state") == State.NOT_KNOWN).group_by("title").len("not known")
    table = table.join(unknown, on="title", how="left").with_columns(
        pl.col("not known").fill_null(0).cast(pl.Int64)
    )
    table = masked(table, "found", "of", ["share", "low", "high", "not known"], facts.mask)
    table = table.with_columns(
        pl.when(~pl.col("not known").is_between(1, facts.mask - 1)).then("not known").alias("not known")
    )
    shown = {
        "title": "task",
        "found": "done in time",
        "of": "judged",
        "share": "in time",
        "low": "from",
        "high": "to",
    }
    return Section(
        f"in-time-{clock}", f"{facts.clock_title(clock)}: in time",
        "Of stays for which the task was indicated and could be judged; a task that no feed reports is not known, not missed.",
        table.rename(shown),
        shares(table, "title", "done in time") if table["share"].count() else "",
        "Share of tasks done in time, with intervals.", SHARES,
    )  # fmt: skip


def _how_long(facts: Facts, clock: str, tasks: pl.DataFrame) -> Section:
    """Share of judged stays with the task done by each hour after time zero; a task done before time zero counts at 0."""
    judged = tasks.filter(pl.col("state").is_in(JUDGED))
    took = (pl.col("done") - pl.col("time_zero")).dt.total_minutes() / 60
    rows = []
    for (title,), mine in judged.with_columns(took=took).group_by("title", maintain_order=True):
        for hours in HOURS:
            found = int((mine["took"].fill_null(float("inf")) <= hours).sum())
            rows.append((title, hours, found, mine.height))
    table = pl.DataFrame(
        rows,
        schema={"title": pl.String, "hours": pl.Float64, "found": pl.Int64, "of": pl.Int64},
        orient="row",
    )
    table = masked(with_shares(table, "found", "of"), "found", "of", ["share", "low", "high"], facts.mask)
    return Section(
        f"how-long-{clock}", f"{facts.clock_title(clock)}: how long it took",
        "Share done by each hour after time zero. The distribution shows more than the share in time: an hour late "
        "is not a day late.",
        table.select("title", "hours", "found", "of", "share", "hidden").rename({"title": "task", "found": "done by then", "of": "judged"}),
        distribution(table, "title", "hours after time zero") if table["share"].count() else "",
        "Cumulative share of stays in which each task was done.", frozenset(("share",)),
    )  # fmt: skip
