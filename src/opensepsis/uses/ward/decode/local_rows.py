"""A line of a ward's csv folder in our columns, names and times, as the hospital's site.toml says: the same file as for `label csv`."""

import csv
import io

from opensepsis.data.intake.drug_concepts import concept_of_drug
from opensepsis.data.intake.printed import is_missing
from opensepsis.data.intake.text_codes import plain
from opensepsis.data.intake.timestamps import iso_of
from opensepsis.data.site import LocalWords, TableLayout
from opensepsis.data.sources.parse import EMPTY_NAMES
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.drugs import CRYSTALLOID

_TIMES = ("time", "end", "known", "admitted", "discharged", "born", "died")


def local_rows(raw: bytes, key: str, local: LocalWords) -> list[dict[str, str]]:
    """The rows of a header and one line; several where the columns are wide. `key` begins with the name of the file."""
    form = local.format
    text = raw.decode("utf-8-sig" if form.encoding == "utf-8" else form.encoding)
    read = csv.DictReader(io.StringIO(text, newline=""), delimiter=form.separator)
    rows = []
    for row in read:
        said = {
            name.strip(): _cell(cell, local)
            for name, cell in row.items()
            if name and not isinstance(cell, list)
        }
        layout = _layout(local, key.split(":", 1)[0], said)
        rows += _long(said, layout) if layout else [said]
    return [_translated(row, local) for row in rows]


def _cell(cell: str | None, local: LocalWords) -> str:
    text = (cell or "").strip()
    return "" if text in local.format.missing or text in EMPTY_NAMES else text


def _layout(local: LocalWords, file: str, row: dict[str, str]) -> TableLayout | None:
    """The layout of the file, else the first whose columns the row has."""
    layouts = (local.stays, *local.events)
    named = next((layout for layout in layouts if file in layout.files), None)
    known = (layout for layout in layouts if layout.columns and _has(row, layout))
    return named or next(known, None)


def _has(row: dict[str, str], layout: TableLayout) -> bool:
    return all(part in row for theirs in layout.columns.values() for part in theirs.split(" + "))


def _long(row: dict[str, str], layout: TableLayout) -> list[dict[str, str]]:
    """Our columns; a row for each filled wide column."""
    taken = {part for theirs in layout.columns.values() for part in theirs.split(" + ")}
    ours = {name: cell for name, cell in row.items() if name not in taken and name not in layout.wide}
    for name, theirs in layout.columns.items():
        ours[name] = " ".join(row.get(part, "") for part in theirs.split(" + ")).strip()
    if layout.concept:
        ours.setdefault("concept", layout.concept)
    if not layout.wide:
        return [ours]
    return [
        ours | {"concept": name, "value": row[theirs]}
        for theirs, name in layout.wide.items()
        if row.get(theirs)
    ]


def _translated(row: dict[str, str], local: LocalWords) -> dict[str, str]:
    for name in _TIMES:
        if row.get(name):
            row[name] = "" if is_missing(row[name]) else iso_of(row[name], local.format.times)
    if "drug" in row or local.drug(row.get("concept") or ""):
        row = _given(row, local)
    found = local.concept(row.get("concept") or "")
    if found:
        row["concept"] = found.concept
        if found.unit and not row.get("unit"):
            row["unit"] = found.unit
    if row.get("unit"):
        row["unit"] = local.unit(row["unit"])
    if row.get("text"):
        row["text"] = _word(row.get("concept") or "", row["text"], local)
    if row.get("kind"):
        row["kind"] = local.word("kind", row["kind"]).lower()
    return row


def _given(row: dict[str, str], local: LocalWords) -> dict[str, str]:
    """`drug` and `route` as the text of a dose; a drug that the site lists, in `drug` or `concept`, has its concept."""
    name, said = row.get("drug") or "", row.get("text") or ""
    drug = (local.drug(name) if name else None) or local.drug(row.get("concept") or "")
    if drug and _is_routed(drug.concept):
        return row | {
            "concept": drug.concept,
            "text": f"{drug.ingredient}|{row.get('route') or said.rpartition('|')[2]}",
        }
    lasts = bool(row.get("value") or row.get("end"))
    listed = drug.concept if drug else name and concept_of_drug(name, row.get("route") or None, lasts)
    concept = row.get("concept") or listed or ""
    if name and not said and (_is_routed(concept) or concept == CRYSTALLOID.name):
        row = row | {"text": f"{name}|{row.get('route') or ''}"}
    return row | {"concept": drug.concept if drug else concept}


def _is_routed(concept: str) -> bool:
    return concept in CONCEPTS and CONCEPTS[concept].routed


def _word(concept: str, text: str, local: LocalWords) -> str:
    if not _is_routed(concept):
        return local.word(concept, text)
    name, bar, route = text.partition("|")
    drug = local.drug(name)
    return (drug.ingredient if drug else name) + bar + local.words.get("route", {}).get(plain(route), route)
