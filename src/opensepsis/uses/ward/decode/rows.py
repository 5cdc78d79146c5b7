"""Rows that already speak the timeline's words: recorded timelines, bedside devices, and what users do."""

from dataclasses import replace

import orjson

from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.nobody import names_nobody
from opensepsis.data.decode.observations import DecodeResult, Value, chart
from opensepsis.data.decode.origins import of_device, of_row
from opensepsis.data.decode.site import Coded, Site, zone_of
from opensepsis.data.decode.timestamps import iso_time
from opensepsis.data.intake.age import birth_before
from opensepsis.data.intake.code_systems import LOINC, system_name
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.decode.csv_rows import name_of
from opensepsis.uses.ward.model.facts import Acted, Charted, Described, Move, Visited, unpacked
from opensepsis.uses.ward.model.messages import Message


def read_device(message: Message, site: Site) -> DecodeResult:
    """A bedside device: {"patient": …, "time": …, "values": [{"code": …, "system": …, "value": …, "unit": …}]}."""
    into, said = DecodeResult(), orjson.loads(message.raw)
    patient, stamp = (
        str(said.get("patient") or ""),
        iso_time(said.get("time", ""), zone_of(site.feed(message.feed))),
    )
    if names_nobody(patient):
        into.problems.append(Problem("dead", "the device names no patient"))
        return into
    for one in said.get("values", ()):
        code, system = str(one.get("code", "")), system_name(str(one.get("system", LOINC)))
        coded = site.coded(message.feed, system, code) or (Coded(code) if code in CONCEPTS else None)
        if coded is None:
            into.problems.append(
                Problem("unmapped", "no map knows this code", system, code, str(one.get("unit", "")))
            )
            continue
        time = stamp.time if stamp and stamp.to_the_minute else None
        sent = one.get("value")
        value = Value(
            name_of(message, patient, site), coded, "" if sent is None else str(sent), str(one.get("unit") or ""), time,
            message.received, of_device(message.feed, code, time), system=system, code=code,
            decimal="" if isinstance(sent, str) else ".",
        )  # fmt: skip
        chart(value, message.received, into, site.local)
    return into


def read_timeline(message: Message, site: Site) -> DecodeResult:
    """A recorded row of a timeline: {"table": "events" or "stays", …}, times in microseconds; or a fact as the log has it."""
    said, into = orjson.loads(message.raw), DecodeResult()
    if "fact" in said:
        return read_fact(message, site)
    who = name_of(message, said["patient"], site)
    if said["table"] == "events":
        event = {name: said.get(name) for name in ("concept", "time", "end", "value", "text")}
        event["origin"] = of_row(message.feed, said["origin"]) if said.get("origin") else None
        known = min(said.get("known") or message.received, message.received)
        into.facts.append(Charted(who, Event(**event, known=known)))
        return into
    visit, kind = said.get("stay") or who, said.get("kind") or "hospital"
    admitted, left, stated = said["admitted"], said.get("discharged"), message.received
    into.facts.append(Visited(who, visit, Move.ADMIT, admitted, stated, kind, kind))
    if left is not None and left <= message.received:
        to = said.get("discharged_to") or ""
        into.facts.append(Visited(who, visit, Move.DISCHARGE, left, stated, kind, discharged_to=to))
    born = said.get("born")
    if born is None and said.get("age") is not None:
        born = birth_before(admitted, said["age"])
    into.facts.append(Described(who, stated, None, born, said.get("sex"), said.get("died")))
    return into


def read_fact(message: Message, site: Site) -> DecodeResult:
    """A row of a recorded timeline, or what a user did: a fact already; an act happens when it is received."""
    fact = unpacked(message.raw)
    if message.form == "act" and not isinstance(fact, Acted):
        return DecodeResult(problems=[Problem("dead", "this is nothing a user can do")])
    return DecodeResult(
        [replace(fact, time=message.received) if isinstance(fact, Acted) and not fact.time else fact]
    )
