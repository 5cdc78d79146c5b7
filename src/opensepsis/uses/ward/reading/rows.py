"""Rows that already speak the timeline's words: the csv folder, recorded timelines, bedside devices, and what users do."""

from dataclasses import replace

import orjson

from opensepsis.data.intake.culture import SCREENING, Growth, is_culture, read_culture
from opensepsis.data.intake.printed import is_missing, read_printed
from opensepsis.data.intake.value import Rejection, read_value
from opensepsis.data.wording import sex_of, unknown_route
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.chart import Event
from opensepsis.rules import Kind
from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.facts import Acted, Charted, Described, Move, NotScored, Visited, unpacked
from opensepsis.uses.ward.message import Message
from opensepsis.uses.ward.reading.charting import AHEAD, FUTURE, Reading, Value, chart, in_own_word, not_ahead
from opensepsis.uses.ward.reading.local_rows import local_rows
from opensepsis.uses.ward.reading.site import Coded, Site, zone_of
from opensepsis.uses.ward.reading.stamps import iso_time

YEAR = 365.25 * 86_400_000_000
OLDEST = 130


def read_csv_row(message: Message, site: Site) -> Reading:
    """A header and one line of stays.csv or events.csv."""
    into = Reading()
    for said in local_rows(message.raw, message.key, site.local):
        if "admitted" in said:
            _stay(said, message, site, into)
        else:
            read_row(said, message, site, into)
    return into


def read_row(row: dict, message: Message, site: Site, into: Reading) -> None:
    """One event row: the columns of the timeline, and `unit`."""
    zone = zone_of(site.feed(message.feed))
    name, patient = row.get("concept", ""), row.get("patient", "")
    if not patient:
        into.problems.append(Problem("dead", "the row has no patient"))
        return
    who = _who(message, patient)
    stamps = {n: iso_time(row[n], zone) if row.get(n) else None for n in ("time", "end", "known")}
    time, end, known = (s.time if s else None for s in (stamps["time"], stamps["end"], stamps["known"]))
    if name not in CONCEPTS:
        into.problems.append(Problem("unmapped", "there is no such concept", "concept", name))
        return
    if time is None:
        into.problems.append(Problem("dead", "the row has no time that can be read"))
        return
    if time > message.received + FUTURE:
        into.facts.append(NotScored(who, time, CONCEPTS[name].label, AHEAD, row.get("value") or ""))
        into.problems.append(Problem("time", AHEAD, "concept", name))
        return
    sent, unit = row.get("value") or "", row.get("unit")
    shown = f"{sent} {unit or ''}".strip()
    if name == "culture":
        sent = site.local.word(name, sent)
        if sent and read_culture(sent) is Growth.NOT_KNOWN and read_printed(sent) is None:
            into.problems.append(Problem("unmapped", str(Growth.NOT_KNOWN), "concept", name))
    decimal = site.local.format.decimal
    read = read_value(name, sent, unit if unit is None else site.local.unit(unit), decimal=decimal)
    if isinstance(read, Rejection):
        _reject(
            who,
            time,
            name,
            read.reason,
            shown,
            Problem(read.about, read.reason, "concept", name, unit or ""),
            into,
        )
        return
    number, limit = (None, "") if read is None else (read.number, read.limit)
    known = min(message.received if known is None else known, message.received)
    text = site.local.word(name, row.get("text") or "") or None
    word = in_own_word(name, text, who, time, into) if text else None
    if text and word is None and not CONCEPTS[name].word_aside:
        return
    if CONCEPTS[name].routed and (route := unknown_route(text)):
        into.problems.append(Problem("unmapped", "no list knows this route", "route", route))
    origin = row.get("origin") or _by_content(name, time, number, word)
    event = Event(name, time, end, known, number, limit or word, origin)
    wrong = _cannot_be(event)
    if wrong:
        _reject(who, time, name, wrong, shown, Problem("value", wrong, "concept", name), into)
        return
    into.facts.append(Charted(who, event, shown))


def _reject(who: str, time: int, name: str, reason: str, shown: str, problem: Problem, into: Reading) -> None:
    into.facts.append(NotScored(who, time, CONCEPTS[name].label, reason, shown))
    into.problems.append(problem)


def _cannot_be(event: Event) -> str:
    """Why a row is none, as `data/checks.py` says it; empty for one that can be."""
    kind = CONCEPTS[event.concept].kind
    if event.end is not None and event.end < event.time:
        return "ends before it starts"
    if event.value is None and kind in (Kind.MEASURE, Kind.AMOUNT) and (event.text or not event.origin):
        return "no value"
    if event.concept == "culture" and not is_culture(event.text or ""):
        return SCREENING
    return "no word" if kind is Kind.WORD and event.text is None and not event.origin else ""


def _by_content(name: str, time: int, number: float | None, word: str | None) -> str | None:
    """The origin of a row that names none, so that what is shown leads to its message; the same row again has the same."""
    empty = number is None and word is None  # with an origin it would take something back
    return (
        None
        if empty
        else " ".join(str(part) for part in ("row", name, time, number, word) if part is not None)
    )


def _who(message: Message, patient: str) -> str:
    return patient if "|" in patient else f"{message.feed}|{patient}"


def _stay(row: dict, message: Message, site: Site, into: Reading) -> None:
    zone = zone_of(site.feed(message.feed))
    patient = row.get("patient", "")
    admitted = iso_time(row["admitted"], zone)
    if not patient or admitted is None:
        into.problems.append(Problem("dead", "the stay has no patient or no time of admission"))
        return
    who, kind = _who(message, patient), row.get("kind") or "hospital"
    visit = row.get("stay") or who
    began = not_ahead(admitted.time, message.received, into)
    into.facts.append(Visited(who, visit, Move.ADMIT, began, message.received, kind, row.get("ward") or kind))
    left = iso_time(row["discharged"], zone) if row.get("discharged") else None
    if left:
        to = row.get("discharged_to", "")
        into.facts.append(
            Visited(who, visit, Move.DISCHARGE, left.time, message.received, kind, discharged_to=to)
        )
    born, died = (iso_time(row[n], zone) if row.get(n) else None for n in ("born", "died"))
    birth = born.time if born else None
    years = _years(row.get("age") or "", into)
    if birth is None and years is not None:
        birth = int(admitted.time - years * YEAR - 86_400_000_000)
    into.facts.append(
        Described(
            who,
            message.received,
            row.get("name") or None,
            birth,
            _sex(site.local.word("sex", row.get("sex") or ""), into),
            died.time if died else None,
        )
    )


def _years(said: str, into: Reading) -> float | None:
    """An age in years; above 89, as de-identified data write it, is 90."""
    printed = read_printed(said) if said else None
    years = None if printed is None else printed.number + (printed.limit == ">")
    if years is not None and 0 <= years <= OLDEST:
        return years
    if said and not is_missing(said):
        into.problems.append(Problem("value", "an age that cannot be: no birth is known", "stays", "age"))
    return None


def _sex(said: str, into: Reading) -> str | None:
    found = sex_of(said)
    if said and found is None and not is_missing(said):
        into.problems.append(Problem("unmapped", "no list knows this sex", "stays", "sex"))
    return found


def read_device(message: Message, site: Site) -> Reading:
    """A bedside device: {"patient": …, "time": …, "values": [{"code": …, "system": …, "value": …, "unit": …}]}."""
    into, said = Reading(), orjson.loads(message.raw)
    patient, stamp = (
        str(said.get("patient") or ""),
        iso_time(said.get("time", ""), zone_of(site.feed(message.feed))),
    )
    if not patient:
        into.problems.append(Problem("dead", "the device names no patient"))
        return into
    for one in said.get("values", ()):
        code, system = str(one.get("code", "")), str(one.get("system", "loinc")).lower()
        coded = site.coded(message.feed, system, code) or (Coded(code) if code in CONCEPTS else None)
        if coded is None:
            into.problems.append(
                Problem("unmapped", "no map knows this code", system, code, str(one.get("unit", "")))
            )
            continue
        time = stamp.time if stamp and stamp.to_the_minute else None
        sent = one.get("value")
        value = Value(
            _who(message, patient), coded, "" if sent is None else str(sent), str(one.get("unit") or ""), time,
            message.received, f"device {message.feed} {code} {time}", system=system, code=code,
            decimal="" if isinstance(sent, str) else ".",
        )  # fmt: skip
        chart(value, message.received, into, site.local)
    return into


def read_timeline(message: Message, site: Site) -> Reading:
    """A recorded row of a timeline: {"table": "events" or "stays", …}, times in microseconds; or a fact as the log has it."""
    said, into = orjson.loads(message.raw), Reading()
    if "fact" in said:
        return read_fact(message, site)
    who = _who(message, said["patient"])
    if said["table"] == "events":
        event = {name: said.get(name) for name in ("concept", "time", "end", "value", "text", "origin")}
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
        born = int(admitted - said["age"] * YEAR - 86_400_000_000)
    into.facts.append(Described(who, stated, None, born, said.get("sex"), said.get("died")))
    return into


def read_fact(message: Message, site: Site) -> Reading:
    """A row of a recorded timeline, or what a user did: a fact already; an act happens when it is received."""
    fact = unpacked(message.raw)
    if message.form == "act" and not isinstance(fact, Acted):
        return Reading(problems=[Problem("dead", "this is nothing a user can do")])
    return Reading(
        [replace(fact, time=message.received) if isinstance(fact, Acted) and not fact.time else fact]
    )
