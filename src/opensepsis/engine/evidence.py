"""Which events decided an episode: their origins, so that every label can be traced back. Polars."""

from dataclasses import replace

import polars as pl

from opensepsis.engine.axis import lying_between
from opensepsis.engine.batch import Given, row_keys
from opensepsis.engine.charts import Charts
from opensepsis.engine.judged import Judged
from opensepsis.engine.steps import micro
from opensepsis.rules import (
    CriteriaMet,
    Infection,
    Joined,
    Kind,
    Latest,
    OrganFailure,
    Phenotype,
    Row,
    Score,
    Shock,
    Worsened,
    concepts_of,
)

TRACE = {"episode": pl.UInt32, "origin": pl.String}


def evidence(
    phenotype: Phenotype,
    found: pl.DataFrame,
    patients: Charts,
    events: pl.DataFrame,
    given: dict[str, dict[str, Given]],
) -> pl.Series:
    """For each episode (with pid) the origins of its deciding events, in order of time and name.

    An event without an origin is named by its concept and time.
    """
    if found.is_empty():
        return pl.Series("origin", [], pl.List(pl.String))
    found = found.with_row_index("episode")
    parts = [pl.DataFrame(schema=TRACE), *_parts(phenotype, found, patients, events, given)]
    traced = pl.concat([part.select(*TRACE) for part in parts], how="vertical_relaxed").unique()
    lists = traced.group_by("episode").agg(pl.col("origin").sort())
    return found.join(lists, on="episode", how="left", maintain_order="left")["origin"]


def tick_evidence(
    score: Score, row: str | None, found: pl.DataFrame, patients: Charts, events: pl.DataFrame, given
) -> pl.DataFrame:
    """sid, time and one origin a row of what gave a score, or one row of it, its points at a tick (sid, pid, time)."""
    if found.is_empty():
        return pl.DataFrame(schema={"sid": pl.UInt32, "time": pl.Int64, "origin": pl.String})
    asked = found.with_row_index("episode").with_columns(organ_failure="time")
    narrow = score if row is None else replace(score, rows=tuple(r for r in score.rows if r.name == row))
    parts = [part.select(*TRACE) for part in _table(narrow, asked, patients, events, given)]
    traced = pl.concat([pl.DataFrame(schema=TRACE), *parts], how="vertical_relaxed").unique()
    return asked.select("episode", "sid", "time").join(traced, on="episode").drop("episode")


def _parts(phenotype, found, patients, events, given):
    match phenotype:
        case Infection():
            yield _infection(phenotype, found, patients)
        case OrganFailure():
            yield _infection(phenotype.infection, found, patients)
            for row in phenotype.score.rows:
                yield from _row(phenotype.score, row, found, patients, events, given[phenotype.score.name])
        case Shock():
            yield from _parts(phenotype.sepsis, found, patients, events, given)
            yield _shock_lactate(phenotype, found, patients)
            yield _vasopressors(phenotype, found, patients)
        case CriteriaMet():
            yield _infection(phenotype.infection, found, patients)
            for criterion in phenotype.criteria:
                yield from _table(criterion.score, found, patients, events, given)
        case Worsened():
            yield from _parts(phenotype.after, found, patients, events, given)
            at_shock = found.with_columns(organ_failure="shock")
            yield from _table(phenotype.sign.score, at_shock, patients, events, given)
        case Phenotype():
            yield _deciding(phenotype, found, patients, events)


def _named(concept: str | None = None) -> pl.Expr:
    """The origin of an event, or its concept and time where it has none."""
    name = pl.lit(concept) if concept else pl.col("concept")
    time = pl.from_epoch("time", time_unit="us").dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    return pl.coalesce("origin", pl.concat_str(name, pl.lit(" at "), time))


def _deciding(
    phenotype: Phenotype, found: pl.DataFrame, patients: Charts, events: pl.DataFrame
) -> pl.DataFrame:
    """What the phenotype itself left as deciding; the origin of a measurement is found by its moment."""
    mine = found.select("episode", "sid", "pid", "onset")
    rows = mine.join(patients.deciding[phenotype.name], on=["sid", "onset"]).drop("sid", "onset")
    lasting = [n for n, c in patients.concepts.items() if c.kind in (Kind.EVENT, Kind.INTERVAL)]
    direct = pl.col("concept").is_in(lasting)
    rest = rows.filter(~direct).drop("origin")
    measured = events.filter(pl.col("concept").is_in(rest["concept"].unique().to_list()))
    measured = measured.with_columns(pl.col("concept").cast(pl.String)).join(
        rest, on=["pid", "concept", "time"]
    )
    parts = [part.select("episode", origin=_named()) for part in (rows.filter(direct), measured)]
    return pl.concat(parts)


def _infection(infection: Infection, found: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The antibiotic and the culture that pair at the moment of suspicion: of several the first of each."""
    asked = found.select("episode", "pid", "suspected")
    doses = _near(asked, patients, infection.antibiotic.name, infection.antibiotic_within).rename(
        {"time": "dose"}
    )
    cultures = _near(asked, patients, infection.culture.name, infection.culture_within).rename(
        {"time": "culture"}
    )
    pairs = doses.join(cultures.drop("pid", "suspected"), on="episode", suffix="_culture")
    pairs = pairs.filter(pl.min_horizontal("dose", "culture") == pl.col("suspected"))
    first = pairs.sort("episode", "dose", "culture", "origin", "origin_culture").group_by("episode").first()
    return pl.concat([first.select("episode", "origin"), first.select("episode", origin="origin_culture")])


def _near(asked: pl.DataFrame, patients: Charts, concept: str, within) -> pl.DataFrame:
    """The events of a concept from the suspicion to `within` after it: its pair lies there, whichever came first."""
    there = asked.join(patients.worked_out(_every_version, concept), on="pid")
    after = pl.col("time") - pl.col("suspected")
    return there.filter((after >= 0) & (after <= micro(within))).with_columns(origin=_named(concept))


def _every_version(concept: str, patients: Charts) -> pl.DataFrame:
    """pid, time, origin of what stands of a concept, and of what stood before a correction."""
    standing = patients.standing[concept].select("pid", "time", "origin")
    if patients.judged is Judged.NOW:
        return standing
    gone = patients.events[patients.rows[concept]["row"]].select("pid", "time", "origin")
    gone = gone.unique().join(standing, on=["pid", "time"], how="anti")
    return pl.concat([standing, gone])


def _table(score: Score, found: pl.DataFrame, patients: Charts, events: pl.DataFrame, given):
    """The events that gave each row of a table its points, at the tick of organ failure."""
    for row in score.rows:
        if score.window:
            yield from _row(score, row, found, patients, events, given[score.name])
        else:
            for part in row.parts:
                yield from _row_now(part, found, patients, events)


def _row_now(row: Row, found: pl.DataFrame, patients: Charts, events: pl.DataFrame):
    """The latest measurements of a row that has points at the tick."""
    asked = found.select("episode", "pid", at="organ_failure").drop_nulls("at").sort("pid", "at")
    keys = row_keys(row, asked.select("pid", time="at"), patients, row.signals)
    asked = asked.filter(keys.fill_null(0) >= 4)
    for signal in row.signals.values():
        if not isinstance(signal, Latest) or signal.valid is None:
            continue
        mine = asked.join(events.filter(pl.col("concept") == signal.concept.name), on="pid")
        age = pl.col("at") - pl.col("time")
        mine = mine.filter((age >= 0) & (age < micro(signal.valid)))
        last = mine.filter(pl.col("time") == pl.col("time").max().over("episode"))
        yield last.select("episode", origin=_named())


def _row(
    score: Score, row: Row | Joined, found: pl.DataFrame, patients: Charts, events, given: dict[str, Given]
):
    """The deciding events of each table of a row; of tables that stand in for one another only the first known's."""
    asked = found.select("episode", "pid", at="organ_failure").drop_nulls("at")
    if isinstance(row, Joined) and row.worst_known:
        windows = [
            _in_window(score, asked, given[part.name]).filter(pl.col("key") >= 4) for part in row.parts
        ]
        for part, known in zip(row.parts, _only_the_worst(windows), strict=True):
            yield from _part(part, known, patients, events)
        return
    for part in row.parts:
        known = _in_window(score, asked, given[part.name])
        yield from _part(part, known.filter(pl.col("key") >= 4), patients, events)
        if isinstance(row, Joined) and row.first_known:
            asked = asked.join(known, on="episode", how="anti")


def _only_the_worst(windows: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Of the tables of a row, for each episode only the first of those with most points."""
    every = pl.concat(w.select("episode", "key", table=pl.lit(i)) for i, w in enumerate(windows))
    best = every.sort(pl.col("key") // 4, "table", descending=[True, False], maintain_order=True)
    best = best.unique("episode", keep="first", maintain_order=True)
    return [w.join(best.filter(table=i), on="episode", how="semi") for i, w in enumerate(windows)]


def _in_window(score: Score, asked: pl.DataFrame, given: Given) -> pl.DataFrame:
    """What gave points (also 0) in the window: episode, pid, time, key, and until for what ran."""
    after = pl.col("at") - micro(score.window)
    moments = asked.join(given.moments, on="pid")
    moments = moments.filter((pl.col("time") > after) & (pl.col("time") <= pl.col("at")))
    stretches = asked.join(given.stretches, on="pid")
    stretches = stretches.filter((pl.col("time") <= pl.col("at")) & (pl.col("until") - 1 > after))
    return pl.concat([moments.with_columns(until=None), stretches], how="diagonal_relaxed")


def _part(row: Row, both: pl.DataFrame, patients: Charts, events):
    """The events at the first moment, or the infusions in the first stretch, that gave a table its points."""
    best = both.sort("episode", "key", "time", "until", descending=[False, True, False, False])
    best = best.group_by("episode", maintain_order=True).first().select("episode", "pid", "time", "until")
    names = {c.name for s in row.signals.values() for c in concepts_of(s)}
    names = sorted(names & patients.concepts.keys())
    measured = [n for n in names if patients.concepts[n].kind is not Kind.INTERVAL]
    point = best.filter(pl.col("until").is_null()).select("episode", "pid", "time")
    point = point.with_columns(patients.axis.place())
    for name in measured:
        yield _recorded_at(point, patients.rows[name], events).select("episode", origin=_named(name))
    during = best.drop_nulls("until").select("episode", "pid", moment="time")
    lasting = [patients.standing[n].with_columns(concept=pl.lit(n)) for n in names if n not in measured]
    if during.is_empty() or not lasting:
        return
    running = during.join(pl.concat(lasting).filter(pl.col("value").fill_null(1.0) > 0), on="pid")
    running = running.filter((pl.col("time") <= pl.col("moment")) & (pl.col("end") >= pl.col("moment")))
    yield running.select("episode", origin=_named())


def _recorded_at(point: pl.DataFrame, recorded: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The events of one concept at each episode's moment."""
    found = lying_between(recorded["place"], point.select("episode", begin="place", end="place"))
    return found.hstack(events.select("time", "origin")[recorded["row"].gather(found["at"])])


def _shock_lactate(phenotype: Shock, found: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The first high lactate near the shock."""
    high = patients.measured[phenotype.lactate.name].filter(pl.col("value") > phenotype.lactate_above)
    high = high.with_columns(origin=_named(phenotype.lactate.name)).select("pid", "origin", lactate="time")
    near = found.select("episode", "pid", "shock").join(high, on="pid")
    near = near.filter((pl.col("lactate") - pl.col("shock")).abs() <= micro(phenotype.paired_within))
    return near.sort("episode", "lactate", "origin").group_by("episode").first().select("episode", "origin")


def _vasopressors(phenotype: Shock, found: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The vasopressors that ran nearest before or at the shock."""
    parts = []
    for drug in phenotype.vasopressors:
        ran = patients.standing[drug.concept.name].filter(pl.col("value").fill_null(1.0) > 0)
        ran = ran.with_columns(origin=_named(drug.concept.name)).select("pid", "origin", "time", "end")
        near = found.select("episode", "pid", "shock").join(ran, on="pid")
        before = pl.col("shock") - micro(phenotype.paired_within)
        parts.append(near.filter((pl.col("time") <= pl.col("shock")) & (pl.col("end") >= before)))
    last = pl.concat(parts).sort("episode", "time", "origin").group_by("episode").last()
    return last.select("episode", "origin")
