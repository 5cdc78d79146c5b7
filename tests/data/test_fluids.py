"""Which fluids count as crystalloid: by name, form and route, alike through label csv, the ward's csv folder and HL7."""

import pytest

from opensepsis.data.decode.site import read_site
from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.model.messages import Message

LATER = 1_800_000_000_000_000
FLUIDS = [
    ("Sodium chloride 0.9 %", "IV", True),
    ("Ringer-Laktat", "", True),
    ("Plasma-Lyte 148", "central line", True),
    ("Sodium chloride 0.9 % with potassium chloride 20 mmol", "IV", True),
    ("Sodium chloride 0.9 % irrigation", "", False),
    ("Sodium chloride 0.9 %", "IRR", False),
    ("Sodium chloride 0.9 % flush", "IV", False),
    ("Ringer-Laktat", "PO", False),
    ("Sodium chloride 0.45 %", "IV", False),
    ("half normal saline", "IV", False),
    ("Dextrose 5 %/NaCl 0.9 %", "IV", False),
    ("Ringer-Lactat mit Glucose 5 %", "i.v.", False),
    ("Plasma-Lyte", "dialysis", False),
]
AT = "2026-01-01T02:00:00Z"


def rows(form: str) -> tuple[str, list[str]]:
    """The header and a line for each fluid, in one of the ways to chart a fluid in a csv file."""
    end = f",{AT},500,mL"
    if form == "drug":
        return "patient,drug,route,time,value,unit", [f"a,{name},{route}{end}" for name, route, _ in FLUIDS]
    if form == "concept and drug":
        return "patient,concept,drug,route,time,value,unit", [
            f"a,crystalloid,{name},{route}{end}" for name, route, _ in FLUIDS
        ]
    return "patient,concept,text,time,value,unit", [
        f"a,crystalloid,{name}|{route}{end}" for name, route, _ in FLUIDS
    ]


@pytest.mark.parametrize("form", ["drug", "concept and drug", "text"])
def test_a_fluid_in_a_csv_folder(tmp_path, form):
    header, lines = rows(form)
    stay = "patient,stay,kind,admitted,discharged\na,s,hospital,2026-01-01T00:00Z,2026-01-04T00:00Z\n"
    (tmp_path / "stays.csv").write_text(stay)
    (tmp_path / "events.csv").write_text("\n".join([header, *lines]) + "\n")
    made = write_timeline(open_source("csv", tmp_path), tmp_path / "out")
    known = sum(find_medicine(name) is not None for name, *_ in FLUIDS) if form == "drug" else len(FLUIDS)
    charted = sum(counts for *_, counts in FLUIDS)
    assert made.events().collect()["value"].to_list() == [500.0] * charted
    assert made.rejected.height == known - charted
    by_ward = []
    for number, line in enumerate(lines):
        message = Message(
            number, "csv", "csv", f"events.csv:0:{number}", f"{header}\n{line}\n".encode(), LATER
        )
        facts = read(message, read_site())[0]
        by_ward.append(any(isinstance(fact, Charted) for fact in facts))
    assert by_ward == [counts for *_, counts in FLUIDS]


@pytest.mark.parametrize(("name", "route", "counts"), FLUIDS)
def test_a_fluid_in_hl7(name, route, counts):
    raw = (
        "MSH|^~\\&|A|B|||202601010200+0000||RAS^O17|1|P|2.5.1\rPID|1||a^^^H^MR\rORC|RE||7\r"
        f"RXA|0|1|202601010200+0000|202601010200+0000|^{name}|500|mL|||||||||||||CP|A\r"
        + (f"RXR|{route}\r" if route else "")
    )
    facts = read(Message(1, "emar", "hl7", "k", raw.encode(), LATER), read_site())[0]
    assert any(isinstance(fact, Charted) for fact in facts) is counts


def test_a_site_s_own_fluid_without_a_word_against_it_counts(tmp_path):
    stay = "patient,stay,kind,admitted,discharged\na,s,hospital,2026-01-01T00:00Z,2026-01-04T00:00Z\n"
    (tmp_path / "stays.csv").write_text(stay)
    said = ["", "iv", "Hausinfusion 3", "Hausinfusion 3|iv", "po", "Hausinfusion 3|IRR"]
    lines = [f"a,crystalloid,{text},{AT},500,mL" for text in said]
    (tmp_path / "events.csv").write_text("\n".join(["patient,concept,text,time,value,unit", *lines]) + "\n")
    made = write_timeline(open_source("csv", tmp_path), tmp_path / "out")
    assert made.events().collect().height == 4 and made.rejected.height == 2
