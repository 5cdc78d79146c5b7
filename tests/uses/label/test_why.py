"""The short answer says whether, since when, on which facts and what is missing; the long one says everything."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import opensepsis
from opensepsis.errors import DefinitionError
from opensepsis.uses.label import why_stay

HOSPITAL = Path(__file__).parents[3] / "examples" / "hospital"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("why")
    ages = {"sick": 70, "well": 40, "child": 9}
    stays = pl.DataFrame(
        {
            "patient": list(ages),
            "stay": list(ages),
            "admitted": hour(0),
            "discharged": hour(30),
            "age": list(ages.values()),
        }
    )
    rows = [
        ("sick", "platelets", 1, 200.0, 1, None), ("sick", "platelets", 6, 40.0, 9, None),
        ("sick", "antibiotic", 4, None, 4, "ceftriaxone|iv"),
        ("sick", "culture", 4, None, 4, "blood"), ("well", "platelets", 1, 210.0, 1, None), ("child", "platelets", 1, 210.0, 1, None),
    ]  # fmt: skip
    events = pl.DataFrame(
        [(p, c, hour(t), v, hour(k), x, f"lab/{n}") for n, (p, c, t, v, k, x) in enumerate(rows)],
        schema=["patient", "concept", "time", "value", "known", "text", "origin"], orient="row",
    )  # fmt: skip
    asked = "sofa,suspected_infection,sepsis3"
    for name, as_known in (("retrospect", False), ("as_known", True)):
        opensepsis.label(stays=stays, events=events, definitions=asked, out=folder / name, as_known=as_known)
    return folder


def test_a_stay_that_has_it(results):
    told = why_stay(results / "retrospect", "sick")
    assert "Sepsis-3 (sepsis3): yes, since 2026-03-02 12:00, known 2026-03-02 17:00" in told
    assert "3: platelets 40 10³/µL (< 50), 2026-03-02 14:00 (lab/1)" in told
    assert "not known then: " in told and "Liver (bilirubin)" in told
    assert "evidence: lab/1, lab/2, lab/3" in told
    assert len(told.splitlines()) < 20


def test_a_stay_that_has_it_not_and_one_that_is_not_judged(results):
    assert "Not met: suspected_infection, sepsis3." in why_stay(results / "retrospect", "well")
    assert "Not judged: sepsis3." in why_stay(results / "retrospect", "child")


def test_one_definition(results):
    told = why_stay(results / "retrospect", "sick", definition="sofa")
    assert "highest 3 at 2026-03-02 14:00 (1 of 6 rows known)" in told and "sepsis3" not in told
    with pytest.raises(DefinitionError, match="Did you mean 'sofa'"):
        why_stay(results / "retrospect", "sick", definition="sofas")


def test_as_known_names_only_what_was_filed(results):
    """Platelets of 14:00 were filed at 17:00."""
    told = why_stay(results / "as_known", "sick", definition="sofa")
    assert "highest 3 at 2026-03-02 17:00" in told


def test_all_of_it(results):
    told = why_stay(results / "retrospect", "sick", full=True)
    assert "At 2026-03-02 14:00 (UTC):" in told
    assert why_stay(results / "retrospect", "sick", hour(2)).count("At 2026-03-02 10:00 (UTC):") == 1


def test_a_variant_that_was_labelled_alone_is_explained(tmp_path):
    opensepsis.label("csv", HOSPITAL, tmp_path / "out", definitions="adult_sepsis_event:nhsn_draft")
    labels = opensepsis.read_labels(tmp_path / "out")
    with_event = labels.episodes["stay"][0]
    without = next(stay for stay in labels.stays["stay"] if stay not in set(labels.episodes["stay"]))
    assert "adult_sepsis_event:nhsn_draft" in why_stay(tmp_path / "out", with_event)
    assert "Not met: adult_sepsis_event:nhsn_draft" in why_stay(tmp_path / "out", without)
