"""What a given drug does by its form, route, rate and end: what runs, what is infused, what is over at once."""

import pytest

from opensepsis.data.decode.medications import Drug, administer
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.site import Drug as LocalDrug
from opensepsis.data.site import LocalWords
from opensepsis.uses.ward.model.facts import Charted, Rejected

HOUR = 3_600_000_000
NOW = 1_000 * HOUR


def given(name, amount=None, unit="", route="IV", end=None, status="given", local=None):
    into = DecodeResult()
    drug = Drug("P|1", name, (), route, NOW - HOUR, end, NOW, "o", status, amount, unit)
    administer(drug, NOW, into, local or LocalWords())
    return into


def only(into):
    (fact,) = into.facts
    return fact


@pytest.mark.parametrize(
    ("name", "amount", "unit", "route", "end"),
    [
        ("Lidocaine 1 % with epinephrine", 10.0, "mL", "infiltration", None),
        ("Lidocaine 1 % with epinephrine", 10.0, "mL/h", "IV", None),
        ("Articain 4 % mit Adrenalin", 1.7, "mL", "", None),
        ("Bupivacaine 0.25 %/epinephrine 1:200,000", 20.0, "mL", "", NOW),
        ("epinephrine", 0.3, "mg", "IM", None),
        ("epinephrine", 0.3, "mg", "IV push", None),
        ("EpiPen", 0.3, "mg", "SC", None),
        ("epinephrine", 0.1, "ug/kg/min", "nebulizer", None),
        ("Racemic epinephrine", 0.5, "mL", "inhaled", None),
        ("phenylephrine nasal spray", 1.0, "mL", "", None),
        ("phenylephrine 10 % eye drops", None, "", "", NOW),
        ("ephedrine", 10.0, "mg", "IV", None),
        ("terlipressin", 1.0, "mg", "IV", None),
        ("norepinephrine", None, "", "IV", None),
        ("norepinephrine", 0.1, "", "IV", None),
        ("midazolam", 2.0, "mg", "IV", None),
        ("midazolam", 7.5, "mg", "PO", None),
        ("epinephrine", 0.3, "mg", "IV", NOW - HOUR),
    ],
)
def test_what_does_not_run(name, amount, unit, route, end):
    assert isinstance(only(given(name, amount, unit, route, end)), Rejected)


@pytest.mark.parametrize(
    ("name", "amount", "unit", "route", "end", "concept", "value"),
    [
        ("norepinephrine", 0.1, "ug/kg/min", "IV", None, "norepinephrine", 0.1),
        ("Noradrenalin", 6.0, "µg/kg/h", "Perfusor", None, "norepinephrine", 0.1),
        ("Levophed", 0.1, "mcg/kg/min", "", None, "norepinephrine", 0.1),
        ("norepinephrine", 0.1, "ug/kg/min", "central line", NOW, "norepinephrine", 0.1),
        ("vasopressin", 1.8, "IE/h", "i.v.", None, "vasopressin", 0.03),
        ("metaraminol", 2.0, "mg/h", "IV", None, "other_vasoactive", None),
        ("terlipressin", 0.5, "mg", "IV", NOW, "other_vasoactive", None),
        ("epinephrine", 0.05, "ug/kg/min", "by catapult", None, "epinephrine", 0.05),
        ("propofol", None, "", "IV", None, "sedative", None),
        ("propofol", 3.0, "mg/kg/h", "IV", None, "sedative", None),
    ],
)
def test_what_runs(name, amount, unit, route, end, concept, value):
    found = only(given(name, amount, unit, route, end))
    assert isinstance(found, Charted)
    assert (found.event.concept, found.event.value, found.event.end) == (concept, value, end)


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("sodium chloride 0.9 % irrigation", "IRR"),
        ("sodium chloride 0.9 %", "IRR"),
        ("sodium chloride 0.9 % irrigation", ""),
        ("0.9 % sodium chloride", "bladder irrigation"),
        ("normal saline", "topical"),
        ("sodium chloride 0.9 % flush", "IV"),
        ("Ringer's lactate", "PO"),
        ("lactated ringers", "nebulizer"),
        ("sodium chloride 0.9 % dialysis circuit prime", "IV"),
        ("Plasma-Lyte", "HD"),
        ("Natriumchlorid 0,9% Spüllösung", ""),
        ("sodium chloride 0.9 %", "intraperitoneal"),
        ("sodium chloride 0.9 %", "SC"),
    ],
)
def test_fluid_that_is_not_infused(name, route):
    assert isinstance(only(given(name, 3000.0, "mL", route)), Rejected)


@pytest.mark.parametrize("route", ["IV", "", "central line", "IO"])
def test_fluid_that_is_infused(route):
    assert only(given("0.9 % sodium chloride", 500.0, "mL", route)).event.value == 500.0


def test_the_form_of_an_antibiotic_is_its_route():
    assert only(given("Gentamicin eye drops")).event.text == "gentamicin|eye"
    assert only(given("Rocephin 2 g")).event.text == "ceftriaxone|iv"
    assert only(given("vancomycin lock")).event.text == "vancomycin|lock"
    assert only(given("Ciprofloxacin 500 mg tablet", route="")).event.text == "ciprofloxacin|oral"
    assert only(given("Ciprofloxacin 500 mg tablet", route="NG tube")).event.text == "ciprofloxacin|tube"
    assert isinstance(only(given("Vancomycin 125 mg capsule", route="")), Rejected)


def test_a_dose_is_withdrawn_whatever_it_was():
    assert isinstance(only(given("epinephrine", 0.3, "mg", "IM", status="withdrawn")), Charted)


def test_a_sites_own_names():
    local = LocalWords(
        drugs={"hausmischung 7": LocalDrug("antibiotic", "house mixture")}, units={"Amp": "mL"}
    )
    assert only(given("Hausmischung 7", local=local)).event.text == "house mixture|iv"
    assert given("Hausmischung 7").problems[0].kind == "unmapped"
