"""Some thousand lines of an export at once: lines that say what others said become rows together, all others go to the reader.

For each line only what tells it apart is looked at by itself (`sorting.py`); times, what references lead to, and the rows of answers
are worked out for the whole block.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from opensepsis.data.decode.patient_names import named, of_server
from opensepsis.data.sources.fhir import plain
from opensepsis.data.sources.fhir.counting import Outcome, outcome_of
from opensepsis.data.sources.fhir.instants import in_utc
from opensepsis.data.sources.fhir.reading import (
    BETWEEN_LINES,
    FEED,
    RECEIVED,
    TOLD,
    Line,
    Reader,
    received,
    unused,
)
from opensepsis.data.sources.fhir.rows import BLANKS, ROWS
from opensepsis.data.sources.fhir.sorting import GIVEN, KINDS, OBSERVATION, Known, Sorted, Sorter

MOST = 400_000  # things said, answers and patients at hand
_LINES = {
    "line": pl.Int64, "form": pl.Int64, "kind": pl.UInt8, "patient": pl.String, "id": pl.String, "start": pl.String, "end": pl.String,
    "updated": pl.String, "issued": pl.String, "version": pl.Int64, "beside": pl.String, "drug": pl.String,
}  # fmt: skip
_TIMES = ("start", "end", "updated", "issued")
_REFERS = ["kind", "beside", "drug", "whose"]
_SAYS = ["form", "rests_on", "order"]


@dataclass(frozen=True)
class Block:
    """What a block of lines says: rows, what resources came to with how many, and by its place each line that was read by itself.

    `indexed` counts the resources that were read before, as others refer to them.
    """

    rows: pl.DataFrame
    outcomes: list[tuple[str, Outcome, int]]
    indexed: Counter[str]
    alone: list[tuple[int, Line]]


class Blocks:
    """Reads blocks of lines in their order. `times` counts what `known` rests on."""

    def __init__(self, reader: Reader, asked: frozenset[str]):
        self.reader, self.asked = reader, asked
        self.times: Counter[str] = Counter()
        self._forget()

    def read(self, lines: list[bytes], first: int) -> Block:
        """What the lines say; `first` is the number of the first of them in the export."""
        if max(self._known.largest, len(self._answers), len(self._rests_on)) >= MOST:
            self._forget()
        found = self._sorter.sort(lines, first)
        answered = self._answered(found, lines, first)
        alone = [
            (at, self._by_itself(lines[at], first + at, kind)) for at, kind in sorted(found.alone.items())
        ]
        self.times += Counter(
            {TOLD[told]: count for told, count in enumerate(found.told)}
        )  # without those of none
        for _, line in alone:
            if line.told is not None:
                self.times[TOLD[line.told]] += 1
        indexed = found.indexed + Counter(line.kind for _, line in alone if line.said is None)
        read = [(at, line) for at, line in alone if line.said is not None]
        return Block(
            self._rows(answered, first), [*self._outcomes(answered), *self._counted(found)], indexed, read
        )

    def _forget(self) -> None:
        """Begins anew: all that is known by number goes together."""
        self._known = Known()
        self._sorter = Sorter(self.reader, self._known)
        self._answers: dict[tuple[int, int, int], int] = {}
        self._given: list[plain.Answer] = []
        self._rests_on: dict[str, int] = {}
        self._on_no_list: dict[tuple, int] = {}  # a drug, and what its line rests on -> answer

    def _by_itself(self, line: bytes, number: int, kind: str | Line) -> Line:
        if isinstance(kind, Line):
            return kind
        return Line(kind, self.reader.in_full(line, number)) if kind else self.reader.unusual(line, number)

    def _answered(self, found: Sorted, lines: list[bytes], first: int) -> pl.DataFrame:
        """The lines that go together, with their times and the number of their answer; the others are put among those by themselves."""
        frame = self._timed(_in_columns(found.plain), first)
        resting = pl.Series(list(self.reader.ran | found.resting), dtype=pl.String)
        within = [pl.col(name).is_between(0, RECEIVED - 1).fill_null(False) for name in ("start", "end")]
        usable = (
            within[0] & (within[1] | ~pl.col("end_said")) & pl.col("filed_read") & pl.col("id").str.contains(plain.NAME)
            & ~((pl.col("kind") == GIVEN) & pl.col("id").is_in(resting.implode()))
        )  # fmt: skip
        frame = _kept(frame, usable, found)
        frame = self._with_what_it_rests_on(frame)
        frame = _kept(frame, pl.col("rests_on").is_not_null(), found)
        frame = self._with_answers(frame, lines, first)
        return _kept(frame, pl.col("answer") >= 0, found)

    def _timed(self, frame: pl.DataFrame, first: int) -> pl.DataFrame:
        """The lines with their times, and when each counts as filed."""
        came = (pl.col("line") * BETWEEN_LINES + received(first)).alias("came")
        frame = frame.with_columns(
            came, *(pl.col(name).is_not_null().alias(f"{name}_said") for name in _TIMES)
        )
        frame = in_utc(frame, _TIMES, self.reader.moment)
        updated, issued, observed = pl.col("updated"), pl.col("issued"), pl.col("kind") == OBSERVATION
        filed = pl.max_horizontal(issued, updated).fill_null(pl.col("came")) + pl.col("version")
        return frame.with_columns(
            known=pl.when(observed)
            .then(filed.clip(0, pl.col("came")))
            .otherwise(pl.min_horizontal(updated, "came")),
            filed_read=(updated.is_not_null() | ~pl.col("updated_said"))
            & (issued.is_not_null() | ~pl.col("issued_said")),
            order=(pl.col("end") - pl.col("start")).sign().fill_null(0),
        )

    def _with_what_it_rests_on(self, frame: pl.DataFrame) -> pl.DataFrame:
        of_specimen = (pl.col("kind") == OBSERVATION) & pl.col("beside").is_not_null()
        frame = frame.with_columns(whose=pl.when(of_specimen).then("patient"))
        told = frame.select(_REFERS).unique(maintain_order=True)
        numbers = [self._reference(*row) for row in told.iter_rows()]
        told = told.with_columns(rests_on=pl.Series(numbers, dtype=pl.Int64))
        return frame.join(told, on=_REFERS, how="left", nulls_equal=True, maintain_order="left")

    def _reference(self, kind: int, beside: str | None, drug: str | None, whose: str | None) -> int | None:
        """The number of what the references of a line lead to; None where only the reader can tell."""
        of_drug = self.reader.drug(drug) if drug else ""
        of_other = ""
        if beside and kind == OBSERVATION:
            of_other = self.reader.specimen(beside, whose or "")
        elif beside:
            of_other = self.reader.order(beside)
        if of_drug is None or of_other is None:
            return None
        return self._rests_on.setdefault(of_drug + of_other, len(self._rests_on))

    def _with_answers(self, frame: pl.DataFrame, lines: list[bytes], first: int) -> pl.DataFrame:
        """The lines with the number of their answer; −1 where the reader has to be asked each time."""
        asked = frame.unique(_SAYS, keep="first", maintain_order=True)
        numbers = [self._answer(row, lines, first) for row in asked.iter_rows(named=True)]
        told = asked.select(_SAYS).with_columns(answer=pl.Series(numbers, dtype=pl.Int64))
        return frame.join(told, on=_SAYS, how="left", maintain_order="left")

    def _answer(self, row: dict, lines: list[bytes], first: int) -> int:
        key, drug = (
            (row["form"], row["rests_on"], row["order"]),
            (self._known.drugs.get(row["form"]), row["rests_on"]),
        )
        if (number := self._answers.get(key)) is None and (number := self._on_no_list.get(drug)) is None:
            number = self._learned(row, lines, first)
            outcome = self._given[number].outcome if number >= 0 else None
            if drug[0] and outcome and outcome.kind == "unmapped" and not self._given[number].facts:
                self._on_no_list[drug] = number
        self._answers[key] = number
        return number

    def _learned(self, row: dict, lines: list[bytes], first: int) -> int:
        """Asks the reader, and keeps its answer for what says the same; −1 where it holds for this line alone."""
        read = self.reader.in_full(lines[row["line"]], first + row["line"])
        origin = f"fhir {FEED}/{KINDS[row['kind']]}/{row['id']}"
        moments = plain.Moments(row["start"], row["end"], row["known"])
        answer = plain.emptied(read, named(of_server(FEED), row["patient"]), origin, moments)
        if answer is None:
            return -1
        self._given.append(answer)
        return len(self._given) - 1

    def _rows(self, answered: pl.DataFrame, first: int) -> pl.DataFrame:
        """The rows that the answers stand for."""
        blanks = [
            (number, *blank)
            for number in answered["answer"].unique()
            for blank in self._given[number].facts
            if blank.void or blank.concept in self.asked
        ]
        told = pl.DataFrame(blanks, schema={"answer": pl.Int64, **BLANKS}, orient="row")
        found = answered.join(told, on="answer", how="inner", maintain_order="left", suffix="_told")
        names = pl.Series([f"fhir {FEED}/{kind}/" for kind in KINDS])
        resource = pl.col("kind").replace_strict(range(len(KINDS)), names, return_dtype=pl.String) + pl.col(
            "id"
        )
        time, end = (
            pl.when(pl.col(which) == "start").then("start").when(pl.col(which) == "end").then("end")
            for which in ("time", "end_told")
        )
        filled = found.with_columns(
            under=pl.lit(None), assumed=pl.lit(False),
            resource=resource, said=pl.col("line") + first, time=time, end=end, patient=pl.when(~pl.col("void")).then("patient"),
            origin=resource + pl.col("suffix").fill_null(""),
        )  # fmt: skip
        return filled.select(pl.col(name).cast(kind) for name, kind in ROWS.items())

    def _outcomes(self, answered: pl.DataFrame) -> Iterator[tuple[str, Outcome, int]]:
        for kind, number, count in answered.group_by("kind", "answer", maintain_order=True).len().iter_rows():
            yield KINDS[kind], self._given[number].outcome, count

    def _counted(self, found: Sorted) -> Iterator[tuple[str, Outcome, int]]:
        """What resources came to that make no rows."""
        for place, count in found.unmapped.items():
            yield "Observation", self._known.unmapped[place], count
        for kind, count in found.unused.items():
            yield kind, outcome_of(unused(kind)), count


def _in_columns(lines: list[tuple]) -> pl.DataFrame:
    """The same as a frame; made column by column it takes half the time."""
    columns = zip(*lines, strict=True) if lines else [()] * len(_LINES)
    return pl.DataFrame(
        [pl.Series(name, column, kind) for (name, kind), column in zip(_LINES.items(), columns, strict=True)]
    )


def _kept(frame: pl.DataFrame, usable: pl.Expr, found: Sorted) -> pl.DataFrame:
    """The usable lines; the others are put among those by themselves."""
    split = frame.with_columns(usable.fill_null(False).alias("usable"))
    for at, kind in split.filter(~pl.col("usable")).select("line", "kind").iter_rows():
        found.alone[at] = KINDS[kind]
    return split.filter("usable").drop("usable")
