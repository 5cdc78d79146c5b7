"""Reads a `site.toml` and the CSV lists it names; every error names the file, the table and the key."""

import codecs
import csv
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from opensepsis.data.intake.code_systems import system_name
from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.text_codes import plain, word_of
from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.intake.units import find_conversion, refusal
from opensepsis.data.site.mapping import FILE, read_confirmed, with_confirmed
from opensepsis.data.site.model import (
    Drug,
    FileFormat,
    LocalName,
    LocalWords,
    StandingOrder,
    TableLayout,
    name_key,
)
from opensepsis.data.site.time_format import strptime_format
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, FormatError, MissingError, UnitError, nearest

_FORMAT = (
    "separator", "decimal", "thousands", "encoding", "times", "timezone", "missing", "shifted_dates",
)  # fmt: skip
_TABLE = ("file", "files", "columns", "wide", "concept")
_COLUMNS = {
    "stays": (
        "patient",
        "stay",
        "kind",
        "admitted",
        "discharged",
        "born",
        "age",
        "sex",
        "died",
        "discharged_to",
    ),
    "events": (
        "patient",
        "concept",
        "time",
        "end",
        "known",
        "value",
        "unit",
        "text",
        "origin",
        "drug",
        "route",
    ),
}
_ORDER = ("codes", "words")
_KEYS = (
    "format", "stays", "events", "concepts", "units", "drugs", "words", "comfort_care", "spo2_scale_2", "code_status", "ward",
)  # fmt: skip
_WARD = ("codes", "wards", "feeds")
_SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_NAME = "site.toml"
_Meaning = TypeVar("_Meaning")


def read_site_file(path: Path | str) -> LocalWords:
    """What a site's file says; `path` is the file, or the folder that holds `site.toml`. So do confirmed lines of
    a `mapping.csv` beside it.

    MissingError, FormatError, ConceptError, UnitError or TimeError name the file, the table and the key.
    """
    path = Path(path).expanduser()
    file = path / _NAME if path.is_dir() else path
    confirmed = read_confirmed(path)
    if path.is_dir() and not file.is_file() and (path / FILE).is_file():
        return with_confirmed(LocalWords(place=FILE), confirmed)
    return with_confirmed(_read(file), confirmed)


def _read(file: Path) -> LocalWords:
    said = _toml(file)
    where = file.name
    _check_keys(said, _KEYS, where)
    ward = _table(said, "ward", where, _WARD)
    return LocalWords(
        format=_format(_table(said, "format", where, _FORMAT), where),
        stays=_layout(_table(said, "stays", where, _TABLE), "stays", where),
        events=_event_layouts(said, where),
        concepts=_listed(said, "concepts", file, ("local_name", "concept", "unit"), _local_name, name_key),
        units=_listed(said, "units", file, ("local_unit", "unit"), _unit, str.strip),
        drugs=_listed(said, "drugs", file, ("local_name", "ingredient", "concept"), _drug, name_key),
        words=_words(said, file),
        comfort_care=_order(said, "comfort_care", where),
        code_status=_order(said, "code_status", where),
        spo2_scale_2=_order(said, "spo2_scale_2", where),
        codes=str(ward.get("codes", "")),
        wards=str(ward.get("wards", "")),
        feeds=str(ward.get("feeds", "")),
        place=where,
    )


def _toml(file: Path) -> dict:
    if not file.is_file():
        raise MissingError(
            f"There is no file {file}. Give the site's {_NAME}, or draft one with `opensepsis label csv PATH --draft-site`."
        )
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise FormatError(f"{file.name} is not UTF-8. Save it as UTF-8 text.") from None
    except tomllib.TOMLDecodeError as problem:
        raise FormatError(
            f"{file.name} is not valid TOML: {problem}. Put names that hold a space or a special character in quotes, "
            "and write each name only once."
        ) from None


def _check_keys(said: Mapping, known: tuple[str, ...], where: str) -> None:
    for name in said:
        if name not in known:
            raise FormatError(f"{where}: unknown name {name!r}. {nearest(name, known)}")


def _table(said: Mapping, name: str, where: str, known: tuple[str, ...]) -> dict:
    table = said.get(name, {})
    if not isinstance(table, dict):
        raise FormatError(f"{where}: [{name}] must be a table. Write a line [{name}] and its names below it.")
    _check_keys(table, known, f"{where}, [{name}]")
    return table


def _format(said: dict, where: str) -> FileFormat:
    where = f"{where}, [format]"
    given: dict[str, str] = {
        name: said[name] for name in ("separator", "decimal", "thousands", "encoding") if name in said
    }
    for name, value in given.items():
        if not isinstance(value, str):
            raise FormatError(f"{where}: {name} must be text in quotes.")
    separator = given.get("separator", ",")
    separator = _SEPARATORS.get(separator, separator)
    decimal, thousands = given.get("decimal", ""), given.get("thousands", "")
    if len(separator) != 1 or not separator.isascii() or separator in '"#\r\n':
        raise FormatError(f"{where}: separator must be one character, such as ';' or '\\t'.")
    if decimal not in ("", ".", ","):
        raise FormatError(f"{where}: decimal must be '.' or ','.")
    if thousands not in ("", ".", ",", "'", "’", " ") or (thousands and thousands == decimal):
        raise FormatError(f"{where}: thousands must be '.', ',', \"'\" or a space, and not the decimal mark.")
    shifted = said.get("shifted_dates", False)
    if not isinstance(shifted, bool):
        raise FormatError(f"{where}: shifted_dates must be true or false.")
    zone = said.get("timezone")
    check_zone(zone)
    times = tuple(strptime_format(form, where) for form in _texts(said.get("times", ()), f"{where}: times"))
    _check_order(times, where)
    return FileFormat(
        separator,
        decimal,
        thousands,
        _encoding(given.get("encoding", "utf-8"), where),
        times,
        zone,
        frozenset(_texts(said.get("missing", ()), f"{where}: missing")),
        shifted,
    )


def _check_order(times: tuple[str, ...], where: str) -> None:
    """FormatError where two formats differ in the order of day and month alone: 02.03. would be read by whichever stands first."""
    shapes: dict[str, str] = {}
    for form in times:
        shape = form.replace("%d", "#").replace("%m", "#")
        if shapes.setdefault(shape, form) != form:
            raise FormatError(
                f"{where}: two of times differ only in the order of day and month, which no file can tell apart. "
                "Keep one, and convert the files that have the other."
            )


def _encoding(name: str, where: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise FormatError(
            f"{where}: unknown encoding {name!r}. Common ones are utf-8, cp1252 and latin-1."
        ) from None


def _texts(said, where: str) -> list[str]:
    """One text or a list of them."""
    listed = [said] if isinstance(said, str) else list(said) if isinstance(said, list | tuple) else None
    if listed is None or not all(isinstance(one, str) for one in listed):
        raise FormatError(f"{where} must be a text, or a list of texts in square brackets.")
    return listed


def _event_layouts(said: Mapping, where: str) -> tuple[TableLayout, ...]:
    """One layout, or one for each [[events]]."""
    listed = said.get("events", {})
    many = listed if isinstance(listed, list) else [listed]
    return tuple(_layout(_table({"events": one}, "events", where, _TABLE), "events", where) for one in many)


def _layout(said: dict, table: str, where: str) -> TableLayout:
    where = f"{where}, [{table}]"
    named = [
        *_texts(said.get("file", ()), f"{where}: file"),
        *_texts(said.get("files", ()), f"{where}: files"),
    ]
    columns, wide, concept = said.get("columns", {}), said.get("wide", {}), said.get("concept", "")
    for name, lines in (("columns", columns), ("wide", wide)):
        if not isinstance(lines, dict) or not all(isinstance(theirs, str) for theirs in lines.values()):
            raise FormatError(
                f'{where}: [{table}.{name}] must hold lines such as name = "column of the file".'
            )
    _check_keys(columns, _COLUMNS[table], f"{where}, [{table}.columns]")
    if concept and concept not in CONCEPTS:
        raise ConceptError(f"{where}: unknown concept {concept!r}. {_near(concept)}")
    return TableLayout(tuple(named), concept, columns, wide)


def _listed(
    said: Mapping,
    name: str,
    file: Path,
    columns: tuple[str, ...],
    read: Callable[[str | dict, str], _Meaning],
    key: Callable[[str], str],
) -> dict[str, _Meaning]:
    """A list by its keys: a table of the file, or a CSV that the file names in its place."""
    listed, where = said.get(name, {}), f"{file.name}, [{name}]"
    if isinstance(listed, str):
        rows, where = _csv(file.parent / listed, columns), listed
        pairs = [(row[columns[0]], {c: row.get(c, "") for c in columns[1:] if row.get(c)}) for row in rows]
    elif isinstance(listed, dict):
        pairs = list(listed.items())
    else:
        raise FormatError(f"{where} must be a table, or the name of a CSV file.")
    found: dict[str, _Meaning] = {}
    for local, value in pairs:
        place = f"{where}, {local!r}"
        meaning = read(value, place)
        if found.setdefault(key(local), meaning) != meaning:
            raise FormatError(f"{place}: the name is listed twice with different meanings. Keep one.")
    return found


def _csv(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    if not path.is_file():
        raise MissingError(
            f"{_NAME} names {path.name}, which is not in its folder. Add it or remove the line."
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [{k: (v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(lines)]
    except UnicodeDecodeError:
        raise FormatError(f"{path.name} is not UTF-8. Save it as UTF-8 text.") from None
    for column in columns[:2] if rows else ():
        if column not in rows[0]:
            raise MissingError(f"{path.name} has no column {column!r}. It needs {', '.join(columns[:2])}, "
                               "separated by commas.")  # fmt: skip
    return rows


def _local_name(said: str | dict, where: str) -> LocalName:
    concept, unit = _fields(said, where, "concept", "unit")
    if concept not in CONCEPTS:
        raise ConceptError(f"{where}: unknown concept {concept!r}. {_near(concept)}")
    if unit and find_conversion(concept, unit) is None:
        raise UnitError(f"{where}: {refusal(concept, unit)}")
    return LocalName(concept, unit)


def _near(concept: str) -> str:
    near = nearest(concept, CONCEPTS)
    return near if near.startswith("Did") else "docs/generated/concepts.md lists all concepts."


def _unit(said: str | dict, where: str) -> str:
    return _fields(said, where, "unit")[0]


def _drug(said: str | dict, where: str) -> Drug:
    ingredient, concept = _fields(said, where, "ingredient", "concept")
    known = _concept_of_ingredient().get(ingredient.casefold(), "")
    if not (concept or known):
        raise ConceptError(
            f"{where}: no list knows the ingredient {ingredient!r}. Write {{ ingredient = …, concept = … }}, "
            "with a concept such as antibiotic or norepinephrine."
        )
    if concept and concept not in CONCEPTS:
        raise ConceptError(f"{where}: unknown concept {concept!r}. {_near(concept)}")
    return Drug(concept or known, ingredient)


@cache
def _concept_of_ingredient() -> dict[str, str]:
    rows = map_rows("medicines")
    return {row["concept"]: row["concept"] for row in rows} | {
        row["ingredient"].casefold(): row["concept"] for row in rows if row["ingredient"]
    }


def _fields(said: str | dict, where: str, *names: str) -> list[str]:
    """The named fields of an entry; a plain text is the first of them."""
    if isinstance(said, str):
        said = {names[0]: said}
    if not isinstance(said, dict) or not all(isinstance(v, str) for v in said.values()):
        raise FormatError(f'{where} must be a text, or a table such as {{ {names[0]} = "…" }}.')
    _check_keys(said, names, where)
    if not said.get(names[0]):
        raise FormatError(f'{where} has no {names[0]}. Write {{ {names[0]} = "…" }}.')
    return [said.get(name, "").strip() for name in names]


def _words(said: Mapping, file: Path) -> dict[str, dict[str, str]]:
    """The local words of each concept, in the words that the concept has."""
    listed, where = said.get("words", {}), f"{file.name}, [words]"
    if isinstance(listed, str):
        rows, tables = _csv(file.parent / listed, ("concept", "local_word", "word")), {}
        for row in rows:
            tables.setdefault(row["concept"], {})[row["local_word"]] = row.get("word", "")
        listed, where = tables, listed
    if not isinstance(listed, dict):
        raise FormatError(f"{where} must hold a table for each concept, such as [words.oxygen].")
    return {concept: _words_of(concept, table, where) for concept, table in listed.items()}


def _words_of(concept: str, table, where: str) -> dict[str, str]:
    if concept not in (*CONCEPTS, "route", "discharged_to", "sex", "kind"):
        raise ConceptError(f"{where}: unknown concept {concept!r}. {_near(concept)}")
    if not isinstance(table, dict) or not all(isinstance(word, str) for word in table.values()):
        raise FormatError(f'{where}, {concept!r} must hold lines such as "local word" = "word".')
    for local, word in table.items():
        if concept in CONCEPTS and word_of(concept, word) is None:
            raise ConceptError(
                f"{where}, {concept}, {local!r}: {word!r} is not a word of {concept}. "
                f"{nearest(word, CONCEPTS[concept].words)}"
            )
    found: dict[str, str] = {}
    for local, word in table.items():
        if found.setdefault(plain(local), word) != word:
            raise FormatError(
                f"{where}, {concept}, {local!r}: the word is listed twice with different meanings. Keep one."
            )
    return found


def _order(said: Mapping, name: str, where: str) -> StandingOrder:
    table = _table(said, name, where, _ORDER)
    where = f"{where}, [{name}]"
    codes = set()
    for code in _texts(table.get("codes", ()), f"{where}: codes"):
        system, mark, rest = code.partition(":")
        if not (mark and system.strip() and rest.strip()):
            raise FormatError(f'{where}: write each code with its system, as "snomed:385763009".')
        codes.add((system_name(system), rest.strip()))
    words = {plain(word) for word in _texts(table.get("words", ()), f"{where}: words")}
    return StandingOrder(frozenset(codes), frozenset(words - {""}))
