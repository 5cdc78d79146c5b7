"""Microbiology in ORU: what grew, from which specimen, and what beside it is no growth; a later version withdraws what it lacks."""

from datetime import UTC, datetime

import pytest

from opensepsis.data.decode.site import Site, read_site
from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.patient import Patient
from tests.support.ward.hl7_messages import ANN, MINUTE, NOON, found, problems

CULTURE = "600-7^Bacteria identified in blood by culture^LN"
WATCHING = watched(("news2",), ("suspected_infection", "bacteremia", "bacteremia:nhsn_draft"), ())
TAKEN = "202603021100+0000"


def asked(code=CULTURE, number="B1", specimen="BLD&Blood&HL70070", parent="", parent_order="") -> str:
    fields = [""] * 30
    fields[0:2], fields[3], fields[4], fields[7] = ["OBR", "1"], number, code, TAKEN
    fields[15], fields[25], fields[26], fields[29] = specimen, "F", parent, parent_order
    return "|".join(fields)


def seen(said, kind="CWE", code=CULTURE, sub="1", status="F", flag="", time="") -> str:
    return f"OBX|1|{kind}|{code}|{sub}|{said}|||{flag}|||{status}|||{time}"


def told(*messages: tuple[str, ...], site: Site | None = None) -> tuple[list, list]:
    """The cultures (growth and specimen) and organisms that stand after these messages."""
    patient = Patient("HOSP|100", WATCHING, 10**12)
    for n, lines in enumerate(messages):
        received = NOON + n * MINUTE
        at = datetime.fromtimestamp(received / 1e6, UTC).strftime("%Y%m%d%H%M%S+0000")
        more = {"site": site} if site else {}
        for fact in found(ANN, *lines, at=at, received=received, **more)[0]:
            patient.take(n, received, fact)
    chart = patient.bedside.chart
    cultures = [(e.value, e.text) for e in chart.standing("culture") if e.value is not None or e.text]
    return cultures, sorted(e.text for e in chart.standing("organism") if e.text)


E_COLI = "blood|Escherichia coli"


@pytest.mark.parametrize("line", [
    seen("112283007^Escherichia coli^SCT"), seen("112283007^^SCT"), seen("ECOL^Escherichia coli^L", "CE"),
    seen("X^^L^112283007^^SCT", "CE"), seen("Escherichia coli", "ST"), seen("1. Heavy growth of Escherichia coli", "TX"),
    seen("Escherichia coli", "FT", "ORG^Organism^L"), seen("Escherichia coli", "ST", ""),
])  # fmt: skip
def test_an_organism_is_named_by_text_or_code(line):
    assert told((asked(), line)) == ([(1.0, "blood")], [E_COLI])


@pytest.mark.parametrize("said", [
    "No growth at 5 days", "Rule out E. coli", "?E. coli", "Awaiting identification", "E. coli not isolated", "No E. coli isolated",
    "Pending", "see note", "Gram negative rods", "Mixed flora", "100000",
])  # fmt: skip
def test_what_did_not_grow_or_has_no_name_is_no_organism(said):
    cultures, organisms = told((asked(), seen(said, "ST")))
    assert len(cultures) == 1 and organisms == []


def test_no_growth_as_a_code_alone():
    assert told((asked(), seen("264868006^^SCT"))) == ([(0.0, "blood")], [])


def test_a_code_of_the_site_is_what_its_list_says(tmp_path):
    (tmp_path / "site.toml").write_text('[words.culture]\n"KX-12" = "Klebsiella oxytoca"\n', encoding="utf-8")
    cultures, organisms = told((asked(), seen("KX-12^^L")), site=read_site(tmp_path))
    assert (cultures, organisms) == ([(1.0, "blood")], ["blood|Klebsiella oxytoca"])


def test_a_local_code_in_no_list_grew_nothing_that_is_known():
    assert told((asked(), seen("112283007^^L"))) == ([(None, "blood")], [])


def test_organisms_under_sub_ids_of_their_own_and_under_one():
    both = [E_COLI, "blood|Klebsiella oxytoca"]
    for subs in (("1", "2"), ("", "")):
        lines = [
            seen(f"^{name}^L", sub=sub)
            for name, sub in zip(("Escherichia coli", "Klebsiella oxytoca"), subs, strict=True)
        ]
        cultures, organisms = told((asked(), *lines))
        assert organisms == both and {value for value, _ in cultures} == {1.0}


def test_the_lines_of_a_report_are_read_together():
    lines = ("Blood culture, 2 bottles", "1. ESCHERICHIA COLI", "Dr A was told", "Susceptibility to follow")
    assert told((asked(), *(seen(line, "TX", sub="") for line in lines))) == (
        [(1.0, "blood")],
        ["blood|ESCHERICHIA COLI"],
    )
    nothing = ("Blood culture", "No growth at 5 days", "Dr A was told")
    assert told((asked(), *(seen(line, "TX", sub="") for line in nothing))) == ([(0.0, "blood")], [])


@pytest.mark.parametrize("beside", [
    seen("<=2", "ST", "18864-9^Ampicillin^LN", "1", flag="S"), seen("2", "NM", "18864-9^Ampicillin^LN"),
    seen(">^100000", "SN", "CNT^Colonies^L"), seen("R^Resistant^HL70078", "CWE", "18864-9^Ampicillin^LN"),
    seen("S", "ST", "AMP^Ampicillin^L"),
])  # fmt: skip
def test_a_susceptibility_or_a_count_is_no_second_finding(beside):
    grown = seen("^Escherichia coli^L")
    for lines in ((grown, beside), (beside, grown)):
        assert told((asked(), *lines)) == ([(1.0, "blood")], [E_COLI])
    assert [kind for kind, _ in problems(ANN, asked(), grown, beside)] == ["unused"]
    assert told((asked(), beside)) == ([(None, "blood")], [])  # a culture was taken all the same


PARENT = "600-7&Bacteria identified&LN^1^Gram negative rods"


def test_what_is_asked_for_because_of_a_result_is_its_susceptibility_or_its_name():
    first = (asked(), seen("^Gram negative rods^L"))
    drugs = (
        asked("50545-3^Susceptibility^LN", "S1", "", PARENT, "^B1"),
        seen("<=2", "ST", "18864-9^Ampicillin^LN"),
    )
    named = (
        asked("ID^Identification^L", "N1", "", PARENT, "^B1"),
        seen("^Escherichia coli^L", code="ORG^Organism^L"),
    )
    assert told((*first, *drugs)) == ([(1.0, "blood")], [])
    assert told((*first, *named)) == ([(1.0, "blood"), (1.0, "blood")], [E_COLI])
    apart = told(first, named)[1]
    assert apart == ["unknown|Escherichia coli"] or apart == [E_COLI]


def test_a_susceptibility_that_is_asked_as_a_culture_takes_nothing_back():
    first = (asked(), seen("^Escherichia coli^L"))
    drugs = (asked(number="S1", parent=PARENT, parent_order="^B1"), seen("<=2", "ST", "AMP^Ampicillin^L"))
    assert told(first, drugs) == ([(1.0, "blood")], [E_COLI])


@pytest.mark.parametrize(("last", "cultures", "organisms"), [
    (("No growth at 5 days", "F"), [(0.0, "blood")], []),
    (("Klebsiella oxytoca", "C"), [(1.0, "blood")], ["blood|Klebsiella oxytoca"]),
    (("Escherichia coli; Klebsiella oxytoca", "F"), [(1.0, "blood")], [E_COLI, "blood|Klebsiella oxytoca"]),
    (("Contaminated", "C"), [(None, "blood")], []),
    (("Escherichia coli", "W"), [], []), (("Escherichia coli", "D"), [], []), (("", "X"), [], []),
    (("Specimen rejected", "F"), [], []), (("MRSA screen", "C"), [], []),
    (("", "I"), [(1.0, "blood")], [E_COLI]),
])  # fmt: skip
def test_a_later_version_stands_in_the_place_of_the_earlier_one(last, cultures, organisms):
    first = (asked(), seen("Escherichia coli", "ST", status="P"))
    said, status = last
    assert told(first) == ([(1.0, "blood")], [E_COLI])
    assert told(first, (asked(), seen(said, "ST", status=status))) == (cultures, organisms)


def test_a_culture_that_is_read_on_another_day_is_the_same_culture():
    days = [
        (asked(), seen("Escherichia coli", "ST", status=s, time=t))
        for s, t in (("P", "202603021130"), ("F", "202603021150"))
    ]
    assert told(*days) == ([(1.0, "blood")], [E_COLI])
    (event,) = {f.event.time for f in found(ANN, *days[0])[0] if isinstance(f, Charted)}
    assert event == NOON - 60 * MINUTE


def test_a_cancelled_order_takes_its_organisms_back():
    first, gone = (asked(), seen("Escherichia coli", "ST")), asked().replace("|F|", "|X|")
    assert told(first, (gone,)) == ([], [])


@pytest.mark.parametrize(
    ("specimen", "words"), [("BLD&Blood&HL70070", "blood"), ("BLD", "bld"), ("&Catheter tip", "catheter tip")]
)
def test_the_specimen_of_obr_15(specimen, words):
    assert told((asked(specimen=specimen), seen("^Escherichia coli^L")))[1] == [f"{words}|Escherichia coli"]
