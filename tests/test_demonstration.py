"""The simulated hospital that plays to a ward: its two feeds speak of the same patients."""

from opensepsis.demonstration import HOUR, demonstration_site, simulated_day
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.messages import Message


def test_hl7_and_fhir_name_the_same_patients():
    start = 1_780_000_000_000_000
    site, named = demonstration_site(), {"hl7": set(), "fhir": set()}
    for number, step in enumerate(simulated_day(6, start, hours=48), 1):
        facts, _ = read(Message(number, step.form, step.form, step.key, step.raw, step.time + HOUR), site)
        named[step.form] |= {fact.patient for fact in facts}
    assert named["fhir"]
    assert named["fhir"] <= named["hl7"]
