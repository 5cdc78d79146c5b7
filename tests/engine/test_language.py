"""The language of definitions: what is wrong in a table is said where it is written, and an engine refuses a kind that it lacks."""

from dataclasses import replace
from types import SimpleNamespace

import polars as pl
import pytest

from opensepsis.definitions import CLOCKS, COURSE, PHENOTYPES, SCORES
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.signals.carried import heart_rate, respiratory_rate
from opensepsis.engine.batch import finding_evidence, score_tables, signals
from opensepsis.engine.batch import phenotypes as batch_phenotypes
from opensepsis.engine.batch.axis import Axis
from opensepsis.engine.batch.hourly_grid import Grid
from opensepsis.engine.clocks import exclusions, tasks
from opensepsis.engine.clocks.batch import exclusions as batch_exclusions
from opensepsis.engine.clocks.batch import tasks as batch_tasks
from opensepsis.engine.live import findings, phenotypes
from opensepsis.engine.live.score_tables import holds, points, refused_uncharted
from opensepsis.engine.live.signals import value_at
from opensepsis.engine.semantics.signal_structure import measured_concepts
from opensepsis.errors import DefinitionError
from opensepsis.rules import Row, leaves, variant

FAST = heart_rate > 100


class Unheard:
    """A kind of definition that no engine knows."""


NEW = Unheard()
TASK = CLOCKS["hour1"].arms[0].tasks[0]
CASE = SimpleNamespace(finding=SimpleNamespace(time=0), stay=None)
ZEROS = SimpleNamespace(zero=0)
STAY = SimpleNamespace(died=None, discharged=0)
STAYS = pl.DataFrame(schema={"died": pl.Int64, "discharged": pl.Int64, "discharged_to": pl.String})
REFUSALS = {
    "a condition": lambda: holds(NEW, {}),
    "a condition of many": lambda: score_tables.holds(NEW, {}),
    "the parts of a condition": lambda: list(leaves(NEW)),
    "a signal": lambda: value_at(NEW, 0, None),
    "a signal of many": lambda: signals._derived(NEW, None, None),
    "what a signal measures": lambda: measured_concepts(NEW),
    "a phenotype": lambda: phenotypes.episodes(NEW, None, None, []),
    "a phenotype of many": lambda: batch_phenotypes.episodes(NEW, None, None, None),
    "a mark of a stay": lambda: findings._of_stay(NEW, STAY),
    "a mark of many stays": lambda: finding_evidence._of_stay(0, 0, NEW, SimpleNamespace(stays=STAYS)),
    "what closes a task": lambda: tasks.closing(replace(TASK, closed_by=NEW), CASE, None),
    "what closes many tasks": lambda: batch_tasks.closing(replace(TASK, closed_by=NEW), ZEROS, None, None),
    "what opens a task": lambda: tasks.opening(replace(TASK, when=NEW), CASE, {}, {}),
    "what opens many tasks": lambda: batch_tasks.opening(replace(TASK, when=NEW), ZEROS, None, {}, {}),
    "what excludes a patient": lambda: exclusions._excluded(NEW, CASE),
    "what excludes many patients": lambda: batch_exclusions._excluded(NEW, ZEROS, None),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_kind_that_an_engine_lacks_is_an_error_and_never_passed_over(kind):
    with pytest.raises(TypeError, match="Unheard"):
        REFUSALS[kind]()


def test_a_condition_is_no_yes_or_no_of_python():
    with pytest.raises(TypeError, match=r"'&' and '\|'"):
        bool(FAST and respiratory_rate > 20)


def test_conditions_are_printed_as_they_are_meant():
    both = FAST & (respiratory_rate > 20)
    assert str(FAST.where(both)) == f"{FAST} where ({both})"


@pytest.mark.parametrize("cells", [{}, {0: FAST}, {-1: FAST, 2: FAST}])
def test_a_row_needs_points(cells):
    with pytest.raises(ValueError, match="'pulse' needs cells worth 1 point or more"):
        Row("pulse", "Pulse", cells)


def test_a_row_needs_conditions():
    with pytest.raises(TypeError, match=r"'pulse', 1 points: expected a condition, got True"):
        Row("pulse", "Pulse", {1: True})


def test_a_variant_changes_only_rows_that_are_there():
    with pytest.raises(ValueError, match="sirs has no row pulse"):
        variant(SCORES["sirs"], "fast", why="a try", pulse=Row("pulse", "Pulse", {1: FAST}))
    with pytest.raises(ValueError, match="sirs has no row pulse"):
        variant(SCORES["sirs"], "fast", why="a try", without=("pulse",))


def test_the_cells_of_a_row_are_those_of_its_one_table():
    assert SCORES["sofa"].cells("coagulation").keys() == {1, 2, 3, 4}
    with pytest.raises(KeyError, match="phoenix has no row 'circulation' of one table"):
        SCORES["phoenix"].cells("circulation")


def test_the_most_points_of_a_row_of_several_tables():
    """Phoenix as its paper prints it: circulation adds up to 6, coagulation to at most 2, respiration takes the worse of two."""
    rows = {row.name: row for row in SCORES["phoenix"].rows}
    told = {
        name: (rows[name].most, rows[name].highest) for name in ("respiration", "circulation", "coagulation")
    }
    assert told == {"respiration": (3, 3), "circulation": (2, 6), "coagulation": (1, 2)}
    sirs = {row.name: row for row in SCORES["jaam_dic"].rows}["sirs"]
    assert (sirs.most, sirs.highest) == (1, 1)  # a point for three criteria


def test_things_of_a_definition_are_shown_by_their_names():
    shown = [SCORES["sofa"], PHENOTYPES["sepsis3"], CLOCKS["hour1"], COURSE, CONCEPTS["lactate"], heart_rate]
    assert [repr(one).split()[0] for one in shown] == [
        "<score", "<phenotype", "<clock", "<course", "<concept", "<signal",
    ]  # fmt: skip
    assert repr(SCORES["sofa"]) == "<score sofa>" and repr(CONCEPTS["lactate"]) == "<concept lactate>"


def test_a_value_that_a_score_does_not_read_is_named():
    with pytest.raises(DefinitionError, match=r"qsofa has no signal 'gsc'\. Did you mean 'gcs'"):
        points(SCORES["qsofa"], {"gsc": 15})


def test_a_window_is_whole_hours():
    with pytest.raises(ValueError, match="whole hours"):
        Grid(None, 90 * 60_000_000, None)


def test_lives_that_do_not_fit_beside_one_another_are_an_error():
    """A patient number that is far too high leaves each patient less than the year of room around the events."""
    events = pl.DataFrame(
        {"pid": [2**31], "concept": ["lactate"], "time": [0]}, schema_overrides={"pid": pl.UInt32}
    )
    with pytest.raises(OverflowError, match="do not fit on one axis"):
        Axis.of(events)


def test_a_score_that_is_refused_to_nobody_is_not_refused_where_nothing_is_charted():
    assert SCORES["sofa"].refusal is None and refused_uncharted(SCORES["sofa"]) is False
    assert refused_uncharted(SCORES["omsofa"]) is True
