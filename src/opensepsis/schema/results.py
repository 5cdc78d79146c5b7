"""The tables of `label`: stays, hours, episodes, care bundles, the course, days, and the events they were worked out from."""

import polars as pl

from opensepsis.data.schema import EVENTS
from opensepsis.engine.batch.scores import BASIS
from opensepsis.schema.columns import (
    EVIDENCE,
    PHENOTYPE,
    POINTS,
    ROW,
    ROW_BASIS,
    SCORE,
    SEPSIS,
    TEXT,
    WHO,
    YES,
    Column,
    Table,
    time_column,
)

RESULTS = (
    Table(
        "stays",
        "stays.parquet",
        "stay",
        "patient, times and outcome, and for each definition whether the stay meets it (null: the definition does not apply to the "
        "patient's age at any hour, or the source lacks the data) and its first onset (`_onset`; before `admitted` if present on "
        "admission: a suspicion counts from 24 h before the stay)",
        (
            *WHO,
            Column("kind", TEXT, "hospital, icu, emergency or observation"),
            time_column("admitted", "start of the stay"),
            time_column(
                "discharged", "end of the stay; where the source has none, the last event of the patient"
            ),
            time_column("born", "time of birth", "not in the source"),
            Column("age", pl.Float64(), "age at admission", "years", "not in the source"),
            Column("sex", TEXT, "F, M, O (other) or U (unknown)", empty="not in the source"),
            time_column("died", "death of the patient, during the stay or later", "no death in the source"),
            Column(
                "discharged_to",
                TEXT,
                "discharge destination, as the source words it",
                empty="not in the source",
            ),
            Column(
                "died_in_stay",
                YES,
                "whether the patient died by the day of discharge, or has a discharge destination that means death",
                empty="the source records no outcome of any stay",
            ),
            Column(
                "died_in_hospital",
                YES,
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
                YES,
                "whether the stay has an episode of the phenotype",
                empty="not judged: the definition does not apply to the patient's age, or the hospital never sent cultures or antibiotics",
                each=PHENOTYPE,
            ),
            time_column("<phenotype>_onset", "onset of its first episode", "none, or not judged", PHENOTYPE),
            time_column(
                "<phenotype>_suspected",
                "suspicion of infection of its first episode",
                "none, or not judged",
                SEPSIS,
            ),
            time_column(
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
            *WHO,
            time_column(
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
            Column("definition", TEXT, "name of the phenotype"),
            *WHO,
            time_column("onset", "time of onset: when the definition is first met"),
            time_column("known", "when the episode could first be detected from filed data"),
            time_column("suspected", "suspicion of infection", "the definition has none"),
            time_column(
                "organ_failure",
                "time of the organ failure: the evaluation time for hourly scores (for Sepsis-2: when the SIRS criteria are met)",
                "the definition has none",
            ),
            time_column("shock", "time of shock", "the definition has none"),
            time_column(
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
                TEXT,
                "hospital or community (for NHSN's bacteremia also outpatient), where the definition distinguishes them",
                empty="the definition does not distinguish them",
            ),
            Column(
                "strata",
                TEXT,
                "strata in which the episode is counted separately, separated by a vertical bar: `adult|neutropenia`",
                empty="the definition has no strata",
            ),
            EVIDENCE,
        ),
    ),
    Table(
        "rules",
        "rules.parquet",
        "phenotype of a stay",
        "for each stay and phenotype that was judged: the first rule that is not met; if all are met, the organ dysfunction "
        "(for surveillance definitions)",
        (
            *WHO,
            Column("definition", TEXT, "name of the phenotype"),
            Column("met", YES, "whether the stay has an episode"),
            Column(
                "rule",
                TEXT,
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
            Column("clock", TEXT, "name of the clock"),
            Column("version", TEXT, "its version"),
            Column("verified", YES, "whether the task is checked against the original"),
            *WHO,
            Column("trigger", TEXT, "what started the clock"),
            time_column("time_zero", "time zero"),
            time_column("time_zero_known", "when time zero could first be known"),
            Column("task", TEXT, "name of the task"),
            time_column("due_from", "earliest time at which the task counts", "not due"),
            time_column("due_by", "time by which the task is due", "not due, or due without a limit"),
            Column("state", TEXT, "final state of the task"),
            time_column(
                "begun", "when the task was begun", "not begun, or its beginning is not recorded separately"
            ),
            time_column("done", "when the task was done", "not done"),
            time_column("done_known", "when its completion could first be known", "not done"),
            Column(
                "order", TEXT, "whether the order of tasks was kept or broken", empty="the task has no order"
            ),
            Column(
                "reason",
                TEXT,
                "why the task is not due or not known, or why its order was broken",
                empty="no reason is needed",
            ),
            EVIDENCE,
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
            *WHO,
            Column("part", TEXT, "part of the course"),
            Column("finding", TEXT, "name of the finding"),
            Column("state", TEXT, "yes or not known; a finding that is absent has no row"),
            time_column("time", "when the finding was first present", "not known"),
            time_column("known", "when the finding could first be known", "not known"),
            Column("value", pl.Float64(), "its value, in `unit`", "`unit`", "it has none"),
            Column("unit", TEXT, "unit of the value", empty="it has none"),
            Column("text", TEXT, "the text that supports the finding", empty="no text supports it"),
            Column("reason", TEXT, "why the finding is not known", empty="it is known"),
            Column("verified", YES, "whether the finding is checked against its source"),
            EVIDENCE,
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
            *WHO,
            Column("day", pl.Int32(), "number of the day, from 1", "days"),
            time_column("start", "start of the day, included"),
            time_column("end", "end of the day, not included"),
            Column("score", TEXT, "name of the score"),
            Column("row", TEXT, "name of the row, or total"),
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
        "events",
        "timeline/events/",
        "event",
        "the events that were used, for `opensepsis why` and `Labels.events`",
        tuple(
            Column(name, EVENTS[name], meaning, unit, empty)
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
