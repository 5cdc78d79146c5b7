"""What the NHSN draft asks of many stays as a whole. Polars twin of `live/nhsn_stay.py`."""

from functools import partial

import polars as pl

from opensepsis.data.intake.text_codes import kind_of_place
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.surveillance_days import OUTCOMES, days_of
from opensepsis.engine.semantics.diagnoses import read_diagnosis
from opensepsis.engine.semantics.finding_codes import counts
from opensepsis.rules import CodeList, NhsnSepsisEvent

ARRIVAL = {
    "presented": pl.Int64,
    "years": pl.Int64,
    "sex": pl.String,
    "on_ward": pl.Int64,
    "by_itself": pl.Boolean,
    "led_on": pl.Boolean,
}


def arrived(stays: pl.DataFrame) -> pl.DataFrame:
    """The stays with how their patients arrived; where nothing is told of it, at the admission and at the age of the stay."""
    told = OUTCOMES | ARRIVAL
    missing = [pl.lit(None, kind).alias(name) for name, kind in told.items() if name not in stays.columns]
    return stays.with_columns(missing).with_columns(
        pl.col("presented").fill_null(pl.col("admitted")),
        pl.col("by_itself", "led_on").fill_null(False),
        on_ward=pl.max_horizontal("on_ward", "admitted"),
        years=pl.when(pl.col("presented").is_null()).then(pl.col("age").floor()).otherwise(pl.col("years")),
    )


def days_of_stays(phenotype: NhsnSepsisEvent, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The stays that are judged, a row each: their days (`admission` is that of presentation), end and principal diagnosis."""
    day_of = partial(days_of, patients.calendar)
    stays = arrived(stays).filter(
        ~pl.col("led_on"), (pl.col("years") >= phenotype.lowest_age).fill_null(True)
    )
    presented = pl.col("admitted") if phenotype.from_admission else pl.col("presented")
    stays = stays.with_columns(
        presented_at=presented, inpatient=day_of("admitted"), last=day_of("discharged")
    )
    kinds = _kinds_of_place(phenotype, stays)
    died = (day_of("died") <= pl.col("last")).fill_null(False)
    stays = stays.join(kinds, on="discharged_to", how="left", nulls_equal=True, maintain_order="left")
    dead = died | pl.col("place").is_in(phenotype.died)
    left_for_care = pl.col("place").is_in((*phenotype.hospice, *phenotype.transferred))
    return stays.select(
        "sid",
        "pid",
        "discharged",
        "died",
        "place",
        "sex",
        "by_itself",
        "presented_at",
        "inpatient",
        admission=day_of("presented_at"),
        stay_first=day_of("presented_at") - phenotype.days_before_stay,
        stay_last=pl.col("last"),
        lost=dead | pl.col("place").is_in(phenotype.hospice),
        alive=~dead & ~left_for_care,
    )


def _kinds_of_place(phenotype: NhsnSepsisEvent, stays: pl.DataFrame) -> pl.DataFrame:
    places = stays["discharged_to"].unique()
    kinds = [kind_of_place(phenotype.places, place or "") for place in places]
    return pl.DataFrame({"discharged_to": places, "place": pl.Series(kinds, dtype=pl.String)})


def ends_of(phenotype: NhsnSepsisEvent, days: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The days that allow fewer qualifying days: sid, end."""
    day_of = partial(days_of, patients.calendar)
    whole = days.filter(~pl.col("by_itself")) if phenotype.only_death_ends_a_visit else days
    began = patients.standing[phenotype.comfort_care.name].select("pid", end=day_of("time"))
    gone = (*phenotype.hospice, *phenotype.transferred)
    parts = [
        days.select("sid", "stay_last", end=day_of("died")),
        days.filter(pl.col("place").is_in(phenotype.died)).select("sid", "stay_last", end="stay_last"),
        whole.filter(pl.col("place").is_in(gone)).select("sid", "stay_last", end="stay_last"),
        whole.join(began, on="pid").select("sid", "stay_last", "end"),
    ]
    return pl.concat(parts).filter(pl.col("end") <= pl.col("stay_last")).select("sid", "end").unique()


class Diagnoses:
    """The coded diagnoses of each stay: sid, code, time, origin, whether principal, whether present on admission."""

    def __init__(self, phenotype: NhsnSepsisEvent, days: pl.DataFrame, patients: Charts) -> None:
        coded = patients.standing[phenotype.diagnosis.name].select("pid", "time", "origin", "text")
        texts = coded["text"].unique().to_list()
        read = [
            (text, d.code, d.principal, d.on_admission) for text in texts for d in (read_diagnosis(text),)
        ]
        kinds = {"text": pl.String, "code": pl.String, "principal": pl.Boolean, "marked": pl.Boolean}
        named = coded.join(pl.DataFrame(read, schema=kinds, orient="row"), on="text", nulls_equal=True)
        day = days_of(patients.calendar, "time")
        # inpatient day 1 is that of admission and no day is 0, so day −1 lies two days before it
        early, late = phenotype.admission_from - 1, phenotype.admission_to - 1
        by_day = (day - pl.col("inpatient")).is_between(early, late)
        mine = named.join(days.select("sid", "pid", "inpatient", "admission", "stay_last"), on="pid")
        mine = mine.filter(day.is_between(pl.col("admission"), pl.col("stay_last")))
        self.rows = mine.with_columns(on_admission=pl.coalesce("marked", by_day))

    def coded(self, listed: CodeList | None, only_on_admission: bool) -> pl.DataFrame:
        """The stays (sid) with a diagnosis of a list."""
        rows = self.rows.filter(pl.col("on_admission")) if only_on_admission else self.rows
        return rows.filter(self._on(listed)).select("sid").unique()

    def principal_infections(self, listed: CodeList) -> pl.DataFrame:
        """The stays (sid) whose principal diagnosis is of a list: of several, every one."""
        principal = self.rows.filter("principal")
        judged = principal.group_by("sid").agg(self._on(listed).all().alias("infection"))
        return judged.filter("infection").select("sid")

    def _on(self, listed: CodeList | None) -> pl.Expr:
        codes = self.rows["code"].unique().to_list() if listed is not None else []
        kept = pl.Series([code for code in codes if counts(listed, code)], dtype=pl.String)
        return pl.col("code").is_in(kept.implode())
