"""The handover: who waits first, what falls due, what changed, what is not known; of one's own wards alone."""

from dataclasses import replace

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.model.views import (
    AlertView,
    BedView,
    InputView,
    PatientView,
    RowView,
    ScoreView,
    StepView,
    TaskView,
)
from opensepsis.uses.ward.views.handover import AHEAD, BACK, handover
from tests.support.ward.pages import CANARY, logged_in

NOW = 1_772_452_800_000_000
BED = BedView("k", "Ada Quill", "3B", "1", 76.0, "F", NOW, (), (), (), None, None, 0, False, None)
ALERT = AlertView(1, "alert", "alert", NOW, ("NEWS2 9",), unanswered=True)
TASK = TaskView(
    "ssc",
    "SSC",
    "shock",
    "shock",
    NOW,
    NOW,
    "lactate",
    "Measure lactate",
    "due",
    NOW,
    NOW,
    None,
    None,
    None,
    "",
)


def view(bed: BedView, tasks=(), scores=()) -> PatientView:
    return PatientView(bed, tuple(scores), (), tuple(tasks), (), ())


def named(name: str, **other) -> BedView:
    return replace(BED, key=name, name=name, **other)


def test_who_waits_for_an_answer_comes_first_and_the_rest_in_the_order_of_the_board():
    acknowledged = replace(ALERT, state="acknowledged", unanswered=False)
    views = [
        view(named("a", alert=acknowledged)),
        view(named("b")),
        view(named("c", alert=ALERT)),
        view(named("d"), [TASK]),
    ]
    found = handover(views, NOW)
    assert [row.bed.name for row in found.rows] == ["c", "a", "d"] and [bed.name for bed in found.others] == [
        "b"
    ]


def test_due_are_the_tasks_of_eight_hours_once_each_and_the_overdue_first():
    tasks = [
        replace(TASK, title="at the end", due_by=NOW + AHEAD),
        replace(TASK, title="later", due_by=NOW + AHEAD + SECOND),
        replace(TASK, title="overdue", due_by=NOW - SECOND),
        replace(TASK, title="overdue", due_by=NOW + SECOND, clock="sep1"),
        replace(TASK, title="done", state="done", done=NOW),
        replace(TASK, title="without an end", due_by=None),
    ]
    (row,) = handover([view(named("a"), tasks)], NOW).rows
    assert [(t.title, t.clock) for t in row.due] == [("overdue", "ssc"), ("at the end", "ssc")]


def test_changed_is_what_changed_in_twelve_hours():
    steps = tuple(StepView(NOW - BACK + s * SECOND, str(s), "alert", ()) for s in (-1, 0, 1))
    (row,) = handover([view(named("a", alert=replace(ALERT, history=steps)))], NOW).rows
    assert [step.state for step in row.changed] == ["0", "1"]


def test_what_is_missing_or_too_old_is_not_known():
    inputs = (
        InputView("Lactate", standing="missing"),
        InputView("Bilirubin", "1.2", standing="stale"),
        InputView("MAP", "70"),
    )
    score = ScoreView("sofa", "SOFA", 2, 4, 6, (RowView("liver", "Liver", None, "", "", inputs),))
    (row,) = handover([view(named("a", alert=ALERT), scores=[score, score])], NOW).rows
    assert row.unknown == ("Lactate", "Bilirubin (too old)")


def test_the_page_shows_ones_own_wards_and_is_audited(bench):
    nurse = logged_in(bench, "nurse")
    page = nurse.get("/handover").text
    assert CANARY in page and "Unanswered" in page and "Not known" in page
    assert CANARY not in nurse.get("/handover?ward=4A").text
    assert CANARY not in logged_in(bench, "upstairs").get("/handover").text
    assert "saw the handover" in {line[3] for line in bench.house.audit.latest()}
    assert bench.client().get("/handover").status_code == 401
