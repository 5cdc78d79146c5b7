"""When an episode could first be found, and what becomes of one that a correction takes away. Typed by hand, in hours."""

import pytest

from opensepsis.uses.label import why_stay
from tests.support.one_patient import INFECTION, found, hour_of

PLATELETS_LATE = [("platelets", 10.5, 20, 90, "", "p")]


def test_sepsis_is_known_when_its_deciding_value_was_filed(tmp_path):
    _, episodes = found(tmp_path, INFECTION + PLATELETS_LATE, "sepsis3")
    assert [(e["onset"], e["organ_failure"], e["known"]) for e in episodes] == [(10, 11, 20)]


def test_what_is_enough_without_the_late_value_is_known_without_it(tmp_path):
    rows = [*INFECTION, *PLATELETS_LATE, ("creatinine", 10.5, 12.25, 2.0, "", "k")]
    _, episodes = found(tmp_path, rows, "sepsis3")
    assert [(e["organ_failure"], e["known"]) for e in episodes] == [(11, 12.25)]


def test_a_later_hour_may_be_found_before_the_first(tmp_path):
    """The platelets of 10:30 are filed at 20:00, those of 12:10 at once: by the hour of 13:00 sepsis is there to see."""
    rows = [*INFECTION, *PLATELETS_LATE, ("platelets", 12.2, 12.2, 95, "", "q")]
    _, episodes = found(tmp_path, rows, "sepsis3")
    assert [(e["organ_failure"], e["known"]) for e in episodes] == [(11, 13)]


PRESSED = [*INFECTION, ("platelets", 10.5, 10.5, 90, "", "p"), ("lactate", 12, 12.5, 3.0, "", "l")]


@pytest.mark.parametrize("filed, known", [(13, 14), (14, 14), (18, 18)])
def test_shock_is_known_when_its_vasopressor_was_filed(tmp_path, filed, known):
    """Norepinephrine from 13:00 counts from 14:00 on."""
    rows = [*PRESSED, ("norepinephrine", 13, filed, 0.1, "", "n", 20)]
    _, episodes = found(tmp_path, rows, "septic_shock")
    assert [(e["shock"], e["known"]) for e in episodes] == [(14, known)]


def test_the_clock_starts_as_known_then(tmp_path):
    labels, _ = found(tmp_path, INFECTION + PLATELETS_LATE, "sepsis3", only="sepsis3,hour1")
    clocks = labels.clocks.filter(clock="hour1", trigger="sepsis3")
    assert {hour_of(t) for t in clocks["time_zero_known"]} == {20}


@pytest.mark.parametrize(
    "definition, row",
    [
        ("phoenix_sepsis", ("gcs_total", 10.5, 20, 10, "", "g")),
        ("phoenix_septic_shock", ("lactate", 10.5, 20, 11, "", "l")),
    ],
)
def test_children_too(tmp_path, definition, row):
    rows = [*INFECTION, row]
    if row[0] == "gcs_total":
        rows.append(("platelets", 10.5, 10.6, 99, "", "p"))
    _, episodes = found(tmp_path, rows, definition, age=5)
    assert [e["known"] for e in episodes] == [20]


# the antibiotic of h10 is taken back at h15
RETRACTED = [
    ("culture", 10, 10, "", "blood", "c"),
    ("antibiotic", 10, 10, "", "cefepime|IV", "a"),
    ("antibiotic", 10, 15, "", "", "a"),
    ("creatinine", 11, 11, 2.5, "", "k"),
]


def test_as_known_a_suspicion_stood_until_it_was_withdrawn(tmp_path):
    labels, episodes = found(
        tmp_path, RETRACTED, "sepsis3", only="sepsis3,suspected_infection", as_known=True
    )
    assert [(e["onset"], e["organ_failure"], e["known"], e["withdrawn"]) for e in episodes] == [
        (10, 11, 11, 15)
    ]
    suspected = labels.episodes.filter(definition="suspected_infection")
    assert [(hour_of(t), hour_of(w)) for t, w in suspected.select("known", "withdrawn").rows()] == [(10, 15)]
    assert suspected["evidence"].to_list() == [["a", "c"]]
    assert labels.stays["sepsis3"].to_list() == [False]  # at the end there is none
    assert "withdrawn 2026-03-02 15:00" in why_stay(
        tmp_path.with_name(f"{tmp_path.name}-out"), "s", full=True
    )


def test_in_retrospect_there_was_none(tmp_path):
    _, episodes = found(tmp_path, RETRACTED, "sepsis3")
    assert episodes == []


def test_what_was_withdrawn_before_the_organ_failed_was_never_sepsis(tmp_path):
    rows = [*RETRACTED[:3], ("creatinine", 16, 16, 2.5, "", "k")]
    _, episodes = found(tmp_path, rows, "sepsis3", as_known=True)
    assert episodes == []


@pytest.mark.parametrize("as_known", [False, True])
def test_a_time_zero_that_was_cancelled_is_contradicted(tmp_path, as_known):
    labels, _ = found(tmp_path, RETRACTED, "sepsis3", only="sepsis3,hour1", as_known=as_known)
    clocks = labels.clocks.filter(clock="hour1", trigger="sepsis3")
    assert set(clocks["state"]) == {"contradicted"}
    assert set(clocks["reason"]) == {"time zero no longer holds"}


def test_a_time_zero_that_moved_is_shown_with_the_new_one(tmp_path):
    """The dose of h10 is taken back at h15; that of h14 stands, and the culture of h13.5."""
    again = [("culture", 13.5, 13.5, "", "blood", "d"), ("antibiotic", 14, 14, "", "cefepime|IV", "b")]
    rows = [e for e in RETRACTED if e[0] != "culture"] + [
        ("culture", 9, 9, "", "urine", "c"),
        ("culture", 9, 15, "", "", "c"),
    ]
    labels, _ = found(tmp_path, rows + again, "sepsis3", only="sepsis3,hour1")
    zeros = {
        hour_of(time): (set(tasks["state"]) == {"contradicted"}, set(tasks["reason"]))
        for (time,), tasks in labels.clocks.filter(clock="hour1", trigger="sepsis3").group_by("time_zero")
    }
    assert zeros[11] == (True, {"time zero was moved by a correction"})
    assert zeros[13.5][0] is False


def test_shock_of_a_child_begins_when_there_is_shock(tmp_path):
    """2 points of clotting at h10, the lactate of 5 only at h20: sepsis since 10, shock since 20."""
    rows = [
        ("culture", 10, 10, "", "blood", "c"),
        ("antibiotic", 10, 10, "", "cefepime|IV", "a"),
        ("platelets", 10, 10, 99, "", "p"),
        ("inr", 10, 10, 1.4, "", "i"),
        ("lactate", 20, 20, 5, "", "l"),
    ]
    only = "phoenix_sepsis,phoenix_septic_shock"
    labels, shock = found(tmp_path, rows, "phoenix_septic_shock", age=5, only=only)
    assert [e["onset"] for e in shock] == [20]
    sepsis = labels.episodes.filter(definition="phoenix_sepsis")
    assert [hour_of(t) for t in sepsis["onset"]] == [10]
    assert "None" not in why_stay(
        tmp_path.with_name(f"{tmp_path.name}-out"), "s", full=True
    )  # these have no baseline


def test_a_lactate_was_done_when_first_known_whatever_it_was_corrected_to(tmp_path):
    rows = [
        ("culture", 10, 10, "", "blood", "c"),
        ("antibiotic", 10, 10, "", "cefepime|IV", "a"),
        ("creatinine", 10, 10, 2.5, "", "k"),
        ("lactate", 11, 11.2, 3.0, "", "l"),
        ("lactate", 11, 12, 2.5, "", "l"),
    ]
    labels, _ = found(tmp_path, rows, "sepsis3", only="sepsis3,hour1")
    done = labels.clocks.filter(clock="hour1", task="lactate")
    assert [(hour_of(t), round(hour_of(k), 6)) for t, k in done.select("done", "done_known").rows()] == [
        (11, 11.2)
    ]
