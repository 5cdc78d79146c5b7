"""The `fhir` source: references across files, versions, and what becomes of every resource."""

from itertools import permutations

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline
from tests.support.hospitals.bulk_export import (
    LOINC,
    UCUM,
    administration,
    at,
    coded,
    iso,
    observation,
    read,
    rows,
    usual,
)


def test_a_value_has_its_patient_time_and_resource(tmp_path):
    stays, events, counts = read(usual(tmp_path, observation()))
    assert stays.select("patient", "stay", "kind", "sex").rows() == [("p", "e", "hospital", "F")]
    assert stays.select("admitted", "discharged").row(0) == (at(0), at(48))
    (row,) = events.drop("text", "end").rows(named=True)
    assert row == {
        "patient": "p", "concept": "lactate", "time": at(1), "known": at(1), "value": 4.0, "origin": "fhir export/Observation/o",
    }  # fmt: skip
    assert counts["resources"] == {
        "Encounter": {"used": 1},
        "Observation": {"used": 1},
        "Patient": {"used": 1},
    }


def test_known_is_the_later_of_issued_and_last_updated(tmp_path):
    said = [
        observation("a", issued=iso(3)), observation("b", meta={"lastUpdated": iso(4)}),
        observation("c", issued=iso(5), meta={"lastUpdated": iso(4)}), observation("d"),
    ]  # fmt: skip
    _, events, counts = read(usual(tmp_path, *said))
    found = dict(events.select("origin", "known").iter_rows())
    assert [found[f"fhir export/Observation/{name}"] for name in "abcd"] == [at(3), at(4), at(5), at(1)]
    assert counts["known"]["issued"] == 1 and counts["known"]["issued and meta.lastUpdated"] == 1


def test_a_measure_of_a_period_is_of_its_end_and_not_known_before(tmp_path):
    period = {"start": iso(1), "end": iso(2)}
    said = [
        observation(name, code, value, unit, effectiveDateTime=None, effectivePeriod=period)
        for name, code, value, unit in (("m", "8478-0", 52, "mm[Hg]"), ("u", "9187-6", 50, "mL"), ("l", "2524-7", 4, "mmol/L"))
    ]  # fmt: skip
    _, events, _ = read(usual(tmp_path, *said))
    found = {row[0]: row[1:] for row in events.select("concept", "time", "known").iter_rows()}
    assert found["mean_pressure"] == found["urine_output"] == (at(2), at(2))
    assert found["lactate"][0] == at(1)


def test_test_data_is_set_aside_and_counted(tmp_path):
    tests = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
    said = [
        observation("a"),
        observation("b", meta=tests),
        observation("c", meta={"tag": [{"code": "test-data"}]}),
    ]
    drug = administration("d", "Meropenem", meta=tests)
    _, events, counts = read(usual(tmp_path, *said, drug))
    assert events["origin"].drop_nulls().to_list() == ["fhir export/Observation/a"]
    assert list(counts["resources"]["Observation"]["refused"].values()) == [2]
    person = {"resourceType": "Patient", "id": "t", "meta": tests}
    _, _, counts = read(usual(tmp_path / "people", observation(), z=[person]))
    assert list(counts["resources"]["Patient"]["refused"].values()) == [1]


def test_a_drug_of_another_file_is_found_whatever_the_order(tmp_path):
    drug = {"resourceType": "Medication", "id": "d", "code": {"text": "Meropenem 1 g vial"}}
    given = administration(medicationCodeableConcept=None, medicationReference={"reference": "Medication/d"})
    assert rows(usual(tmp_path, given, z=[drug])) == [("antibiotic", 2.0, None, "meropenem|iv")]


def test_a_contained_drug_is_found(tmp_path):
    drug = {
        "resourceType": "Medication",
        "id": "d",
        "code": coded("29561", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    }
    given = administration(
        medicationCodeableConcept=None, medicationReference={"reference": "#d"}, contained=[drug]
    )
    assert rows(usual(tmp_path, given)) == [("antibiotic", 2.0, None, "meropenem|iv")]


def test_a_drug_that_only_the_order_names_has_its_name_and_route(tmp_path):
    order = {
        "resourceType": "MedicationRequest", "id": "r", "status": "active", "intent": "order", "subject": {"reference": "Patient/p"},
        "medicationCodeableConcept": {"text": "Cefepime"}, "dosageInstruction": [{"route": {"text": "IV"}}],
    }  # fmt: skip
    local = {"coding": [{"system": "urn:formulary", "code": "CEFE2F"}]}
    given = administration(
        medicationCodeableConcept=local, request={"reference": "MedicationRequest/r"}, dosage=None
    )
    assert rows(usual(tmp_path, given, z=[order])) == [("antibiotic", 2.0, None, "cefepime|iv")]


def test_rates_in_a_local_system_of_units_are_read(tmp_path):
    rate = {"value": 0.1, "unit": "mcg/kg/min", "code": "mcg/kg/min", "system": "urn:local-units"}
    period = {"start": iso(1), "end": iso(3)}
    given = administration(
        name="Norepinephrine", effectiveDateTime=None, effectivePeriod=period, dosage={"rateQuantity": rate}
    )
    _, events, _ = read(usual(tmp_path, given))
    assert events.select("concept", "time", "end", "value").rows() == [("norepinephrine", at(1), at(3), 0.1)]


def test_a_rate_for_the_whole_patient_takes_the_weight_that_another_file_charts(tmp_path):
    rate = {"value": 8, "unit": "ug/min", "code": "ug/min", "system": UCUM}
    given = [
        administration(str(n), "Norepinephrine", effectiveDateTime=None, dosage={"rateQuantity": rate},
                       effectivePeriod={"start": iso(n), "end": iso(n + 1)})
        for n in (1, 5)
    ]  # fmt: skip
    weight = observation("w", "29463-7", 80, "kg", hours=4)
    _, events, _ = read(usual(tmp_path, *given, z=[weight]))
    found = events.filter(pl.col("concept") == "norepinephrine").sort("time").select("value", "reason").rows()
    assert found == [(None, "no weight charted before to convert the rate with"), (0.1, None)]


def test_fluid_that_is_given_at_a_rate_counts_by_its_volume(tmp_path):
    volume = {"value": 500, "unit": "mL", "code": "mL", "system": UCUM}
    rate = {"value": 250, "unit": "mL/h", "code": "mL/h", "system": UCUM}
    period = {"start": iso(1), "end": iso(3)}
    dosage = {"dose": volume, "rateQuantity": rate}
    given = administration(
        name="Lactated Ringer's", effectiveDateTime=None, effectivePeriod=period, dosage=dosage
    )
    assert [row[:3] for row in rows(usual(tmp_path, given))] == [("crystalloid", 3.0, 500.0)]


def test_the_last_version_stands_whatever_file_and_order(tmp_path):
    first = observation(meta={"versionId": "1", "lastUpdated": iso(2)})
    second = observation(value=2.0, hours=1.5, meta={"versionId": "2", "lastUpdated": iso(3)})
    for name, files in (("a", ([first], [second])), ("b", ([second], [first]))):
        _, events, _ = read(usual(tmp_path / name, b=files[0], c=files[1]))
        known = pl.col("known").dt.truncate("1s")  # later versions of one moment are a microsecond apart
        assert events.sort("known", "time").select("time", known, "value").rows() == [
            (at(1), at(2), 4.0), (at(1), at(3), None), (at(1.5), at(3), 2.0),
        ]  # fmt: skip


def test_what_was_entered_in_error_is_taken_back_when_that_was_said(tmp_path):
    wrong = observation(status="entered-in-error", meta={"versionId": "2", "lastUpdated": iso(3)})
    first = observation(meta={"versionId": "1", "lastUpdated": iso(2)})
    _, events, _ = read(usual(tmp_path, wrong, z=[first]))
    known = pl.col("known").dt.truncate("1s")
    found = events.sort("known").select(known, "value", "text").rows()
    assert found == [(at(2), 4.0, None), (at(3), None, None)]


def test_alone_what_was_entered_in_error_is_no_row(tmp_path):
    _, events, counts = read(usual(tmp_path, observation(status="entered-in-error")))
    assert events.is_empty() and list(counts["resources"]["Observation"]) == ["taken back"]


def test_a_resource_that_two_files_hold_counts_once(tmp_path):
    urine = observation("u", "9187-6", 100, "mL")
    assert [row[2] for row in rows(usual(tmp_path, urine, z=[urine]))] == [100.0]


def test_what_a_resource_without_versions_says_later_takes_the_place_of_the_earlier(tmp_path):
    first, second = (
        observation(meta={"lastUpdated": iso(2)}),
        observation(hours=1.5, meta={"lastUpdated": iso(3)}),
    )
    _, events, _ = read(usual(tmp_path, first, z=[second]))
    assert events.sort("time", "known").select("time", "value").rows() == [
        (at(1), 4.0),
        (at(1), None),
        (at(1.5), 4.0),
    ]


@pytest.mark.parametrize("time", ["2026-03", "2026-03-02", "2026"])
def test_a_time_without_an_hour_times_no_value(tmp_path, time):
    _, events, counts = read(usual(tmp_path, observation(effectiveDateTime=time)))
    assert events["reason"].to_list() == ["no clinical time to the minute"]
    assert list(counts["resources"]["Observation"]) == ["refused"]


def test_a_leap_second_is_the_next_second(tmp_path):
    leap = observation(effectiveDateTime="2026-03-02T08:59:60Z")
    assert [row[1] for row in rows(usual(tmp_path, leap))] == [1.0]


def test_a_time_without_an_offset_is_one_of_the_zone(tmp_path):
    local = observation(effectiveDateTime="2026-03-02T04:30:00")
    assert [row[1] for row in rows(usual(tmp_path, local), timezone="America/New_York")] == [1.5]


@pytest.mark.parametrize(
    ("value", "note", "counts"),
    [
        (1, "1.0 ET/Trach", False), (1, "trach, unable to speak", False), (1, "remains intubated", False), (1, "not intubated", True),
        (1, "chest tube in place", True), (4, "was intubated, now confused", True), (4, "Intubated", False),
    ],
)  # fmt: skip
def test_a_note_beside_a_verbal_score_tells_of_a_tube_or_of_none(tmp_path, value, note, counts):
    said = observation("t", "9270-0", value, "{score}", note=[{"text": "seen at noon"}, {"text": note}])
    assert rows(usual(tmp_path, said)) == ([("gcs_verbal", 1.0, float(value), None)] if counts else [])


def test_a_verbal_score_under_a_tube_is_none(tmp_path):
    tube = observation("t", "9270-0", 1, "{score}", note=[{"text": "No Response-ETT"}])
    silent = observation("s", "9270-0", 1, "{score}", hours=2, note=[{"text": "No Response"}])
    assert rows(usual(tmp_path, tube, silent)) == [("gcs_verbal", 2.0, 1.0, None)]


def test_where_and_how_it_was_measured_is_read_of_each_resource(tmp_path):
    """Resources that are alike but for that are not answered alike."""
    arm, ankle = {"bodySite": {"text": "Left arm"}}, {"bodySite": {"text": "Left ankle"}}
    pressures = [
        observation(f"o{n}", "8480-6", 120, "mm[Hg]", n, **said)
        for n, said in enumerate(({}, arm, ankle, arm, {"method": {"text": "goal"}}, {}), 1)
    ]
    assert [row[1] for row in rows(usual(tmp_path, *pressures))] == [1, 2, 4, 6]


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("not given", 0),
        ("held - MAP 80", 0),
        ("refused", 0),
        ("2 g every 24 h", 1),
        ("2 g; hold for a rash", 1),
        (None, 1),
    ],
)
def test_the_text_of_a_dosage_may_say_that_nothing_was_given(tmp_path, text, given):
    dose = administration(dosage={"route": {"text": "IV"}, **({"text": text} if text else {})})
    assert len(rows(usual(tmp_path, dose))) == given


def test_oxygen_of_any_blood_counts_where_the_sample_is_arterial(tmp_path):
    gases = [
        observation(kind, "11556-8", 60, "mm[Hg]", specimen={"reference": f"Specimen/{kind}"})
        for kind in ("art", "ven", "any")
    ]
    samples = [
        {"resourceType": "Specimen", "id": "art", "type": {"text": "Arterial blood"}},
        {"resourceType": "Specimen", "id": "ven", "type": {"text": "Venous blood"}},
        {"resourceType": "Specimen", "id": "any", "type": {"text": "Blood"}},
    ]
    _, events, counts = read(usual(tmp_path, *gases, z=samples))
    assert events["origin"].to_list() == ["fhir export/Observation/art"]
    assert counts["resources"]["Observation"]["shown"] == {"not marked as arterial blood": 2}


def test_an_observation_may_say_what_its_specimen_is(tmp_path):
    sample = {"resourceType": "Specimen", "id": "s", "type": {"text": "Blood"}}
    said = observation(
        "k", "31208-2", valueQuantity=None, valueString="ART.", specimen={"reference": "Specimen/s"}
    )
    gas = observation("g", "11556-8", 60, "mm[Hg]", specimen={"reference": "Specimen/s"})
    assert [row[0] for row in rows(usual(tmp_path, gas, said, z=[sample]))] == ["pao2"]


def test_a_diagnosis_without_a_time_is_known_when_the_visit_ends(tmp_path):
    condition = {
        "resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}, "encounter": {"reference": "Encounter/e"},
        "code": coded("99592", "http://hl7.org/fhir/sid/icd-9-cm"),
    }  # fmt: skip
    assert rows(usual(tmp_path, condition)) == [("diagnosis", 48.0, None, "ICD9:995.92")]


def test_every_resource_is_counted_by_what_became_of_it(tmp_path):
    said = [
        observation("a"), observation("b", "99999-9"), observation("c", valueQuantity=None), observation("d", unit="furlong"),
        observation("e", subject=None), {"resourceType": "Claim", "id": "f"}, administration("g", "Housemycin"),
        administration("h", status="not-done"), {"id": "without a type"},
    ]  # fmt: skip
    _, _, counts = read(usual(tmp_path, *said))
    found = counts["resources"]
    assert found["Observation"]["used"] == 1 and found["Observation"]["unmapped"] == {
        "no map knows this code": 1
    }
    assert found["Observation"]["shown"] == {"no value was sent": 1}
    assert sum(found["Observation"]["refused"].values()) == 2
    assert found["MedicationAdministration"] == {
        "unmapped": {"no list knows this drug": 1},
        "shown": {"not given": 1},
    }
    assert list(found["Claim"]) == ["unused"] and found["no resource"]["refused"] == {
        "this is no FHIR resource": 1
    }
    assert {
        "resource": "Observation",
        "system": LOINC,
        "code": "99999-9",
        "unit": "mmol/L",
        "count": 1,
    } in counts["unmapped"]


def test_what_is_said_again_is_read_as_the_first_was(tmp_path):
    """The same thing said of another time, patient and resource goes a shorter way; a part more, and it goes the long one."""
    short = [observation(str(n), hours=n) for n in range(20)]
    longer = [observation(str(n), hours=n, hasMember=[]) for n in range(20)]
    assert rows(usual(tmp_path / "a", *short)) == rows(usual(tmp_path / "b", *longer))


def test_a_sites_own_codes_are_read(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "codes.csv").write_text("system,code,concept,unit\nurn:local,LAC,lactate,mmol/L\n")
    mine = observation(code="x") | {"code": coded("LAC", "urn:local")}
    assert rows(usual(tmp_path / "a", mine)) == []
    assert rows(usual(tmp_path / "b", mine), site=site) == [("lactate", 1.0, 4.0, None)]


def test_the_timeline_holds_what_was_read(tmp_path):
    made = write_timeline(open_source("fhir", usual(tmp_path / "h", observation())), tmp_path / "out")
    assert made.stays.select("patient", "age").row(0) == ("p", pytest.approx(65.8, abs=0.1))
    assert made.counts["source"]["resources"]["Observation"] == {"used": 1}


def test_each_dose_has_the_drug_that_its_own_reference_leads_to(tmp_path):
    """Doses that say the same but for the id of their drug or order."""
    names = ["Meropenem", "Cefepime", "Housemycin"]
    drugs = [{"resourceType": "Medication", "id": name[0], "code": {"text": name}} for name in names]
    orders = [
        {"resourceType": "MedicationRequest", "id": name[0], "status": "active", "intent": "order", "subject": {"reference": "Patient/p"},
         "medicationReference": {"reference": f"Medication/{name[0]}"}}
        for name in names
    ]  # fmt: skip
    by_drug = [
        administration(
            f"a{name}",
            hours=1,
            medicationCodeableConcept=None,
            medicationReference={"reference": f"Medication/{name[0]}"},
        )
        for name in names
    ]
    local = {"coding": [{"system": "urn:formulary", "code": "X"}]}
    by_order = [
        administration(
            f"b{name}",
            hours=2,
            medicationCodeableConcept=local,
            request={"reference": f"MedicationRequest/{name[0]}"},
        )
        for name in names
    ]
    found = rows(usual(tmp_path, *by_drug, *by_order, z=[*drugs, *orders]))
    assert sorted(row[1:] for row in found) == [
        (1.0, None, "cefepime|iv"), (1.0, None, "meropenem|iv"), (2.0, None, "cefepime|iv"), (2.0, None, "meropenem|iv"),
    ]  # fmt: skip


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_a_version_that_says_the_same_again_takes_nothing_back(tmp_path, order):
    told = [observation(meta={"versionId": str(n), "lastUpdated": iso(n)}) for n in order]
    assert rows(usual(tmp_path, *told)) == [("lactate", 1.0, 4.0, None)]


def test_what_a_version_took_away_and_the_next_says_again_stands(tmp_path):
    told = [
        observation(value=value, meta={"versionId": str(n), "lastUpdated": iso(n)})
        for n, value in ((1, 4.0), (2, 9.0), (3, 4.0))
    ]
    assert [row[2] for row in rows(usual(tmp_path, *told))][-1] == 4.0


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_of_the_rates_of_one_administration_one_runs_at_a_time(tmp_path, order):
    """As on the ward, by the versions of the resource in whatever order they stand."""
    told = {1: ("norepinephrine", 2, 0.3), 2: ("norepinephrine", 5, 0.05), 3: ("epinephrine", 8, 0.1)}
    said = []
    for version in order:
        drug, hour, value = told[version]
        rate = {"rateQuantity": {"value": value, "unit": "ug/kg/min", "system": UCUM, "code": "ug/kg/min"}}
        said.append(
            administration(
                status="in-progress",
                medicationCodeableConcept={"text": drug},
                effectivePeriod={"start": iso(hour)},
                effectiveDateTime=None,
                dosage=rate,
                meta={"versionId": str(version), "lastUpdated": iso(hour)},
            )
        )
    _, events, _ = read(usual(tmp_path, *said))
    last = events.sort("known").group_by("concept", "time", maintain_order=True).last().sort("time")
    assert last.select("value", "end").rows() == [(0.3, at(5)), (0.05, at(8)), (0.1, None)]
