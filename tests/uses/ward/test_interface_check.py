"""What a recording shows of a new interface, and that nothing of a patient is in it."""

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest
from typer.testing import CliRunner

from opensepsis.data.decode.site import read_site
from opensepsis.uses.ward.cli import ward
from opensepsis.uses.ward.ingest.recordings import Step
from opensepsis.uses.ward.interface_check import check_interface
from tests.support.ward.pages import CANARY, NOW, NUMBER, adt, vitals

MINUTE = 60_000_000


def stamp(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1e6, UTC).strftime("%Y%m%d%H%M%S+0000")


def measured(number: int, minutes: float, unit: str = "mm[Hg]", code: str = "8480-6") -> Step:
    """A blood pressure that was measured so many minutes before its message."""
    said, time = stamp(NOW), stamp(NOW - int(minutes * MINUTE))
    raw = (
        f"MSH|^~\\&|MON|H|||{said}||ORU^R01|m{number}|P|2.5.1\rPID|1||{NUMBER}^^^H^MR\rOBR|1||o1|x|||{time}\r"
        f"OBX|1|NM|{code}^x^LN||118|{unit}|||||F|||{time}\r"
    )
    return Step(NOW, "hl7", f"m{number}", raw.encode())


def check(*steps: Step, asked=("lactate", "systolic_pressure")):
    return check_interface(read_site(), steps, asked)


def test_kinds_issuers_units_and_what_never_came_are_counted():
    found = check(
        Step(NOW, "hl7", "a", adt()), Step(NOW, "hl7", "b", vitals()), Step(NOW, "hl7", "c", b"nonsense")
    )
    assert (found.messages, found.dead) == (3, 1)
    assert dict(found.kinds) == {"ADT^A01": 1, "ORU^R01": 1, "hl7, unreadable": 1}
    (issuer,) = found.issuers
    assert (issuer.name, issuer.patients, issuer.without_visit, issuer.without_birth) == ("H", 1, 0, 0)
    assert ("systolic pressure", "mm[Hg]", 1) in found.values or any(
        unit == "mm[Hg]" for _, unit, _ in found.values
    )
    assert [name for name in found.silent if "lactate" in name.lower()]


def test_values_of_somebody_without_a_visit_are_a_question():
    (issuer,) = check(Step(NOW, "hl7", "b", vitals())).issuers
    assert (issuer.without_visit, issuer.without_name, issuer.without_birth) == (1, 1, 1)


def test_one_person_under_two_numbers_is_seen():
    assert check(Step(NOW, "hl7", "a", adt()), Step(NOW, "hl7", "b", adt("5"))).twice == 1
    assert check(Step(NOW, "hl7", "a", adt()), Step(NOW, "hl7", "b", adt("5", "Other"))).twice == 0


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(2, ""), (10, ""), (60, "another time zone"), (300, "another time zone"), (-60, "clock"), (47, "")],
)
def test_a_clock_that_is_off_is_a_question(minutes, words):
    (offset,) = check(*(measured(n, minutes + n % 3 / 10) for n in range(40))).offsets
    assert words in offset.verdict and bool(words) == bool(offset.verdict)
    assert offset.values == 40 and offset.in_future == (40 if minutes < 0 else 0)


def test_few_values_say_nothing_of_a_clock():
    (offset,) = check(*(measured(n, 60) for n in range(5))).offsets
    assert offset.verdict == "" and offset.values == 5


def test_what_is_not_used_comes_by_volume():
    steps = [measured(1, 1, code="99999-9")] * 2 + [measured(2, 1, unit="fathom")]
    codes = [(row.times, row.code, row.unit) for row in check(*steps).unused]
    assert codes[0][:2] == (2, "99999-9") and any(unit == "fathom" for _, _, unit in codes)


def test_fhir_is_counted_by_its_resource():
    said = orjson.dumps({"resourceType": "Patient", "id": "1", "birthDate": "1950-01-01"})
    found = check_interface(read_site(), [Step(NOW, "fhir", "a", said)], [])
    assert found.kinds == (("FHIR Patient", 1),) and found.issuers[0].without_name == 1


def test_the_page_holds_nothing_of_a_patient(tmp_path):
    recording, page = tmp_path / "night.hl7", tmp_path / "page.html"
    recording.write_bytes(adt() + b"\r" + vitals() + b"\r" + measured(1, 1, code="<b>local</b>").raw)
    said = CliRunner().invoke(ward, ["check", str(recording), "--out", str(page)])
    assert said.exit_code == 0, said.exception
    text = page.read_text(encoding="utf-8")
    for hidden in (CANARY, NUMBER, "Quill", "1950"):
        assert hidden not in text and hidden not in said.output
    assert "&lt;b&gt;local&lt;/b&gt;" in text and "<b>local" not in text and "ADT^A01" in text
    assert "src=" not in text and "href=" not in text, "nothing is loaded"


@pytest.mark.parametrize(("low", "told"), [(1, 0), (2, 1)])
def test_arterial_blood_that_is_mostly_venous_is_a_question(low, told):
    gases = [measured(n, n, "mm[Hg]", "2703-7") for n in range(20)]
    venous = [replace(step, raw=step.raw.replace(b"|118|", b"|38|")) for step in gases[:low]]
    assert len(check(*venous, *gases[low:]).low) == told
