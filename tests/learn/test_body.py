"""The body in the browser is the body in Python: patients, states and charts, and what the learner changes."""

import ast

import numpy as np
import pytest

from opensepsis.errors import OpensepsisError
from opensepsis.learn import translate
from opensepsis.report.cells import interval
from opensepsis.uses.simulate.care.policy import (
    Antibiotics,
    Breathing,
    ComfortCare,
    Fluids,
    Policy,
    SourceControl,
    Steroid,
    Vasopressors,
    policy_record,
)
from opensepsis.uses.simulate.charting.events import CONCEPTS
from opensepsis.uses.simulate.cohort import Request, _piece, blocks
from opensepsis.uses.simulate.physiology.parameters import body_parameters
from opensepsis.uses.simulate.physiology.state import FIELDS
from opensepsis.uses.simulate.population import Cohort, draw_patients
from tests.support.node import asked, needs_node

pytestmark = needs_node
CLOSE = 1e-6
HOURS = 168
# A sugar at the bedside is due exactly on a step, so that the last digit of exp decides between two steps, and the numbers of later rows.
ON_A_STEP = ("next_glucose", "events", "support_bolus", *(name for name in FIELDS if name.endswith("row")))
RUN = """
answer = [];
for (let i = 0; i < {count}; i++) {{
  const who = drawPatient({seed}, i, PARAMETERS), body = new Body(), chart = emptyChart({rows});
  const truth = Array.from({{ length: {hours} + 1 }}, () => []);
  const kept = live(body, who, USUAL_CARE, PARAMETERS, patient_key({seed}, i), {hours}, 4, truth, chart);
  answer.push({{ who: Object.values(who).flat(), body: Object.values(body), truth: truth.slice(0, kept),
    chart: chart.slice(0, body.events).map((one) => [one.concept, one.text, one.time, one.end, one.known, one.value]) }});
}}
"""


def far(found, wanted):
    """The largest distance, as a share of what is wanted where that is above 1."""
    found, wanted = np.array(found, float), np.array(wanted, float)
    assert found.shape == wanted.shape
    return float(np.nan_to_num(np.abs(found - wanted) / np.maximum(1, np.abs(wanted))).max(initial=0))


def compared(count, seed, rows, folder):
    found = asked(RUN.format(count=count, seed=seed, hours=HOURS, rows=rows), folder)
    request = Request(count, HOURS, seed, charted=rows > 0)
    python = list(blocks(request))
    who, states, truth, kept = (
        np.concatenate([getattr(block, name) for block in python])
        for name in ("who", "states", "truth", "truth_rows")
    )
    events = {}
    for block in python:
        for number in range(block.first, block.first + len(block.who)):
            events[number] = block.events[block.owner == number]
    same = [index for index, name in enumerate(FIELDS) if name not in ON_A_STEP]
    different_charts = []
    for i, one in enumerate(found):
        drawn = [who[name][i] for name in who.dtype.names if name != "mic"] + list(who["mic"][i])
        assert far(one["who"], drawn) < CLOSE
        wanted = np.array([states[name][i] for name in FIELDS])
        if rows == 0:
            wanted[FIELDS.index("row")] = one["body"][FIELDS.index("row")]
        assert far(np.array(one["body"], float)[same], wanted[same]) < CLOSE
        assert far(one["truth"], truth[i, : kept[i]].reshape(-1, truth.shape[2])) < CLOSE
        columns = ("concept", "text", "time", "end", "known", "value")
        charted = sorted(tuple(row[name] for name in columns) for row in events[i])
        browser = sorted(tuple(np.nan if v is None else v for v in row) for row in one["chart"])
        sugar = CONCEPTS.index("glucose")
        charted, browser = ([row for row in rows_ if row[0] != sugar] for rows_ in (charted, browser))
        if len(charted) != len(browser) or far(browser, charted) >= CLOSE:
            different_charts.append(i)
    return different_charts


def test_the_browser_draws_charts_and_treats_the_same_patients(tmp_path):
    assert compared(60, 5, 400 + 34 * HOURS, tmp_path) == []


@pytest.mark.long
def test_a_thousand_patients_are_the_same(tmp_path):
    assert compared(1000, 2026, 0, tmp_path) == []


def test_a_learner_who_orders_nothing_is_a_team_that_suspects_nothing(tmp_path):
    count, seed, hours = 12, 8, 720
    found = asked(
        f"""
answer = [];
for (let i = 0; i < {count}; i++) {{
  const course = startCourse(drawPatient({seed}, i, PARAMETERS), patient_key({seed}, i));
  while (!course.over && !(course.inside && course.count * STEP - course.body.admitted >= {hours})) advance(course, NO_ORDERS);
  answer.push(["sofa", "pressure", "lactate", "hazard", "died", "discharged", "hemoglobin"].map((name) => course.body[name]));
}}""",
        tmp_path,
    )
    who = draw_patients(seed, 0, count, Cohort(), body_parameters())
    who["suspects"] = 0
    idle = Policy(
        antibiotics=Antibiotics(given=False),
        source_control=SourceControl(done=False),
        fluids=Fluids(given=False),
        vasopressors=Vasopressors(given=False),
        steroid=Steroid(given=False),
        breathing=Breathing(oxygen=False, high_flow=False, intubation=False),
        comfort=ComfortCare(offered=False),
    )
    request = Request(count, hours, seed, charted=False, truth_interval=0)
    states = _piece(request, policy_record(idle), body_parameters(), np.arange(count), who)[1]
    wanted = [
        [
            states[name][i]
            for name in ("sofa", "pressure", "lactate", "hazard", "died", "discharged", "hemoglobin")
        ]
        for i in range(count)
    ]
    assert far(found, wanted) < CLOSE
    assert len({round(row[3], 6) for row in found}) == count


def test_orders_are_carried_out_when_they_are_given(tmp_path):
    first, later, control, unasked = asked(
        """
const { start } = findPatient("bowel", "oak", 1);
const from = (orders) => follow(start, { ...NO_ORDERS, ...orders }, 48, false).course.body;
const after = (body, name) => body[name] - start.body.admitted - STEP;
answer = [after(from({ antibiotic: 0 }), "first_antibiotic"), after(from({ antibiotic: 5.5 }), "first_antibiotic"),
  after(from({ operation: 3 }), "source_done"), from({}).norepinephrine + from({}).device + from({}).bolus_count];""",
        tmp_path,
    )
    assert (first, later, control, unasked) == (0, 5.5, 3, 0)


def test_a_code_gives_everybody_the_same_patient(tmp_path):
    same, other, elsewhere = asked(
        """
const who = (code, number) => JSON.stringify(findPatient("bowel", code, number).who), first = who("Oak", 1);
answer = [first === who(" oak ", 1), first === who("oak", 2), first === who("elm", 1)];""",
        tmp_path,
    )
    assert same and not other and not elsewhere


def test_everybody_s_life_depends_on_care_and_there_is_time_to_act(tmp_path):
    told = asked(
        """
const late = Object.fromEntries(TREATMENTS.map((each) => [each, TOO_LATE]));
answer = Object.keys(CASES).map((name) => {
  const { who, start } = findPatient(name, "oak", 1), slow = follow(start, late, 240, false).course;
  return { name, site: who.site, age: who.age, female: who.female, late: slow.over, hours: hoursIn(slow),
    soon: follow(start, ALL_AT_ONCE, MONTH, false).course.over };
});""",
        tmp_path,
    )
    assert [(one["name"], one["site"]) for one in told] == [
        ("hangnail", 3), ("pneumonia", 0), ("kidney", 1), ("bowel", 2), ("mother", 2),
    ]  # fmt: skip
    assert all(one["soon"] == "home" and one["late"] == "died" and one["hours"] > 8 for one in told)
    assert told[4]["female"] == 1 and 18 <= told[4]["age"] < 42


def test_twins_share_the_door_and_differ_in_luck(tmp_path):
    soon, late, again = asked(
        """
const found = findPatient("pneumonia", "oak", 1), count = (orders) =>
  Array.from({ length: 40 }, (_, i) => twinLives(found.start, orders, found.seed, i));
answer = [count(ALL_AT_ONCE), count(NO_ORDERS), count(ALL_AT_ONCE)];""",
        tmp_path,
    )
    assert soon == again and sum(soon) > sum(late) and not all(soon[i] <= late[i] for i in range(40))


def test_the_interval_of_the_twins_is_the_report_s(tmp_path):
    found = asked(
        "answer = [[30, 100], [0, 20], [1000, 1000]].map(([some, of]) => wilson(some, of));", tmp_path
    )
    wanted = [interval(30, 100), interval(0, 20), interval(1000, 1000)]
    assert far(found, wanted) < 1e-9


def test_python_that_nobody_has_translated_is_an_error_with_its_place():
    module = translate._Module("physiology.coagulation", {"np": np})
    part = ast.parse("def f(x):\n    return x @ x").body[0]
    with pytest.raises(OpensepsisError, match=r"coagulation\.py, line 2: 'x @ x' cannot be translated"):
        translate._Function(part, module).text()
