"""The rows of a hospital's own files in the columns and words of the timeline, as its site.toml says."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from opensepsis.data.intake.drug_concepts import concept_of_drug
from opensepsis.data.intake.text_codes import plain
from opensepsis.data.schema import REASON, ROW
from opensepsis.data.site import Drug, LocalName, LocalWords, TableLayout
from opensepsis.data.sources.files import check_columns
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.drugs import CRYSTALLOID
from opensepsis.errors import MissingError

_JOINED = " + "
_KINDS = 200
_PATIENTS = 3  # a name that fewer patients have may be a name in the wrong column
OTHERS = "other names of fewer than three patients"


def needed_columns(layout: TableLayout, ours: tuple[str, ...], here: list[str]) -> dict[str, str]:
    """Our columns that the file has, each with theirs; theirs may be two, `date + time`."""
    named = {name: layout.columns.get(name) or _in_any_case(name, here) for name in ours}
    return {name: theirs for name, theirs in named.items() if all(part in here for part in parts(theirs))}


def _in_any_case(name: str, here: list[str]) -> str:
    """The column of this name, else the only one that differs by its case."""
    others = [column for column in here if column.casefold() == name]
    return others[0] if name not in here and len(others) == 1 else name


def checked_columns(
    file: Path, here: list[str], layout: TableLayout, needed: tuple[str, ...], optional: tuple[str, ...]
) -> list[str]:
    """The columns that are not read; MissingError where one that is needed, or that site.toml names, is not there."""
    named = [*layout.columns.items(), *(("wide", theirs) for theirs in layout.wide)]
    for ours, theirs in named:
        absent = [part for part in parts(theirs) if part not in here]
        if absent:
            has = ", ".join(map(repr, here[:40]))
            raise MissingError(
                f"{file.name} has no column {absent[0]!r}, which site.toml names for {ours!r}. It has {has}."
            )
    theirs = {part for name in layout.columns.values() for part in parts(name)} | set(layout.wide)
    ours = {_in_any_case(name, here): name for name in needed + optional}
    left = [ours.get(name, name) for name in here if name not in theirs]
    others = check_columns(file, left + list(layout.columns), needed, optional)
    return [name for name in others if name not in layout.columns]


def parts(theirs: str) -> list[str]:
    return theirs.split(_JOINED)


def renamed(rows: pl.DataFrame, columns: dict[str, str]) -> pl.DataFrame:
    """The rows with our column names; a time that lies in two columns is joined."""
    named = [
        (pl.concat_str(*parts(theirs), separator=" ") if _JOINED in theirs else pl.col(theirs)).alias(name)
        for name, theirs in columns.items()
    ]
    return rows.select(*named, ROW, REASON)


def lengthened(rows: pl.DataFrame, columns: dict[str, str], wide: list[str]) -> pl.DataFrame:
    """A row for each filled cell of the wide columns, with the column's name as its concept."""
    both = rows.select(
        *dict.fromkeys(p for theirs in columns.values() for p in parts(theirs)), *wide, ROW, REASON
    )
    index = [name for name in both.columns if name not in wide]
    texts = both.with_columns(pl.col(wide).cast(pl.String))
    long = texts.unpivot(wide, index=index, variable_name="_name", value_name="_value")
    long = long.filter(pl.col("_value").is_not_null() | pl.col(REASON).is_not_null()).sort(
        ROW, maintain_order=True
    )
    return renamed(long, columns | {"concept": "_name", "value": "_value"})


class LocalNames:
    """Puts local names, units, drugs and words in the timeline's, batch by batch; counts names that no list has."""

    def __init__(self, site: LocalWords, layout: TableLayout) -> None:
        self.site, self.layout = site, layout
        self._wide = layout.wide
        self.unmapped: Counter[str] = Counter()
        self._patients: dict[str, set[str]] = {}

    @property
    def maps_names(self) -> bool:
        """Whether the site lists names, so that others are unmapped and no mistake."""
        return bool(self.site.concepts or self._wide)

    def translated(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows in our words; rows of an unmapped local name are left out and counted."""
        rows = self._drugs(rows)
        if "concept" not in rows.columns:
            rows = rows.with_columns(concept=pl.lit(self.layout.concept or None, pl.String))
        rows = self._names(rows)
        if "unit" in rows.columns and self.site.units:
            known = {key: self.site.unit(key) for key in rows["unit"].unique().drop_nulls()}
            rows = rows.with_columns(pl.col("unit").replace(known))
        return self._words(rows) if "text" in rows.columns else rows

    def _names(self, rows: pl.DataFrame) -> pl.DataFrame:
        if not self.maps_names:
            return rows
        names = rows["concept"].unique().drop_nulls()
        meant = {said: self.meaning(self._wide.get(said, said)) for said in names}
        self._count(rows, "concept", [said for said in names if meant[said] is None])
        table = pl.DataFrame(
            [(said, found.concept, found.unit or None) for said, found in meant.items() if found],
            schema={"concept": pl.String, "_concept": pl.String, "_unit": pl.String}, orient="row",
        )  # fmt: skip
        rows = rows.join(table, on="concept", how="left", maintain_order="left")
        kept = pl.col("concept").is_null() | pl.col("_concept").is_not_null() | pl.col(REASON).is_not_null()
        rows = rows.filter(kept).with_columns(concept=pl.col("_concept"))
        if "unit" not in rows.columns and table["_unit"].null_count() < table.height:
            rows = rows.with_columns(unit=pl.lit(None, pl.String))
        if "unit" in rows.columns:
            rows = rows.with_columns(pl.coalesce("unit", "_unit").alias("unit"))
        return rows.drop("_concept", "_unit")

    def meaning(self, name: str) -> LocalName | None:
        """The concept of a local name, or of a concept's own."""
        return self.site.concept(name) or (LocalName(name) if name in CONCEPTS else None)

    def _count(self, rows: pl.DataFrame, column: str, names: list[str]) -> None:
        if not names or "patient" not in rows.columns:
            return
        counted = rows.filter(pl.col(column).is_in(names)).group_by(column).agg(
            pl.len(), pl.col("patient").unique().head(_PATIENTS).alias("patients")
        )  # fmt: skip
        for name, count, patients in counted.iter_rows():
            self.unmapped[name] += count
            self._patients.setdefault(name, set()).update(patients[:_PATIENTS])

    def by_volume(self) -> dict[str, int]:
        """Names that no list has, by how often they came; those of very few patients together."""
        told: dict[str, int] = {}
        for number, (name, count) in enumerate(self.unmapped.most_common()):
            shown = name if len(self._patients[name]) >= _PATIENTS and number < _KINDS else OTHERS
            told[shown] = told.get(shown, 0) + count
        return told

    def _drugs(self, rows: pl.DataFrame) -> pl.DataFrame:
        """`drug` and `route` as one text; a drug that the site lists has its concept, in the column `concept` too."""
        if "drug" in rows.columns:
            rows = self._given(rows)
        if "concept" in rows.columns and self.site.drugs:
            listed = {
                said: drug for said in rows["concept"].unique().drop_nulls() if (drug := self.site.drug(said))
            }
            rows = _as_drugs(rows, "concept", listed)
        return rows.drop("drug", "route", strict=False)

    def _given(self, rows: pl.DataFrame) -> pl.DataFrame:
        """A fluid has its name and route as its text too, which say whether it was infused."""
        listed = {said: drug for said in rows["drug"].unique().drop_nulls() if (drug := self.site.drug(said))}
        if "concept" not in rows.columns:
            rows = rows.with_columns(concept=pl.lit(self.layout.concept or None, pl.String))
        if "text" not in rows.columns:
            rows = rows.with_columns(text=pl.lit(None, pl.String))
        rows = self._known_drugs(rows, listed)
        dose = pl.col("concept").is_in([*(c.name for c in CONCEPTS.values() if c.routed), CRYSTALLOID.name])
        route = pl.col("route") if "route" in rows.columns else pl.lit(None, pl.String)
        text = pl.concat_str(pl.col("drug"), pl.lit("|"), route.fill_null(""))
        rows = rows.with_columns(text=pl.when(dose, pl.col("text").is_null()).then(text).otherwise("text"))
        return _as_drugs(rows, "drug", listed)

    def _known_drugs(self, rows: pl.DataFrame, listed: Mapping[str, Drug]) -> pl.DataFrame:
        """With the concepts of drugs that the project's list has; those without any are left out and counted."""
        names = {name: rows[name] for name in ("route", "value", "end") if name in rows.columns}
        asked = rows.select("drug", route=names.get("route"), lasts=_any_given(rows, "value", "end"))
        known = [
            (*said, concept)
            for said in asked.unique().drop_nulls("drug").iter_rows()
            if said[0] not in listed and (concept := concept_of_drug(*said))
        ]
        schema = asked.schema | {"_known": pl.String}
        table = pl.DataFrame(known, schema=schema, orient="row")
        found = asked.join(table, on=asked.columns, how="left", maintain_order="left", nulls_equal=True)[
            "_known"
        ]
        rows = rows.with_columns(concept=pl.coalesce("concept", pl.lit(found)))
        left = pl.col("concept").is_null() & ~pl.col("drug").is_in(list(listed)) & pl.col(REASON).is_null()
        self._count(rows.filter(left), "drug", rows.filter(left)["drug"].unique().drop_nulls().to_list())
        return rows.filter(~left.fill_null(False))

    def _words(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Texts in the words of their concepts, and of doses the ingredient and route."""
        pairs = rows.select("concept", "text").unique().drop_nulls()
        changed = [
            (concept, text, word)
            for concept, text in pairs.iter_rows()
            if (word := self._word(concept, text)) != text
        ]
        if not changed:
            return rows
        names = {"concept": pl.String, "text": pl.String, "_word": pl.String}
        table = pl.DataFrame(changed, schema=names, orient="row")
        joined = rows.join(table, on=["concept", "text"], how="left", maintain_order="left")
        return joined.with_columns(pl.coalesce("_word", "text").alias("text")).drop("_word")

    def _word(self, concept: str, text: str) -> str:
        if concept not in CONCEPTS or not CONCEPTS[concept].routed:
            return self.site.word(concept, text)
        name, bar, route = text.partition("|")
        drug = self.site.drug(name)
        routes = self.site.words.get("route", {})
        return (drug.ingredient if drug else name) + bar + routes.get(plain(route), route)


def _any_given(rows: pl.DataFrame, *names: str) -> pl.Expr:
    """Whether a row has something in one of these columns."""
    there = [pl.col(name).is_not_null() for name in names if name in rows.columns]
    return pl.any_horizontal(*there) if there else pl.lit(False)


def _as_drugs(rows: pl.DataFrame, column: str, listed: dict) -> pl.DataFrame:
    """The rows whose cell names a listed drug, as that drug's concept with `ingredient|route` where doses have one."""
    if not listed:
        return rows
    table = pl.DataFrame(
        [(said, drug.concept, drug.ingredient, CONCEPTS[drug.concept].routed) for said, drug in listed.items()],
        schema={column: pl.String, "_drug": pl.String, "_ingredient": pl.String, "_routed": pl.Boolean}, orient="row",
    )  # fmt: skip
    for name in ("text", "route"):
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(None, pl.String).alias(name))
    rows = rows.join(table, on=column, how="left", maintain_order="left")
    said = pl.coalesce("route", pl.col("text").str.split("|").list.last()).fill_null("")
    dose = pl.concat_str(pl.col("_ingredient"), pl.lit("|"), said)
    rows = rows.with_columns(text=pl.when(pl.col("_routed")).then(dose).otherwise("text"))
    return rows.with_columns(concept=pl.coalesce("_drug", "concept")).drop("_drug", "_ingredient", "_routed")
