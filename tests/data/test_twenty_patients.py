"""Twenty made-up patients, written once as frames of the csv source and by our own converters in each form, have equal labels."""

from types import SimpleNamespace

import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

import opensepsis
from opensepsis.definitions import PHENOTYPES, SCORES
from opensepsis.rules import concepts_read
from tests.support.hospitals import as_clif, as_fhir, as_meds, as_omop
from tests.support.hospitals.as_eicu import CANNOT_HOLD, Twenty, write_twenty

EICU = SimpleNamespace(write=write_twenty, CANNOT_HOLD=CANNOT_HOLD)
FORMS = {"fhir": as_fhir, "omop": as_omop, "clif": as_clif, "meds": as_meds, "eicu": EICU}
DEFINITIONS = [name for name in (*SCORES, *PHENOTYPES) if ":" not in name or name.endswith(":orders")]
KEYS = ["patient", "time"]


@pytest.fixture(scope="module")
def twenty() -> tuple[pl.DataFrame, pl.DataFrame]:
    return Twenty().frames()


@pytest.mark.parametrize("form", FORMS)
def test_twenty_patients_have_equal_labels_from_every_form(twenty, tmp_path, form):
    """Compared on what the form can hold: what it cannot is left out of the csv source too, what it says beside is added there."""
    stays, events = twenty
    converter = FORMS[form]
    held = events.filter(~pl.col("concept").is_in(list(converter.CANNOT_HOLD)))
    options = {"stay_kind": "icu", "definitions": DEFINITIONS}
    site = {"site": tmp_path / form / as_meds.LIST} if form == "meds" else {}
    there = opensepsis.label(form, converter.write(tmp_path / form, stays, held), **options, **site)
    told = pl.concat([held, converter.added(held)]) if hasattr(converter, "added") else held
    here = opensepsis.label(stays=stays, events=told, **options)
    assert there.stays.height == here.stays.height == 20
    for name, ticks in here.scores.items():
        found = there.scores[name].drop("stay").sort(KEYS)
        assert_frame_equal(found, ticks.drop("stay").sort(KEYS))
    columns = ["definition", "patient", "onset", "suspected", "organ_failure", "shock", "points", "baseline"]
    episodes = [labels.episodes.select(columns).sort(columns[:3]) for labels in (there, here)]
    assert_frame_equal(*episodes)
    for name in (name for name in DEFINITIONS if name in PHENOTYPES):
        answers, expected = (labels.stays.sort("patient")[name] for labels in (there, here))
        if answers.null_count() > expected.null_count():  # not judged: the form never sends what it asks for
            assert concepts_read(PHENOTYPES[name]).keys() & converter.CANNOT_HOLD, name
        else:
            assert_series_equal(answers, expected)
    assert form == "meds" or here.stays["sepsis3:orders" if form == "eicu" else "sepsis3"].sum() > 4
