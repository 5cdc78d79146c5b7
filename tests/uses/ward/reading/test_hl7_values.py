"""Values as OBX-2 types them, units, statuses, specimens and times of HL7 results."""

from datetime import UTC, datetime

import pytest

from opensepsis.data.decode.site import Feed, Site, own_codes
from opensepsis.data.site import LocalWords
from opensepsis.uses.ward.model.facts import Charted, Rejected, Voided
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.patient import Patient
from tests.support.ward.hl7_messages import (
    ANN,
    MINUTE,
    NOON,
    SITE,
    charted,
    found,
    order,
    problems,
    reasons,
    result,
    sent,
)

PLATELETS, VERBAL = "777-3^Platelets^LN", "9270-0^GCS verbal^LN"


def value(*lines: str, **more):
    """The value of what is charted; None where nothing is."""
    rows = charted(ANN, order(), *lines, **more)
    return rows[0][2] if rows else None


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("=^2.4", 2.4),
        ("^2.4", 2.4),
        ("<^0.5", 0.5),
        (">=^8", 8),
        ("2.4", 2.4),
        ("^2.4^", 2.4),
        ("=^2.4^^", 2.4),
    ],
)
def test_a_structured_number(said, number):
    assert value(result(said, kind="SN")) == number


@pytest.mark.parametrize(
    ("said", "limit"), [("<^0.5", "<"), (">^15", ">"), ("<=^0.5", "<="), ("=^2", None), ("^2", None)]
)
def test_a_limit_is_charted_as_one(said, limit):
    facts, _ = found(ANN, order(), result(said, kind="SN"))
    assert facts[0].event.text == limit


@pytest.mark.parametrize(
    "said", ["^10^-^40", "^1^:^128", "^2^+", "^1^/^2", "<>^3", "^2.4^.^5", "^10^-", "~^3", "^1^^2"]
)
def test_a_separator_makes_a_range_a_ratio_or_a_category(said):
    line = result(said, kind="SN")
    assert value(line) is None or said == "~^3"
    assert reasons(ANN, order(), line) or said == "~^3"


@pytest.mark.parametrize(
    ("said", "number"), [(".9", 0.9), ("5.", 5), ("+3", 3), ("4.10", 4.1), ("1e1", 10), (" 4.1 ", 4.1)]
)
def test_a_number_as_the_standard_allows_it(said, number):
    assert value(result(said)) == number


@pytest.mark.parametrize(
    "said", ["4.1 H", "1-2", "pos", "4.1^5", "4\\Z1\\1", "4\\1", "see below", "4.1~5.2", "4..1"]
)
def test_what_is_no_number_is_shown(said):
    for kind in ("NM", "ST", "TX", "FT"):
        assert value(result(said, kind=kind)) is None
        assert reasons(ANN, order(), result(said, kind=kind))


def test_a_value_sent_twice_alike_is_one():
    assert value(result("4.1~4.1")) == 4.1


@pytest.mark.parametrize("kind", ["ED", "RP", "DT", "TM", "TS", "DTM", "NA", "MA", "NR", "XPN", "ZZZ"])
@pytest.mark.parametrize("said", ["4", "20260302", "^4"])
def test_a_type_that_is_no_value_is_shown_with_its_reason(kind, said):
    assert value(result(said, kind=kind)) is None
    assert reasons(ANN, order(), result(said, kind=kind))


@pytest.mark.parametrize("kind", ["ED", "RP", "DT", "ZZZ"])
def test_a_document_is_no_growth(kind):
    line = f"OBX|1|{kind}|600-7^Blood culture^LN||^TEXT^^Base64^RQ==||||||F"
    assert charted(ANN, order("B1", "600-7^Blood culture^LN"), line) == []


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ("4^Confused^L", 4),
        ("LA6560-2^Confused^LN", 4),
        ("C^Confused^L^LA6560-2^Confused^LN", 4),
        ("LA6557-8", 1),
        ("5", 5),
    ],
)
def test_points_of_a_scale_sent_as_a_code(said, points):
    for kind in ("CE", "CWE", "CNE"):
        assert value(result(said, VERBAL, "", kind)) == points


@pytest.mark.parametrize(
    "said",
    ["Muddled^Muddled^L", "4^3^L", "LA6567-7^Obeys^LN", "7^x^L", "4^Confused^L^LA6561-0^Oriented^LN"],
)
def test_a_code_that_stands_for_no_points(said):
    assert value(result(said, VERBAL, "", "CWE")) is None
    assert reasons(ANN, order(), result(said, VERBAL, "", "CWE"))


def test_a_code_is_no_measurement():
    assert value(result("75^high^L", "8867-4^HR^LN", "/min", "CE")) is None


@pytest.mark.parametrize(
    "unit",
    ["10*3/uL", "10^3/uL", "x10^3/uL", "10\\S\\3/uL", "10^9/L", "10^3/uL^thousand per microliter^UCUM", "10*9/L^^UCUM",
     "TSD^thousand^L^10*3/uL^^UCUM", "Bananas^^L^10*3/uL^^UCUM"],
)  # fmt: skip
def test_units_that_are_joined_or_coded_twice(unit):
    assert value(result("150", PLATELETS, unit)) == 150


def test_units_that_contradict_each_other():
    line = result("1.2", "2160-0^Creatinine^LN", "mg/dL^^UCUM^umol/L^^UCUM")
    assert value(line) is None and reasons(ANN, order(), line) == ["its two units differ"]


@pytest.mark.parametrize("unit", ["10", "10^/uL", "^", '""', "", "furlong^^L^cubit^^L"])
def test_a_unit_that_is_none(unit):
    line = result("4", "2160-0^Creatinine^LN", unit)
    assert value(line) is None and reasons(ANN, order(), line)


def test_a_unit_of_the_site():
    site = Site(own_codes(), local=LocalWords(units={"TSD": "10*3/uL"}))
    assert value(result("150", PLATELETS, "TSD^thousand^L"), site=site) == 150


def test_micro_signs_of_latin_1_without_a_character_set():
    text = sent(ANN, order(), result("176.84", "14682-9^Creatinine^LN", "µmol/L")).decode()
    for letters, said in (("utf-8", []), ("latin-1", ["read as 8859/1"])):
        facts, noted = found(raw=text.encode(letters))
        assert facts[0].event.value == pytest.approx(2.0, abs=1e-4)
        assert [p.code for p in noted] == said


@pytest.mark.parametrize(
    ("name", "letters"),
    [("8859/1", "latin-1"), ("8859/15", "iso8859_15"), ("UNICODE UTF-8", "utf-8"), ("ISO IR100", "latin-1"),
     ("WINDOWS-1252", "cp1252"), ("GB 18030-2000", "gb18030")],
)  # fmt: skip
def test_the_character_set_that_is_named(name, letters):
    text = sent(
        ANN, order(), result("176.84", "14682-9^Creatinine^LN", "µmol/L"), more=f"||||||{name}"
    ).decode()
    facts, noted = found(raw=text.encode(letters))
    assert facts[0].event.value == pytest.approx(2.0, abs=1e-4) and noted == []


@pytest.mark.parametrize("name", ["UNICODE UTF-8", "ASCII", "ISO IR6"])
def test_latin_1_in_a_message_that_says_otherwise(name):
    line = result("176.84", "14682-9^Creatinine^LN", "µmol/L")
    facts, noted = found(raw=sent(ANN, order(), line, more=f"||||||{name}").decode().encode("latin-1"))
    assert facts[0].event.value == pytest.approx(2.0, abs=1e-4)
    assert [p.words for p in noted] == ["bytes outside the character set of MSH-18: read as 8859/1"]


def test_units_of_the_older_standard_and_molar_ones_without_mol():
    assert value(result("88", "8480-6^SBP^LN", "mm(hg)")) == 88
    assert value(result("2.1", "2524-7^Lactate^LN", "mM")) == 2.1
    assert value(result("176.84", "14682-9^Creatinine^LN", "uM")) == pytest.approx(2.0, abs=1e-4)
    assert value(result("2.1", "2160-0^Creatinine^LN", "mM")) is None  # a code of mass


@pytest.mark.parametrize(
    ("decimal", "sent", "unit", "right"),
    [("", "150.000", "/uL", None), (",", "150.000", "/uL", 150), (",", "150000,0", "/uL", 150), (".", "150000,0", "/uL", None),
     ("", "150000", "/uL", 150), (".", "12.500", "10*3/uL", 12.5), (",", "12.500", "10*3/uL", None)],
)  # fmt: skip
def test_the_decimal_mark_of_a_feed(decimal, sent, unit, right):
    site = Site(own_codes(), feeds={"lab": Feed(decimal=decimal)})
    assert value(result(sent, PLATELETS, unit), site=site) == right


def test_a_character_set_that_is_not_known_is_noted():
    text = sent(
        ANN, order(), result("176.84", "14682-9^Creatinine^LN", "µmol/L"), more="||||||KLINGON"
    ).decode()
    for letters in ("utf-8", "latin-1"):
        facts, noted = found(raw=text.encode(letters))
        assert isinstance(facts[0], Charted) and [p.kind for p in noted] == ["characters"]


def state(*messages: tuple[str, ...]) -> list[float]:
    """The platelets that stand after several messages, each a minute after the one before."""
    patient = Patient("HOSP|100", watched(), 10**12)
    for n, lines in enumerate(messages):
        at = datetime.fromtimestamp((NOON + n * MINUTE) / 1e6, UTC).strftime("%Y%m%d%H%M%S+0000")
        for fact in found(ANN, *lines, at=at, received=NOON + n * MINUTE)[0]:
            patient.take(n, NOON + n * MINUTE, fact)
    chart = patient.bedside.chart
    return [e.value for e in chart.standing("platelets") if e.value is not None]


COUNT = result("12", PLATELETS, "10*3/uL", status="P")


@pytest.mark.parametrize("status", ["X", "D", "W", "N"])
def test_a_result_that_cannot_be_obtained_takes_back_the_preliminary_one(status):
    again = result("", PLATELETS, "10*3/uL", status=status)
    assert state((order(), COUNT)) == [12]
    assert state((order(), COUNT), (order(), again)) == []
    untimed = order().replace("202603021100+0000", "")
    assert state((order(), COUNT), (untimed, again)) == []
    assert state((order(), COUNT), (order("OTHER"), again)) == [12]


@pytest.mark.parametrize("status", ["I", "O"])
def test_a_result_that_is_pending_takes_nothing_back(status):
    assert state((order(), COUNT), (order(), result("", PLATELETS, status=status))) == [12]


@pytest.mark.parametrize("status", ["X", "Y", "Z"])
def test_a_cancelled_order_takes_back_its_results(status):
    assert state((order(), COUNT), (order(status=status),)) == []
    assert state((order(), COUNT), (order("F2", status=status),)) == [12]
    assert state((order(status=status), COUNT)) == []


@pytest.mark.parametrize(("said", "stands"), [("240", [240]), ("see note", []), ("^10^-^40", [])])
def test_a_correction_takes_the_place_of_what_it_corrects(said, stands):
    kind = "SN" if "^" in said else "NM"
    assert state((order(), COUNT), (order(), result(said, PLATELETS, "10*3/uL", kind, "C"))) == stands


def culture(said: str, more: str = "", status: str = "F", number: str = "B1") -> tuple[str, ...]:
    line = f"OBX|1|ST|600-7^Blood culture^LN||{said}||||||{status}"
    return (order(number, "600-7^Blood culture^LN"), line, *([more] if more else []))


def cultures(*messages: tuple[str, ...]) -> int:
    patient = Patient("HOSP|100", watched(), 10**12)
    for n, lines in enumerate(messages):
        at = datetime.fromtimestamp((NOON + n * MINUTE) / 1e6, UTC).strftime("%Y%m%d%H%M%S+0000")
        for fact in found(ANN, *lines, at=at, received=NOON + n * MINUTE)[0]:
            patient.take(n, NOON + n * MINUTE, fact)
    return len(
        [e for e in patient.bedside.chart.standing("culture") if e.value is not None or e.text is not None]
    )


REJECTED = "SPM|1|||BLD^Blood" + "|" * 17 + "EX^Expired^HL70490"


@pytest.mark.parametrize(
    "second",
    [culture("Specimen rejected"), culture("Test not performed"), culture("", status="X"), culture("", REJECTED),
     culture("E. coli", REJECTED), (order("B1", "600-7^Blood culture^LN", "X"),)],
)  # fmt: skip
def test_a_culture_that_was_rejected_is_none(second):
    taken = culture("", status="P")
    assert cultures(taken) == 1
    assert cultures(second) == 0
    assert cultures(taken, second) == 0
    assert cultures(culture("", status="P", number="B2"), second) == 1


def test_a_rejected_specimen_moved_to_another_hour_still_takes_the_culture_back():
    moved = tuple(line.replace("202603021100", "202603021130") for line in culture("Specimen rejected"))
    assert cultures(culture("", status="P"), moved) == 0


def specimens(facts) -> list[str | None]:
    return [f.event.text for f in facts if isinstance(f, Charted) and f.event.concept == "culture"]


def test_the_specimen_of_oul_stands_before_its_order():
    lines = (
        "SPM|1|||UR^Urine",
        "SAC|1",
        *culture("E. coli"),
        "SPM|2|||BLD^Blood",
        *culture("E. coli", number="B2"),
    )
    facts, _ = found(ANN, *lines, kind="OUL^R22")
    assert specimens(facts) == ["urine", "blood"]


def test_the_specimen_of_oru_stands_after_its_order():
    lines = (*culture("E. coli", "SPM|1|||UR^Urine"), *culture("E. coli", "SPM|2|||BLD^Blood", number="B2"))
    facts, _ = found(ANN, *lines)
    assert specimens(facts) == ["urine", "blood"]


def test_the_value_under_a_coded_order_is_what_its_own_code_says():
    unknown = "OBX|1|NM|HAEM^Haemolysis index^L||4|mmol/L|||||F"
    assert problems(ANN, order(), unknown) == [("unmapped", "HAEM")] and value(unknown) is None
    assert value("OBX|1|NM|||4|mmol/L|||||F") == 4


@pytest.mark.parametrize(
    "field", ["yesterday", "2026-03-02T11:00", "20261302", "99999999999", "20260302110099"]
)
def test_a_time_that_cannot_be_read_is_not_replaced(field):
    line = result("4") + f"|||{field}"
    assert value(line) is None and reasons(ANN, order(), line)
    site = Site(own_codes(), feeds={"lab": Feed(message_time=True)})
    assert value(line, site=site) is None


def test_a_time_that_was_deleted_was_not_sent():
    assert value(result("4") + '|||""') == 4


def test_the_offset_of_the_message_is_its_default():
    facts, _ = found(
        ANN, order().replace("+0000", ""), result("4"), at="20260302110500-0500", received=NOON + 300 * MINUTE
    )
    assert facts[0].event.time == NOON + (5 * 60 - 60) * MINUTE
    facts, _ = found(
        ANN,
        order().replace("+0000", "+0100"),
        result("4"),
        at="20260302110500-0500",
        received=NOON + 300 * MINUTE,
    )
    assert facts[0].event.time == NOON - 120 * MINUTE


@pytest.mark.parametrize(
    ("local", "utc"), [("0030", "0430"), ("0130", "0530"), ("0130", "0630"), ("0230", "0730")]
)
def test_the_receipt_tells_which_of_two_hours(local, utc):
    moment = int(datetime(2026, 11, 1, int(utc[:2]), int(utc[2:]), tzinfo=UTC).timestamp()) * 1_000_000
    site = Site(own_codes(), feeds={"lab": Feed("America/New_York")})
    asked = order().replace("202603021100+0000", f"20261101{local}")
    facts, _ = found(ANN, asked, result("4"), at=f"20261101{local}", site=site, received=moment + 5_000_000)
    assert facts[0].event.time == moment


def test_what_an_adt_or_an_order_holds_beside_its_own_matter_is_counted():
    weight = "OBX|1|NM|29463-7^Weight^LN||80|kg|||||F"
    assert problems(ANN, "PV1|1|I|3B", weight, kind="ADT^A01") == [("unused", "29463-7")]
    assert ("unused", "29463-7") in problems(ANN, "ORC|NW|1", "OBR|1|1||X^Y^L", weight, kind="OML^O21")


@pytest.mark.parametrize(
    "line",
    [
        result(""),
        result("4", status="Q"),
        result("4", "1234-5^?^LN"),
        result("4", unit=""),
        result("4", kind="ED"),
        result("x"),
    ],
)
def test_no_observation_is_silent(line):
    facts, said = found(ANN, order(), line)
    assert facts or said


def test_a_status_that_is_not_known_is_no_value():
    assert value(result("4", status="Q")) is None
    facts, _ = found(ANN, order(), result("4", status="Q"))
    assert [type(f) for f in facts] == [Rejected]


def test_a_rejected_version_voids_only_its_own():
    facts, _ = found(ANN, order(), result("x"))
    [void] = [f.origin.split() for f in facts if isinstance(f, Voided)]
    assert void[:-1] == ["hl7", "result", "lab", "F1", "2524-7", "2524-7"]
    assert SITE is not None


@pytest.mark.parametrize(("said", "low", "high"), [
    ("60-110", 0.68, 1.24), ("<110", None, 1.24), ("see report", None, None), ("", None, None), ("110-60", None, None),
])  # fmt: skip
def test_a_reference_range_is_kept_beside_its_value(said, low, high):
    line = f"OBX|1|NM|14682-9^Creatinine^LN||88|umol/L|{said}||||F"
    (fact,) = [f for f in found(ANN, order(), line)[0] if isinstance(f, Charted)]
    assert fact.reference == said and round(fact.event.value, 2) == 1.0, "it is never scored by"
    assert [None if end is None else round(end, 2) for end in (fact.low, fact.high)] == [low, high]
