"""Subjects and their stays: births, sexes, deaths, and what begins and ends."""

import polars as pl

from opensepsis.data.intake.text_codes import sex_of
from opensepsis.data.schema import ID, STAYS, in_shape
from opensepsis.data.sources.day_of_death import at_discharge
from opensepsis.data.sources.meds.code_list import Meaning

_RULES = ("begins", "ends", "birth", "death", "sex")
_IDS = ("hadm_id", "icustay_id")


def is_of_people(meaning: Meaning | None) -> bool:
    """Whether a code tells of a stay or a person."""
    return meaning is not None and meaning.rule in _RULES


def stays_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The stays of whole subjects; `rows` have rule, text and the code's own first part in `said`.

    Where `pair` names a column of ids, a stay is named by its id and ends with the end that has the same; else it is named by subject, kind
    and number and ends with the next end of its kind.
    """
    begins, ends = rows.filter(pl.col("rule") == "begins"), rows.filter(pl.col("rule") == "ends")
    found = [_of_kind(begins, ends, kind) for kind in begins["text"].unique().sort()]
    stays = pl.concat(found) if found else pl.DataFrame(schema={"patient": pl.String, **_SPANS})
    stays = stays.join(_people(rows), on="patient", how="left", maintain_order="left")
    return in_shape(at_discharge(stays), STAYS).with_columns(pl.lit("stay").alias(ID))


_SPANS = {
    "stay": pl.String, "kind": pl.String, "admitted": pl.Datetime("us", "UTC"), "discharged": pl.Datetime("us", "UTC"),
    "discharged_to": pl.String,
}  # fmt: skip


def _of_kind(begins: pl.DataFrame, ends: pl.DataFrame, kind: str) -> pl.DataFrame:
    mine, over = (rows.filter(pl.col("text") == kind).with_columns(own=_own_id()) for rows in (begins, ends))
    mine = mine.unique(["subject_id", "own", "time"], maintain_order=True)
    named = mine.filter(pl.col("own").is_not_null()).join(
        over.drop_nulls("own").unique(["subject_id", "own"], keep="last").select("subject_id", "own", end="time", to="said"),
        on=["subject_id", "own"], how="left", maintain_order="left",
    )  # fmt: skip
    nameless = mine.filter(pl.col("own").is_null()).sort("time", maintain_order=True)
    unnamed = nameless.join_asof(
        over.filter(pl.col("own").is_null()).sort("time").select("subject_id", "time", end="time", to="said"),
        on="time", by="subject_id", strategy="forward", check_sortedness=False,
    )  # fmt: skip
    both = pl.concat(
        [
            named.select("subject_id", "own", "time", "end", "to"),
            unnamed.select("subject_id", "own", "time", "end", "to"),
        ]
    )
    number = pl.col("time").rank("ordinal").over("subject_id")
    return both.select(
        patient=pl.col("subject_id").cast(pl.String),
        stay=pl.coalesce("own", pl.format("{}/{}-{}", "subject_id", pl.lit(kind), number)),
        kind=pl.lit(kind), admitted="time", discharged="end", discharged_to="to",
    ).sort("patient", "admitted")  # fmt: skip


def _own_id() -> pl.Expr:
    return pl.coalesce(pl.when(pl.col("pair") == name).then(name) for name in _IDS)


def _people(rows: pl.DataFrame) -> pl.DataFrame:
    """birth, sex and death of each subject."""
    sexes = {said: sex_of(said) for said in rows.filter(pl.col("rule") == "sex")["text"].unique()}
    of = {rule: pl.col("time").filter(pl.col("rule") == rule).min() for rule in ("birth", "death")}
    sex = (
        pl.when(pl.col("rule") == "sex")
        .then("text")
        .replace_strict(sexes, default=None, return_dtype=pl.String)
    )
    told = rows.with_columns(sex=sex).group_by("subject_id").agg(
        born=of["birth"], died=of["death"],
        # two that differ tell neither
        sex=pl.when(pl.col("sex").drop_nulls().n_unique() == 1).then(pl.col("sex").drop_nulls().first()),
    )  # fmt: skip
    return told.select("born", "died", "sex", patient=pl.col("subject_id").cast(pl.String))
