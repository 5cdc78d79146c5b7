"""Whose value a FHIR resource is: every legal form of reference leads to its patient, or to nobody."""

import pytest

from opensepsis.uses.ward.model.facts import Charted, Merged
from tests.support.ward.fhir_said import Feeding, bundle, entry, iso, number, observation, patient

URN = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
OTHER = "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"
SERVER = "https://ehr.example/fhir"


def about(**subject) -> dict:
    return observation(subject=subject)


def test_a_contained_patient_counts_by_the_identifier():
    feeding = Feeding()
    seen = []
    for mrn in ("100", "200"):
        said = about(reference="#pt") | {"contained": [patient("pt", identifier=number(mrn))]}
        seen += feeding.send(said).patients
    assert seen == ["urn:mrn|100", "urn:mrn|200"]


@pytest.mark.parametrize("contained", [[], [patient("pt")], [patient("other", identifier=number("1"))]])
def test_a_contained_patient_without_an_identifier_is_nobody(contained):
    feeding = Feeding().send(about(reference="#pt") | {"contained": contained})
    assert feeding.dead and not feeding.facts


@pytest.mark.parametrize(
    "said", ["Location/7", "https://ehr.example/fhir/Device/7", "Group/7", "Location?identifier=a|7"]
)
def test_what_is_about_a_thing_is_of_no_patient(said):
    feeding = Feeding().send(observation("8310-5", 44, "Cel", subject={"reference": said}))
    assert not feeding.facts and feeding.told == [("unused", "the Observation is not about a patient")]


@pytest.mark.parametrize("kind", ["Location", "http://hl7.org/fhir/StructureDefinition/Device"])
def test_the_type_of_an_identifier_says_what_it_names(kind):
    feeding = Feeding().send(about(type=kind, identifier={"system": "urn:mrn", "value": "7"}))
    assert not feeding.facts and feeding.told[0][0] == "unused"


def test_a_thing_in_the_bundle_is_no_patient():
    room = entry({"resourceType": "Location", "id": "7"}, URN)
    feeding = Feeding().send(bundle(room, entry(about(reference=URN), OTHER)))
    assert not feeding.charted and not feeding.dead


def test_what_is_about_somebody_else_is_shown():
    feeding = Feeding().send(observation(focus=[{"reference": "Patient/child"}]))
    assert not feeding.charted and feeding.shown == ["it is about another thing or person (focus)"]


@pytest.mark.parametrize("said", [
    "Patient/7", "Patient/7/_history/2", f"{SERVER}/Patient/7", f"{SERVER}/Patient/7/_history/9",
])  # fmt: skip
def test_literal_references_lead_to_one_patient(said):
    feeding = Feeding(server=SERVER).send(about(reference=said))
    assert feeding.patients == {"server ehr|7"}


def test_the_server_of_the_entry_is_that_of_its_references():
    said = bundle(entry(about(reference=f"{SERVER}/Patient/7"), f"{SERVER}/Observation/o1"), kind="searchset")
    assert Feeding().send(said).patients == {"server ehr|7"}


@pytest.mark.parametrize("settings", [{}, {"server": SERVER}])
def test_a_patient_of_another_server_is_another(settings):
    feeding = Feeding(**settings).send(about(reference="https://other.example/r4/Patient/7"))
    assert feeding.patients == {"server https://other.example/r4|7"}


def test_two_servers_in_one_bundle_have_patients_of_their_own():
    entries = []
    for n, server in enumerate((SERVER, "https://other.example")):
        entries.append(entry(patient("7"), f"{server}/Patient/7"))
        said = observation(value=2 + n, subject={"reference": "Patient/7"})
        entries.append(entry(said, f"{server}/Observation/o1"))
    feeding = Feeding().send(bundle(*entries, kind="collection"))
    assert sorted(feeding.charted) == [
        ("server https://ehr.example/fhir|7", "lactate", 2.0),
        ("server https://other.example|7", "lactate", 3.0),
    ]
    assert len({fact.event.origin for fact in feeding.of(type(feeding.facts[-1]))}) == 2


def test_a_patient_without_an_id_is_found_by_its_address_and_named_by_its_identifier():
    feeding = Feeding()
    for address in (URN, OTHER):
        who = entry(patient(None, identifier=number("55")), address, "POST", "Patient")
        said = entry(
            about(reference=address.upper().replace("URN:UUID", "urn:uuid")),
            "urn:uuid:9",
            "POST",
            "Observation",
        )
        feeding.send(bundle(who, said))
        assert feeding.patients == {"urn:mrn|55"} and not feeding.dead
        assert {d.patient for d in feeding.described} == {"urn:mrn|55"}


def test_a_passing_id_does_not_make_another_patient():
    feeding, seen = Feeding(), set()
    for n, address in enumerate((URN, OTHER)):
        who = entry(patient(f"tmp{n}", identifier=number("55")), address, "POST", "Patient")
        feeding.send(bundle(who, entry(about(reference=address), "urn:uuid:9", "POST", "Observation")))
        seen |= feeding.patients
    assert seen == {"urn:mrn|55"}


def test_a_lasting_id_beside_an_address_leads_to_the_same_patient():
    feeding = Feeding().send(bundle(entry(patient("7", identifier=number("55")), URN), kind="collection"))
    assert feeding.of(Merged) == [Merged("urn:mrn|55", "server ehr|7", feeding.described[0].stated)]


def test_an_update_names_the_patient_by_its_id():
    who = entry(patient("7", identifier=number("55")), URN, "PUT", "Patient/7")
    feeding = Feeding().send(bundle(who, entry(about(reference=URN), OTHER, "POST", "Observation")))
    assert feeding.patients == {"server ehr|7"}


def test_an_address_that_leads_nowhere_is_nobody():
    feeding = Feeding().send(bundle(entry(patient("7"), URN), entry(about(reference=OTHER), "urn:uuid:9")))
    assert feeding.dead and not feeding.charted


def test_an_address_of_an_earlier_bundle_is_known():
    feeding = Feeding().send(bundle(entry(patient(None, identifier=number("55")), URN, "POST", "Patient")))
    assert feeding.send(about(reference=URN)).patients == {"urn:mrn|55"}


def test_two_patients_at_one_address_are_nobody():
    people = [entry(patient(None, identifier=number(n)), URN) for n in "12"]
    feeding = Feeding().send(bundle(*people, entry(about(reference=URN), OTHER)))
    assert feeding.dead and not feeding.charted


@pytest.mark.parametrize("subject", [
    {"identifier": {"system": "urn:mrn", "value": "55"}},
    {"identifier": {"system": "urn:mrn", "value": "55"}, "type": "Patient"},
    {"reference": "Patient?identifier=urn:mrn|55"},
    {"reference": "Patient?identifier=urn%3Amrn%7C55"},
])  # fmt: skip
def test_an_identifier_leads_to_the_patient_who_bears_it(subject):
    feeding = Feeding()
    assert feeding.send(about(**subject)).patients == {"urn:mrn|55"}
    beside = bundle(entry(patient("7", identifier=number("55"))), entry(about(**subject)))
    assert feeding.send(beside).patients == {"server ehr|7"}
    assert feeding.send(about(**subject)).patients == {"server ehr|7"}  # kept before


def test_an_identifier_that_two_patients_bear_names_neither():
    feeding = Feeding().send(patient("7", identifier=number("55")))
    feeding.send(patient("8", identifier=number("55")))
    assert feeding.send(about(identifier={"system": "urn:mrn", "value": "55"})).patients == {"urn:mrn|55"}


def test_an_identifier_without_a_system_is_of_the_feeds_authority():
    said = about(identifier={"value": "55"})
    assert Feeding(authority="HOSP").send(said).patients == {"HOSP|55"}
    one, other = (Feeding(feed=name).send(said).patients for name in ("lab", "ehr"))
    assert one != other


@pytest.mark.parametrize(
    "said",
    ["7", "Patient", "Patient/", "patient/7", "Patient?name=Roe", "Patient?identifier=", "Patient/a|b"],
)
def test_what_is_no_reference_is_nobody(said):
    feeding = Feeding().send(about(reference=said))
    assert feeding.dead and not feeding.facts


def test_without_a_subject_the_patient_is_that_of_the_encounter():
    feeding = Feeding()
    visit = {
        "resourceType": "Encounter",
        "id": "v",
        "status": "in-progress",
        "subject": {"reference": "Patient/7"},
    }
    said = observation(subject=None, encounter={"reference": "Encounter/v"})
    assert feeding.send(said).dead
    feeding.send(visit | {"class": {"code": "IMP"}, "period": {"start": iso(0)}})
    assert feeding.send(said).patients == {"server ehr|7"}


def test_resources_without_an_id_never_touch_one_another():
    feeding = Feeding()
    feeding.send(observation("2160-0", 3.0, "mg/dL", id=None))
    first = feeding.of(type(feeding.facts[0]))[0].event.origin
    feeding.send(observation("777-3", 20, "10*3/uL", id=None, status="amended"))
    assert not feeding.voided and feeding.facts[0].event.origin != first


def test_resources_of_one_bundle_without_ids_are_told_apart():
    said = [entry(observation(code, 3.0, "mg/dL", id=None)) for code in ("2160-0", "1975-2")]
    origins = {fact.event.origin for fact in Feeding().send(bundle(*said)).facts}
    assert len(origins) == 2


def test_one_id_on_two_servers_is_two_resources():
    ehr, lab = (Feeding(feed=name).send(observation()).facts[0].event.origin for name in ("ehr", "lab"))
    assert ehr != lab


def test_a_patient_with_neither_id_nor_identifier_is_dead():
    assert Feeding().send(patient(None, name=[{"family": "Roe"}])).dead


@pytest.mark.parametrize("value", ["UNKNOWN", "000000", "n/a"])
def test_an_identifier_that_stands_for_nobody_joins_no_patients(value):
    of_it = observation(subject={"identifier": {"system": "urn:mrn", "value": value}})
    assert Feeding().send(of_it).dead and not Feeding().send(of_it).charted
    held = bundle(
        entry(patient(None, identifier=number(value)), "urn:uuid:1"),
        entry(observation(subject={"reference": "urn:uuid:1"}), "urn:uuid:2"),
    )
    assert Feeding().send(held).dead and not Feeding().send(held).charted


def test_an_identifier_of_no_kind_whose_period_is_over_comes_after_the_others():
    said = [*number("50", period={"end": "2021-01-01"}), *number("100")]
    feeding = Feeding().send(
        bundle(
            entry(patient(None, identifier=said), "urn:uuid:p"),
            entry(observation(subject={"reference": "urn:uuid:p"})),
        )
    )
    assert feeding.patients == {"urn:mrn|100"}


def test_an_identifier_whose_period_is_over_comes_after_the_others():
    record = {"type": {"coding": [{"code": "MR"}]}}
    said = [*number("50", period={"end": "2021-01-01"}, **record), *number("100", **record)]
    held = bundle(
        entry(patient(None, identifier=said), "urn:uuid:1"),
        entry(observation(subject={"reference": "urn:uuid:1"})),
    )
    assert Feeding().send(held).patients == {"urn:mrn|100"}


def test_an_old_identifier_names_nobody():
    said = about(reference="#pt") | {"contained": [patient("pt", identifier=number("1", use="old"))]}
    assert Feeding().send(said).dead


@pytest.mark.parametrize(("names", "right"), [
    ([{"use": "maiden", "family": "Old"}, {"use": "official", "given": ["Ann", None], "family": "Roe"}], "Ann Roe"),
    ([{"use": "nickname", "text": "Annie"}, {"use": "usual", "text": "Ann Roe"}], "Ann Roe"),
    ([{"family": "Was", "period": {"end": "2020-01-01"}}, {"family": "Is"}], "Is"),
    ([{}, {"text": "Ann"}], "Ann"),
])  # fmt: skip
def test_names_go_by_their_use(names, right):
    assert Feeding().send(patient(name=names)).described[0].name == right


def test_the_last_word_on_death_counts():
    feeding = Feeding()
    assert feeding.send(patient(deceasedBoolean=True)).described[0].dead is True
    assert feeding.send(patient(deceasedBoolean=False)).described[0].dead is False
    assert feeding.send(patient()).described[0].dead is None
    assert feeding.send(patient(meta={"versionId": "3"})).described[0].dead is False
    day = feeding.send(patient(deceasedDateTime="2026-03-01")).described[0]
    assert day.died == 1772409599999999 and day.dead is None


@pytest.mark.parametrize(
    ("death", "dead", "problems"),
    [({"deceasedDateTime": "unknown"}, None, 1), ({"deceasedDateTime": "2026-13-40"}, None, 1), ({"deceasedBoolean": "true"}, None, 1),
     ({"deceasedBoolean": "alive"}, None, 1), ({"_deceasedDateTime": {"extension": []}}, None, 0),
     ({"deceasedDateTime": "2026-03"}, True, 0), ({"deceasedDateTime": "2026"}, True, 0)],
)  # fmt: skip
def test_what_cannot_be_read_of_a_death_says_nothing_and_takes_nothing_back(death, dead, problems):
    found = Feeding().send(patient(meta={"versionId": "3"}, **death))
    assert (found.described[0].dead, found.described[0].died, len(found.problems)) == (dead, None, problems)


def test_only_a_patient_replaces_a_patient():
    link = [{"type": "replaced-by", "other": {"reference": "RelatedPerson/9"}}]
    assert not Feeding().send(patient(link=link)).of(Merged)
    link = [{"type": "replaced-by", "other": {"reference": "Patient/9/_history/1"}}]
    assert [m.patient for m in Feeding().send(patient(link=link)).of(Merged)] == ["server ehr|9"]


def test_birth_and_sex_are_read():
    (who,) = Feeding().send(patient(birthDate="1950-02-03", gender="female")).described
    assert (who.sex, who.born) == ("F", -628300800000000)
    unread = Feeding().send(patient(birthDate="in spring", gender="w"))
    assert (unread.described[0].sex, unread.described[0].born) == (None, None)
    assert unread.told == [("time", "the date of birth cannot be read")]


def test_a_reference_that_contradicts_its_type_is_nobody():
    feeding = Feeding().send(about(reference="Patient/7", type="Group"))
    assert not feeding.facts and feeding.told[0][0] == "unused"


def test_another_server_in_a_later_bundle_has_patients_of_its_own():
    feeding, seen = Feeding(), []
    for server in (SERVER, "https://other.example", SERVER):
        said = entry(about(reference="Patient/7"), f"{server}/Observation/o1")
        seen += feeding.send(bundle(entry(patient(), f"{server}/Patient/7"), said, kind="searchset")).patients
    assert seen == ["server ehr|7", "server https://other.example|7", "server ehr|7"]
    assert feeding.send(about(reference=f"{SERVER}/Patient/7")).patients == {"server ehr|7"}


@pytest.mark.parametrize("method", ["PUT", ""])
def test_the_address_comes_before_the_id(method):
    who = entry(patient("8"), f"{SERVER}/Patient/7", method, "Patient/7" if method else "")
    said = bundle(who, entry(about(reference="Patient/7"), f"{SERVER}/Observation/o1"), kind="batch")
    feeding = Feeding().send(said)
    assert feeding.patients == {d.patient for d in feeding.described} == {"server ehr|7"}


def test_ids_of_created_resources_are_of_their_bundle_only():
    feeding, origins = Feeding(), set()
    for n, address in enumerate((URN, OTHER)):
        drug = entry(
            {"resourceType": "Medication", "id": "1", "code": {"text": "x"}},
            f"{URN[:-1]}{n}",
            "POST",
            "Medication",
        )
        said = entry(
            observation(id="1", status="amended", subject={"reference": f"Patient/{n}"}),
            address,
            "POST",
            "Observation",
        )
        feeding.send(bundle(drug, said))
        origins |= {fact.event.origin for fact in feeding.of(Charted)}
        assert not feeding.voided
    assert len(origins) == 2
    assert feeding.memory("resource of ehr: Medication/1") is None


@pytest.mark.parametrize("later", [
    {"status": "entered-in-error", "subject": None, "code": None, "valueQuantity": None, "effectiveDateTime": None},
    {"subject": {"reference": "Location/7"}, "meta": {"versionId": "2"}}, {"subject": None, "meta": {"versionId": "2"}},
])  # fmt: skip
def test_a_later_version_without_a_patient_takes_the_earlier_back(later):
    feeding = Feeding()
    first = feeding.send(observation(), 20).of(Charted)[0].event
    feeding.send(observation(**later), 30)
    assert [void.patient for void in feeding.voided] == [""] and feeding.voided[0].covers(first)
