"""An order holds from when it says that it does, not from when it was written, and until it is ended."""

import pytest

from opensepsis.uses.ward.model.facts import Charted, Rejected, Voided
from tests.support.ward.feeds import to_microseconds
from tests.support.ward.fhir_given import IV, given
from tests.support.ward.fhir_orders import COMFORT, consent, flag, order
from tests.support.ward.fhir_said import Feeding, iso, quantity
from tests.support.ward.hl7_doses import dose
from tests.support.ward.hl7_messages import ANN, NOON, found

DAY = 16 * 60  # minutes from 8:00 to the next midnight
MINUTE = 60_000_000


def held(said: dict, minute: float = 60) -> list[tuple]:
    """From which minute until which comfort care holds."""
    rows = [f.event for f in Feeding().send(said, minute).of(Charted)]
    start = to_microseconds(0)
    return [((e.time - start) / MINUTE, None if e.end is None else (e.end - start) / MINUTE) for e in rows]


@pytest.mark.parametrize(
    ("said", "spans"),
    [
        (order(), [(5, None)]),
        (order(occurrenceDateTime=iso(600)), [(600, None)]),
        (order(occurrencePeriod={"start": iso(600)}), [(600, None)]),
        (order(occurrencePeriod={"start": iso(600), "end": iso(900)}), [(600, 900)]),
        (order(occurrencePeriod={"end": iso(900)}), [(5, 900)]),
        (order(occurrenceTiming={"repeat": {"boundsPeriod": {"start": iso(600), "end": iso(900)}}}), [(600, 900)]),
        (order(occurrenceTiming={"event": [iso(600)]}), [(600, None)]),
        (order(occurrenceDateTime="2026-03-03"), [(DAY, None)]),  # tomorrow
        (order(occurrenceDateTime="2026-03-02"), [(5, None)]),  # today, not before it was written
        (order(occurrencePeriod={"start": iso(10), "end": "2026-03-03"}), [(10, DAY + 24 * 60)]),
        (order(status="revoked", occurrenceDateTime=iso(600)), [(600, 600)]),  # it never held
        (order(status="completed"), [(5, 60)]),
        (order(occurrenceDateTime="soon"), []),
        (order(asNeededBoolean=True), []),
        (order(asNeededCodeableConcept={"text": "if he gets worse"}), []),
        (order(asNeededBoolean=False), [(5, None)]),
        (order(status="on-hold", occurrenceDateTime=iso(30)), []),
        (flag(period={"start": iso(600)}), [(600, None)]),
        (flag(period={"start": "2026-03-03"}), [(DAY, None)]),
        (flag(period={"start": iso(5), "end": "2026-03-02"}), [(5, DAY)]),
        (consent(provision={"code": [COMFORT], "period": {"start": iso(600)}}), [(600, None)]),
    ],
)  # fmt: skip
def test_fhir(said, spans):
    assert held(said) == spans


def test_an_unreadable_start_and_one_as_needed_go_to_a_person():
    for said in (order(occurrenceDateTime="soon"), order(asNeededBoolean=True)):
        assert ["person must decide" in reason for reason in Feeding().send(said).shown] == [True]


def test_what_was_entered_in_error_is_taken_back():
    feeding = Feeding()
    feeding.send(order(occurrenceDateTime=iso(600)))
    (void,) = feeding.send(order(status="entered-in-error", occurrenceDateTime=iso(600))).of(Voided)
    assert void.origin.endswith("ServiceRequest/s") and not feeding.of(Charted)


COMFORT_CARE = "OBR|1|1||133918004^Comfort care^SCT"


def ordered(
    orc: str = "ORC|NW|1|||||{timing}||202603021100+0000",
    timing: str = "",
    more: str = "",
    asked: str = COMFORT_CARE,
):
    lines = [orc.format(timing=timing), *([more] if more else []), asked]
    facts, _ = found(ANN, *lines, kind="ORM^O01")
    rows = [f.event for f in facts if isinstance(f, Charted)]
    spans = [((e.time - NOON) / MINUTE, None if e.end is None else (e.end - NOON) / MINUTE) for e in rows]
    return spans, [f.reason for f in facts if isinstance(f, Rejected)]


@pytest.mark.parametrize(
    ("more", "spans"),
    [
        ({}, [(-60, None)]),
        ({"timing": "1^^^202603021800+0000"}, [(360, None)]),
        ({"timing": "1^^^202603021800+0000^202603022000+0000"}, [(360, 480)]),
        ({"more": "TQ1|1||||||202603021800+0000"}, [(360, None)]),
        ({"more": "TQ1|1||||||202603021800+0000|202603022000+0000"}, [(360, 480)]),
        ({"more": "TQ1|1||||||20260303"}, [(720, None)]),
        ({"more": "TQ1|1||||||20260302"}, [(-60, None)]),
        ({"more": 'TQ1|1||||||""'}, [(-60, None)]),
        ({"asked": COMFORT_CARE + "|" * 23 + "1^^^202603021800+0000"}, [(360, None)]),
        ({"orc": "ORC|NW|1|||SC||||202603021100+0000||||||202603021800+0000"}, [(360, None)]),  # ORC-15
        ({"more": "TQ1|1||||||soon"}, []),
    ],
)  # fmt: skip
def test_hl7(more, spans):
    starts, reasons = ordered(**more)
    assert starts == spans
    assert bool(reasons) is not bool(spans)


@pytest.mark.parametrize(
    ("dosage", "rows"),
    [
        ({"dose": quantity(500, "mL", comparator="<")}, []),
        ({"dose": quantity(500, "mL")}, [500.0]),
        ({"dose": quantity(500, "mL", comparator=">=")}, []),
    ],
)
def test_a_limit_is_no_volume(dosage, rows):
    feeding = Feeding().send(given("sodium chloride 0.9 %", status="completed", dosage=dosage | IV))
    assert [value for _, _, value in feeding.charted] == rows
    assert ("a limit, not a number" in feeding.shown) is not bool(rows)
    sign, value = dosage["dose"].get("comparator", ""), dosage["dose"]["value"]
    facts, _ = found(
        ANN,
        "ORC|RE||77",
        dose("NS^Sodium chloride 0.9 %^L", f"{sign}{value}", "mL"),
        "RXR|IV",
        kind="RAS^O17",
    )
    assert [f.event.value for f in facts if isinstance(f, Charted)] == rows
    assert ("a limit, not a number" in [f.reason for f in facts if isinstance(f, Rejected)]) is not bool(rows)


@pytest.mark.parametrize("sign", ["", "<", ">"])
def test_a_limit_is_no_rate_but_the_drug_runs(sign):
    unit, sent = "ug/kg/min", {"comparator": sign} if sign else {}
    feeding = Feeding().send(given(dosage={"rateQuantity": quantity(0.3, unit, **sent)} | IV))
    (event,) = [f.event for f in feeding.of(Charted)]
    assert (event.concept, event.value) == ("norepinephrine", None if sign else 0.3)
    line = dose("norepinephrine", "", "", "PA", rate=f"{sign}0.3^{unit}")
    facts, _ = found(ANN, "ORC|RE||77", line, "RXR|IV", kind="RAS^O17")
    (event,) = [f.event for f in facts if isinstance(f, Charted)]
    assert (event.concept, event.value) == ("norepinephrine", None if sign else 0.3)


def test_an_antibiotic_was_given_whatever_sign_its_dose_has():
    feeding = Feeding().send(
        given("ceftriaxone", status="completed", dosage={"dose": quantity(2, "g", comparator="<=")} | IV)
    )
    assert [(concept, text) for _, concept, text in feeding.charted] == [("antibiotic", "ceftriaxone|iv")]
