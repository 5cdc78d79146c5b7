"""Of which concept a row of eICU would have been that holds a cell which cannot be read."""

from collections.abc import Callable, Mapping
from functools import cache

from opensepsis.data.sources.eicu.infusions import read_name
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.eicu.orders import antibiotic
from opensepsis.data.sources.eicu.outputs import meaning as volume
from opensepsis.data.sources.eicu.treatments import meaning as noted

Cells = Mapping[str, str]


def concept_of(table: str, cells: Cells) -> str | None:
    """The concept of a rejected row; empty where that cannot be told, None where nothing is read from such a row.

    >>> concept_of("lab", {"labname": "BUN"}), concept_of("lab", {"labname": "salicylate"}), concept_of("vitalperiodic", {})
    ('bun', None, '')
    """
    found = _BY_TABLE.get(table)
    return found(cells) if found else ""


@cache
def _listed(name: str, *keys: str) -> dict[tuple[str | None, ...], str]:
    rows = read_map(name).drop_nulls("concept")
    return {tuple(row[key] for key in keys): row["concept"] for row in rows.iter_rows(named=True)}


def _charted(cells: Cells) -> str | None:
    names = (cells.get("nursingchartcelltypevallabel"), cells.get("nursingchartcelltypevalname"))
    return _listed("nurse_charting", "label", "name").get(names)


def _infused(cells: Cells) -> str | None:
    said = read_name(cells.get("drugname") or "")
    return said and said.concept


def _volume(cells: Cells) -> str | None:
    said = volume(cells.get("cellpath") or "")
    return said and said[0]


def _noted(cells: Cells) -> str | None:
    said = noted(cells.get("treatmentstring") or "")
    return said and said[0]


_BY_TABLE: dict[str, Callable[[Cells], str | None]] = {
    "lab": lambda cells: _listed("labs", "labname").get((cells.get("labname"),)),
    "nursecharting": _charted,
    "respiratorycharting": lambda cells: _listed("respiratory_charting", "label").get((cells.get("respchartvaluelabel"),)),
    "infusiondrug": _infused,
    "intakeoutput": _volume,
    "treatment": _noted,
    "medication": lambda cells: "antibiotic_order" if antibiotic(cells.get("drugname") or "") is not None else None,
    "microlab": lambda cells: "culture",
    "diagnosis": lambda cells: "diagnosis",
    "respiratorycare": lambda cells: "ventilation",
}  # fmt: skip
