"""Lines of a ward's csv folder, by the rules of `label csv`: what cannot be used is shown or counted, never guessed."""

from zoneinfo import ZoneInfo

from opensepsis.data.decode.deaths import UNLISTED, death_at
from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.observations import AHEAD, FUTURE, DecodeResult, in_own_word, not_ahead
from opensepsis.data.decode.origins import of_row
from opensepsis.data.decode.patient_names import named, of_issuer
from opensepsis.data.decode.site import Site, zone_of
from opensepsis.data.decode.timestamps import iso_time
from opensepsis.data.intake.age import OLDEST, YEAR_DAYS, birth_before, read_age
from opensepsis.data.intake.culture import SCREENING, Growth, is_culture, organism_in_words, read_culture
from opensepsis.data.intake.death import is_dead
from opensepsis.data.intake.diagnosis_codes import why_doubtful
from opensepsis.data.intake.medicines import dose_in_words, fluid_in_text, why_no_fluid
from opensepsis.data.intake.not_given import NOTHING_GIVEN, why_dose_not_given
from opensepsis.data.intake.offs import PUMPS, YES_OR_NO, off_text
from opensepsis.data.intake.printed import is_missing, read_printed
from opensepsis.data.intake.rejections import NOT_THERE
from opensepsis.data.intake.rows_in_words import read_words
from opensepsis.data.intake.text_beside import why_no_value
from opensepsis.data.intake.text_codes import is_absent, sex_of, unknown_route
from opensepsis.data.intake.value import Quantity, Rejection, read_value
from opensepsis.data.sources.pump_rates import whole_rate
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.live.chart import Event
from opensepsis.rules import Kind
from opensepsis.uses.ward.decode.local_rows import local_rows
from opensepsis.uses.ward.model.facts import Charted, Described, Move, Rejected, Visited
from opensepsis.uses.ward.model.messages import Message

DAY = 86_400_000_000
YEAR = YEAR_DAYS * DAY


def read_csv_row(message: Message, site: Site) -> DecodeResult:
    """A header and one line of stays.csv or events.csv."""
    into = DecodeResult()
    for row in local_rows(message.raw, message.key, site.local):
        if "admitted" in row:
            _stay(row, message, site, into)
        else:
            for told in _with_words_read(row):
                _event(told, message, site, into)
    return into


def _with_words_read(row: dict[str, str]) -> list[dict[str, str]]:
    """A row that says in words what a number or another concept says, as such, and what it tells beside."""
    name = row.get("concept", "")
    printed = read_printed(row.get("value") or "")
    value = "0" if name in YES_OR_NO and printed is not None and printed.number == 0 else row.get("value")
    ended = name in PUMPS and row.get("end")
    told = read_words(name, value, row.get("text")) if name in CONCEPTS and not ended else None
    if told is None:
        return [row]
    concept, said, part = told.beside
    if told.number is not None:
        row = {**row, "value": str(told.number), "unit": CONCEPTS[name].unit, "text": ""}
    elif told.word is not None:
        row = {**row, "value": "", "text": told.word}
    if concept is None or said is None:
        return [row]
    origin = {"origin": f"{row['origin']} {part}"} if row.get("origin") else {}
    return [row, {**row, "concept": concept, "value": "", "unit": "", "text": said, **origin}]


def _event(row: dict[str, str], message: Message, site: Site, into: DecodeResult) -> None:
    name, patient = row.get("concept", ""), row.get("patient", "")
    if not patient:
        into.problems.append(Problem("dead", "the row has no patient"))
        return
    if name not in CONCEPTS:
        into.problems.append(Problem("unmapped", "there is no such concept", "concept", name))
        return
    who = name_of(message, patient, site)
    times = _times(row, message, site)
    if isinstance(times, str):
        _reject(who, message.received, row, Problem("time", times, "concept", name), into)
        return
    time, end, known = times
    if time > message.received + FUTURE:
        _reject(who, time, row, Problem("time", AHEAD, "concept", name), into)
        return
    whole = _whole(row, site)
    read = None if whole else _value(row, site, into)
    if off_text(name, row.get("text") or "") is None and is_absent(name, row.get("text") or ""):
        _reject(who, time, row, Problem("value", NOT_THERE, "concept", name), into)
        return
    if isinstance(read, Rejection):
        _reject(
            who, time, row, Problem(read.about, read.reason, "concept", name, row.get("unit") or ""), into
        )
        return
    beside = row.get("text") or ""
    if beside and (why := why_no_value(name, None if read is None else read.number, beside)):
        _reject(who, time, row, Problem("value", why, "concept", name), into)
        return
    word = in_own_word(name, row["text"], who, time, into) if row.get("text") else None
    if row.get("text") and word is None and not CONCEPTS[name].word_aside:
        return
    if CONCEPTS[name].routed and word and (why := why_dose_not_given(word)):
        _reject(who, time, row, Problem("value", why, "concept", name), into)
        return
    if CONCEPTS[name].routed and word:
        word = dose_in_words(name, word)
    if name == "diagnosis" and word and (doubt := why_doubtful(word)):
        _reject(who, time, row, Problem("unmapped", doubt, "concept", name), into)
        return
    if name == "organism" and word:
        word = organism_in_words(word)
    if CONCEPTS[name].routed and (route := unknown_route(word)):
        into.problems.append(Problem("unmapped", "no list knows this route", "route", route))
    number, limit = (None, "") if read is None else (read.number, read.limit)
    said = whole[0] if whole else number
    empty = said is None and word is None  # with an origin it would take something back
    origin = (
        None
        if empty and not row.get("origin")
        else of_row(message.feed, row.get("origin"), name, time, said, word)
    )
    event = Event(name, time, end, min(known, message.received), number, limit or word, origin)
    if wrong := _cannot_be(event):
        _reject(who, time, row, Problem("value", wrong, "concept", name), into)
        return
    rate, weigh = whole or (None, "")
    into.facts.append(Charted(who, event, _shown(row), False, rate, weigh))


def _times(row: dict[str, str], message: Message, site: Site) -> tuple[int, int | None, int] | str:
    """Time, end and known, or why one that was sent cannot be read."""
    zone, found = zone_of(site.feed(message.feed)), {}
    for name in ("time", "end", "known"):
        said = row.get(name, "")
        if not said or is_missing(said):
            continue
        stamp = iso_time(said, zone)
        if stamp is None or not stamp.to_the_minute:
            return f"'{name}' is no time to the minute"
        found[name] = stamp.time
    if "time" not in found:
        return "no time"
    return found["time"], found.get("end"), found.get("known", message.received)


def _value(row: dict[str, str], site: Site, into: DecodeResult) -> Quantity | Rejection | None:
    name, sent = row["concept"], row.get("value", "")
    if name == "culture":
        sent = site.local.word(name, sent)
        if sent and read_culture(sent) is Growth.NOT_KNOWN and read_printed(sent) is None:
            into.problems.append(Problem("unmapped", str(Growth.NOT_KNOWN), "concept", name))
    return read_value(name, sent, row.get("unit"), decimal=site.local.format.decimal)


def _whole(row: dict[str, str], site: Site) -> tuple[float, str] | None:
    """A rate for the whole patient, which needs the weight; None for all other values and for what has no one reading."""
    printed = read_printed(row.get("value") or "", site.local.format.decimal)
    if printed is None or printed.limit or printed.thousands is not None:
        return None
    return whole_rate(row["concept"], printed.number, row.get("unit") or "")


def _shown(row: dict[str, str]) -> str:
    return f"{row.get('value', '')} {row.get('unit') or ''}".strip() if row.get("value") else ""


def _reject(who: str, time: int, row: dict[str, str], problem: Problem, into: DecodeResult) -> None:
    into.facts.append(Rejected(who, time, CONCEPTS[row["concept"]].label, problem.words, _shown(row)))
    into.problems.append(problem)


def _cannot_be(event: Event) -> str:
    """Why a row is none, as `data/intake/checks.py` says it; empty for one that can be."""
    concept = CONCEPTS[event.concept]
    kind = concept.kind
    if event.end is not None and event.end < event.time:
        return "ends before it starts"
    if event.value is None and kind in (Kind.MEASURE, Kind.AMOUNT) and (event.text or not event.origin):
        return "no value"
    if event.concept == "culture" and not is_culture(event.text or ""):
        return SCREENING
    if concept.is_yes_or_no and event.value == 0:
        return NOT_THERE
    if concept.routed and event.value == 0:
        return NOTHING_GIVEN
    if event.concept == "crystalloid" and (why := why_no_fluid(*fluid_in_text(event.text or ""))):
        return why
    return "no word" if kind is Kind.WORD and event.text is None and not event.origin else ""


def name_of(message: Message, patient: str, site: Site) -> str:
    """A patient of a row: the feed's own number, or with `issuer|number` one of an issuer."""
    issuer, _, number = patient.rpartition("|")
    own, feed = site.feed_space(message.feed, "rows"), site.feed(message.feed)
    itself = issuer.strip() == message.feed == own  # an older store calls own numbers by the feed's bare name
    return named(own if itself or not issuer.strip() else of_issuer(issuer, feed.taken), number)


def _stay(row: dict[str, str], message: Message, site: Site, into: DecodeResult) -> None:
    zone, patient = zone_of(site.feed(message.feed)), row.get("patient", "")
    stamps = {n: _stamp(row, n, zone, into) for n in ("admitted", "discharged", "born")}
    admitted = stamps["admitted"]
    if not patient or admitted is None:
        into.problems.append(Problem("dead", "the stay has no patient or no time of admission"))
        return
    kind = row.get("kind") or "hospital"
    who, received = name_of(message, patient, site), message.received
    visit, began = row.get("stay") or who, not_ahead(admitted, received, into)
    into.facts.append(Visited(who, visit, Move.ADMIT, began, received, kind, row.get("ward") or kind))
    if stamps["discharged"] is not None:
        to = site.local.word("discharged_to", row.get("discharged_to", ""))
        into.facts.append(
            Visited(who, visit, Move.DISCHARGE, stamps["discharged"], received, kind, discharged_to=to)
        )
    birth = _birth(stamps["born"], row.get("age", ""), admitted, site, into)
    sex = _sex(site.local.word("sex", row.get("sex", "")), into)
    death = _death(row.get("died", ""), zone, received, into)
    into.facts.append(Described(who, received, row.get("name") or None, birth, sex, **death))


def _stamp(row: dict[str, str], name: str, zone: ZoneInfo, into: DecodeResult) -> int | None:
    said = row.get(name, "")
    if not said or is_missing(said):
        return None
    found = iso_time(said, zone)
    if found is None:
        into.problems.append(Problem("time", "no time that can be read", "stays", name))
    return found.time if found else None


def _death(said: str, zone: ZoneInfo, received: int, into: DecodeResult) -> dict:
    """A death by its time, its day or a word; what is none of these says nothing."""
    dead, told = is_dead(said), iso_time(said, zone)
    if dead is not None or is_missing(said):
        return {"dead": dead}
    if told is None:
        into.problems.append(Problem("unmapped", UNLISTED, "stays", "died"))
    return death_at(told, received) if told else {}


def _birth(born: int | None, age: str, admitted: int, site: Site, into: DecodeResult) -> int | None:
    """The moment of birth, by the age where none was sent; None where it cannot be."""
    if born is not None:
        if 0 <= admitted - born <= OLDEST * YEAR:
            return born
        into.problems.append(Problem("value", "a birth that cannot be: no age is known", "stays", "born"))
        return None
    years = read_age(age, site.local.format.decimal)
    if years is None:
        if age and not is_missing(age):
            into.problems.append(Problem("value", "an age that cannot be: no birth is known", "stays", "age"))
        return None
    return birth_before(admitted, years)


def _sex(said: str, into: DecodeResult) -> str | None:
    found = sex_of(said)
    if said and found is None and not is_missing(said):
        into.problems.append(Problem("unmapped", "no list knows this sex", "stays", "sex"))
    return found
