"""A timeline as HL7 v2.5.1 messages in the order in which a hospital would send them.

ADT for visits, ORU for results, OMP for what is ordered, RAS for what is given. Devices and diagnoses have no message here;
the FHIR export has them.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.timeline.timeline import Timeline
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind
from opensepsis.uses.simulate.charting.diagnosis_codes import GIVEN, LOINC, SHOWN_FACTOR, SHOWN_UNIT, drug_of

MARKER = "hl7.json"
A_DOSE = ("1", "{dose}^dose^UCUM")  # where no amount is charted
ROUTE = "RXR|IV^Intravenous^HL70162"
CLASSES = {"hospital": "I", "icu": "I", "emergency": "E"}


def write_hl7(timeline: Timeline, out: Path | str) -> Path:
    """Messages in `out`/messages-0000.hl7 and on, one file per shard: segments end with CR, messages with CR LF."""
    with whole_folder(out, MARKER, [timeline.path]) as folder:
        for number, (stays, events) in enumerate(timeline.parts()):
            frame = events.collect()
            with (folder / f"messages-{number:04d}.hl7").open("w", encoding="utf-8", newline="") as file:
                for message in messages(stays, frame):
                    file.write(message + "\r\n")
        (folder / MARKER).write_text(json.dumps({"hl7": "2.5.1"}), encoding="utf-8")
    return as_path(out)


def messages(stays: pl.DataFrame, events: pl.DataFrame):
    """Every message of these patients, by the moment at which it is sent."""
    people = {row["patient"]: row for row in stays.iter_rows(named=True)}
    sent: list[tuple[Any, int, str]] = [
        move for stay in stays.iter_rows(named=True) for move in _moves(stay, stays)
    ]
    keys = ["patient", "concept", "time", "origin"]
    ordered = events.sort("known").with_columns(pl.int_range(pl.len()).over(keys).alias("version"))
    for event in ordered.iter_rows(named=True):
        text = _result(event, people) if event["concept"] in LOINC else _given(event, people)
        if text:
            sent.append((event["known"], 1, text))
    sent.sort(key=lambda item: item[:2])
    for number, (_, _, text) in enumerate(sent):
        yield text.replace("%ID%", f"OS{number:08d}")


def _stamp(moment) -> str:
    return moment.strftime("%Y%m%d%H%M%S+0000") if moment is not None else ""


def _escape(text: str) -> str:
    """HL7 escapes for the delimiters.

    >>> _escape("a|b")
    'a\\\\F\\\\b'
    """
    for sign, code in (("\\", "E"), ("|", "F"), ("^", "S"), ("&", "T"), ("~", "R")):
        text = text.replace(sign, f"\\{code}\\")
    return text


def _head(kind: str, moment, person) -> list[str]:
    born = str(int(person["admitted"].year - person["age"])) if person["age"] is not None else ""
    died = f"{_stamp(person['died'])}|Y" if person["died"] is not None and moment >= person["died"] else "|"
    return [
        rf"MSH|^~\&|OPENSEPSIS|SIMULATED|||{_stamp(moment)}||{kind}|%ID%|T|2.5.1",
        f"PID|1||{person['patient']}^^^SIM^MR||VIRTUAL^PATIENT||{born}|{person['sex'] or 'U'}|||||||||||||||||||||{died}",
    ]


def _moves(stay, stays: pl.DataFrame):
    """A hospital stay is admitted and discharged; what lies within it are transfers of the same visit."""
    whole = stays.filter((pl.col("kind") == "hospital") & (pl.col("patient") == stay["patient"]))
    visit = stay["stay"] if whole.is_empty() or stay["kind"] == "hospital" else whole["stay"][0]
    first, end = ("A01", "A03") if visit == stay["stay"] else ("A02", "A02")
    yield stay["admitted"], 0, _move(stay, first, stay["admitted"], visit, stay["kind"])
    left = stay["discharged"]
    if left is not None and (end == "A03" or left < whole["discharged"][0]):
        within = stays.filter((pl.col("patient") == stay["patient"]) & (pl.col("admitted") == left))
        if end == "A03" or within.is_empty():
            yield left, 2 if end == "A03" else 0, _move(stay, end, left, visit, "hospital")


def _move(stay, event: str, moment, visit: str, kind: str) -> str:
    place = {"icu": "ICU", "emergency": "ED"}.get(kind, "WARD")
    seen = f"PV1|1|{CLASSES[kind]}|{place}||||||||||||||||{visit}"
    structure = {"A01": "ADT_A01", "A02": "ADT_A02"}.get(event, "ADT_A03")
    head = _head(f"ADT^{event}^{structure}", moment, stay)
    return "\r".join([*head[:1], f"EVN|{event}|{_stamp(moment)}", *head[1:], seen]) + "\r"


def _result(event, people) -> str:
    concept, person = event["concept"], people[event["patient"]]
    status = (
        "C"
        if event["version"] and concept != "culture"
        else ("P" if event["value"] is None and not event["text"] else "F")
    )
    code = f"{LOINC[concept]}^{_escape(CONCEPTS[concept].label)}^LN"
    if concept == "culture":
        status = "P" if event["value"] is None else "F"
        shown = "" if event["value"] is None else ("positive" if event["value"] else "negative")
        observed = f"OBX|1|ST|{code}||{shown}||||||{status}|||{_stamp(event['time'])}"
    elif event["value"] is None:
        observed = f"OBX|1|ST|{code}||{event['text'] or ''}||||||{status}|||{_stamp(event['time'])}"
    else:
        value = round(event["value"] * SHOWN_FACTOR.get(concept, 1.0), 4)
        unit = SHOWN_UNIT.get(concept, CONCEPTS[concept].unit)
        observed = f"OBX|1|NM|{code}||{value:g}|{_escape(unit)}|||||{status}|||{_stamp(event['time'])}"
    order = _escape(event["origin"] or "")
    request = (
        f"OBR|1||{order}|{code}|||{_stamp(event['time'])}|||||||||||||||{_stamp(event['known'])}|||{status}"
    )
    lines = [*_head("ORU^R01^ORU_R01", event["known"], person), request, observed]
    if concept == "culture":
        lines.append(f"SPM|1|||{event['text']}|||||||||||||{_stamp(event['time'])}")
    return "\r".join(lines) + "\r"


def _given(event, people) -> str:
    """A dose or an infusion as RAS, an order of an antibiotic as OMP; what has no message of its own is left out."""
    concept, person = event["concept"], people[event["patient"]]
    if concept == "antibiotic_order":
        return _ordered(event, person)
    if concept not in GIVEN:
        return ""
    unit = CONCEPTS[concept].unit or ("mL" if concept == "crystalloid" else "")
    runs = event["end"] is None and CONCEPTS[concept].kind is Kind.INTERVAL
    amount = (f"{event['value']:g}", _unit(unit)) if event["value"] is not None and unit else A_DOSE
    fields = [""] * 22
    # what runs has no end yet, which the standard asks for: partially given (PA) up to its start
    fields[:5] = ["RXA", "0", "1", _stamp(event["time"]), _stamp(event["end"] or event["time"])]
    fields[5:8] = [_drug(event), *amount]
    fields[20:] = ["PA" if runs else "CP", "U" if event["version"] else "A"]  # completion status, action
    head = _head("RAS^O17^RAS_O17", event["known"], person)
    order = f"ORC|RE||{_escape(event['origin'] or '')}"
    return "\r".join([*head, order, "|".join(fields), ROUTE]) + "\r"


def _ordered(event, person) -> str:
    head = _head("OMP^O09^OMP_O09", event["known"], person)
    order = f"ORC|NW|{_escape(event['origin'] or '')}|||||||{_stamp(event['time'])}"
    return "\r".join([*head, order, f"RXO|{_drug(event)}|1||{_unit('{dose}')}", ROUTE]) + "\r"


def _unit(unit: str) -> str:
    return f"{_escape(unit)}^{_escape(unit)}^UCUM"


def _drug(event) -> str:
    """A drug as a coded element."""
    name, code = drug_of(event["concept"], event["text"])
    return f"{code}^{_escape(name)}^RXNORM" if code else f"^{_escape(name)}"
