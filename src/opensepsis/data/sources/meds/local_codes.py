"""The codes of a MEDS folder by volume, named by `metadata/codes.parquet` where that describes them, else by their parts."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from opensepsis.data.intake.units import is_unit
from opensepsis.data.site.local_code import DRUG, NUMBER, LocalCode
from opensepsis.data.sources.code_tally import CodeTally
from opensepsis.data.sources.meds.code_list import CodeList
from opensepsis.data.sources.meds.files import subjects

TABLE = "data"
_COLUMNS = ("subject_id", "time", "code", "numeric_value", "unit")
# what ETLs call the first part of a code of drugs
_DRUGS = frozenset(
    {
        "medication",
        "drug",
        "infusion",
        "infusion_start",
        "infusion_end",
        "rxnorm",
        "ndc",
        "atc",
        "medications",
    }
)
_NOTHING = ("", "UNK", "None", "nan")
_SYSTEMS = {"loinc": "LOINC", "rxnorm": "RxNorm", "atc": "ATC"}


def codes_in_use(files: list[Path], codes: CodeList, folder: Path) -> Iterator[LocalCode]:
    """Every code of the event files."""
    tally, described = CodeTally(), _described(folder)
    for file in files:
        for rows in subjects(file, _COLUMNS):
            unit = pl.col("unit").replace(dict.fromkeys(_NOTHING))
            tally.add(rows.select("code", unit, number="numeric_value", patient="subject_id"))

    def name(code: str) -> str:
        return described.get(code, ("", ()))[0] or " ".join(_telling(code))

    def standard(code: str) -> tuple[str, ...]:
        told = (*described.get(code, ("", ()))[1], code)
        return tuple(s for one in told if (s := _standard(one)))

    yield from tally.codes(
        TABLE,
        kind=_kind,
        mapped=codes.mapped,
        name=name,
        standard=standard,
        unit=_unit,
        printed=lambda code: code not in described,
    )


def _kind(code: str) -> str:
    """
    >>> _kind("MEDICATION//heparin//Administered"), _kind("LAB//Lactate//mmol/L")
    ('drug', 'number')
    """
    return DRUG if code.split("//")[0].casefold() in _DRUGS else NUMBER


def _unit(code: str) -> str:
    """The unit that a code ends in.

    >>> _unit("LAB//Lactate//mmol/L"), _unit("LAB//50912//UNK")
    ('mmol/L', '')
    """
    last = code.split("//")[-1]
    return last if "//" in code and last not in _NOTHING and is_unit(last) else ""


def _telling(code: str) -> list[str]:
    """The parts of a code that say what it is: neither its table, nor its unit, nor empty."""
    parts = code.split("//")
    rest = [part for part in parts[1:] if part not in _NOTHING and not is_unit(part)]
    return rest or parts


def _standard(code: str) -> str:
    system, _, number = code.replace("//", "/").partition("/")
    return (
        f"{_SYSTEMS[system.casefold()]}/{number.split('/')[0]}"
        if system.casefold() in _SYSTEMS and number
        else ""
    )


def _described(folder: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The description and parent codes of each code, as far as the folder tells them."""
    file = folder / "metadata" / "codes.parquet"
    if not file.is_file():
        return {}
    rows = pl.read_parquet(file, glob=False)
    blank = [pl.lit(None, kind).alias(n) for n, kind in (("description", pl.String), ("parent_codes", pl.List(pl.String)))
             if n not in rows.columns]  # fmt: skip
    told = rows.with_columns(*blank).select("code", "description", "parent_codes")
    return {code: (said or "", tuple(parents or ())) for code, said, parents in told.iter_rows()}
