"""MIMIC-III as the readers of MIMIC-IV ask for it: what it calls otherwise, marks as an error, or does not number."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.sources.relational.expressions import Query, coalesce
from opensepsis.data.sources.relational.tables import Tables

_ERRORS = {"chartevents": "error", "outputevents": "iserror"}


class MimicIIITables(Tables):
    """The tables of MIMIC-III; rows that were marked as errors are left out."""

    def get(self, table: str, *columns: str) -> Query:
        """The named columns; those that MIMIC-III has no column for are worked out."""
        if table in _ERRORS:
            return self._without_errors(table, columns)
        if table == "labevents" and "specimen_id" in columns:
            return self._with_specimens(columns)
        if table == "microbiologyevents":
            return self._cultures(columns)
        if table == "diagnoses_icd":
            return (
                super()
                .get(table, *columns)
                .mutate({"icd_version": ibis.literal(9)} if "icd_version" in columns else {})
            )
        if table == "patients" and "anchor_year" in columns:
            kept = [name for name in columns if not name.startswith("anchor_")]
            rows = super().get(table, *dict.fromkeys([*kept, "dob"]))
            return rows.select(
                *kept, anchor_age=ibis.literal(0, "int64"), anchor_year=rows.dob.year().cast("int64")
            )
        return super().get(table, *columns)

    def of_codes(self, table: str, column: str, codes: pl.Series, *columns: str) -> Iterator[pl.DataFrame]:
        """The rows of some codes, through `get`."""
        rows = self.get(table, column, *columns)
        yield from self.stream(rows.filter(rows[column].isin(codes.to_list())), table)

    def _without_errors(self, table: str, columns: tuple[str, ...]) -> Query:
        mark = _ERRORS[table]
        rows = super().get(table, *dict.fromkeys([*columns, mark]))
        return rows.filter(coalesce(rows[mark], 0) != 1).select(*columns)

    def _with_specimens(self, columns: tuple[str, ...]) -> Query:
        """Results of one patient at one moment are of one specimen: it has no number. What is no number stands in `value`."""
        kept = [name for name in columns if name not in ("specimen_id", "comments")]
        rows = super().get("labevents", *dict.fromkeys([*kept, "subject_id", "charttime", "value"]))
        moment = rows.charttime.epoch_seconds().cast("int64")
        rows = rows.mutate(specimen_id=rows.subject_id * 10**11 + moment, comments=rows.value)
        return rows.select(*columns)

    def _cultures(self, columns: tuple[str, ...]) -> Query:
        """One specimen per patient, moment and kind. No result has a time: at the latest it is known at discharge."""
        made = {"micro_specimen_id", "test_name", "storetime"}
        kept = [name for name in columns if name not in made]
        asked = [*kept, "subject_id", "hadm_id", "chartdate", "charttime", "spec_type_desc"]
        rows = super().get("microbiologyevents", *dict.fromkeys(asked))
        if "storetime" in columns:
            leaves = super().get("admissions", "hadm_id", "dischtime")
            rows = rows.left_join(leaves, "hadm_id")
        day = coalesce(rows.charttime, rows.chartdate).cast("string")
        number = rows.subject_id.cast("string") + "/" + day + "/" + coalesce(rows.spec_type_desc, "")
        more = {"micro_specimen_id": number, "test_name": ibis.literal("culture")}
        if "storetime" in columns:
            more["storetime"] = rows.dischtime
        return rows.mutate(more).select(*columns)
