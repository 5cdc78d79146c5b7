"""MEDS as a source of the timeline."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.schema import EVENTS, NAME, REASON
from opensepsis.data.site.local_code import LocalCode
from opensepsis.data.sources.meds.code_list import CodeList, Meaning, choose
from opensepsis.data.sources.meds.files import find_files, read_dataset, subjects
from opensepsis.data.sources.meds.local_codes import codes_in_use
from opensepsis.data.sources.meds.people import is_of_people, stays_of
from opensepsis.data.sources.meds.readers import MAY_BE_A_TUBE, OTHER_SPECIMEN, events_of
from opensepsis.data.sources.silence import TOLD_OF_INFECTION, silent_for_all
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, nearest

LISTED = 200
NOTES = (
    "times are as written; without a zone they are the local clock, called UTC",
    "a result is known at its own row; it counts at the collection of its specimen where the edition tells that, else at its own row",
    "an infusion lasts from its start to the first stop of the same drug",
    "a death at midnight names its day only: it is at the discharge on that day",
    "numbers are widened from 32 bits by their shortest decimal",
)
_SET_ASIDE = (OTHER_SPECIMEN, MAY_BE_A_TUBE)  # no fault of the row: the edition does not tell
_PEOPLE = ("subject_id", "time", "code", "text_value", "hadm_id", "icustay_id")
_MEANINGS = {
    "code": pl.String, "rule": pl.String, "concept": pl.String, "meant_unit": pl.String, "text": pl.String, "pair": pl.String,
    "needs": pl.String, "least": pl.Float64, "except_text": pl.List(pl.String), "said": pl.String,
}  # fmt: skip


class Meds:
    """A MEDS folder, read with the list of codes of the ETL that wrote it."""

    name = "meds"
    event_id = "subject_id"

    def __init__(self, path: Path, timezone: str | None = None, codes: Path | str | None = None):
        check_zone(timezone)
        self.timezone, path = timezone, Path(path).expanduser()
        self._folder, self._files, self._dataset = path, find_files(path), read_dataset(path)
        self._codes: CodeList = choose(self._dataset, codes)
        self._rows: Counter[str] = Counter()
        self._unmapped: Counter[str] = Counter()
        self._asked: frozenset[str] = frozenset()
        self._mapped: Counter[str] = Counter()
        self._set_aside: dict[str, Counter[str]] = {}

    def stays(self) -> pl.DataFrame:
        """Every stay that a code begins."""
        found = []
        for file in self._files:
            for rows in subjects(file, _PEOPLE):
                meant = self._meant(rows.drop_nulls("subject_id"), lambda meaning: is_of_people(meaning))
                found.append(stays_of(meant))
        return pl.concat(found).sort("patient", "admitted", "kind", "stay")

    def events(self, concepts: frozenset[str] | None = None) -> Iterator[pl.DataFrame]:
        """The asked concepts in batches of whole subjects; rows that cannot be used carry their reason."""
        asked = frozenset(CONCEPTS) if concepts is None else frozenset(concepts)
        for name in sorted(asked - set(CONCEPTS)):
            raise ConceptError(f"'{name}' is not a concept. {nearest(name, CONCEPTS)}")
        self._asked = asked
        for counter in (self._rows, self._unmapped, self._mapped, self._set_aside):
            counter.clear()
        for file in self._files:
            for rows in subjects(file):
                self._count_rows(rows)
                meant = self._meant(rows, lambda meaning: meaning is not None and not is_of_people(meaning))
                for found in events_of(meant):
                    yield from self._shaped(found, asked)

    def not_sent(self) -> pl.DataFrame:
        """stay, concept: what of infections no code tells of anybody, as far as `events` was asked for it."""
        silent = [
            concept for concept in TOLD_OF_INFECTION if concept in self._asked and not self._mapped[concept]
        ]
        return silent_for_all(self.stays()["stay"], silent)

    def groups(self) -> pl.DataFrame | None:
        """stay and ward: the part of the code that begins a time in intensive care; None where no code tells one."""
        found = [self._wards(rows) for file in self._files for rows in subjects(file, _PEOPLE)]
        whole = pl.concat(found)
        return None if whole["ward"].is_null().all() else whole

    def _wards(self, rows: pl.DataFrame) -> pl.DataFrame:
        meant = self._meant(rows.drop_nulls("subject_id"), lambda meaning: is_of_people(meaning))
        begun = meant.filter(pl.col("rule") == "begins", pl.col("text") == "icu")
        named = begun.select(
            patient=pl.col("subject_id").cast(pl.String), admitted="time", ward="said"
        ).unique(["patient", "admitted"])
        stays = stays_of(meant).select("patient", "admitted", "stay", "kind")
        moment = pl.col("admitted").cast(pl.Datetime("us"))
        joined = stays.with_columns(moment).join(
            named.with_columns(moment), on=["patient", "admitted"], how="left", maintain_order="left"
        )
        return joined.select("stay", ward=pl.when(pl.col("kind") == "icu").then("ward"))

    def local_codes(self) -> Iterator[LocalCode]:
        """The codes of the folder with their volume and values."""
        return codes_in_use(self._files, self._codes, self._folder)

    def counts(self) -> dict:
        """Rows that a code was found for, codes that the list does not have by volume, and events per concept."""
        edition = self._codes.edition
        return {
            "dataset": {
                name: self._dataset.get(name)
                for name in ("dataset_name", "dataset_version", "etl_name", "etl_version", "meds_version")
            },
            "codes": {
                "list": self._codes.name,
                "run_on_data": edition.run_on_data if edition else None,
                "source": edition.source if edition else None,
            },
            "read": dict(self._rows),
            "unmapped": [
                {"code": code, "count": count} for code, count in self._unmapped.most_common(LISTED)
            ],
            "mapped": dict(sorted(self._mapped.items())),
            "set_aside": {reason: dict(sorted(by.items())) for reason, by in sorted(self._set_aside.items())},
            "notes": list(NOTES),
        }

    def _meant(self, rows: pl.DataFrame, wanted) -> pl.DataFrame:
        """The rows whose code means something that is wanted, with what it means."""
        codes = rows["code"].unique().drop_nulls()
        meant = [(code, self._codes.meaning(code)) for code in codes]
        listed = [(code, meaning) for code, meaning in meant if meaning is not None and wanted(meaning)]
        table = pl.DataFrame(
            [_row(code, meaning) for code, meaning in listed], schema=_MEANINGS, orient="row"
        )
        return rows.join(table, on="code", maintain_order="left")

    def _count_rows(self, rows: pl.DataFrame) -> None:
        for code, count in rows["code"].value_counts().iter_rows():
            known = code is not None and self._codes.meaning(code) is not None
            self._rows["mapped" if known else "unmapped"] += count
            if not known:
                self._unmapped[str(code)] += count

    def _shaped(self, found: pl.DataFrame, asked: frozenset[str]) -> Iterator[pl.DataFrame]:
        aside = found.filter(pl.col(REASON).is_in(_SET_ASIDE))
        for concept, reason, count in aside.group_by("concept", REASON).len().iter_rows():
            self._set_aside.setdefault(reason, Counter())[concept] += count
        kept = found.filter(
            ~pl.col(REASON).is_in(_SET_ASIDE).fill_null(False), pl.col("concept").is_in(list(asked))
        )
        if kept.is_empty():
            return
        known = pl.max_horizontal(pl.coalesce("known", "time"), "time")
        patient = pl.col("subject_id").cast(pl.String).cast(NAME).alias("patient")
        batch = kept.select(
            patient,
            *(pl.col(n) for n in EVENTS if n not in ("patient", "known", "concept")),
            pl.col("concept").cast(NAME),
            known=known,
            reason=pl.col(REASON),
        )
        for concept, count in batch.filter(pl.col(REASON).is_null())["concept"].value_counts().iter_rows():
            self._mapped[concept] += count
        yield batch.select(*EVENTS, REASON)


def _row(code: str, meaning: Meaning) -> tuple:
    said = meaning.parts[1] if len(meaning.parts) > 1 else None
    return (
        code, meaning.rule, meaning.concept, meaning.unit or None, meaning.text, meaning.pair, meaning.needs, meaning.least,
        list(meaning.except_text), None if said in ("", "UNK") else said,
    )  # fmt: skip
