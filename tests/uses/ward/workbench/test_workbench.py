"""The workbench gives, call by call, what a ward that ran with other rules gives on the same log, and counts it rightly."""

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import pytest
from typer.testing import CliRunner

import opensepsis.demonstration
from opensepsis.cli import app
from opensepsis.data.timeline.event import Event
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.errors import DefinitionError, FormatError
from opensepsis.uses.ward.cli_workbench import differences
from opensepsis.uses.ward.model.facts import Charted, Entry, Merged, Voided
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.model.transitions import AlertState, Settled, Transition
from opensepsis.uses.ward.state.alert_policy import AlertPolicy, EpisodeFound, Level, ScoreReaches
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.workbench.figures import calls_of, figures
from opensepsis.uses.ward.workbench.groups import groups
from opensepsis.uses.ward.workbench.replay import Replayed, Stay, replay, replayed
from opensepsis.uses.ward.workbench.scenario import read_scenarios, scenario_of, usual
from tests.support.ward.hospital import entries, facts_of

HOUR = 3_600_000_000
RECORDED = Path(opensepsis.demonstration.__file__).parent / "recorded"
RULES = """
["NEWS2 from 5"]
limits = { "news2 alert" = 5 }
lockout = "24 h"
resolve_after = "30 min"
suppression = "none"
[fewer]
definitions = { sepsis3 = "sepsis2" }
without = ["qsofa", "deadlines"]
rise = 3
"""


def kept(path: str, log: list[Entry]) -> int:
    """A ward's database that holds a log, and the moment up to which its timers have run."""
    store = Store(path)
    store.keep([Arrival("hl7", "hl7", str(e.message), b"x", e.received) for e in log])
    horizon = log[-1].received + 12 * HOUR
    store.settle(Settled(tuple(e.message for e in log), tuple(log), (), (), horizon))
    store.close()
    return horizon


def as_a_ward(log: list[Entry], horizon: int, scenario) -> list[Transition]:
    """What a ward with these rules does with all messages in their order, letting go of those who left."""
    past: list[Entry] = []
    ward = Ward(
        scenario.watching,
        scenario.policy,
        lambda patient, before: [
            e for e in past if e.number < before and patient in (e.fact.patient, getattr(e.fact, "old", ""))
        ],
    )
    told: list[Transition] = []
    for _, of_one in groupby(log, lambda entry: entry.message):
        some = list(of_one)
        past += some
        told += ward.take(some)
        ward.release()
    return [*told, *ward.run_timers(horizon)]


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    """A log of simulated patients with a merge of records; its database, horizon and the rules to try."""
    folder = tmp_path_factory.mktemp("workbench")
    facts = facts_of(read_timeline(RECORDED))
    first: dict[str, int] = {}
    for received, fact in facts:
        first.setdefault(fact.patient, received)
    named = sorted(first)[:4]
    some = [one for one in facts if one[1].patient in named and one[0] < first[one[1].patient] + 20 * HOUR]
    log = entries(some)
    last = log[-1]
    log.append(
        Entry(
            last.number + 1, last.message + 1, last.received + HOUR, Merged(named[0], named[1], last.received)
        )
    )
    horizon = kept(str(folder / "ward.db"), log)
    (folder / "rules.toml").write_text(RULES)
    return folder, log, horizon


def by_name(told: list[Transition]) -> list[Transition]:
    return sorted(told, key=lambda t: (t.time, t.patient, t.alert, t.step))


def test_every_change_is_that_of_a_ward_that_ran_with_the_rules(hospital):
    folder, log, horizon = hospital
    scenarios = read_scenarios(folder / "rules.toml", "sepsis3", None)[1:]
    found = replay(str(folder / "ward.db"), scenarios, "sepsis3", processes=1)
    counts = set()
    for scenario, one in zip(scenarios, found, strict=True):
        assert one.transitions == by_name(as_a_ward(log, horizon, scenario)), scenario.name
        counts.add(len(calls_of(one.transitions)))
    assert len(counts) == 2 and min(counts) > 0  # the rules differ in what they call


CHANGED = {
    "a limit": {"limits": {"news2 alert": 19}},
    "a limit nobody reaches": {"limits": {"news2 critical": 20}},
    "limits of several scores": {
        "limits": {"news2 alert with infection": 3, "sofa watch": 4, "sirs alert": 3}
    },
    "how an alert goes on": {"lockout": "1 h", "rise": 1, "resolve_after": "10 min", "suppression": "none"},
    "without": {"without": ["sepsis3", "deadlines"]},
    "when it is judged": {"burst_pause": "30 s", "late_until": "1 h"},
    "another definition": {"definitions": {"sepsis3": "sepsis2"}},
    "a budget": {"budget": 0.02},
}


def test_who_cannot_differ_is_not_worked_out_again_and_the_calls_stay_those_of_a_ward(hospital, monkeypatch):
    folder, log, horizon = hospital
    base = usual("sepsis3", None)
    scenarios = [
        base,
        *(scenario_of(name, rules, AlertPolicy(), "sepsis3", None) for name, rules in CHANGED.items()),
    ]
    worked_out: dict[str, int] = {}

    def counting(entries, scenario, *rest):
        worked_out[scenario.name] = worked_out.get(scenario.name, 0) + 1
        return replayed(entries, scenario, *rest)

    monkeypatch.setattr("opensepsis.uses.ward.workbench.replay.replayed", counting)
    found = replay(str(folder / "ward.db"), scenarios, "sepsis3", processes=1)
    for scenario, one in zip(scenarios, found, strict=True):
        assert one.transitions == by_name(as_a_ward(log, horizon, scenario)), scenario.name
        assert one.stays == found[0].stays
    groups_of_patients = worked_out[base.name]
    assert groups_of_patients == 3
    assert worked_out.get("a budget", 0) == worked_out.get("a limit nobody reaches", 0) == 0
    assert 0 < worked_out["a limit"] < groups_of_patients
    assert worked_out["when it is judged"] == worked_out["another definition"] == groups_of_patients


def test_the_command_writes_a_page_without_numbers_of_patients(hospital, tmp_path):
    folder, log, _ = hospital
    asked = [
        "ward",
        "workbench",
        str(folder / "rules.toml"),
        "--database",
        str(folder / "ward.db"),
        "--processes",
        "1",
    ]
    told = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "page.html")])
    assert told.exit_code == 0, told.output
    page = (tmp_path / "page.html").read_text()
    assert "NEWS2 from 5" in page and "Would have been missed" in page
    assert not any(name in page for name in {e.fact.patient for e in log})


def test_patients_are_kept_together_who_shared_a_record_or_a_resource(tmp_path):
    def shared(number: int, patient: str) -> Entry:
        event = Event("heart_rate", number, known=number, value=80.0, origin="fhir Observation/7 x")
        return Entry(number, number, number, Charted(patient, event))

    log = [
        shared(1, "A|1"),
        shared(2, "A|2"),
        Entry(3, 3, 3, Voided("A|2", "fhir Observation/7", 3)),
        Entry(4, 4, 4, Charted("A|3", Event("heart_rate", 4, known=4, value=70.0, origin="x"))),
        Entry(5, 5, 5, Charted("A|4", Event("heart_rate", 5, known=5, value=70.0, origin="y"))),
        Entry(6, 6, 6, Merged("A|4", "A|5", 6)),
    ]
    kept(str(tmp_path / "ward.db"), log)
    store = Store(str(tmp_path / "ward.db"))
    assert sorted(groups(store.database)) == [("A|1", "A|2"), ("A|3",), ("A|4", "A|5")]
    store.close()


def change(patient: str, hour: float, state=AlertState.SILENT, alert=1, step=1) -> Transition:
    return Transition(f"{patient}{hour}", patient, alert, step, int(hour * HOUR), state, "alert", ())


def test_figures_are_those_counted_by_hand():
    stays = [
        Stay("A|1", "v", "3B", 0, 48 * HOUR, ((20 * HOUR, 24 * HOUR),)),
        Stay("A|2", "v", "3B", 0, 24 * HOUR, ((10 * HOUR, 11 * HOUR),)),
        Stay("A|3", "v", "3B", 0, 24 * HOUR),
    ]
    told = [
        change("A|1", 14), change("A|1", 16, step=2), change("A|3", 5), change("A|3", 6, AlertState.WATCH, step=2),
        change("A|2", 23, alert=1), change("A|2", 1, AlertState.SUPPRESSED),
    ]  # fmt: skip
    found = figures(Replayed(told, stays))
    assert (found.days, found.stays, found.septic, found.calls, found.alerts) == (4, 3, 2, 4, 3)
    assert (found.right, found.suppressed, found.alerted_stays) == (2, 1, 3)
    assert [stay.patient for stay in found.missed] == ["A|2"]  # called 13 h after the onset
    assert found.lead == (6, 6, 6) and found.ahead == (10, 10, 10)
    assert found.calls_per_100_days == 100
    assert found.per_nurse_and_shift(4, timedelta(hours=12)) == 2


def test_rules_become_a_policy():
    base = AlertPolicy()
    rules = {
        "limits": {"news2 alert with infection": 6, "sirs watch": 2},
        "treated_within": "90 min",
        "organ_points": 3,
    }
    policy = scenario_of("x", rules, base, "sepsis3", None).policy
    assert ScoreReaches("news2", 6, Level.ALERT, infection=True) in policy.reasons
    assert ScoreReaches("sirs", 2, Level.WATCH) in policy.reasons
    assert (policy.treated_within, policy.organ_points) == (timedelta(minutes=90), 3)
    other = scenario_of("x", {"definitions": {"sepsis3": "sepsis2"}}, base, "sepsis3", None)
    assert EpisodeFound("sepsis2", Level.ALERT) in other.policy.reasons
    assert {"sepsis2", "sepsis3"} <= {
        p.name for p in other.watching.phenotypes
    }  # the outcome is still looked for
    assert usual("sepsis2", None).policy == replace(base)


def test_what_differs_is_told_in_words():
    rules = {
        "limits": {"news2 alert": 5},
        "suppression": "none",
        "without": ["qsofa"],
        "lockout": "12 h",
        "budget": 0.02,
    }
    base = AlertPolicy()
    told = differences(
        base, scenario_of("x", {k: v for k, v in rules.items() if k != "budget"}, base, "sepsis3", None)
    )
    assert told == (
        "lockout 12 h, not 8 h",
        "no treatment suppresses a call",
        "news2 alert from 5, not 7",
        "without qsofa watch",
    )
    model = differences(base, scenario_of("x", {"budget": 0.02}, base, "sepsis3", None))
    assert model == ("a model at 2.0% of hours, 12 h of silence after a call",)
    assert differences(base, usual("sepsis3", None)) == ()


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"lokout": "8 h"}, "lockout"),
        ({"lockout": 8}, "length of time"),
        ({"limits": {"news2 loud": 5}}, "no limit"),
        ({"limits": {"news2 alert": "5"}}, "whole number"),
        ({"limits": {"news3 alert": 5}}, "news2"),
        ({"definitions": {"sepsis3": "sepsis4"}}, "sepsis"),
        ({"without": ["soffa"]}, "do not speak"),
        ({"budget": 2}, "share of hours"),
        ({"suppression": "off"}, "usual"),
    ],
)
def test_rules_that_are_not_understood_are_named(rules, words):
    with pytest.raises((FormatError, DefinitionError), match=words):
        scenario_of("mine", rules, AlertPolicy(), "sepsis3", None)
