"""A draft of a site's `mapping.csv`: its local codes by volume with proposals, for a person to confirm.

What stands in it is no patient's: codes, names, counts. A code of fewer than three patients may be a name in the wrong column, and so
may a text that is long or holds a number like an identifier: such codes are counted and not listed. Fewer than ten patients are told as
`3-9`, and how values lie is told of ten patients or more.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from opensepsis.data.io.atomic import replace_file
from opensepsis.data.mapping.proposals import Proposal, propose
from opensepsis.data.site.local_code import FEWEST_PATIENTS, LocalCode
from opensepsis.data.site.mapping import COLUMNS, FILE, answered_rows
from opensepsis.errors import OutputError

WITHOUT_PROPOSAL = 300  # codes of a table that are listed without any
_FEW = 10


@dataclass(frozen=True)
class Draft:
    """The codes of a source with their proposals, and what was not listed."""

    codes: tuple[tuple[LocalCode, tuple[Proposal, ...]], ...]
    not_listed: int
    rows_not_listed: int

    @property
    def open(self) -> list[tuple[LocalCode, tuple[Proposal, ...]]]:
        """The codes that no list of the project has, the most frequent first."""
        return sorted((one for one in self.codes if not one[0].mapped), key=lambda one: -one[0].rows)


def draft(codes: Iterable[LocalCode]) -> Draft:
    """The proposals for the codes of a source."""
    kept: list[tuple[LocalCode, tuple[Proposal, ...]]] = []
    left = [0, 0]
    for code in codes:
        if code.mapped:
            kept.append((code, ()))
        elif code.may_be_listed:
            kept.append((code, tuple(propose(code))))
        else:
            left = [left[0] + 1, left[1] + code.rows]
    return Draft(tuple(kept), *left)


def write_draft(found: Draft, folder: Path) -> Path:
    """Writes `mapping.csv`; lines that a person answered in an earlier one stay as they are. OutputError where it cannot be written."""
    file = folder / FILE
    answered = answered_rows(file) if file.is_file() else []
    known = {(row["table"], row["code"]) for row in answered}
    rows = answered + [row for row in _rows(found) if (row["table"], row["code"]) not in known]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(file, _as_csv(rows))
    except OSError as problem:
        raise OutputError(
            f"{file} cannot be written: {problem.strerror}. Name another folder with --out."
        ) from None
    return file


def _as_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _rows(found: Draft) -> list[dict[str, str]]:
    rows, without = [], dict[str, int]()
    for code, proposals in found.open:
        if not proposals:
            without[code.table] = without.get(code.table, 0) + 1
            if without[code.table] > WITHOUT_PROPOSAL:
                continue
        rows.append(_row(code, proposals))
    return rows


def _row(code: LocalCode, proposals: tuple[Proposal, ...]) -> dict[str, str]:
    first = proposals[0] if proposals else Proposal("", 0, "")
    return {
        "confirmed": "",
        "table": code.table,
        "code": code.code,
        "name": "" if code.name == code.code else code.name,
        "rows": str(code.rows),
        "patients": str(code.patients) if code.patients >= _FEW else f"{FEWEST_PATIENTS}-{_FEW - 1}",
        "values": _values(code),
        "concept": first.concept,
        "ingredient": first.ingredient,
        "unit": first.unit,
        "because": first.because,
        "others": " ".join(other.concept for other in proposals[1:]),
    }


def _values(code: LocalCode) -> str:
    """The middle value and the range of nine of ten, with the unit; empty where they are not told."""
    if code.values is None:
        return code.unit
    spread = code.values
    return f"{spread.middle:.4g} ({spread.lowest:.4g} to {spread.highest:.4g}) {code.unit}".strip()
