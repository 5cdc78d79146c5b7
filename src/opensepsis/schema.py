"""Every table that is written: its columns, each with type, unit and meaning. README and the dictionary of columns are printed from it.

>>> from opensepsis import schema
>>> schema.TABLES["episodes"].column("onset").meaning
'time of onset: when the definition is first met'
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import polars as pl

from opensepsis.data.schema import EVENTS as _EVENTS
from opensepsis.data.schema import MOMENT
from opensepsis.definitions import PHENOTYPES, SCORES
from opensepsis.engine.batch.scores import BASIS
from opensepsis.errors import DefinitionError, nearest
from opensepsis.rules import OrganFailure, Shock

_TEXT, _YES = pl.String(), pl.Boolean()
_TEXTS = pl.List(pl.String)
POINTS = pl.Int8()

# what a column stands once for each of
SCORE, ROW, ROW_BASIS, PHENOTYPE, SEPSIS = "score", "row", "basis of a row", "phenotype", "sepsis or shock"


@dataclass(frozen=True)
class Column:
    """A column: its name (`<score>`, `<row>` or `<phenotype>` in it stand for each of them), type, unit and meaning; when it is empty."""

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    empty: str = ""
    each: str = ""

    @property
    def type(self) -> str:
        """The type in words.

        >>> Column("total", POINTS, "points").type
        'whole number, 8 bits'
        """
        words = {
            pl.Int8: "whole number, 8 bits",
            pl.Int16: "whole number, 16 bits",
            pl.Int32: "whole number, 32 bits",
            pl.Int64: "whole number, 64 bits",
            pl.UInt32: "whole number from 0, 32 bits",
            pl.Float64: "number, 64 bits",
            pl.String: "text",
            pl.Categorical: "text (category)",
            pl.Boolean: "true or false",
            pl.Datetime: "time, microseconds, UTC",
            pl.List: "list of texts",
            pl.Enum: "one of " + ", ".join(BASIS.categories),
        }
        return words[self.dtype.base_type()]


@dataclass(frozen=True)
class Table:
    """A table: its file in the folder of results, what one row is for, what it holds, and its columns in their order."""

    name: str
    file: str
    row_for: str
    holds: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """A column by its name as it stands here.

        >>> TABLES["stays"].column("<phenotype>_onset").unit
        'UTC'
        """
        found = {column.name: column for column in self.columns}
        if name not in found:
            raise DefinitionError(f"{self.name} has no column '{name}'. {nearest(name, found)}")
        return found[name]

    def dtypes(
        self, scores: Iterable[str] = (), phenotypes: Iterable[str] = (), rows: Iterable[str] = ()
    ) -> dict[str, pl.DataType]:
        """The columns by name with their types, for these scores and phenotypes of a run or these rows of a score.

        >>> list(TABLES["scores"].dtypes(rows=["liver"]))[2:]
        ['time', 'total', 'rows_known', 'liver', 'liver_basis']
        """
        names = {"": [""], SCORE: [*scores], PHENOTYPE: [*phenotypes], ROW: [*rows], ROW_BASIS: [*rows]}
        return dict(self._expanded(names))

    def _expanded(self, names: Mapping[str, list[str]]) -> Iterator[tuple[str, pl.DataType]]:
        for each, group in groupby(self.columns, lambda c: PHENOTYPE if c.each == SEPSIS else c.each):
            columns = list(group)
            for name in names[each]:
                for column in columns:
                    if column.each != SEPSIS or isinstance(PHENOTYPES.get(name), OrganFailure | Shock):
                        yield _named(column.name, name), column.dtype


def _named(column: str, name: str) -> str:
    return column.partition("<")[0] + name + column.partition(">")[2] if "<" in column else column


def score_columns(score: str) -> dict[str, pl.DataType]:
    """The columns of the hours of a score, by its name.

    >>> list(score_columns("qsofa"))[5:8]
    ['respiration', 'brain', 'circulation']
    """
    return TABLES["scores"].dtypes(rows=[row.name for row in SCORES[score].rows])


_WHO = (
    Column("patient", _TEXT, "identifier of the patient, as the source has it"),
    Column("stay", _TEXT, "identifier of the stay, as the source has it"),
)


def _time(name: str, meaning: str, empty: str = "", each: str = "") -> Column:
    return Column(name, MOMENT, meaning, "UTC", empty, each)


_EVIDENCE = Column("evidence", _TEXTS, "origins of the trigger events, as the source names them")
_ENDS = {"low": "lower end of its 95 % interval", "high": "upper end of its 95 % interval"}
_NO_INTERVAL = "no two samples differ"


def _interval(of: str, unit: str) -> tuple[Column, ...]:
    return tuple(
        Column(f"{of}_{end}", pl.Float64(), f"`{of}`: {words}", unit, _NO_INTERVAL)
        for end, words in _ENDS.items()
    )


_TABLES = (
    Table(
        "stays",
        "stays.parquet",
        "stay",
        "patient, times and outcome, and for each definition whether the stay meets it (null: the definition does not apply to the "
        "patient's age at any hour, or the source lacks the data) and its first onset (`_onset`; before `admitted` if present on "
        "admission: a suspicion counts from 24 h before the stay)",
        (
            *_WHO,
            Column("kind", _TEXT, "hospital, icu, emergency or observation"),
            _time("admitted", "start of the stay"),
            _time("discharged", "end of the stay; where the source has none, the last event of the patient"),
            _time("born", "time of birth", "not in the source"),
            Column("age", pl.Float64(), "age at admission", "years", "not in the source"),
            Column("sex", _TEXT, "F, M, O (other) or U (unknown)", empty="not in the source"),
            _time("died", "death of the patient, during the stay or later", "no death in the source"),
            Column(
                "discharged_to",
                _TEXT,
                "discharge destination, as the source words it",
                empty="not in the source",
            ),
            Column(
                "died_in_stay",
                _YES,
                "whether the patient died by the day of discharge, or has a discharge destination that means death",
                empty="the source records no outcome of any stay",
            ),
            Column(
                "died_in_hospital",
                _YES,
                "the same for the hospital stay that contains this stay; if there is none, for the stay itself",
                empty="the source records no outcome of any stay",
            ),
            Column(
                "<score>_highest",
                POINTS,
                "highest total during the stay",
                "points",
                "the total is not known at any hour",
                SCORE,
            ),
            Column(
                "<phenotype>",
                _YES,
                "whether the stay has an episode of the phenotype",
                empty="not judged: the definition does not apply to the patient's age, or the hospital never sent cultures or antibiotics",
                each=PHENOTYPE,
            ),
            _time("<phenotype>_onset", "onset of its first episode", "none, or not judged", PHENOTYPE),
            _time(
                "<phenotype>_suspected",
                "suspicion of infection of its first episode",
                "none, or not judged",
                SEPSIS,
            ),
            _time(
                "<phenotype>_organ_failure",
                "organ failure of its first episode",
                "none, or not judged",
                SEPSIS,
            ),
        ),
    ),
    Table(
        "scores",
        "scores/<score>.parquet",
        "stay and hour",
        "the total, the number of known rows, the points of each organ row, and whether each was observed, carried, assumed or not known",
        (
            *_WHO,
            _time(
                "time", "time of the hour: every hour after admission, up to the first at or after discharge"
            ),
            Column(
                "total",
                POINTS,
                "sum of the known rows; for a list of criteria (NICE), the worst: 2 high, 1 moderate to high, 0 low",
                "points",
                "no row is known; for a list of criteria, also while none is met and a row is not known",
            ),
            Column("rows_known", POINTS, "number of known rows", "rows"),
            Column(
                "<row>", POINTS, "points of the row: the worst within the window", "points", "not known", ROW
            ),
            Column("<row>_basis", BASIS, "basis of the row's points", each=ROW_BASIS),
        ),
    ),
    Table(
        "episodes",
        "episodes.parquet",
        "episode",
        "the onset and the times it is based on, points, baseline, when the episode could first be detected from filed data "
        "(`known`), with `--as-known` when a correction removed its suspicion (`withdrawn`; the stay is then labelled from the final "
        "record), and the origins of the trigger events",
        (
            Column("definition", _TEXT, "name of the phenotype"),
            *_WHO,
            _time("onset", "time of onset: when the definition is first met"),
            _time("known", "when the episode could first be detected from filed data"),
            _time("suspected", "suspicion of infection", "the definition has none"),
            _time("organ_failure", "hour or moment of the organ failure", "the definition has none"),
            _time("shock", "time of shock", "the definition has none"),
            _time(
                "withdrawn",
                "when a correction removed its suspicion",
                "it was not withdrawn, or the run is not as known",
            ),
            Column(
                "points",
                pl.Int16(),
                "points of the score at the organ failure",
                "points",
                "the definition has none",
            ),
            Column(
                "baseline",
                pl.Int16(),
                "points of the baseline that they are compared with",
                "points",
                "the definition has none",
            ),
            Column(
                "onset_type",
                _TEXT,
                "hospital or community (for NHSN's bacteremia also outpatient), where the definition distinguishes them",
                empty="the definition does not distinguish them",
            ),
            Column(
                "strata",
                _TEXT,
                "strata in which the episode is counted separately, separated by a vertical bar: `adult|neutropenia`",
                empty="the definition has no strata",
            ),
            _EVIDENCE,
        ),
    ),
    Table(
        "rules",
        "rules.parquet",
        "phenotype of a stay",
        "for each stay and phenotype that was judged: the first rule that is not met; if all are met, the organ dysfunction "
        "(for surveillance definitions)",
        (
            *_WHO,
            Column("definition", _TEXT, "name of the phenotype"),
            Column("met", _YES, "whether the stay has an episode"),
            Column(
                "rule",
                _TEXT,
                "the first rule not met, in words; for a stay with an episode, the concepts of its first organ dysfunction",
                empty="the stay has an episode and the phenotype names no single measurement",
            ),
        ),
    ),
    Table(
        "clocks",
        "clocks.parquet",
        "task",
        "which task was due after which trigger: the clock and its version, whether it is checked against the original, time "
        "zero (to the minute: triggers are judged at every charted time, not only hourly; with `--as-known` whenever data was filed), "
        "when the task was due, its state, when it was done, whether the order was kept, the reason, and the origins of the trigger "
        "events; each time is given both as it occurred and as it became known",
        (
            Column("clock", _TEXT, "name of the clock"),
            Column("version", _TEXT, "its version"),
            Column("verified", _YES, "whether the task is checked against the original"),
            *_WHO,
            Column("trigger", _TEXT, "what started the clock"),
            _time("time_zero", "time zero"),
            _time("time_zero_known", "when time zero could first be known"),
            Column("task", _TEXT, "name of the task"),
            _time("due_from", "earliest time at which the task counts", "not due"),
            _time("due_by", "time by which the task is due", "not due, or due without a limit"),
            Column("state", _TEXT, "final state of the task"),
            _time(
                "begun", "when the task was begun", "not begun, or its beginning is not recorded separately"
            ),
            _time("done", "when the task was done", "not done"),
            _time("done_known", "when its completion could first be known", "not done"),
            Column(
                "order", _TEXT, "whether the order of tasks was kept or broken", empty="the task has no order"
            ),
            Column(
                "reason",
                _TEXT,
                "why the task is not due or not known, or why its order was broken",
                empty="no reason is needed",
            ),
            _EVIDENCE,
        ),
    ),
    Table(
        "course",
        "course.parquet",
        "finding of a stay",
        "site of infection, organisms, risk factors, treatment, complications and outcome: `yes`, or `not known` "
        "with the reason (an absent finding has no row), the time, when it became known, the value, and the text and origins that "
        "support it",
        (
            *_WHO,
            Column("part", _TEXT, "part of the course"),
            Column("finding", _TEXT, "name of the finding"),
            Column("state", _TEXT, "yes or not known; a finding that is absent has no row"),
            _time("time", "when the finding was first present", "not known"),
            _time("known", "when the finding could first be known", "not known"),
            Column("value", pl.Float64(), "its value, in `unit`", "`unit`", "it has none"),
            Column("unit", _TEXT, "unit of the value", empty="it has none"),
            Column("text", _TEXT, "the text that supports the finding", empty="no text supports it"),
            Column("reason", _TEXT, "why the finding is not known", empty="it is known"),
            Column("verified", _YES, "whether the finding is checked against its source"),
            _EVIDENCE,
        ),
    ),
    Table(
        "days",
        "days.parquet",
        "row of a score on a day of a stay",
        "with `--daily calendar` or `--daily 24h`: the worst points of each organ of SOFA and SOFA-2 in the day "
        "from `start` to `end` with their basis, and the `total` with the weakest of these bases; also "
        "`sofa2:missing_as_paper` (never observed: 0, then carried forward); known at `end`",
        (
            *_WHO,
            Column("day", pl.Int32(), "number of the day, from 1", "days"),
            _time("start", "start of the day, included"),
            _time("end", "end of the day, not included"),
            Column("score", _TEXT, "name of the score"),
            Column("row", _TEXT, "name of the row, or total"),
            Column(
                "points",
                POINTS,
                "worst points of the day; for the total, the sum of the known rows",
                "points",
                "not known",
            ),
            Column("basis", BASIS, "basis of the points"),
        ),
    ),
    Table(
        "comparison",
        "comparison.parquet",
        "definition",
        "after `opensepsis compare`: prevalence and mortality of each definition, with intervals clustered by patient",
        (
            Column("definition", _TEXT, "name of the phenotype"),
            Column("stays", pl.Int64(), "stays that meet the definition", "stays"),
            Column(
                "prevalence",
                pl.Float64(),
                "share of the judged stays that meet it",
                "share",
                "no stay was judged",
            ),
            Column("deaths", pl.Int64(), "stays that meet it and in which the patient died", "stays"),
            Column(
                "mortality",
                pl.Float64(),
                "`deaths` as a share of the stays that meet it",
                "share",
                "no such stay, or no outcome recorded",
            ),
            Column(
                "mortality_without",
                pl.Float64(),
                "the same for the judged stays that do not meet it",
                "share",
                "no such stay, or no outcome recorded",
            ),
            Column("judged", pl.Int64(), "stays for which the definition was judged", "stays"),
            *(c for of in ("prevalence", "mortality", "mortality_without") for c in _interval(of, "share")),
        ),
    ),
    Table(
        "comparison_pairs",
        "comparison_pairs.parquet",
        "two definitions",
        "after `opensepsis compare`: agreement of each pair of definitions and the hours between their onsets, with "
        "intervals clustered by patient",
        (
            Column("definition", _TEXT, "the first"),
            Column("other", _TEXT, "the other"),
            Column("both", pl.Int64(), "stays that meet both, among those judged for both", "stays"),
            Column("only_first", pl.Int64(), "stays that meet only the first", "stays"),
            Column("only_other", pl.Int64(), "stays that meet only the other", "stays"),
            Column("neither", pl.Int64(), "stays that meet neither", "stays"),
            Column("kappa", pl.Float64(), "Cohen's kappa", "1", "expected agreement by chance is 1"),
            Column(
                "onset_later_hours",
                pl.Float64(),
                "median number of hours by which the other definition's onset is later",
                "h",
                "no stay has both",
            ),
            Column("onset_later_hours_25", pl.Float64(), "its lower quartile", "h", "no stay has both"),
            Column("onset_later_hours_75", pl.Float64(), "its upper quartile", "h", "no stay has both"),
            *_interval("kappa", "1"),
            *_interval("onset_later_hours", "h"),
        ),
    ),
    Table(
        "between",
        "between.parquet",
        "reason why stays differ between two definitions",
        "after `opensepsis compare --between A,B`: how stays differ between two phenotypes or scores, and the first rule that "
        "differs",
        (
            Column("first", _TEXT, "the first definition"),
            Column("other", _TEXT, "the other"),
            Column(
                "move",
                _TEXT,
                "only one of them, both with different onsets, both or neither; for scores: higher, lower or same",
            ),
            Column(
                "rule",
                _TEXT,
                "the first rule that is not met in the definition without the stay; for scores, the first row that differs",
                empty="nothing differs",
            ),
            Column(
                "detail",
                _TEXT,
                "the measurement by which the other definition is met; for scores, the points of that row in both",
                empty="nothing differs, or no single measurement is named",
            ),
            Column("stays", pl.Int64(), "stays", "stays"),
            Column("share", pl.Float64(), "their share of the stays judged by both", "share"),
        ),
    ),
    Table(
        "between_summary",
        "between_summary.parquet",
        "measure of two definitions",
        "after `opensepsis compare --between A,B`: each move as a share, and for scores the AUROC of the highest total for death in the "
        "stay, with intervals clustered by patient, and published results for the same two",
        (
            Column("measure", _TEXT, "the move, or the AUROC of a score"),
            Column("value", pl.Float64(), "its value", "1", "nobody died, or everybody"),
            Column("low", pl.Float64(), "lower end of its 95 % interval", "1", "the samples do not differ"),
            Column("high", pl.Float64(), "upper end of its 95 % interval", "1", "the samples do not differ"),
            Column(
                "published",
                pl.Float64(),
                "published result: no validation of this one",
                "1",
                "no published result is known",
            ),
            Column(
                "published_of",
                _TEXT,
                "population of the published result",
                empty="no published result is known",
            ),
        ),
    ),
    Table(
        "events",
        "timeline/events/",
        "event",
        "the events that were used, for `opensepsis why` and `Labels.events`",
        tuple(
            Column(name, _EVENTS[name], meaning, unit, empty)
            for name, meaning, unit, empty in (
                ("patient", "identifier of the patient, as the source has it", "", ""),
                ("concept", "name of the concept", "", ""),
                ("time", "clinical time: specimen taken, infusion started", "UTC", ""),
                ("end", "end of an interval", "UTC", "a point event, or no end yet"),
                ("known", "when the event was first available in the hospital's systems", "UTC", ""),
                ("value", "the number, in the concept's unit", "that of the concept", "it has none"),
                ("text", "the concept's word; for a number, the sign of a limit", "", "it has none"),
                ("origin", "table and row in the source", "", "the source names none"),
            )
        ),
    ),
)
TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
EVENTS = TABLES["events"]
RUN = "versions, definitions and choices; data read, mapped, unmapped (by volume) and rejected (rows and reason); time and memory"
