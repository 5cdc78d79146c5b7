"""Reports whose words name a test, leave something out, or say that nothing was taken; and specimens that are no patient's.

Each is read as `label csv`, the ward's csv folder, HL7 and FHIR read it, by one function, and once in each of these forms.
"""

import pytest

from opensepsis.data.intake.culture import Growth, is_culture, read_culture
from opensepsis.uses.ward.model.facts import Charted, Rejected
from tests.support.ward.fhir_said import Feeding, observation
from tests.support.ward.hl7_messages import ANN, found, order, result

CASES = {
    Growth.NO_GROWTH: """
        Fungal culture: no growth
        Fungus culture no growth at 4 weeks
        Legionella culture: no growth
        MRSA culture: no growth
        Group B Strep culture: no growth
        AFB culture: no growth at 6 weeks
        Pilzkultur: kein Wachstum
        No bacterial growth after 5 days, fungal culture continues
        no bacterial growth; fungal culture to follow
        No growth; AFB culture not performed
        No growth in aerobic bottle; anaerobic bottle not received
        No growth. Gram stain not performed
        Inadequate volume. No growth at 5 days
        No growth other than skin flora
        No growth apart from mixed skin flora
    """,
    Growth.GREW: """
        Fungal culture: Candida albicans
        Fungal culture positive
        Escherichia coli Culture final
        No organism other than E. coli isolated
        No bacteria except Pseudomonas aeruginosa
        No anaerobes other than Bacteroides fragilis
        Negative except for E. coli
        Kein Wachstum außer E. coli
        Pas de croissance sauf E. coli
        Flagged positive, Gram stain pending
        Positive in anaerobic bottle; aerobic bottle not collected
        E. coli. Susceptibility testing not performed
    """,
    Growth.PENDING: """
        Fungal culture pending
        Fungal culture continues
        Sensitivities not performed
    """,
    Growth.NOT_PERFORMED: """
        Not collected
        Specimen not collected
        Patient refused
        Refused by patient
        Unable to obtain specimen
        No culture performed
        Order discontinued
        Nicht abgenommen
        Non prélevé
    """,
}


@pytest.mark.parametrize(
    ("said", "growth"),
    [(line.strip(), growth) for growth, lines in CASES.items() for line in lines.strip().splitlines()],
)
def test_a_statement_is_read_as_it_is_meant(said, growth):
    assert read_culture(said) is growth


@pytest.mark.parametrize(
    "specimen",
    ["Donor", "Donor blood", "Organ donor", "Donor lung BAL", "Spenderblut", "Preservation fluid", "Transport fluid", "Blood bag",
     "Platelet bag", "Heart valve homograft", "Environment", "Dialysis water", "QC strain", "GBS", "Vagino-rectal swab", "Axilla/groin"],
)  # fmt: skip
def test_it_is_no_culture_of_the_patient(specimen):
    assert not is_culture(specimen)


@pytest.mark.parametrize(
    "specimen", ["Donor site wound", "Axilla abscess", "Transport medium swab, wound", "Rectal abscess", "Water blister", "Vaginal swab"]
)  # fmt: skip
def test_it_is_a_culture_of_the_patient(specimen):
    assert is_culture(specimen)


BLOOD = "600-7^Blood culture^LN"


@pytest.mark.parametrize(
    ("said", "value"), [("Fungal culture: no growth", 0.0), ("No organism other than E. coli isolated", 1.0)]
)
def test_what_grew_from_hl7_and_fhir(said, value):
    facts, _ = found(ANN, order(code=BLOOD), result(said, BLOOD, "", "ST"))
    assert [f.event.value for f in facts if isinstance(f, Charted) and f.event.concept == "culture"] == [
        value
    ]
    said_in_fhir = observation("600-7", valueQuantity=None, valueString=said)
    assert ("server ehr|7", "culture", value) in Feeding().send(said_in_fhir).charted


@pytest.mark.parametrize("said", ["Not collected", "Patient refused"])
def test_what_was_never_taken_is_shown(said):
    """It ticks no task and is no suspicion of infection."""
    facts, _ = found(ANN, order(code=BLOOD), result(said, BLOOD, "", "ST"))
    assert not [f for f in facts if isinstance(f, Charted)]
    assert [f.reason for f in facts if isinstance(f, Rejected)] == ["the culture was not performed"]
    feeding = Feeding().send(observation("600-7", valueQuantity=None, valueString=said))
    assert feeding.shown == ["the culture was not performed"]
    assert not [row for row in feeding.charted if row[2] is not None]
