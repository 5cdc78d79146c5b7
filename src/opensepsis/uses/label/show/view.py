"""Everything that the page of a stay shows, as plain data."""

from pathlib import Path

import polars as pl

from opensepsis.definitions import CLOCKS, PHENOTYPES, SCORES
from opensepsis.errors import FormatError, StayError
from opensepsis.rules import Score
from opensepsis.uses.label.explain import bedside_of
from opensepsis.uses.label.labels import Labels
from opensepsis.uses.label.show.chart import Origins, lanes, second
from opensepsis.uses.label.show.scores import highest, hours, other_reading, reasons, table

SHOWN_FIRST = ("sofa", "sofa2", "phoenix", "news2", "qsofa", "sirs", "kdigo")
IN_FULL = 8  # scores with their table, reasons and both readings of time; of the others the totals
TIMES_OF_EPISODE = ("onset", "suspected", "organ_failure", "shock", "known", "withdrawn")
TIMES_OF_TASK = ("due_from", "due_by", "begun", "done", "done_known")


def view(labels: Labels, stay: str) -> dict:
    """What happened in a stay and what the run made of it. StayError: no such stay. FormatError: results of another version."""
    mine = labels.stays.filter(pl.col("stay") == stay)
    if mine.is_empty():
        raise StayError(
            f"That stay is not among the {labels.stays.height:,} labelled. The column `stay` of stays.parquet has all of them."
        )
    facts = mine.with_columns(pl.col("admitted", "discharged", "died").to_physical()).row(0, named=True)
    start = facts["admitted"]
    origins = Origins()
    events = _in_reach(labels.events(stay=stay), facts)
    scores, of_stay = _scores(labels, stay)
    return {
        "stay": stay,
        "kind": facts["kind"],
        "age": facts["age"],
        "sex": facts["sex"],
        "start": start // 1000,
        "discharged": second(facts["discharged"], start),
        "died": None if facts["died"] is None else second(facts["died"], start),
        "discharged_to": facts["discharged_to"],
        "as_known": labels.run["as_known"],
        "lanes": lanes(events, start, facts["sex"] or "", origins),
        "origins": origins.names,
        "episodes": _episodes(labels, stay, start),
        "clocks": _clocks(labels, stay, start),
        "scores": _with_hours(labels, mine.row(0, named=True), scores[:IN_FULL], of_stay, start),
        "totals": [_totals(of_stay[score.name], score, start) for score in scores[IN_FULL:]],
        "made_by": f"opensepsis {labels.run['opensepsis']}",
        "note": labels.run["not_a_medical_device"],
    }


def _in_reach(events: pl.DataFrame, facts: dict) -> pl.DataFrame:
    """The events of the stay, and of two days before it: a suspicion may begin there."""
    times = events.with_columns(pl.col("time", "end", "known").to_physical())
    return times.filter(
        pl.coalesce("end", "time") >= facts["admitted"] - 48 * 3_600_000_000,
        pl.col("time") <= facts["discharged"],
    )


def _scores(labels: Labels, stay: str) -> tuple[list[Score], dict[str, pl.DataFrame]]:
    """The scores that were made for the stay, without variants, the usual ones first; and the stay's hours of each."""
    names = [d["name"] for d in labels.run["definitions"] if d["kind"] == "score" and ":" not in d["name"]]
    unknown = [name for name in names if name not in SCORES]
    if unknown:
        raise FormatError(
            f"These results hold {unknown[0]!r}, which this opensepsis does not define. Label again with this version."
        )
    of_stay = {name: labels.scores[name].filter(pl.col("stay") == stay) for name in names}
    made = {name: hours for name, hours in of_stay.items() if hours["total"].count()}
    order = {name: place for place, name in enumerate(SHOWN_FIRST)}
    return [SCORES[name] for name in sorted(made, key=lambda name: order.get(name, len(order)))], made


def _with_hours(
    labels: Labels, stay: dict, scores: list[Score], of_stay: dict[str, pl.DataFrame], start: int
) -> list[dict]:
    if not scores:
        return []
    bedside = bedside_of(labels, stay, scores, stay["discharged"])
    others = dict(other_reading(labels, stay, scores))
    found = []
    for score in scores:
        frame = of_stay[score.name]
        found.append(
            {
                "name": score.name,
                "title": score.title,
                "paper": str(score.paper),
                "verified": score.paper.verified,
                "rows": table(score),
                "highest": sum(highest(row) for row in score.rows),
                "hours": hours(frame, score, start),
                "other": hours(others[score.name], score, start),
                "reasons": reasons(bedside, score, frame, start),
            }
        )
    return found


def _totals(frame: pl.DataFrame, score: Score, start: int) -> dict:
    times = [second(time, start) for time in frame["time"].to_physical()]
    most = sum(highest(row) for row in score.rows)
    return {"title": score.title, "times": times, "total": frame["total"].to_list(), "highest": most}


def _episodes(labels: Labels, stay: str, start: int) -> list[dict]:
    if not labels.episodes.height:
        return []
    found = []
    for row in labels.episodes.filter(pl.col("stay") == stay).sort("onset").iter_rows(named=True):
        definition = PHENOTYPES.get(row["definition"])
        times = {name: _at(row[name], start) for name in TIMES_OF_EPISODE}
        found.append(
            {
                "definition": row["definition"],
                "title": row["definition"] if definition is None else definition.title,
                "points": row["points"],
                "baseline": row["baseline"],
                "evidence": row["evidence"] or [],
                **times,
            }
        )
    return found


def _clocks(labels: Labels, stay: str, start: int) -> list[dict]:
    if not labels.clocks.height:
        return []
    found: dict[tuple, dict] = {}
    names = set(labels.clocks["clock"].unique())
    for row in labels.clocks.filter(pl.col("stay") == stay).iter_rows(named=True):
        base, _, variant = row["clock"].partition(":")
        if variant and base in names:
            continue  # its definition is shown
        clock = CLOCKS.get(row["clock"])
        arm = None if clock is None else clock.arm_of.get(row["trigger"])
        key = row["clock"], row["trigger"], row["time_zero"]
        titles = {} if arm is None else arm.titles
        of = found.setdefault(
            key,
            {
                "title": row["clock"] if clock is None else clock.title,
                "arm": row["trigger"] if arm is None else arm.title,
                "verified": row["verified"],
                "zero": _at(row["time_zero"], start),
                "tasks": [],
            },
        )
        times = {name: _at(row[name], start) for name in TIMES_OF_TASK}
        of["tasks"].append(
            {
                "title": titles.get(row["task"], row["task"]),
                "state": row["state"],
                "reason": row["reason"],
                **times,
            }
        )
    return sorted(found.values(), key=lambda clock: clock["zero"])


def _at(time, start: int) -> int | None:
    return None if time is None else second(round(time.timestamp() * 1e6), start)


def file_name_of(stay: str) -> Path:
    """A file name for the page of a stay, whatever the stay is called.

    >>> str(file_name_of("30/12 a"))
    'stay-30_12_a.html'
    """
    return Path("stay-" + "".join(c if c.isalnum() or c in "-." else "_" for c in stay)[:80] + ".html")
