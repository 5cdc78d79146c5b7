"""A first draft of a site.toml from the files themselves: a person confirms it. It holds no identifier and no free text.

What the files show by their form (separator, encoding, decimal mark, time format, columns) is written as it was found.
What a name means is proposed in a comment. A local name is shown only when at least three patients have it.
"""

import codecs
import csv
import gzip
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import polars as pl

from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.printed import is_missing
from opensepsis.data.site.model import name_key
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import FormatError, MissingError

_SAMPLE = 4 * 1024 * 1024  # bytes of each file
_ROWS = 20_000
_PATIENTS = 3
_NAMES = 400  # a column with more distinct names is no list of parameters
_ENDINGS = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet")
_FORMS = (
    "DD.MM.YYYY hh:mm", "DD.MM.YY hh:mm", "DD/MM/YYYY hh:mm", "MM/DD/YYYY hh:mm", "MM/DD/YYYY hh:mm AM",
    "DD/MM/YYYY hh:mm AM", "DD-MM-YYYY hh:mm", "YYYY/MM/DD hh:mm", "YYYYMMDD hh:mm",
)  # fmt: skip
_STRPTIME = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "mm": "%M", "AM": "%p"}
_COMMA = re.compile(r"[<>≤≥=\s]*-?\d+,\d+")
_POINT = re.compile(r"[<>≤≥=\s]*-?\d+\.\d+")
_UNIT_IN_NAME = re.compile(r"\s*[\[(][^\])]*[\])]\s*$")


@dataclass(frozen=True)
class Sample:
    """The beginning of one file: its form, its columns and rows of text."""

    file: str
    separator: str
    encoding: str
    columns: list[str]
    rows: list[list[str]]

    def cells(self, column: str) -> list[str]:
        """The filled cells of a column."""
        place = self.columns.index(column)
        cells = (row[place].strip() for row in self.rows if place < len(row))
        return [cell for cell in cells if not is_missing(cell)]


def draft_site(folder: Path) -> str:
    """The text of a site.toml for the files of a folder; MissingError or FormatError where no file can be read."""
    if not folder.is_dir():
        raise MissingError(f"There is no folder {folder}. Give the folder that holds the hospital's files.")
    found = sorted(p for p in folder.iterdir() if p.name.endswith(_ENDINGS) and not p.name.startswith("."))
    samples = [sample for sample in map(_sample, found) if len(sample.columns) > 1]
    if not samples:
        raise MissingError(
            f"{folder} holds no table: no .csv, .csv.gz, .tsv, .txt or .parquet with two columns or more."
        )
    stays = [s for s in samples if {"patient", "stay", "admitted"} <= _matched(s, "stays").keys()]
    events = [s for s in samples if s not in stays and {"patient", "time"} <= _matched(s, "events").keys()]
    lines = [
        "# A draft of site.toml, written by opensepsis from the form of the files. Check every line.",
        "# Lines that begin with # are proposals: remove the # where they are right.", "",
        *_format(samples, stays, events), *_stays(stays),
    ]  # fmt: skip
    for sample in events:
        lines += _events(sample)
    others = sum(s not in stays and s not in events for s in samples)
    if others:
        lines.append(
            f"# {others} other files were not recognized: add a table [[events]] for each that is needed."
        )
    return "\n".join([*lines, *_concepts(events), ""])


def _sample(file: Path) -> Sample:
    if file.suffix == ".parquet":
        frame = pl.read_parquet(file, n_rows=_ROWS, glob=False)
        texts = frame.select(pl.all().cast(pl.String, strict=False).fill_null(""))
        return Sample(file.name, ",", "utf-8", frame.columns, [list(row) for row in texts.iter_rows()])
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rb") as raw:
            data = raw.read(_SAMPLE)
            whole = not raw.read(1)
    except (OSError, EOFError):
        raise FormatError(f"{file.name} is damaged or cut off. Copy or write the file again.") from None
    encoding = _encoding(data)
    text = data.decode(encoding, errors="ignore").removeprefix("\ufeff")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    lines = lines[: _ROWS + 1] if whole else lines[:-1][: _ROWS + 1]
    separator = max(";,\t|", key=lambda mark: _regularity(lines[:50], mark))
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    columns = [name.strip() for name in rows[0]] if rows else []
    return Sample(file.name, separator, encoding, columns, rows[1:])


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _regularity(lines: list[str], mark: str) -> tuple[float, int]:
    """How many of the lines have as many cells as the first, and how many cells that is."""
    counts = [len(row) for row in csv.reader(lines, delimiter=mark)]
    if not counts or counts[0] < 2:
        return 0, 0
    return counts.count(counts[0]) / len(counts), counts[0]


def _matched(sample: Sample, table: str) -> dict[str, str]:
    """Our columns that the file has by their usual names in several languages, each with theirs."""
    tables = ("stays",) if table == "stays" else ("events",)
    known = {
        name_key(row["name"]): row["column"]
        for row in map_rows("column_names")
        if row["table"] in tables or row["column"] == "patient"
    }
    found: dict[str, str] = {}
    for theirs in sample.columns:
        ours = known.get(name_key(theirs)) or known.get(name_key(theirs).replace(" ", "_"))
        if ours and ours not in found:
            found[ours] = theirs
    if table == "events" and "time" not in found:
        both = [next((c for c in sample.columns if name_key(c) in names), "") for names in (_DAYS, _CLOCKS)]
        if all(both):
            found["time"] = " + ".join(both)
    return found


_DAYS = ("datum", "date", "fecha", "tag", "jour")
_CLOCKS = ("uhrzeit", "time", "hora", "heure", "zeit")


def _format(samples: list[Sample], stays: list[Sample], events: list[Sample]) -> list[str]:
    texts = [s for s in samples if not s.file.endswith(".parquet")]
    separator = next((mark for mark, _ in Counter(s.separator for s in texts).most_common(1)), ",")
    encoding = next((s.encoding for s in texts if s.encoding != "utf-8"), "utf-8")
    times = [
        cell
        for table, group in (("stays", stays), ("events", events))
        for sample in group
        for ours, theirs in _matched(sample, table).items()
        if ours in ("admitted", "discharged", "time", "end", "known")
        for cell in _times(sample, theirs)
    ]
    values = [cell for s in events for cell in _values(s)]
    commas, points = (sum(bool(mark.fullmatch(cell)) for cell in values) for mark in (_COMMA, _POINT))
    lines = ["[format]", f"separator = {_quoted(separator if separator != chr(9) else 'tab')}"]
    lines.append(f'encoding = "{encoding}"')
    if commas or points:
        lines.append(f'decimal = "{"," if commas > points else "."}"')
    lines += _time_lines(times)
    odd = sorted({s.file for s in texts if s.separator != separator or s.encoding not in (encoding, "utf-8")})
    lines += [
        f"# {_quoted(name)} is written in another form: write it again like the others." for name in odd
    ]
    return [*lines, '# missing = ["n/d"]   # words for an empty cell, beside the usual ones', ""]


def _times(sample: Sample, theirs: str) -> list[str]:
    cells = [sample.cells(part) for part in theirs.split(" + ")]
    return [" ".join(pair) for pair in zip(*cells, strict=False)][:500]


def _time_lines(times: list[str]) -> list[str]:
    zone = '# timezone = "Europe/Berlin"   # of times without an offset'
    others = [cell for cell in times if not re.match(r"\d{4}-\d{2}-\d{2}", cell)]
    if not others:
        return [zone]
    fitting = [form for form in _FORMS if sum(_fits(cell, form) for cell in others) >= 0.95 * len(others)]
    if not fitting:
        return ['# times = "DD.MM.YYYY hh:mm"   # the time format was not recognized', zone]
    note = f"   # or {_quoted(fitting[1])}: the files do not tell" if len(fitting) > 1 else ""
    mark = "# " if note else ""
    return [f"{mark}times = {_quoted(fitting[0])}{note}", zone]


def _fits(cell: str, form: str) -> bool:
    said = re.sub("YYYY|YY|MM|DD|mm|AM", lambda part: _STRPTIME[part[0]], form)
    said = said.replace("hh", "%I" if "%p" in said else "%H")
    for one in (said, said.replace("%M", "%M:%S"), said.split(" ")[0]):
        try:
            datetime.strptime(cell, one)
            return True
        except ValueError:
            continue
    return False


def _values(sample: Sample) -> list[str]:
    columns = _matched(sample, "events")
    named = [columns["value"]] if "value" in columns else _wide(sample, columns)
    return [cell for column in named for cell in sample.cells(column)[:2000]]


def _wide(sample: Sample, columns: dict[str, str]) -> list[str]:
    """The columns of numbers that are none of ours."""
    taken = {part for theirs in columns.values() for part in theirs.split(" + ")}
    return [name for name in sample.columns if name not in taken and _is_numeric(sample.cells(name)[:500])]


def _is_numeric(cells: list[str]) -> bool:
    number = re.compile(r"[<>≤≥=\s]*-?\d{1,7}(?:[.,]\d+)?")
    return bool(cells) and sum(bool(number.fullmatch(cell)) for cell in cells) >= 0.8 * len(cells)


def _stays(stays: list[Sample]) -> list[str]:
    if not stays:
        return ["# No file was recognized as the table of stays: it needs patient, stay and time of admission.",
                '# [stays]', '# file = "stays.csv"', "# [stays.columns]", '# patient = "PatientID"', ""]  # fmt: skip
    more = [f"# also: {_quoted(sample.file)}" for sample in stays[1:]]
    return ["[stays]", f"file = {_quoted(stays[0].file)}", *more, "[stays.columns]",
            *_column_lines(_matched(stays[0], "stays")), ""]  # fmt: skip


def _events(sample: Sample) -> list[str]:
    columns = _matched(sample, "events")
    lines = ["[[events]]", f"file = {_quoted(sample.file)}", "[events.columns]", *_column_lines(columns)]
    if "concept" not in columns and "drug" not in columns:
        lines.append("[events.wide]   # column of the file = its concept or local name")
        lines += [f'# {_quoted(name)} = "{_proposal(name)}"' for name in _wide(sample, columns)]
    return [*lines, ""]


def _column_lines(columns: dict[str, str]) -> list[str]:
    return [f"{ours} = {_quoted(theirs)}" for ours, theirs in columns.items()]


def _concepts(events: list[Sample]) -> list[str]:
    names, drugs = Counter(), Counter()
    for sample in events:
        columns = _matched(sample, "events")
        names.update(_common_names(sample, columns.get("concept"), columns["patient"]))
        drugs.update(_common_names(sample, columns.get("drug"), columns["patient"]))
    lines = [
        "[concepts]   # local name = concept, or { concept = …, unit = … } where values come without a unit"
    ]
    lines += [
        f'# {_quoted(name)} = "{_proposal(name)}"' for name, _ in names.most_common() if name not in CONCEPTS
    ]
    if drugs:
        lines += ["", "[drugs]   # local name = ingredient, or { ingredient = …, concept = … }"]
        lines += [f'# {_quoted(name)} = "{_ingredient(name)}"' for name, _ in drugs.most_common()]
    return lines


def _common_names(sample: Sample, column: str | None, patient: str) -> dict[str, int]:
    """Names that at least three patients have, with their rows; none where the column looks like free text."""
    if column is None:
        return {}
    name_at, patient_at = sample.columns.index(column), sample.columns.index(patient)
    rows = [row for row in sample.rows if max(name_at, patient_at) < len(row)]
    patients: dict[str, set[str]] = {}
    counts: Counter[str] = Counter(row[name_at].strip() for row in rows)
    for row in rows:
        patients.setdefault(row[name_at].strip(), set()).add(row[patient_at])
    shown = {n: counts[n] for n, who in patients.items() if len(who) >= _PATIENTS and _is_a_name(n)}
    return shown if len(patients) <= _NAMES else {}


def _is_a_name(text: str) -> bool:
    return (
        0 < len(text) <= 40 and text.isprintable() and not is_missing(text) and not re.search(r"\d{4}", text)
    )


@cache
def _known_names() -> dict[str, str]:
    own = {name_key(c.label): c.name for c in CONCEPTS.values()} | {name: name for name in CONCEPTS}
    return own | {name_key(row["name"]): row["concept"] for row in map_rows("local_names")}


def _proposal(name: str) -> str:
    known, key = _known_names(), name_key(name)
    return known.get(key) or known.get(name_key(_UNIT_IN_NAME.sub("", name))) or ""


def _ingredient(name: str) -> str:
    said = name_key(name)
    known = (row["ingredient"] for row in map_rows("medicines") if row["ingredient"])
    return next((one for one in known if re.search(rf"\b{re.escape(one.casefold())}\b", said)), "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
