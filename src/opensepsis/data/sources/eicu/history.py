"""Diagnoses, long-term dialysis in the history, comfort care, and the coma scores of physicians' notes."""

import re
from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed
from opensepsis.data.sources.relational.tables import Tables

_DIALYSIS = ("renal failure - hemodialysis", "renal failure - peritoneal dialysis")
_LIMITS, _COMFORT, _FULL = "Care Limitation", "Comfort measures only", "Full therapy"
_GCS = re.compile(r"/GCS/(?:(Eyes|Verbal|Motor) Score/)?(\d{1,2})$")
_PART = {"Eyes": "gcs_eye", "Verbal": "gcs_verbal", "Motor": "gcs_motor", None: "gcs_total"}
_NOT_SCORED = "/GCS/Score/unable to score"


def diagnoses(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """The codes of each diagnosis when it was entered, text `ICD9:…` or `ICD10:…` without a dot."""
    if "diagnosis" not in concepts or not tables.has("diagnosis"):
        return
    rows = tables.get("diagnosis", STAY, "diagnosisid", "diagnosisoffset", "icd9code")
    for batch in tables.stream(rows.filter(rows.icd9code.notnull()), "diagnosis"):
        said = {codes: coded(codes) for codes in batch["icd9code"].unique()}
        texts = pl.col("icd9code").replace_strict(said, return_dtype=pl.List(pl.String))
        placed = timed(
            tables, batch.with_columns(text=texts).explode("text").drop_nulls("text"), time="diagnosisoffset"
        )
        yield placed.select(
            PATIENT,
            "time",
            "text",
            concept=pl.lit("diagnosis"),
            origin=pl.format("diagnosis/{}", "diagnosisid"),
        )


def coded(codes: str) -> list[str]:
    """The codes of one cell: the first of a pair is of ICD-9, the second of ICD-10; of ICD-9 only V and E begin with a letter.

    >>> coded("518.81, J96.00"), coded("V45.11"), coded("")
    (['ICD9:51881', 'ICD10:J9600'], ['ICD9:V4511'], [])
    """
    found = []
    for place, code in enumerate(part.strip() for part in codes.split(",") if part.strip()):
        ninth = code[0].isdigit() or (code[0] in "VE" and place == 0)
        found.append(f"{'ICD9' if ninth else 'ICD10'}:{code.replace('.', '')}")
    return found


def past_dialysis(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Long-term dialysis as ticked in the history, from the tick to the end of the stay in hospital."""
    if "chronic_dialysis" not in concepts or not tables.has("pasthistory"):
        return
    columns = (STAY, "pasthistoryid", "pasthistoryoffset", "pasthistoryenteredoffset")
    for rows in tables.of_codes("pasthistory", "pasthistoryvalue", pl.Series(_DIALYSIS), *columns):
        placed = timed(tables, rows, time="pasthistoryoffset", known="pasthistoryenteredoffset")
        yield placed.select(
            PATIENT, "time", "known", concept=pl.lit("chronic_dialysis"), end=pl.max_horizontal("time", "hospital_left"),
            origin=pl.format("pasthistory/{}", "pasthistoryid"),
        )  # fmt: skip


def comfort(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Comfort measures only, from the plan that says so to the next that says full therapy, or for good."""
    if "comfort_care" not in concepts or not tables.has("careplangeneral"):
        return
    plans = tables.get("careplangeneral", STAY, "cplgeneralid", "cplitemoffset", "cplgroup", "cplitemvalue")
    rows = tables.fetch(plans.filter(plans.cplgroup == _LIMITS), "careplangeneral")
    placed = timed(tables, rows, time="cplitemoffset").sort(STAY, "time", "cplgeneralid")
    full = placed.filter(pl.col("cplitemvalue") == _FULL).select(STAY, full="time").sort("full")
    said = placed.filter(pl.col("cplitemvalue") == _COMFORT).sort("time")
    said = said.join_asof(
        full, left_on="time", right_on="full", by=STAY, strategy="forward", allow_exact_matches=False,
        check_sortedness=False,
    )  # fmt: skip
    yield said.select(
        PATIENT,
        "time",
        concept=pl.lit("comfort_care"),
        end="full",
        origin=pl.format("careplangeneral/{}", "cplgeneralid"),
    )


def noted_scores(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Coma scores of physical examinations; none of a note that says that it could not be scored for drugs."""
    asked = concepts & set(_PART.values())
    if not asked or not tables.has("physicalexam"):
        return
    rows = tables.get("physicalexam", STAY, "physicalexamid", "physicalexamoffset", "physicalexampath")
    for batch in tables.stream(rows.filter(rows.physicalexampath.contains("/GCS/")), "physicalexam"):
        unscored = batch.filter(pl.col("physicalexampath").str.contains(_NOT_SCORED, literal=True))
        scored = batch.join(unscored, on=[STAY, "physicalexamoffset"], how="anti")
        found = {path: _GCS.search(path) for path in scored["physicalexampath"].unique()}
        listed = pl.DataFrame(
            [(path, _PART[hit.group(1)], float(hit.group(2))) for path, hit in found.items() if hit],
            schema={"physicalexampath": pl.String, "concept": pl.String, "value": pl.Float64}, orient="row",
        )  # fmt: skip
        placed = timed(tables, scored.join(listed, on="physicalexampath"), time="physicalexamoffset")
        yield placed.filter(pl.col("concept").is_in(asked)).select(
            PATIENT, "concept", "time", "value", origin=pl.format("physicalexam/{}", "physicalexamid")
        )
