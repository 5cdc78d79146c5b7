"""A flow or share of oxygen that is told in words: *room air*, *2 L/min NC*, *15 L NRB*, *venturi 40 %*.

What is breathed is a device, or air, beside the number; air is a flow of 0 and an FiO₂ of 0.21.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from opensepsis.data.intake.printed import is_missing
from opensepsis.data.intake.text_codes import word_of
from opensepsis.data.intake.value import plausible
from opensepsis.definitions.concepts import CONCEPTS

OXYGEN, DEVICE = (
    "oxygen",
    "device",
)  # the concept of what is breathed, and the part of the number's origin under which it stands
_AIR = "air"
OF_AIR = {"oxygen_flow": 0.0, "fio2": 0.21}
IN_WORDS = (*OF_AIR, "spo2")
_LITRES = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*(?:l|lpm|lt|ltr|lit(?:er|re)s?)(?![a-z])")
_PERCENT = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*%")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_LITRES_ALONE = re.compile(
    r"\s*([0-9]+(?:[.,][0-9]+)?)\s*(?:l|lt|ltr|lit(?:er|re)s?)(?:\s+(?:o2|oxygen))?\s*"
)
_SATURATION = re.compile(
    r"\s*([0-9]{2,3})\s*%?\s*(?:,|@|\bon\b|\bin\b|\()?\s*([^0-9\s].*|[0-9].*[a-z]{2}.*?)\)?\s*"
)
_NO_NUMBER = re.compile(r"[0-9]\s*[-–/]\s*[0-9]|[<>≤≥~]")  # a range, a limit, about


@dataclass(frozen=True)
class Breath:
    """What is breathed, empty where only its flow is told, and the number that is told with it; None where none is."""

    device: str
    number: float | None


@lru_cache(maxsize=10_000)
def breath_in_words(concept: str, said: str) -> Breath | None:
    """What a flow or an FiO₂ in words says; None for another concept, for a number, and for words that no list has.

    >>> breath_in_words("oxygen_flow", "Room air"), breath_in_words("fio2", "RA")
    (Breath(device='air', number=0.0), Breath(device='air', number=0.21))
    >>> breath_in_words("oxygen_flow", "2 L/min NC"), breath_in_words("fio2", "40 % venturi")
    (Breath(device='nasal cannula', number=2.0), Breath(device='venturi mask', number=0.4))
    >>> breath_in_words("oxygen_flow", "2-4 L NC"), breath_in_words("oxygen_flow", "2"), breath_in_words("spo2", "RA")
    (Breath(device='nasal cannula', number=None), None, None)
    >>> breath_in_words("spo2", "98 % RA"), breath_in_words("spo2", "94% on 2 L NC"), breath_in_words("oxygen_flow", "2L")
    (Breath(device='air', number=98.0), Breath(device='nasal cannula', number=94.0), Breath(device='', number=2.0))
    """
    found = _read(concept, said)
    if found and found.number is not None and not plausible(concept, found.number):
        return None
    return found


def _read(concept: str, said: str) -> Breath | None:
    if concept == "spo2":
        return _beside_saturation(said)
    if concept not in OF_AIR or is_missing(said):
        return None
    if concept == "oxygen_flow" and (alone := _LITRES_ALONE.fullmatch(said.lower())):
        return Breath("", _float(alone[1]))
    device = word_of(OXYGEN, said)
    if device is None:
        return None
    return Breath(device, OF_AIR[concept] if device == _AIR else _amount(concept, said.lower()))


def _beside_saturation(said: str) -> Breath | None:
    """A saturation that is sent with what is breathed: *98 % RA*, *94% on 2 L NC*."""
    parted = _SATURATION.fullmatch(said.lower())
    device = word_of(OXYGEN, parted[2]) if parted else None
    return Breath(device, float(parted[1])) if parted and device else None


def _amount(concept: str, said: str) -> float | None:
    if _NO_NUMBER.search(said):
        return None
    if concept == "fio2":
        shares = [_float(text) / 100 for text in _PERCENT.findall(said)]
        shares = shares or [n for n in map(_float, _NUMBER.findall(said)) if n <= 1]
        return shares[0] if len(shares) == 1 else None
    numbers = _LITRES.findall(said) or ([] if "%" in said else _NUMBER.findall(said))
    return _float(numbers[0]) if len(numbers) == 1 else None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def with_devices(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the numbers of what is told in words, and behind them a row for each device; both keep their place in the table.

    >>> rows = pl.DataFrame({"concept": ["oxygen_flow", "lactate"], "value": ["15 L NRB", "2"]})
    >>> with_devices(rows).rows()
    [('oxygen_flow', '15.0', None), ('lactate', '2', None), ('oxygen', None, 'non-rebreather mask')]
    """
    texts = [name for name in ("value", "text") if name in rows.columns and rows.schema[name] == pl.String]
    mine = pl.col("concept").is_in(IN_WORDS)
    if not texts or not rows.select(mine.any()).item():
        return rows
    said = rows.select(pl.when(mine).then(pl.coalesce(texts))).to_series()
    asked = pl.DataFrame({"concept": rows["concept"].cast(pl.String), "_said": said})
    read = [
        (concept, text, found.device or None, found.number)
        for concept, text in asked.drop_nulls().unique().iter_rows()
        if (found := breath_in_words(concept, text))
    ]
    if not read:
        return rows
    names = {"concept": pl.String, "_said": pl.String, "_device": pl.String, "_number": pl.Float64}
    found = asked.join(
        pl.DataFrame(read, schema=names, orient="row"),
        on=["concept", "_said"],
        how="left",
        maintain_order="left",
    )
    return _told(rows, found["_device"], found["_number"])


def _told(rows: pl.DataFrame, device: pl.Series, number: pl.Series) -> pl.DataFrame:
    for name, kind in (("value", pl.Float64), ("text", pl.String)):
        if rows.schema.get(name, pl.Null) == pl.Null:
            rows = rows.with_columns(pl.lit(None, kind).alias(name))
    there, is_number, kind = device.is_not_null(), number.is_not_null(), rows.schema["value"]
    own = (
        pl.col("concept")
        .cast(pl.String)
        .replace_strict({c: CONCEPTS[c].unit for c in IN_WORDS}, default=None)
    )
    numbers = {
        "value": pl.when(is_number).then(number.cast(kind)).otherwise("value"),
        "text": pl.when(~is_number).then("text"),
    }
    devices = {
        "concept": pl.lit(OXYGEN).cast(rows.schema["concept"]),
        "value": pl.lit(None, kind),
        "text": device.filter(there),
    }
    if "unit" in rows.columns:
        numbers["unit"] = pl.when(is_number).then(own).otherwise("unit")
        devices["unit"] = pl.lit(None, rows.schema["unit"])
    if "origin" in rows.columns:
        devices["origin"] = pl.col("origin").cast(pl.String) + f" {DEVICE}"
    beside = rows.filter(there).with_columns(**devices)
    return pl.concat([rows.with_columns(**numbers), beside], how="vertical_relaxed")
