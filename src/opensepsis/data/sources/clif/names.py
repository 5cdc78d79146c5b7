"""What a hospital's own name says against its category: a fetal heart rate, a goal of mean pressure, another drug, a device that is off."""

from collections.abc import Callable
from functools import cache

import polars as pl

from opensepsis.data.decode.medications import NOT_BY_VEIN, WITH_ANAESTHETIC
from opensepsis.data.intake.medicines import find_medicine, form_of, has_local_anaesthetic
from opensepsis.data.intake.not_given import why_not_given
from opensepsis.data.intake.offs import off_text
from opensepsis.data.intake.specimen import wrong_by_name
from opensepsis.data.intake.text_codes import word_of
from opensepsis.data.schema import REASON
from opensepsis.data.sources.clif.words import read_map
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

ANOTHER_DRUG = "by its name another drug"
_OFF = "off"


def misnamed(rows: pl.DataFrame, column: str) -> pl.Series:
    """Why a row is not of its concept by the name in a column; null where the name does not deny it."""
    return _by_name(rows, column, wrong_by_name)


def misnamed_drug(rows: pl.DataFrame) -> pl.Series:
    """Why a row is no dose or infusion of its category by `med_name`; null where the name does not deny it."""
    return _by_name(rows, "med_name", why_not_the_drug)


def why_not_the_drug(concept: str, name: str) -> str:
    """Why a drug of a concept is none by the hospital's name of it; empty where nothing says so.

    >>> why_not_the_drug("antibiotic", "Vancomycin level"), why_not_the_drug("epinephrine", "Bupivacaine-epinephrine epidural")
    ('a level, a test or an antagonist of a drug: not a dose', 'with a local anaesthetic: given locally, not as an infusion')
    >>> why_not_the_drug("epinephrine", "Norepinephrine 8 mg in NaCl 0.9 %"), why_not_the_drug("norepinephrine", "NaCl 0.9 %")
    ('by its name another drug', '')
    """
    if why := why_not_given(name):
        return why
    found = find_medicine(name)
    if found is not None and found.concept != concept and "crystalloid" not in (found.concept, concept):
        return ANOTHER_DRUG
    if CONCEPTS[concept].kind is not Kind.INTERVAL:
        return ""
    return WITH_ANAESTHETIC if has_local_anaesthetic(name) else NOT_BY_VEIN if form_of(name) else ""


def device_by_name(category: str, name: str) -> tuple[str | None, str | None] | None:
    """Oxygen device and ventilation by the hospital's name of a device, where it is another than its category, or has none; else None.

    `category` is as `words.folded` gives it. Which mask it is makes no difference, and a tube may be ventilated or not.

    >>> device_by_name("nasal_cannula", "High flow nasal cannula"), device_by_name("imv", "Extubated")
    (('high flow nasal cannula', 'high_flow'), (None, 'off'))
    >>> device_by_name("nasal_cannula", "Room air"), device_by_name("face_mask", "Venturi mask"), device_by_name("imv", "Tracheostomy tube")
    (('air', 'off'), None, None)
    """
    if off_text("ventilation", name):
        return None, _OFF
    word = word_of("oxygen", name) or ""
    said, meant = devices("device_name").get(word), devices("device_category").get(category)
    if said is None or (meant is not None and _kind(said) == _kind(meant)):
        return None
    return said


def _kind(device: tuple[str | None, str | None]) -> tuple[bool, str | None]:
    oxygen, ventilation = device
    return oxygen == "air", ventilation


@cache
def devices(column: str) -> dict[str, tuple[str | None, str | None]]:
    """Oxygen device and ventilation of each listed category, or of each device that a name may tell.

    >>> devices("device_category")["imv"]
    ('endotracheal tube', 'invasive')
    """
    rows = read_map("devices").filter(pl.col("column") == column)
    return {word: (oxygen, ventilation) for _, word, ventilation, oxygen in rows.iter_rows()}


def _by_name(rows: pl.DataFrame, column: str, why: Callable[[str, str], str]) -> pl.Series:
    named = rows.select(pl.col("concept").cast(pl.String), pl.col(column).cast(pl.String).alias("name"))
    table = [
        (concept, name, why(concept, name) or None)
        for concept, name in named.drop_nulls().unique().iter_rows()
    ]
    told = pl.DataFrame(table, schema=dict.fromkeys((*named.columns, REASON), pl.String), orient="row")
    return named.join(told, on=named.columns, how="left", maintain_order="left")[REASON]
