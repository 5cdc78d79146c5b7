"""A site's `mapping.csv`: what its local codes mean. `opensepsis map` drafts it; a line is used only once a person wrote `yes` into it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from opensepsis.data.intake.units import find_conversion, refusal
from opensepsis.data.site.model import Drug, LocalName, LocalWords, name_key
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, FormatError, MissingError, UnitError, nearest
from opensepsis.rules import Kind

FILE = "mapping.csv"
NAMES, DRUGS = "names", "drugs"  # the tables of a hospital's own files: local names, and names of drugs
OF_DRUGS = (DRUGS, "MedicationAdministration", "MedicationRequest")
COLUMNS: tuple[str, ...] = (
    "confirmed", "table", "code", "name", "rows", "patients", "values", "concept", "ingredient", "unit", "because", "others",
)  # fmt: skip
_NEEDED = ("confirmed", "table", "code", "concept")
_ANSWERS = {"yes": True, "no": False, "": False}
MEASURED = (Kind.MEASURE, Kind.AMOUNT)


@dataclass(frozen=True)
class ConfirmedCode:
    """What one local code means: a concept, the ingredient of a drug, and the unit of values that come without one."""

    concept: str
    ingredient: str = ""
    unit: str = ""

    @property
    def is_measured(self) -> bool:
        """Whether it is a number and no drug."""
        return CONCEPTS[self.concept].kind in MEASURED and not self.ingredient


@dataclass(frozen=True)
class Confirmed:
    """The confirmed lines of a site, by table and code."""

    lines: Mapping[tuple[str, str], ConfirmedCode] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.lines)

    def get(self, table: str, code: str) -> ConfirmedCode | None:
        """What a code of a table means; None where no line of it is confirmed.

        >>> Confirmed({("lab", "Lactat BGA"): ConfirmedCode("lactate")}).get("lab", "Lactat BGA").concept
        'lactate'
        """
        return self.lines.get((table, code))

    def of(self, table: str) -> dict[str, ConfirmedCode]:
        """The confirmed codes of a table."""
        return {code: meant for (place, code), meant in self.lines.items() if place == table}


NOTHING_CONFIRMED = Confirmed()


def read_confirmed(place: Path | str | None, needed: bool = False) -> Confirmed:
    """The confirmed lines of the `mapping.csv` in a site's folder; none where there is no such file, unless it is `needed`.

    MissingError, FormatError, ConceptError or UnitError name the file and the row.
    """
    if place is None:
        return NOTHING_CONFIRMED
    place = Path(place).expanduser()
    file = place if place.name == FILE else (place if place.is_dir() else place.parent) / FILE
    if not file.is_file():
        if needed:
            raise MissingError(
                f"There is no {FILE} in {place}. Draft one with `opensepsis map SOURCE PATH --out {place}` and confirm its lines."
            )
        return NOTHING_CONFIRMED
    lines: dict[tuple[str, str], ConfirmedCode] = {}
    for number, row in enumerate(_rows(file), 2):
        where = f"{file.name}, row {number}"
        if not _is_confirmed(row, where):
            continue
        key, meant = (row["table"], row["code"]), _meant(row, where)
        if lines.setdefault(key, meant) != meant:
            raise FormatError(f"{where}: the code is confirmed twice with different meanings. Keep one.")
    return Confirmed(lines)


def answered_rows(file: Path) -> list[dict[str, str]]:
    """The lines of a `mapping.csv` that a person answered, with yes or no; FormatError where it cannot be read."""
    return [row for row in _rows(file) if row["confirmed"]]


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            here = reader.fieldnames or []
            for column in _NEEDED:
                if column not in here:
                    raise FormatError(
                        f"{file.name} has no column {column!r}. Save it as CSV with commas, with the columns that were drafted."
                    )
            return [{k: (v or "").strip() for k, v in row.items() if k} for row in reader]
    except UnicodeDecodeError:
        raise FormatError(f"{file.name} is not UTF-8. Save it as UTF-8 text.") from None


def _is_confirmed(row: dict[str, str], where: str) -> bool:
    said = row["confirmed"].casefold()
    if said not in _ANSWERS:
        raise FormatError(f"{where}: confirmed must be yes, no or empty.")
    return _ANSWERS[said]


def _meant(row: dict[str, str], where: str) -> ConfirmedCode:
    concept, ingredient, unit = (row.get(name, "") for name in ("concept", "ingredient", "unit"))
    if concept not in CONCEPTS:
        raise ConceptError(f"{where}: unknown concept {concept!r}. {nearest(concept, CONCEPTS)}")
    if unit and find_conversion(concept, unit) is None and CONCEPTS[concept].kind in MEASURED:
        raise UnitError(f"{where}: {refusal(concept, unit)}")
    return ConfirmedCode(concept, ingredient, unit)


def with_confirmed(local: LocalWords, confirmed: Confirmed) -> LocalWords:
    """A site's words with its confirmed names and drugs; what its `site.toml` lists stands first.

    >>> confirmed = Confirmed({(NAMES, "Laktat BGA"): ConfirmedCode("lactate", unit="mmol/L")})
    >>> with_confirmed(LocalWords(), confirmed).concept("laktat bga")
    LocalName(concept='lactate', unit='mmol/L')
    """
    if not confirmed:
        return local
    names = {
        name_key(code): LocalName(meant.concept, meant.unit) for code, meant in confirmed.of(NAMES).items()
    }
    drugs = {
        name_key(code): Drug(meant.concept.removesuffix("_order"), meant.ingredient)
        for table in OF_DRUGS
        for code, meant in confirmed.of(table).items()
    }
    return replace(local, concepts=names | dict(local.concepts), drugs=drugs | dict(local.drugs))
