"""What is kept of whose a resource was: as long as somebody of whom it was charted is here."""

from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.model.facts import Charted, Move, Visited, Voided
from opensepsis.uses.ward.state.resource_owners import Owners


def charted(patient: str, name: str, known: int = 1) -> Charted:
    return Charted(patient, Event("map", 0, known=known, value=60.0, origin=f"fhir {name}"))


def test_what_is_void_goes_with_the_last_patient():
    owners = Owners()
    for n in range(1000):
        owners.note(charted("A|1", f"Observation/{n}"))
        owners.note(Voided("A|1", f"fhir Observation/{n}", 9))
        owners.note(Voided("A|1", f"fhir Observation/never-{n}", 9))
    owners.forget("A|1", [f"fhir Observation/{n} part" for n in range(1000)], before=0)
    assert not owners.of and not owners.void


def test_what_was_charted_of_two_stays_with_the_other():
    owners = Owners()
    for patient in ("A|1", "A|2"):
        owners.note(charted(patient, "Observation/7"))
    owners.note(Voided("A|1", "fhir Observation/7", 9))
    owners.forget("A|1", ["fhir Observation/7"], before=100)
    assert owners.note(Voided("A|3", "fhir Observation/7", 12)) == (Voided("A|2", "fhir Observation/7", 12),)
    assert owners.void


def test_a_deletion_of_what_nobody_was_told_of_is_kept_for_a_while():
    owners = Owners()
    owners.note(Voided("", "fhir Observation/7", 9))
    owners.forget("A|1", [], before=9)
    assert owners.note(charted("A|1", "Observation/7")) == (Voided("A|1", "fhir Observation/7", 9),)
    owners.forget("A|1", ["fhir Observation/7"], before=10)
    assert not owners.void


def test_whose_a_visit_was_is_kept_for_a_while_after_they_left():
    owners = Owners()
    first, later = (
        Visited(f"A|{n}", "v", Move.ADMIT, n, n, ward="3B", origin="fhir lab/Encounter/7") for n in (1, 2)
    )
    owners.note(later)
    owners.forget("A|2", ["fhir lab/Encounter/7"], before=2)
    (gone,) = owners.note(first)
    assert (gone.patient, gone.move, gone.stated) == ("A|1", Move.CANCEL_PART, 2)
    owners.forget("A|1", ["fhir lab/Encounter/7"], before=3)
    assert not owners.visits and not owners.gone
