"""A model moved to a site with another form of data reads the same hours there: a GCS from its parts, laboratory by another name."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.predict.batch import all_features
from opensepsis.uses.predict.grid import Grid, read_grid
from opensepsis.uses.predict.inputs import read_inputs
from tests.support.hospitals import as_clif, as_fhir, as_omop
from tests.support.hospitals.as_eicu import CANNOT_HOLD, Twenty, write_twenty

FORMS = {
    "fhir": as_fhir,
    "omop": as_omop,
    "clif": as_clif,
    "eicu": SimpleNamespace(write=write_twenty, CANNOT_HOLD=CANNOT_HOLD),
}


@pytest.fixture(scope="module")
def twenty() -> tuple[pl.DataFrame, pl.DataFrame]:
    return Twenty().frames()


def grid_of(folder, form: str, source) -> Grid:
    write_timeline(open_source(form, str(source)), folder)
    return read_grid(read_timeline(folder), read_inputs(), "A", "icu")


@pytest.mark.parametrize("form", FORMS)
def test_the_hours_are_the_same_from_every_form(twenty, tmp_path, form):
    stays, events = twenty
    held = events.filter(~pl.col("concept").is_in(list(FORMS[form].CANNOT_HOLD)))
    (tmp_path / "csv").mkdir()
    stays.write_csv(tmp_path / "csv" / "stays.csv")
    held.write_csv(tmp_path / "csv" / "events.csv")
    here = grid_of(tmp_path / "here", "csv", tmp_path / "csv")
    there = grid_of(tmp_path / "there", form, FORMS[form].write(tmp_path / form, stays, held))
    assert there.hours == here.hours
    known = {
        one.concept
        for one, column in zip(here.inputs, here.values.T, strict=True)
        if not np.isnan(column).all()
    }
    assert {"gcs_total", "creatinine", "heart_rate"} <= known
    names = [one.concept for one in here.inputs]
    for name in sorted(known):
        column = names.index(name)
        np.testing.assert_array_equal(there.values[:, column], here.values[:, column], err_msg=name)
    own = [one for one in here.inputs if one.concept in known]
    moved = replace(there.with_inputs(own), person=here.person)  # not every form here writes the sex
    np.testing.assert_array_equal(all_features(moved), all_features(here.with_inputs(own)))
