"""Which drug each concept or code of drug_exposure is: by its concept, its ingredient, its RxNorm or ATC code, or its name."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.medicines import Medicine, coded_medicines, find_medicine
from opensepsis.data.sources.omop.maps import ids_that_mean, read_map
from opensepsis.data.sources.omop.meanings import CONFIRMED, code_of
from opensepsis.data.sources.omop.used import CODES, KEYS, distinct_codes, used_codes
from opensepsis.data.sources.omop.vocabulary import Vocabulary, descendants, vocabulary_of
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

TABLE = "drug_exposure"
LASTING = frozenset(c.name for c in CONCEPTS.values() if c.kind is Kind.INTERVAL)
_CODED = ("RxNorm", "ATC")
LISTED, INGREDIENT, NAMED, SAID = (
    "standard concept",
    "ingredient (concept_ancestor)",
    "vocabulary",
    "source value",
)


def drug_meanings(tables: Tables) -> pl.DataFrame:
    """standard, source, said, concept, ingredient, name and how: the drugs that some list knows."""
    return tables.once(("drug meanings",), lambda: _meant(tables))


def weights_needed(tables: Tables) -> bool:
    """Whether some drug that was given runs at a rate that a weight may be needed for."""
    if not tables.has(TABLE):
        return False
    lasting = drug_meanings(tables).filter(pl.col("concept").is_in(sorted(LASTING)))
    given = used_codes(tables, TABLE).filter(pl.col("type_id").is_in(ids_that_mean("drug_types", "given")))
    return given.join(lasting, on=CODES, how="semi").height > 0


def _meant(tables: Tables) -> pl.DataFrame:
    vocabulary = vocabulary_of(tables)
    listed = {
        number: Medicine(concept, ingredient or "")
        for number, concept, ingredient in read_map("drugs")
        .select("concept_id", "concept", "ingredient")
        .iter_rows()
    }
    below = _below_ingredients(tables)
    rows = []
    for standard, source, said in distinct_codes(tables, TABLE).select(CODES).iter_rows():
        name = _name(vocabulary, standard, source, said)
        found = next(_candidates(vocabulary, listed, below, standard, source, said), None)
        if found is None and (own := tables.confirmed.get(TABLE, code_of(standard, said))):
            found = Medicine(own.concept, own.ingredient), CONFIRMED
        if found:
            medicine, how = found
            rows.append((standard, source, said, medicine.concept, medicine.ingredient, name, how))
    names = KEYS | dict.fromkeys(("concept", "ingredient", "name", "how"), pl.String())
    return pl.DataFrame(rows, schema=names, orient="row")


def _candidates(
    vocabulary: Vocabulary, listed: dict, below: dict, standard: int, source: int, said: str
) -> Iterator[tuple[Medicine, str]]:
    ids = dict.fromkeys((*vocabulary.with_standard(standard), *vocabulary.with_standard(source)))
    for number in ids:
        concept = vocabulary.concepts.get(number)
        if concept is not None:
            codes = [concept.code] if concept.vocabulary in _CODED else []
            if found := find_medicine(concept.name, codes):
                yield found, NAMED
        elif number in listed:
            yield listed[number], LISTED
        if number in below:
            yield below[number], INGREDIENT
    if any(letter.isalpha() for letter in said) and (found := find_medicine(said)):
        yield found, SAID


def _name(vocabulary: Vocabulary, standard: int, source: int, said: str) -> str:
    """The name that tells the drug's form: as the source has it, else that of its concept."""
    names = [said if any(letter.isalpha() for letter in said) else ""]
    names += [
        vocabulary.concepts[number].name for number in (source, standard) if number in vocabulary.concepts
    ]
    return next(filter(None, names), "")


def _below_ingredients(tables: Tables) -> dict[int, Medicine]:
    """The drugs below each listed ingredient, where the CDM has its tree of concepts."""
    if not (tables.has("concept_ancestor") and tables.has("concept")):
        return {}
    coded = coded_medicines()
    rows = tables.get("concept", "concept_id", "vocabulary_id", "concept_code")
    asked = pl.DataFrame({"concept_code": sorted(coded)}, schema={"concept_code": pl.String})
    rows = rows.filter(rows.vocabulary_id.isin(_CODED)).semi_join(tables.lookup(asked), "concept_code")
    found = tables.fetch(rows.select("concept_id", key="concept_code"), "concept")
    tree = descendants(tables, found, "key")
    return {number: coded[code] for number, code in tree.select("concept_id", "key").iter_rows()}
