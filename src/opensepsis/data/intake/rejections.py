"""What was rejected in all files of a source: counts, row numbers and reasons, never a value or an identifier.

One report for stays, rows and cells. What is rejected is left out and counted; too much of it is an error.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from opensepsis.counted import counted
from opensepsis.data.intake import airway_words, specimen
from opensepsis.data.intake.clumped import CLUMPED
from opensepsis.data.intake.culture import NOT_PERFORMED, SCREENING
from opensepsis.data.intake.medicines import NO_CRYSTALLOID, NOT_INFUSED
from opensepsis.data.intake.not_given import NOT_GIVEN, NOTHING_GIVEN
from opensepsis.errors import (
    ConceptError,
    DefinitionError,
    FormatError,
    OpensepsisError,
    StayError,
    TimeError,
    UnitError,
)

ROWS_NAMED = 20  # of each reason; rejected.parquet has them all
_LINES = 10
_REASONS_KEPT = 1000

# a reason that no other row of the file escapes is a wrong setting, not a wrong row
NO_ZONE = "has no time zone"
NOT_A_TIME = "is not a time"
UNKNOWN_CONCEPT = "unknown concept"
NO_STAY = "patient without a stay"
NO_VALUE = "no value"
NOT_THERE = "it was not there"
UNDER_A_TUBE = "a verbal score of 1 during invasive ventilation: an intubated patient cannot speak"
NOT_ARTERIAL = "blood that is venous, or not marked as arterial"
ALSO_VENOUS = "the same blood is also charted as venous"
# left out and counted, but no mistake of the data: nothing was measured, or the definitions leave it out
_NO_FAULT = (
    NO_VALUE, NOT_ARTERIAL, ALSO_VENOUS, UNDER_A_TUBE, SCREENING, NOT_PERFORMED, NOT_INFUSED, NO_CRYSTALLOID, NOT_THERE,
    NOT_GIVEN, NOTHING_GIVEN, CLUMPED, airway_words.UNDER_A_TUBE, specimen.NOT_ARTERIAL, specimen.NOT_BLOOD, specimen.NOT_BLOOD_BY_NAME,
    specimen.ANOTHERS, specimen.ANOTHERS_NAME, specimen.ANOTHER_BY_NAME, specimen.AFTER_A_FILTER,
)  # fmt: skip
_SETTINGS = (NO_ZONE, NOT_A_TIME, UNKNOWN_CONCEPT, NO_STAY)

_ADVICE: tuple[tuple[str, type[OpensepsisError], str], ...] = (
    (NO_ZONE, TimeError, "Name the zone with --timezone (such as Europe/Berlin), or write times with their offset."),
    (NOT_A_TIME, FormatError, "Write times like 2026-01-31T14:05:00+01:00, or name their form in site.toml (times)."),
    ("is a day without a time", FormatError, "Write times like 2026-01-31T14:05:00+01:00."),
    ("is not a number", FormatError, "Write decimal numbers; words belong in the column 'text'. A decimal comma is named in site.toml."),
    (NO_STAY, StayError, "Add the stays or remove the events; check that both files write patients alike."),
    ("more cells than the header", FormatError, "Put cells that hold the separator in quotes."),
    ("a quote is not closed", FormatError, "Close the quote, or double the quotes within a cell."),
    ("ends before it starts", StayError, "Correct the times; check the time zone too."),
    ("longer than", StayError, "Leave the end empty while the stay goes on, or allow longer stays with --longest-stay."),
    ("in the future", StayError, "Leave the end empty while the stay goes on. Shifted dates: shifted_dates = true in site.toml."),
    ("died before admission", StayError, "Correct 'died' or 'admitted'."),
    ("outside the years", TimeError, "Leave the cell empty where the time is not known."),
    ("no patient", StayError, "Fill the column of patients."),
    ("no stay", StayError, "Fill the column of stays."),
    ("no time of admission", StayError, "Fill the column of admissions."),
    ("unknown kind of stay", StayError, "Write hospital, icu, emergency or observation."),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RejectionLimits:
    """How much may be rejected before it is an error: a share and a number, both exceeded; `strict`: nothing.

    `longest_stay` is in years. Of a part of a hospital nothing is judged: what was rejected of all parts together is.
    """

    stays_share: float = 0.01
    stays: int = 10
    rows_share: float = 0.05
    rows: int = 100
    strict: bool = False
    longest_stay: float = 5
    of_part: bool = False

    def __post_init__(self) -> None:
        for name, share in (("stays", self.stays_share), ("rows", self.rows_share)):
            if not 0 <= share <= 1:
                raise DefinitionError(
                    f"The largest share of rejected {name} must lie between 0 and 1, such as 0.05 for 5 %."
                )
        if not self.longest_stay > 0:
            raise DefinitionError("The longest stay must be a number of years above 0.")


@dataclass
class Rejections:
    """The report, filled while a source is read."""

    limits: RejectionLimits = field(default_factory=RejectionLimits)
    found: dict[tuple[str, str, str, str, str], tuple[int, list[int]]] = field(default_factory=dict)

    def note(
        self,
        what: str,
        table: str,
        kind: str,
        reason: str,
        count: int,
        rows: Iterable[int | None],
        concept: str = "",
    ) -> None:
        """Counts what was rejected: `what` is stay, row or cell; `kind` the kind of identifier of its rows.

        With `strict` the first is an error.
        """
        key = (what, table, kind, concept, reason)
        if key not in self.found and len(self.found) >= _REASONS_KEPT:
            key = (what, table, kind, "", "other reasons: see rejected.parquet")
        before, named = self.found.get(key, (0, []))
        more = [row for row in rows if row is not None]
        self.found[key] = before + count, (named + more)[:ROWS_NAMED]
        if self.limits.strict and reason not in _NO_FAULT:
            raise error_of(reason)(f"{self._lines([key])[0]}\nNothing was written, because of --strict.")

    def report(self) -> list[dict]:
        """The report for run.json, the most frequent first."""
        ordered = sorted(self.found.items(), key=lambda one: (-one[1][0], one[0]))
        return [
            {"table": table, "rejected": what, "id": kind, "concept": concept or None, "reason": reason,
             "count": count, "rows": rows}
            for (what, table, kind, concept, reason), (count, rows) in ordered
        ]  # fmt: skip

    def check_stays(self, rejected: int, total: int) -> None:
        """An error when too many stays were rejected, or all of them."""
        if not rejected or self.limits.of_part:
            return
        many = rejected > self.limits.stays_share * total and rejected > self.limits.stays
        if not many and rejected < total:
            return
        limit = (
            f"more than {self.limits.stays_share:.1%} and more than {self.limits.stays}" if many else "all"
        )
        self._refuse(
            [key for key in self.found if key[0] == "stay"],
            f"{rejected:,} of {total:,} stays were rejected, {limit}.",
            "Correct the data, or allow more with --max-rejected-stays." if many else "",
        )

    def check_rows(self, rejected: Mapping[str, int], kept: Mapping[str, int], read: int) -> None:
        """An error when too many rows of a concept were rejected, or all rows of the source by a wrong setting."""
        if self.limits.of_part:
            return
        for concept, count in sorted(rejected.items(), key=lambda one: -one[1]):
            total = count + kept.get(concept, 0) if concept else read
            count -= sum(n for key, (n, _) in self.found.items() if key[3] == concept and key[4] in _NO_FAULT)
            if count > self.limits.rows and count > self.limits.rows_share * total:
                self._refuse(
                    [key for key in self.found if key[0] == "row" and key[3] == concept],
                    f"{count:,} of {total:,} rows {f'of {concept} ' if concept else ''}were rejected, more than "
                    f"{self.limits.rows_share:.1%} and more than {self.limits.rows}.",
                    "Correct the data, or allow more with --max-rejected-rows.",
                )
        rows = [key for key in self.found if key[0] == "row"]
        if rows and not sum(kept.values()) and all(any(s in key[4] for s in _SETTINGS) for key in rows):
            self._refuse(rows, f"All {read:,} rows were rejected.", "")

    def _refuse(self, keys: list, first: str, last: str) -> None:
        gravest = max(keys, key=lambda key: self.found[key][0])
        raise error_of(gravest[4])("\n".join(filter(None, [first, *self._lines(keys), last])))

    def _lines(self, keys: list[tuple[str, str, str, str, str]]) -> list[str]:
        ordered = sorted(keys, key=lambda key: -self.found[key][0])
        lines = [in_words(*key, *self.found[key]) for key in ordered[:_LINES]]
        return lines + [f"… and {len(keys) - _LINES:,} more reasons."] * (len(keys) > _LINES)


def report_lines(report: list[dict]) -> list[str]:
    """The report of run.json in words, ten reasons at most."""
    lines = [
        in_words(
            one["rejected"],
            one["table"],
            one["id"],
            one["concept"] or "",
            one["reason"],
            one["count"],
            one["rows"],
        )
        for one in report[:_LINES]
    ]
    more = len(report) - _LINES
    return lines + [
        f"… and {counted(more, 'more reason')}: see counts.rejections in the run's JSON file."
    ] * (more > 0)


def error_of(reason: str) -> type[OpensepsisError]:
    """The kind of error that a reason is."""
    if reason.startswith(UNKNOWN_CONCEPT):
        return ConceptError
    if reason.startswith("unit") or reason == "no unit":
        return UnitError
    return next((error for said, error, _ in _ADVICE if said in reason), FormatError)


def in_words(what: str, table: str, kind: str, concept: str, reason: str, count: int, rows: list[int]) -> str:
    """One line of the report.

    >>> in_words("stay", "admissions.csv", "hadm_id", "", "ends before it starts", 2, [52, 80])
    'admissions.csv: 2 stays rejected (rows 52, 80): ends before it starts. Correct the times; check the time zone too.'
    """
    shown = ", ".join(f"{row:,}" for row in rows[:5])
    more = ", …" if count > len(rows[:5]) and rows else ""
    place = f" (row{'s' * (count > 1)} {shown}{more})" if rows else ""
    advice = next((words for said, _, words in _ADVICE if said in reason), "")
    subject = f"{counted(count, what)}{f' of {concept}' if concept else ''}"
    end = "" if reason.endswith((".", "?")) else "."
    return f"{table}: {subject} rejected{place}: {reason}{end} {advice}".strip()
