"""The lists of the OMOP source: concept ids of the standard vocabularies to what they mean here, read from `data/maps`."""

from functools import cache
from importlib.resources import files

import polars as pl


@cache
def read_map(name: str) -> pl.DataFrame:
    """The list `omop_<name>.csv`, with whole concept ids.

    >>> read_map("units").filter(pl.col("concept_id") == 8840)["unit"].item()
    'mg/dL'
    """
    text = (files("opensepsis.data") / "maps" / f"omop_{name}.csv").read_bytes()
    rows = pl.read_csv(text, infer_schema=False)
    return rows.with_columns(pl.col("concept_id").cast(pl.Int64)) if "concept_id" in rows.columns else rows


@cache
def loinc() -> pl.DataFrame:
    """code, concept, property, rule and material (the specimen that it names) of every LOINC code that is read.

    >>> loinc().filter(pl.col("code") == "11556-8")["rule"].item()
    'arterial'
    """
    text = (files("opensepsis.data") / "maps" / "loinc.csv").read_bytes()
    listed = pl.read_csv(text, infer_schema=False).select(
        "code", "concept", "property", "material", rule="specimen"
    )
    own = read_map("measurements").select("concept", "rule", code="loinc").unique("code", maintain_order=True)
    more = own.join(listed, on="code", how="anti").select(
        "code", "concept", property=pl.lit(""), material=pl.lit(""), rule="rule"
    )
    here = own.select("code", here="rule")
    whole = pl.concat([listed, more]).join(here, on="code", how="left", maintain_order="left")
    rule = pl.coalesce("here", "rule").fill_null("").alias("rule")
    return whole.select(
        "code", "concept", pl.col("property").fill_null(""), rule, pl.col("material").fill_null("")
    )


def ids_that_mean(name: str, *meanings: str) -> list[int]:
    """The concept ids of a list whose `means` is one of those.

    >>> 9201 in ids_that_mean("visits", "inpatient")
    True
    """
    return read_map(name).filter(pl.col("means").is_in(meanings))["concept_id"].to_list()
