"""Stays: admissions, and runs of locations in intensive care and in the emergency department."""

from collections.abc import Callable

import polars as pl

from opensepsis.data.schema import STAYS, in_shape
from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital, instants
from opensepsis.data.sources.clif.words import folded, words
from opensepsis.data.sources.relational.tables import Tables

_KINDS = {"intensive care": "icu", "emergency department": "emergency"}
_SEXES = {"male": "M", "female": "F"}


def stays_of(hospital: Hospital) -> Callable[[Tables], pl.DataFrame]:
    """The reader of stays of one hospital."""

    def read(_: Tables) -> pl.DataFrame:
        hospital.stays = _read_stays(hospital)
        return hospital.stays

    return read


def known_stays(hospital: Hospital) -> pl.DataFrame:
    """The stays as they were read before, or read now: what is asked beside them reads no table again."""
    return _read_stays(hospital) if hospital.stays is None else hospital.stays


def _read_stays(hospital: Hospital) -> pl.DataFrame:
    """Every admission; every run of locations in intensive care (`…-icu-1`) or the emergency department (`…-ed-1`)."""
    admissions = _admissions(hospital)
    found = [admissions.with_columns(stay=ADMISSION, kind=pl.lit("hospital"))]
    if hospital.tables.has("adt"):
        found.append(_runs(hospital, admissions))
    return pl.concat([in_shape(frame, STAYS) for frame in found])


def _admissions(hospital: Hospital) -> pl.DataFrame:
    tables = hospital.tables
    rows = tables.get(
        "hospitalization", "patient_id", ADMISSION, "admission_dttm", "discharge_dttm", "age_at_admission",
        "discharge_category",
    )  # fmt: skip
    people = tables.get("patient", "patient_id", "birth_date", "death_dttm", "sex_category")
    admissions = instants(tables.fetch(rows, "hospitalization"))
    people = instants(tables.fetch(people, "patient")).unique("patient_id", keep="first")
    joined = admissions.join(people, on="patient_id", how="left", maintain_order="left")
    sex = pl.col("sex_category").str.strip_chars().str.to_lowercase()
    places = {raw: _place(raw) for raw in joined["discharge_category"].drop_nulls().unique()}
    return joined.select(
        ADMISSION, patient="patient_id", admitted="admission_dttm", discharged="discharge_dttm", born="birth_date",
        # a date of birth tells more than whole years
        age=pl.when(pl.col("birth_date").is_null()).then("age_at_admission"),
        sex=sex.replace_strict(_SEXES, default=None, return_dtype=pl.String),
        died=_died(hospital.timezone),
        discharged_to=pl.col("discharge_category").replace_strict(places, default=None, return_dtype=pl.String),
    )  # fmt: skip


def _place(said: str) -> str | None:
    return None if folded(said) in words("not told") else said


def _died(timezone: str | None) -> pl.Expr:
    """When the patient died. A death at midnight of the hospital's zone names its day only: it is not before a discharge of that day."""
    died, left = pl.col("death_dttm"), pl.col("discharge_dttm")
    local, leaves, enters = (
        e.dt.convert_time_zone(timezone or "UTC") for e in (died, left, pl.col("admission_dttm"))
    )
    day_only = local.dt.truncate("1d") == local
    same_stay = (leaves > local) & (enters.dt.truncate("1d") <= local)
    return pl.when(day_only & same_stay).then(left).otherwise(died)


def _runs(hospital: Hospital, admissions: pl.DataFrame) -> pl.DataFrame:
    """Locations of one kind that follow one another in an admission, as one stay."""
    tables = hospital.tables
    rows = tables.get("adt", ADMISSION, "in_dttm", "out_dttm", "location_category")
    places = instants(tables.fetch(rows, "adt")).drop_nulls("in_dttm").sort(ADMISSION, "in_dttm", "out_dttm")
    kinds = {raw: _kind(raw) for raw in places["location_category"].drop_nulls().unique()}
    kind = pl.col("location_category").replace_strict(kinds, default=None, return_dtype=pl.String)
    places = places.with_columns(kind=kind)
    another = pl.col("kind").ne_missing(pl.col("kind").shift().over(ADMISSION))
    places = places.with_columns(run=another.cast(pl.UInt32).cum_sum().over(ADMISSION)).drop_nulls("kind")
    runs = places.group_by(ADMISSION, "run", "kind", maintain_order=True).agg(
        pl.col("in_dttm").min(), last=pl.col("out_dttm").max(), open=pl.col("out_dttm").is_null().any()
    )
    number = pl.col("run").rank("dense").over(ADMISSION, "kind")
    short = pl.col("kind").replace_strict({"icu": "icu", "emergency": "ed"}, return_dtype=pl.String)
    runs = runs.with_columns(stay=pl.format("{}-{}-{}", ADMISSION, short, number))
    joined = runs.join(admissions, on=ADMISSION, how="left", maintain_order="left")
    until = pl.when(~pl.col("open")).then("last")
    until = pl.coalesce(until, "discharged")
    leaves_hospital = (until >= pl.col("discharged")) | (pl.col("died") <= until)
    return joined.with_columns(
        admitted="in_dttm", discharged=until,
        discharged_to=pl.when(leaves_hospital.fill_null(False)).then("discharged_to").otherwise(pl.lit("WARD")),
    )  # fmt: skip


def groups(hospital: Hospital) -> pl.DataFrame | None:
    """stay, site, ward and unit: the hospital of each admission, and where each run of locations was; None without a table of locations."""
    tables = hospital.tables
    if not tables.has("adt"):
        return None
    rows = tables.get(
        "adt", ADMISSION, "in_dttm", "out_dttm", "hospital_id", "location_name", "location_type"
    )
    places = instants(tables.fetch(rows, "adt")).drop_nulls("in_dttm").sort(ADMISSION, "in_dttm", "out_dttm")
    first = places.select(
        ADMISSION, "in_dttm", site="hospital_id", ward="location_name", unit="location_type"
    ).unique([ADMISSION, "in_dttm"], keep="first", maintain_order=True)
    sites = first.group_by(ADMISSION, maintain_order=True).agg(pl.col("site").drop_nulls().first())
    stays = known_stays(hospital).select(
        "stay", "admitted", "kind", (pl.col("stay").str.replace(r"-(?:icu|ed)-\d+$", "")).alias(ADMISSION)
    )
    named = stays.join(sites, on=ADMISSION, how="left", maintain_order="left").join(
        first.drop("site"),
        left_on=[ADMISSION, "admitted"],
        right_on=[ADMISSION, "in_dttm"],
        how="left",
        maintain_order="left",
    )
    of_unit = pl.col("kind") != "hospital"
    return named.select(
        "stay", "site", *(pl.when(of_unit).then(name).alias(name) for name in ("ward", "unit"))
    )


def _kind(said: str) -> str | None:
    return next((kind for what, kind in _KINDS.items() if folded(said) in words(what)), None)
