"""An order holds from when it says that it does, not from when it was written, and until it is ended."""

from dataclasses import replace
from datetime import datetime

import pytest

from opensepsis.data.decode.site import Feed
from opensepsis.uses.ward.model.facts import Charted, Rejected, Voided
from tests.support.ward.feeds import to_microseconds
from tests.support.ward.fhir_given import IV, given
from tests.support.ward.fhir_orders import COMFORT, consent, flag, order
from tests.support.ward.fhir_said import Feeding, iso, quantity
from tests.support.ward.hl7_doses import dose
from tests.support.ward.hl7_messages import ANN, NOON, SITE, found

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
        (order(occurrencePeriod={"start": iso(600), "end": iso(300)}), [(600, 600)]),  # it ends before it begins
        (order(occurrencePeriod={"start": iso(600), "end": "2026-03-01"}), [(600, 600)]),
        (order(occurrencePeriod={"start": iso(10), "end": "2026-03"}), [(10, 30 * 24 * 60 - 8 * 60)]),  # to the end of the month
        (flag(period={"end": iso(1)}), [(60, 60)]),
        (order(occurrenceDateTime="soon"), []),
        (order(occurrencePeriod={"start": iso(10), "end": "soon"}), []),
        (order(occurrenceTiming={"repeat": {"boundsPeriod": {"start": iso(10), "end": "2026-02-30"}}}), []),
        (flag(period={"start": iso(5), "end": "0000-00-00"}), []),
        (consent(provision={"code": [COMFORT], "period": {"start": iso(10), "end": "later"}}), []),
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


def test_what_cannot_be_read_and_one_as_needed_go_to_a_person():
    ends = {"start": iso(10), "end": "soon"}
    for said, counted in (
        (order(occurrenceDateTime="soon"), 1), (order(occurrencePeriod=ends), 1), (flag(period=ends), 1),
        (consent(provision={"code": [COMFORT], "period": ends}), 1), (order(asNeededBoolean=True), 0),
    ):  # fmt: skip
        feeding = Feeding().send(said)
        assert ["person must decide" in reason for reason in feeding.shown] == [True]
        assert [kind for kind, _ in feeding.told] == ["time"] * counted


def test_one_whose_end_cannot_be_read_takes_the_place_of_the_version_before():
    feeding = Feeding().send(order(meta={"versionId": "1", "lastUpdated": iso(6)}), 6)
    (before,) = [f.event for f in feeding.of(Charted)]
    again = {"versionId": "2", "lastUpdated": iso(7)}
    feeding.send(order(meta=again, occurrencePeriod={"start": iso(5), "end": "soon"}), 8)
    assert not feeding.charted and any(void.covers(before) for void in feeding.voided)


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
        ({"more": "TQ1|1||||||202603021800+0000|soon"}, []),
        ({"timing": "1^^^^20260231"}, []),
        ({"more": "TQ1|1||||||202603021800+0000|202603021400+0000"}, [(360, 360)]),
        ({"more": "TQ1|1||||||202603021800+0000|20260303"}, [(360, 36 * 60)]),
        ({"more": "TQ1|1|||||||2026030214"}, [(-60, 180)]),  # to the end of that hour
        ({"more": "TQ1|1||||||202603021800+0000|202603"}, [(360, 30 * 24 * 60 - 12 * 60)]),
    ],
)  # fmt: skip
def test_hl7(more, spans):
    starts, reasons = ordered(**more)
    assert starts == spans
    assert bool(reasons) is not bool(spans)


ZONES = [
    ("Europe/Berlin", "2026-03-29", "2026-03-29T22:00Z"), ("Europe/Berlin", "2026-10-25", "2026-10-25T23:00Z"),
    ("Europe/Berlin", "2026-03-02", "2026-03-02T23:00Z"), ("America/New_York", "2026-03-08", "2026-03-09T04:00Z"),
    ("America/New_York", "2026-11-01", "2026-11-02T05:00Z"), ("America/New_York", "2026-03-02", "2026-03-03T05:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day", "over"), ZONES)
def test_a_day_ends_at_the_next_local_midnight_on_days_too_when_clocks_change(zone, day, over):
    expected = int(datetime.fromisoformat(over).timestamp()) * 1_000_000
    received = expected - 3_600_000_000
    feeding = Feeding(zone=zone)
    feeding.send(
        order(authoredOn=f"{day}T10:00:00Z", occurrencePeriod={"end": day}),
        (received - to_microseconds(0)) / MINUTE,
    )
    assert [f.event.end for f in feeding.of(Charted)] == [expected]
    site = replace(SITE, feeds={"lab": Feed(zone=zone)})
    digits = day.replace("-", "")
    facts, _ = found(
        ANN, f"ORC|NW|1||||||||{digits}1000", f"TQ1|1|||||||{digits}", COMFORT_CARE,
        kind="ORM^O01", site=site, received=received, at=f"{digits}1000",
    )  # fmt: skip
    assert [f.event.end for f in facts if isinstance(f, Charted)] == [expected]


@pytest.mark.parametrize(
    ("again", "stand"),
    [
        ("XO|1|||||1^^^202603022000+0000", [(480, None)]),
        ("XO|1|||||1^^^202603022000+0000^202603022200+0000", [(480, 600)]),
        ("SC|1", [(360, None), (-30, None)]),  # it says nothing of its timing: the one before holds
    ],
)
def test_another_timing_takes_the_place_of_the_one_before(again, stand):
    first, _ = found(
        ANN, "ORC|NW|1|||||1^^^202603021800+0000", COMFORT_CARE, kind="ORM^O01", at="202603021100+0000"
    )
    second, _ = found(ANN, f"ORC|{again}", COMFORT_CARE, kind="ORM^O01", at="202603021130+0000")
    voids = [f for f in second if isinstance(f, Voided)]
    rows = [f.event for f in (*first, *second) if isinstance(f, Charted)]
    left = [e for e in rows if not any(void.covers(e) for void in voids)]
    assert [
        ((e.time - NOON) / MINUTE, None if e.end is None else (e.end - NOON) / MINUTE) for e in left
    ] == stand


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
