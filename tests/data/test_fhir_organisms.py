"""Organisms in Observations of their own count with the culture in which they grew; susceptibilities are told and not used."""

from tests.support.hospitals.bulk_export import coded, encounter, export, observation, patient, read

ORGANISMS = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-microbiology-organism"
ANTIBIOTICS = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-microbiology-antibiotic"


def result(own: str, *, code: dict, **more) -> dict:
    return observation(own, valueQuantity=None, **more) | {"code": code}


def culture(own: str = "c", **more) -> dict:
    specimen = {"reference": "Specimen/s"}
    return result(own, code=coded("600-7"), specimen=specimen, valueString="see below", **more)


def organism(own: str, name: str, of: str = "c", **more) -> dict:
    return result(
        own,
        code={"coding": [{"system": ORGANISMS, "code": own, "display": name}]},
        derivedFrom=[{"reference": f"Observation/{of}"}],
        **more,
    )


SPECIMEN = {
    "resourceType": "Specimen",
    "id": "s",
    "type": {"text": "blood culture"},
    "subject": {"reference": "Patient/p"},
    "collection": {"collectedDateTime": "2026-03-02T09:00:00Z"},
}
FIRST = [patient(), encounter(), SPECIMEN]


def found(folder, *resources) -> tuple[list[tuple], dict]:
    """concept, value and text of the rows that can be used, and what became of the Observations."""
    _, events, counts = read(export(folder, a=list(resources), z=FIRST))
    rows = (
        events.select("concept", "value", "text", "time").sort("concept", "text").rows()
        if events.height
        else []
    )
    assert len({row[3] for row in rows}) <= 1  # all at the time the specimen was taken
    return [row[:3] for row in rows], counts["resources"]["Observation"]


def test_an_organism_grew_in_the_culture_that_it_is_derived_from_wherever_it_stands(tmp_path):
    for number, resources in enumerate(
        [(culture(), organism("o", "ESCHERICHIA COLI")), (organism("o", "ESCHERICHIA COLI"), culture())]
    ):
        rows, told = found(tmp_path / str(number), *resources)
        assert rows == [
            ("culture", 1.0, "blood culture"),
            ("organism", None, "blood culture|ESCHERICHIA COLI"),
        ]
        assert told == {
            "used": 1,
            "unused": {"an organism: it counts with the culture in which it grew": 1},
        }


def test_of_several_cultures_each_has_its_own_organisms(tmp_path):
    rows, _ = found(
        tmp_path,
        culture("c"),
        culture("d"),
        organism("o", "ESCHERICHIA COLI", "c"),
        organism("q", "ENTEROCOCCUS SP.", "c"),
        organism("r", "ESCHERICHIA COLI", "c"),
    )
    assert [row[1] for row in rows if row[0] == "culture"] in ([1.0, None], [None, 1.0])
    assert [row[2] for row in rows if row[0] == "organism"] == [
        "blood culture|ENTEROCOCCUS SP.",
        "blood culture|ESCHERICHIA COLI",
    ]


def test_an_organism_that_was_cancelled_or_entered_in_error_did_not_grow(tmp_path):
    rows, _ = found(
        tmp_path,
        culture(),
        organism("o", "CANCELLED"),
        organism("q", "ESCHERICHIA COLI", status="entered-in-error"),
    )
    assert [row[:2] for row in rows] == [("culture", None)]


def test_an_organism_without_its_culture_says_nothing(tmp_path):
    rows, _ = found(tmp_path, organism("o", "ESCHERICHIA COLI", of="elsewhere"))
    assert rows == []


def test_a_susceptibility_is_told_and_not_used(tmp_path):
    tested = result(
        "r",
        code=coded("90011", ANTIBIOTICS),
        derivedFrom=[{"reference": "Observation/o"}],
        valueCodeableConcept=coded("R", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"),
    )
    rows, told = found(tmp_path, culture(), organism("o", "ESCHERICHIA COLI"), tested)
    assert len(rows) == 2 and told["unused"]["the susceptibility of an organism is not used"] == 1


def test_an_observation_that_is_derived_from_another_and_no_organism_is_read(tmp_path):
    rows, _ = found(tmp_path, observation("x", derivedFrom=[{"reference": "Observation/c"}]))
    assert [row[:2] for row in rows] == [("lactate", 4.0)]
