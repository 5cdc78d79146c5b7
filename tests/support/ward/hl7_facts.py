"""Short HL7 messages of one patient, and the facts that the ward reads from them."""

from typing import Any

from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Corrected, Described, Ended, Voided
from opensepsis.uses.ward.model.messages import Message
from tests.support.ward.hl7_messages import NOON, SITE, sent

PID = "PID|1||77^^^HOSP^MR||ROE^ANN||19500101|F"


def facts(*lines, site=SITE, received=NOON, **more) -> tuple[list[Any], list[Any]]:
    found, problems = read(Message(1, "lab", "hl7", "k", sent(*lines, **more), received), site)
    return [f for f in found if not isinstance(f, (Described, Ended))], list(problems)


def result(
    code="2524-7^Lactate^LN",
    value="4.1",
    unit="mmol/L",
    status="F",
    time="202603021100+0000",
    filed="",
    kind="NM",
):
    return (
        "OBR|1||F1|" + code + f"|||{time}|||||||||||||||{filed}",
        f"OBX|1|{kind}|{code}||{value}|{unit}|||||{status}|||{time}",
    )


def one(*lines, **more) -> Any:
    found = [f for f in facts(PID, *lines, **more)[0] if not isinstance(f, Voided | Corrected)]
    assert len(found) == 1
    return found[0]
