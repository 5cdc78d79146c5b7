"""What the codes of one MEDS ETL mean: a list of codes, in which `*` stands for any one part between `//`.

Columns: code, rule, concept, unit, text, pair, needs, least, except_text, label. `@n` is the n-th part of the code, counted from 0;
`@n|default` the default where that part is UNK or empty.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.intake.text_codes import plain
from opensepsis.data.site.mapping import FILE, ConfirmedCode, read_confirmed
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, FormatError, MissingError, nearest
from opensepsis.rules import Kind

RULES = (
    "birth", "death", "sex", "begins", "ends", "number", "collected", "specimen", "rate starts", "runs", "starts", "stops", "dose", "given",
    "ordered", "coded",
)  # fmt: skip
COLUMNS = ("code", "rule", "concept", "unit", "text", "pair", "needs", "least", "except_text", "label")
_NOTHING = ("", "UNK", "None", "nan")
_MAPS = files("opensepsis.data.maps")
_BASIC = "basic"


@dataclass(frozen=True)
class Meaning:
    """What one code means. `pair` is what the two ends of a thing share; `needs` the kind of specimen that a value must be of."""

    rule: str
    concept: str = ""
    unit: str = ""
    text: str = ""
    pair: str = ""
    needs: str = ""
    least: float | None = None
    except_text: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edition:
    """A list that comes with opensepsis: its file, the data sets it is for, and whether it was run on data."""

    name: str
    run_on_data: bool
    source: str


class CodeList:
    """Looks up codes; each is worked out once."""

    def __init__(self, rows: list[dict[str, str]], name: str, edition: Edition | None = None):
        self.name, self.edition = name, edition
        self._whole: dict[str, dict[str, str]] = {}
        self._parted: dict[tuple[str, int], list[tuple[tuple[str, ...], dict[str, str]]]] = {}
        self._found: dict[str, Meaning | None] = {}
        for row in rows:
            parts = tuple(row["code"].split("//"))
            if "*" in parts:
                self._parted.setdefault((parts[0], len(parts)), []).append((parts, row))
            else:
                self._whole[row["code"]] = row

    def mapped(self, code: str) -> str:
        """The concept that a code means, or its rule where it has none; empty where nothing is read from it."""
        found = self.meaning(code)
        if found is None:
            return ""
        if found.rule in ("given", "ordered") and not found.concept:
            drug = find_medicine(found.text, (found.text,))
            return drug.concept if drug else ""
        return found.concept or found.rule

    def with_rows(self, rows: list[dict[str, str]]) -> "CodeList":
        """This list with further rows of whole codes."""
        more = CodeList(rows, self.name, self.edition)
        more._whole |= self._whole
        more._parted = self._parted  # a whole code stands before any pattern
        return more

    def meaning(self, code: str) -> Meaning | None:
        """What a code means; None where the list does not have it."""
        if code not in self._found:
            self._found[code] = self._look_up(code)
        return self._found[code]

    def _look_up(self, code: str) -> Meaning | None:
        row, parts = self._whole.get(code), code.split("//")
        if row is None:
            listed = (*self._parted.get((parts[0], len(parts)), ()), *self._parted.get(("*", len(parts)), ()))
            row = next((row for wanted, row in listed if _fits(wanted, parts)), None)
        if row is None:
            return None
        least = float(row["least"]) if row["least"] else None
        excepted = tuple(plain(text) for text in row["except_text"].split(";") if text)
        said = {name: _part(row[name], parts) for name in ("unit", "text", "pair")}
        return Meaning(
            row["rule"],
            row["concept"],
            needs=row["needs"],
            least=least,
            except_text=excepted,
            parts=tuple(parts),
            **said,
        )


def _fits(wanted: tuple[str, ...], parts: list[str]) -> bool:
    return all(want in ("*", part) for want, part in zip(wanted, parts, strict=True))


def _part(said: str, parts: list[str]) -> str:
    """A cell with `@n` as the part of the code that it names."""
    before, at, rest = said.partition("@")
    if not at or not rest[:1].isdigit():
        return said
    number, bar, default = rest.partition("|")
    digits = number[:1]
    found = parts[int(digits)] if int(digits) < len(parts) else ""
    if bar and before == "" and found in _NOTHING:
        return default
    return f"{before}{found}{number[1:]}{'' if bar and before == '' else bar + default}"


@cache
def editions() -> dict[str, tuple[Edition, tuple[str, ...], str]]:
    """Our lists by name, with the names of data sets they are for and what their version holds."""
    return {
        row["list"]: (
            Edition(row["list"], row["run_on_data"] == "yes", row["source"]),
            tuple(plain(name) for name in row["dataset_names"].split("|")),
            row["dataset_version"],
        )
        for row in map_rows("meds")
    }


def choose(dataset: dict, asked: Path | str | None = None) -> CodeList:
    """The list for a data set, by its `metadata/dataset.json`; or the one that was asked for, by name or file."""
    if asked is not None and str(asked) not in editions():
        place = Path(asked).expanduser()
        return _confirmed(dataset, place) if place.is_dir() else _own(place)
    name = str(asked) if asked is not None else _for(dataset)
    rows = _checked(_rows(_MAPS / f"meds_{name}.csv"), f"meds_{name}.csv")
    return CodeList(rows, name, editions()[name][0])


def fitting(dataset: dict) -> str:
    """The name of the list for a data set; where there is none, that of the codes that MEDS itself names.

    >>> fitting({"dataset_name": "eICU"}), fitting({"dataset_name": "Ours"})
    ('eicu', 'basic')
    """
    said, version = plain(str(dataset.get("dataset_name") or "")), str(dataset.get("dataset_version") or "")
    found = (
        name for name, (_, names, holds) in editions().items() if said and said in names and holds in version
    )
    return next(found, _BASIC)


def _confirmed(dataset: dict, folder: Path) -> CodeList:
    """The list that fits, and the lines of a site's `mapping.csv` that a person confirmed."""
    found = choose(dataset, fitting(dataset))
    own = [_row_of(code, meant) for (_, code), meant in read_confirmed(folder, needed=True).lines.items()]
    return found.with_rows(_checked([row for row in own if not found.mapped(row["code"])], FILE))


def _row_of(code: str, meant: ConfirmedCode) -> dict[str, str]:
    """A confirmed line as a row of a list. An infusion needs its stop, which a line cannot tell."""
    row = dict.fromkeys(COLUMNS, "") | {"code": code, "concept": meant.concept}
    if meant.is_measured:
        return row | {"rule": "number", "unit": meant.unit}
    if CONCEPTS[meant.concept].kind is not Kind.EVENT:
        raise FormatError(
            f"{FILE}: {meant.concept} needs a start and a stop, which one code cannot give. Remove the line, "
            "and write a code list for --site (docs/meds.md)."
        )
    return row | {
        "rule": "dose",
        "text": f"{meant.ingredient}|" if CONCEPTS[meant.concept].routed else meant.ingredient,
    }


def _for(dataset: dict) -> str:
    if (found := fitting(dataset)) != _BASIC:
        return found
    ours = ", ".join(editions())
    raise MissingError(
        "There is no code list for the data set named in metadata/dataset.json. "
        f"Name one with --site: a file of your own, or one of {ours}."
    )


def _own(file: Path) -> CodeList:
    if not file.is_file():
        raise MissingError(f"There is no {file}. Give your list of codes, or one of {', '.join(editions())}.")
    try:
        return CodeList(_checked(_rows(file), file.name), file.name)
    except UnicodeDecodeError:
        raise FormatError(f"{file.name} is not UTF-8. Save it as UTF-8 text.") from None


def _rows(place) -> list[dict[str, str]]:
    with place.open(encoding="utf-8-sig", newline="") as lines:
        return [{name: (row.get(name) or "").strip() for name in COLUMNS} for row in csv.DictReader(lines)]


def _checked(rows: list[dict[str, str]], name: str) -> list[dict[str, str]]:
    for number, row in enumerate(rows, 2):
        where = f"{name}, row {number}"
        if not row["code"]:
            raise FormatError(f"{where}: no code.")
        if row["rule"] not in RULES:
            raise FormatError(f"{where}: there is no rule {row['rule']!r}. {nearest(row['rule'], RULES)}")
        if row["concept"] and row["concept"] not in CONCEPTS:
            raise ConceptError(
                f"{where}: there is no concept {row['concept']!r}. {nearest(row['concept'], CONCEPTS)}"
            )
    return rows
