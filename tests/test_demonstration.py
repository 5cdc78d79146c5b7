"""The simulated hospital that plays to a ward: it is there at once, and its two feeds speak of the same patients."""

import subprocess
import sys
from itertools import pairwise

import polars as pl
from polars.testing import assert_frame_equal

from opensepsis.data.decode.facts import Resource
from opensepsis.demonstration import (
    HOUR,
    HOURS,
    PATIENTS,
    SEED,
    demonstration_site,
    recorded_hospital,
    simulated_day,
)
from opensepsis.uses.simulate import simulate
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.messages import Message

START = 1_780_000_000_000_000


def test_hl7_and_fhir_name_the_same_patients():
    site, named = demonstration_site(), {"hl7": set(), "fhir": set()}
    for number, step in enumerate(simulated_day(recorded_hospital(), 6, START), 1):
        facts, _ = read(Message(number, step.form, step.form, step.key, step.raw, step.time + HOUR), site)
        named[step.form] |= {fact.patient for fact in facts if not isinstance(fact, Resource)}
    assert named["fhir"]
    assert named["fhir"] <= named["hl7"]


def test_the_messages_come_in_order_of_time():
    times = [step.time for step in simulated_day(recorded_hospital(), 9, START)]
    late = [earlier - later for earlier, later in pairwise(times) if later < earlier]
    assert len(times) > 1000
    assert max(late, default=0) < HOUR
    assert times[0] < START  # some are there already


def test_the_recorded_hospital_is_what_the_simulator_makes(tmp_path):
    made = simulate(PATIENTS, HOURS, seed=SEED, out=tmp_path / "hospital", truth_interval=0).timeline()
    assert_frame_equal(recorded_hospital().stays, made.stays)
    order = ["patient", "concept", "time", "known", "origin", "value"]
    numbers = pl.col("value").round(6)
    recorded, again = (
        t.events().with_columns(numbers).sort(order).collect() for t in (recorded_hospital(), made)
    )
    assert_frame_equal(
        recorded, again, categorical_as_str=True
    )  # else: python scripts/record_demonstration.py


def test_a_demonstration_of_the_recorded_hospital_needs_no_simulator():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "from pathlib import Path\n"
        "from opensepsis.demonstration import hospital_of, simulated_day\n"
        f"next(simulated_day(hospital_of(60, Path('.')), 60, {START}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_simulator_is_named_with_its_extra():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "from opensepsis.errors import MissingError\n"
        "try:\n    from opensepsis.uses.simulate import simulate\n"
        "except MissingError as error:\n    assert 'extra `simulate`' in str(error) and 'numba' in str(error)\n"
        "else:\n    raise SystemExit('no error')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
