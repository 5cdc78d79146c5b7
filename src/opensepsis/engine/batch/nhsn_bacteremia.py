"""The NHSN draft of bacteremia events for many stays. Polars twin of `live/nhsn_bacteremia.py`."""

from functools import partial

import polars as pl

from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.infection import episodes_frame
from opensepsis.engine.batch.nhsn_stay import arrived
from opensepsis.engine.batch.surveillance_days import TRIGGER_EVENTS, blood, days_of
from opensepsis.engine.semantics.organism_names import Growth, read_growth
from opensepsis.engine.semantics.organism_taxa import community_associated, taxon
from opensepsis.rules import NhsnBacteremia

OUTPATIENT, COMMUNITY, HOSPITAL = "outpatient", "community", "hospital"
CULTURE = ["sid", "time"]


def nhsn_bacteremias(phenotype: NhsnBacteremia, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """At most one outpatient, one community and one hospital onset event a stay. What decided them is left in the charts."""
    grown = positive_cultures(phenotype, stays, patients)
    patients.reached[phenotype.name] = [("pathogen in blood of the stay", grown["sid"])]
    before = grown.select("sid", "organism").clear()
    found, joining = [], []
    for kind in (OUTPATIENT, COMMUNITY, HOSPITAL):
        mine = grown.filter(pl.col("kind") == kind)
        standing = _standing(phenotype, mine, before)
        found.append(standing.sort(CULTURE).unique("sid", keep="first", maintain_order=True).select(CULTURE))
        joining.append(standing)
        joined = mine if phenotype.earlier_growth else standing
        before = pl.concat([before, joined.select("sid", "organism")]).unique()
    index = pl.concat(found).sort(CULTURE)
    rows = index.join(grown, on=CULTURE, how="inner")
    events = rows.group_by(CULTURE, maintain_order=True).agg(
        pl.col("pid", "kind", "years").first(), pl.col("known").max(), pl.col("community").any()
    )
    events = events.join(_neutropenic(phenotype, events, patients), on=CULTURE, how="left")
    joined = _joined(phenotype, rows, pl.concat(joining), patients)
    trigger = joined.with_columns(concept=pl.lit(phenotype.culture.name))
    patients.trigger_events[phenotype.name] = trigger.select(*TRIGGER_EVENTS)
    told = events.with_columns(onset="time", suspected="time", onset_type="kind", strata=_strata(phenotype))
    return episodes_frame(told.sort("sid", "onset"))


def positive_cultures(phenotype: NhsnBacteremia, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """Each organism other than a commensal of each moment's blood: sid, pid, time, known, origin, organism, community, kind, years."""
    day_of = partial(days_of, patients.calendar)
    rows = blood(phenotype, patients)
    read = []
    for text in rows["text"].unique().to_list():
        name, growth = read_growth(phenotype.commensals, text)
        if growth is Growth.PATHOGEN:
            key = taxon(phenotype.taxa, name)
            read.append((text, key, community_associated(phenotype.taxa, key)))
    names = {"text": pl.String, "organism": pl.String, "community": pl.Boolean}
    rows = rows.join(pl.DataFrame(read, schema=names, orient="row"), on="text")
    rows = rows.with_columns(known=pl.max_horizontal("time", "known"))
    spans = arrived(stays).filter(~pl.col("led_on"))
    spans = spans.select("sid", "pid", "presented", "discharged", "on_ward", "by_itself", "years")
    mine = spans.join(rows.select("pid", "time", "known", "origin", "organism", "community"), on="pid")
    mine = mine.filter(pl.col("time").is_between(pl.col("presented"), pl.col("discharged")))
    inpatient_day = day_of("time") - day_of("on_ward") + 1
    early = inpatient_day <= phenotype.community_days
    kind = (
        pl.when(pl.col("by_itself") | (pl.col("time") < pl.col("on_ward")))
        .then(pl.lit(OUTPATIENT))
        .when(early)
        .then(pl.lit(COMMUNITY))
        .otherwise(pl.lit(HOSPITAL))
    )
    return mine.with_columns(kind=kind)


def _standing(phenotype: NhsnBacteremia, mine: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """The rows of cultures that are none of an earlier event's organisms."""
    matching = mine.join(before, on=["sid", "organism"], how="semi")
    if not phenotype.each_organism:
        return mine.join(matching, on=CULTURE, how="anti")
    others = mine.join(before, on=["sid", "organism"], how="anti")
    return mine.join(others, on=CULTURE, how="semi")


def _joined(
    phenotype: NhsnBacteremia, index: pl.DataFrame, standing: pl.DataFrame, patients: Charts
) -> pl.DataFrame:
    """The rows of the cultures that belong to each event: sid, onset, time, origin; in hospital those of so many days after it."""
    day_of = partial(days_of, patients.calendar)
    events = index.select("sid", "kind", onset="time").unique()
    rows = standing.join(events, on=["sid", "kind"])
    near = day_of("time") - day_of("onset") <= phenotype.joined_days
    return rows.filter(near | (pl.col("kind") != HOSPITAL)).select("sid", "onset", "time", "origin")


def _neutropenic(phenotype: NhsnBacteremia, events: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The events (sid, time) with low neutrophils on enough days around them, each with `neutropenia`."""
    rule, day_of = phenotype.neutropenia, partial(days_of, patients.calendar)
    hard = patients.at_ends[1]  # where limits were given, low for certain
    low = hard.frame(rule.neutrophils.name).filter(pl.col("value") < rule.below)
    low = low.select("pid", day=day_of("time")).unique()
    near = events.select(*CULTURE, "pid", index=day_of("time")).join(low, on="pid")
    near = near.filter((pl.col("day") - pl.col("index")).abs() <= rule.within_days)
    days = near.group_by(CULTURE).agg(pl.col("day").n_unique())
    return days.filter(pl.col("day") >= rule.days).select(*CULTURE, neutropenia=pl.lit(True))


def _strata(phenotype: NhsnBacteremia) -> pl.Expr:
    """By what an event is counted apart, in words with a stroke between."""
    adult = (
        pl.when(pl.col("years") >= phenotype.adult_age).then(pl.lit("adult")).otherwise(pl.lit("paediatric"))
    )
    told = [
        pl.when(pl.col("years").is_not_null()).then(adult),
        pl.when(pl.col("neutropenia").fill_null(False)).then(pl.lit("neutropenia")),
        pl.when("community").then(pl.lit("community_associated")),
    ]
    said = pl.concat_str(told, separator="|", ignore_nulls=True)
    return pl.when(said != "").then(said)
