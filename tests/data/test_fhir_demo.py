"""The open MIMIC-IV demo as FHIR, where it is at hand: stays, deaths, and what some of its files hold, as counted in the originals."""

import gzip
import os
from itertools import islice
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.sources import open_source

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[3] / "shared"))
DEMO = SHARED / "data" / "mimic-iv-demo-fhir" / "fhir"
pytestmark = pytest.mark.skipif(
    not DEMO.is_dir(),
    reason=f"no {DEMO}; set OPENSEPSIS_SHARED to the folder that holds data/mimic-iv-demo-fhir",
)
WHOLE = ("Patient", "Encounter", "EncounterICU", "EncounterED", "Location", "ProcedureICU")
BEGINNING = {"ObservationVitalSignsED": 600, "ObservationOutputevents": 1200}  # lines


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A few of its files, and of the drugs in intensive care those with norepinephrine or meropenem."""
    folder = tmp_path_factory.mktemp("export")
    for name in WHOLE:
        (folder / f"{name}.ndjson.gz").symlink_to(DEMO / f"Mimic{name}.ndjson.gz")
    with gzip.open(DEMO / "MimicMedicationAdministrationICU.ndjson.gz") as lines:
        chosen = [line for line in lines if b'"Norepinephrine"' in line or b'"Meropenem"' in line]
    (folder / "drugs.ndjson").write_bytes(b"".join(chosen))
    for name, count in BEGINNING.items():
        with gzip.open(DEMO / f"Mimic{name}.ndjson.gz") as lines:
            (folder / f"{name}.ndjson").write_bytes(b"".join(islice(lines, count)))
    source = open_source("fhir", folder, "America/New_York")
    stays = source.stays()
    return stays, pl.concat(source.events(None), how="diagonal"), source.counts()


def test_every_stay_is_there(demo):
    stays, _, counts = demo
    kinds = dict(stays["kind"].value_counts().iter_rows())
    assert kinds == {
        "hospital": 273,
        "observation": 2 + 5,  # two that an admission follows, and places of others
        "icu": 141,
        "emergency": 222 + 6,  # places of visits without an encounter of their own
    }  # one place of 53 minutes has no encounter of its own
    assert counts["resources"]["Encounter"] == {"used": 275 + 140 + 222}
    assert stays["patient"].n_unique() == 100 and not stays["stay"].is_duplicated().any()
    assert stays.filter(pl.col("died").is_not_null())["patient"].n_unique() == 31


def test_who_died_in_hospital_died_at_the_discharge(demo):
    stays = demo[0].filter(pl.col("kind") == "hospital", pl.col("discharged_to") == "DIED")
    assert stays.height == 15 and (stays["died"] == stays["discharged"]).all()


def test_rates_in_units_of_a_local_system_are_all_there(demo):
    drug = demo[1].filter(pl.col("concept") == "norepinephrine", pl.col("value") > 0)
    assert (drug.height, drug["patient"].n_unique()) == (947, 26)


def test_outputs_and_support_by_the_codes_of_the_edition(demo):
    counts = demo[2]["mapped"]
    assert counts["urine_output"] == 982 and counts["ventilation"] == 73 and counts["dialysis"] == 20


def test_parts_of_a_panel_are_read(demo):
    parts = demo[1].filter(
        pl.col("concept") == "systolic_pressure", pl.col("origin").str.ends_with(" 8480-6")
    )
    assert parts.height == demo[2]["mapped"]["systolic_pressure"] > 100


def test_every_resource_has_an_outcome(demo):
    told = demo[2]["resources"]
    counted = {
        kind: sum(n if isinstance(n, int) else sum(n.values()) for n in found.values())
        for kind, found in told.items()
    }
    assert counted["Observation"] == sum(BEGINNING.values()) and counted["Procedure"] == 1468
