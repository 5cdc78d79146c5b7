"""`opensepsis why`: explains a stay from the results of a run and the timeline beside them."""

from datetime import datetime
from pathlib import Path

import polars as pl

from opensepsis.data.intake.possible_pregnancy import without_impossible
from opensepsis.data.timeline.births import births
from opensepsis.data.timeline.stays import persons
from opensepsis.data.timeline.timeline import Timeline, read_timeline
from opensepsis.definitions import CLOCKS, COURSE, PHENOTYPES, SCORES
from opensepsis.definitions.concepts.cultures import DIAGNOSIS
from opensepsis.definitions.concepts.person import PREGNANCY
from opensepsis.engine.live.bedside import Bedside, moment
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.explain import at_bedside, text
from opensepsis.errors import DefinitionError, StayError, nearest
from opensepsis.rules import Phenotype, Score, concepts_read, scores_of
from opensepsis.uses.label.ages import stay_events
from opensepsis.uses.label.deaths import scored_until, until_death
from opensepsis.uses.label.labels import Labels, read_labels, timeline_of
from opensepsis.uses.label.pregnancies import with_coded_pregnancies
from opensepsis.uses.label.short_answer import short_answer, times_of


def why_stay(
    out: str | Path, stay: str, at: datetime | None = None, full: bool = False, definition: str | None = None
) -> str:
    """Why a stay has its labels: whether each definition was met, since when, on which facts, and what is missing.

    `definition` answers for one only. `full` gives everything instead: the scores at a moment row by row, days, care bundles and the course
    of the stay; so does `at`. Without `at` that is the moment of organ failure of its first episode, else that of its highest score.
    StayError: no such stay. DefinitionError: the run does not hold the definition.
    """
    labels = read_labels(out)
    mine = labels.stays.filter(pl.col("stay") == stay)
    if mine.is_empty():
        raise StayError(
            f"That stay is not among the {labels.stays.height} labelled in {out}. See stays.parquet."
        )
    who = mine.row(0, named=True)
    head = [f"Stay {stay}: {who['admitted']:%Y-%m-%d %H:%M} to {who['discharged']:%Y-%m-%d %H:%M} (UTC)", ""]
    asked = _asked(labels, definition)
    if (
        full or at is not None or not asked
    ):  # a run of care bundles or of the course alone has no short answer
        return "\n".join([*head, *_everything(labels, stay, who, at), labels.run["not_a_medical_device"]])
    scores = list(
        dict.fromkeys(s for one in asked for s in ([one] if isinstance(one, Score) else scores_of(one)))
    )
    whole = None if labels.run["as_known"] else bedside_of(labels, who, scores, who["discharged"])
    bedside_at = (lambda at: whole) if whole else (lambda at: bedside_of(labels, who, scores, at))
    more = "" if definition else "All of it: --full. One definition: --definition NAME. "
    lines = [*head, *short_answer(labels, stay, asked, bedside_at)]
    return "\n".join([*lines, more + labels.run["not_a_medical_device"]])


def _asked(labels: Labels, name: str | None) -> list[Score | Phenotype]:
    """The one definition that is asked for, else the phenotypes of the run, or its scores where it has none; no variants.

    A variant whose definition was not labelled stands for it.
    """
    names = [d["name"] for d in labels.run["definitions"] if d["name"] in PHENOTYPES or d["name"] in SCORES]
    if name is not None:
        if name not in names:
            raise DefinitionError(f"The run holds no definition '{name}'. {nearest(name, names)}")
        return [PHENOTYPES.get(name) or SCORES[name]]
    shown = [n for n in names if ":" not in n or n.partition(":")[0] not in names]
    return [PHENOTYPES[n] for n in shown if n in PHENOTYPES] or [SCORES[n] for n in shown if n in SCORES]


def _everything(labels: Labels, stay: str, who: dict, at: datetime | None) -> list[str]:
    scores, phenotypes = _definitions(labels)
    at = at or _telling_moment(labels, stay, scores)
    lines = _episodes(labels, stay, phenotypes)
    lines += [
        "",
        f"At {at:%Y-%m-%d %H:%M} (UTC)" + (", as known then" if labels.run["as_known"] else "") + ":",
        "",
    ]
    bedside = bedside_of(labels, who, scores, at)
    for score in scores:
        if why := bedside.refusal(score, moment(at)):
            lines += [f"{score.title}: not known, {why}", ""]
            continue
        if score.refusal and bedside.points(score.refusal, moment(at)).total:
            lines += [f"{score.title}: not known while {score.not_while}", ""]
            continue
        points = bedside.points(score, moment(at))
        lines += [text(score, points.total, points.rows_known, at_bedside(bedside, score, moment(at))), ""]
    lines += _days(labels, stay)
    lines += _clocks(labels, stay)
    lines += _course(labels, stay)
    return lines


def _days(labels: Labels, stay: str) -> list[str]:
    """The total of each score on each day of the stay, and how many of its rows are known."""
    if not labels.days.height:
        return []
    mine = labels.days.filter(pl.col("stay") == stay)
    lines = ["Scores by day, the worst of each row:", ""]
    for (day, start), rows in mine.group_by("day", "start", maintain_order=True):
        told = []
        for (score,), parts in rows.group_by("score", maintain_order=True):
            total, known = parts.filter(row="total")["points"][0], parts.filter(pl.col("row") != "total")
            of = f"{known['points'].count()} of {known.height} rows known"
            told.append(f"{score} {'not known' if total is None else total} ({of})")
        lines.append(f"    day {day}, from {start:%Y-%m-%d %H:%M}: {'; '.join(told)}")
    return [*lines, ""]


def _clocks(labels: Labels, stay: str) -> list[str]:
    """What was due: every clock that ran for the stay, with its tasks and how each stood in the end."""
    if not labels.clocks.height:
        return []
    lines = []
    mine = labels.clocks.filter(pl.col("stay") == stay)
    for key, tasks in mine.group_by("clock", "trigger", "time_zero", maintain_order=True):
        clock = CLOCKS[str(key[0])]
        arm = clock.arm_of[str(key[1])]
        zero = f"time zero {key[2]:%Y-%m-%d %H:%M}, known {tasks['time_zero_known'][0]:%Y-%m-%d %H:%M}"
        lines.append(f"{clock.title} ({clock.name}), {arm.title}: {zero}")
        lines += [f"    {arm.titles[task['task']]}: {_stood(task)}" for task in tasks.iter_rows(named=True)]
    return [*lines, ""] if lines else ["No clock ran.", ""]


def _stood(task: dict) -> str:
    told = [task["state"]]
    told += [f"due by {task['due_by']:%Y-%m-%d %H:%M}"] if task["due_by"] else []
    told += [f"done {task['done']:%Y-%m-%d %H:%M}"] if task["done"] else []
    told += [task["reason"]] if task["reason"] else []
    told += [f"evidence: {', '.join(task['evidence'])}"] if task["evidence"] else []
    return "; ".join(told)


def _course(labels: Labels, stay: str) -> list[str]:
    """The course of the stay, part by part: what is there and since when, then what is not known and why."""
    if not labels.course.height:
        return []
    mine = labels.course.filter(pl.col("stay") == stay)
    lines = [f"{COURSE.title} ({COURSE.name}); what is not listed is absent:", ""]
    titles = {finding.name: finding.title for finding in COURSE.findings}
    for part in dict.fromkeys(mine["part"].to_list()):
        lines.append(part.replace("_", " "))
        for row in mine.filter(pl.col("part") == part).iter_rows(named=True):
            lines.append(f"    {titles[row['finding']]}: {_found(row)}")
    return [*lines, ""]


def _found(row: dict) -> str:
    if row["state"] != "yes":
        return f"not known: {row['reason']}"
    told = [f"{row['time']:%Y-%m-%d %H:%M}"]
    if row["known"] is not None and row["known"] > row["time"]:
        told.append(f"known {row['known']:%Y-%m-%d %H:%M}")
    if row["value"] is not None:
        told.append(f"{row['value']:.4g} {row['unit'] or ''}".strip())
    told += [row["text"]] if row["text"] else []
    return "; ".join([*told, ", ".join(row["evidence"])])


def _definitions(labels: Labels) -> tuple[list[Score], list[Phenotype]]:
    names = [d["name"] for d in labels.run["definitions"]]
    phenotypes = [PHENOTYPES[n] for n in names if n in PHENOTYPES]
    scores = [SCORES[n] for n in names if n in SCORES and ":" not in n]
    for phenotype in phenotypes:
        scores += [s for s in scores_of(phenotype) if s not in scores]
    return scores, phenotypes


def _telling_moment(labels: Labels, stay: str, scores: list[Score]) -> datetime:
    """The hour worth explaining: the first organ failure, else the highest total, else the end of the stay."""
    if labels.episodes.height:
        failed = labels.episodes.filter(pl.col("stay") == stay).drop_nulls("organ_failure")
        if failed.height:
            return failed.sort("organ_failure").row(0, named=True)["organ_failure"]
    for score in scores:
        ticks = labels.scores.get(score.name, pl.DataFrame())
        ticks = ticks.filter(pl.col("stay") == stay).drop_nulls("total") if ticks.height else ticks
        if ticks.height:
            return ticks.sort(["total", "time"], descending=[True, False]).row(0, named=True)["time"]
    return labels.stays.filter(pl.col("stay") == stay).row(0, named=True)["discharged"]


def _episodes(labels: Labels, stay: str, phenotypes: list[Phenotype]) -> list[str]:
    lines = []
    for phenotype in phenotypes:
        found = labels.episodes.filter((pl.col("stay") == stay) & (pl.col("definition") == phenotype.name))
        if found.is_empty():
            lines.append(f"{phenotype.title} ({phenotype.name}): no")
        for episode in found.sort("onset").iter_rows(named=True):
            lines.append(_told(phenotype, episode))
    return lines


def _told(phenotype: Phenotype, episode: dict) -> str:
    line = f"{phenotype.title} ({phenotype.name}): yes, since {episode['onset']:%Y-%m-%d %H:%M}"
    told = times_of(phenotype, episode)
    if episode["points"] is not None:
        over = "" if episode["baseline"] is None else f" over a baseline of {episode['baseline']}"
        told.append(f"score {episode['points']}{over}")
    evidence = ", ".join(episode["evidence"] or [])
    return f"{line}\n    {'; '.join(told)}\n    evidence: {evidence}"


def bedside_of(labels: Labels, who: dict, scores: list[Score], at: datetime) -> Bedside:
    """The live engine fed with the patient's events, so that it can be asked for its reasons."""
    timeline = read_timeline(timeline_of(labels))
    concepts = {name: c for score in scores for name, c in concepts_read(score).items()}
    # a pregnancy may be told by a coded diagnosis alone
    asked = [*concepts, DIAGNOSIS.name] if PREGNANCY.name in concepts else list(concepts)
    events = timeline.events().filter((pl.col("patient") == who["patient"]) & pl.col("concept").is_in(asked))
    if labels.run["as_known"]:
        events = events.filter(pl.col("known") <= at)
    bedside = Bedside(scores)
    mine = labels.stays.filter(pl.col("patient") == who["patient"]).with_columns(pid=pl.lit(0, pl.UInt32))
    mine = mine.with_columns(persons(mine).alias("person"))
    mine = mine.filter(pl.col("person") == pl.col("person").filter(pl.col("stay") == who["stay"]).first())
    moments = pl.col("time", "end", "known").to_physical()
    events = events.drop("patient").collect().with_columns(moments, pl.lit(0, pl.UInt32).alias("pid"))
    if PREGNANCY.name in concepts:
        every = _of_every_kind(timeline, who)
        events = without_impossible(with_coded_pregnancies(events, every), every, births(mine))
        events = events.filter(pl.col("concept").is_in(list(concepts)))
    spans = mine.with_columns(pl.col("admitted", "discharged", "died").to_physical())
    for end in scored_until(spans)["discharged"]:
        bedside.stay_ends(end)
    born = births(mine)
    every = pl.concat([until_death(events, spans), stay_events(mine, born, events)], how="diagonal_relaxed")
    for row in every.drop("pid").iter_rows(named=True):
        bedside.see(Event(**row))
    return bedside


def _of_every_kind(timeline: Timeline, who: dict) -> pl.DataFrame:
    """The stays of all kinds of the person of a stay, with pid 0 and person."""
    theirs = timeline.stays.filter(pl.col("patient") == who["patient"])
    theirs = theirs.with_columns(persons(theirs).alias("person"), pl.lit(0, pl.UInt32).alias("pid"))
    return theirs.filter(pl.col("person") == pl.col("person").filter(pl.col("stay") == who["stay"]).first())
