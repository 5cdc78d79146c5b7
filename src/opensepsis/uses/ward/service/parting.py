"""Parts the patients whom an older version took for one, because a feed and an issuer have the same name.

The log knows from which feed each fact came: what the feed itself said goes to the name that its numbers have now, the rest stays.
Where both had facts under one name, two patients were one: their open alerts are withdrawn, answers to them do not count, and what
holds of each is told anew.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import orjson

from opensepsis.data.decode.facts import Merged, Resource, Visited
from opensepsis.data.decode.patient_names import named, of_feed, of_server, parts_of
from opensepsis.data.decode.site import Feed, Site
from opensepsis.uses.ward.model.facts import Fact, Heard, packed, unpacked
from opensepsis.uses.ward.model.patient_key import patient_key
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.state.alert_record import OPEN, name_of
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.store.commit import PAGE, packed_transition, unpacked_transition
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import Run, clean
from opensepsis.uses.ward.store.older_spaces import ROWS, older_spaces

logger = logging.getLogger("opensepsis.ward")
WITHDRAWN = "Two patients had been taken for one: their records were separated."
SHARED = (
    "The feeds %s share numbers of patients that come without an issuer, as this database always did: one number of two feeds is one "
    "patient. Where that is not so, name the `authority` of each in feeds.csv."
)
PARTED = (
    "The feed %s has the name of an issuer of numbers, and an older version took equal numbers of both for one patient. They were "
    "separated: %d names of patients moved; under %d of them two patients had been one: check these patients (page Feeds). Where both "
    "are the same numbers, set `authority` of this feed to that name in feeds.csv."
)


def site_of_store(store: Store, site: Site, secret: bytes) -> Site:
    """The site with the names that patients have in this store; those who were one with others are parted first."""
    part_spaces(store.database, site, secret)
    shared = store.shared_feeds()
    if len(shared) > 1:
        logger.warning(SHARED, ", ".join(sorted(shared)))
    return replace(site, shared_feeds=shared, older_spaces=older_spaces(store.database))


@dataclass(frozen=True)
class _Space:
    """A space that was met: what it was called, what its numbers are called now, and who said them."""

    older: str
    now: str
    feed: str
    forms: tuple[str, ...]

    def moved(self, patient: str) -> str:
        """The name that a patient has now."""
        space, number = parts_of(patient)
        return named(self.now, number) if space == self.older else patient


def part_spaces(database: Database, site: Site, secret: bytes) -> None:
    """Parts every space in which others were met, once; not where the site says that both are the same numbers."""
    with database.transaction() as run:
        for name, older in run("SELECT name, older FROM older_space WHERE met = 1 ORDER BY name"):
            if site.feeds.get(older, Feed()).authority == older:
                run("UPDATE older_space SET met = 0 WHERE name = ?", (name,))
                continue
            kind, _, feed = name.partition(" ")
            now = of_server(feed) if kind == "server" else of_feed(feed)
            moved, both = _part(run, _Space(older, now, feed, ROWS if kind == "rows" else ("fhir",)), secret)
            run("DELETE FROM older_space WHERE name = ?", (name,))
            logger.warning(PARTED, feed, moved, both)


def _part(run: Run, space: _Space, secret: bytes) -> tuple[int, int]:
    """How many names moved, and under how many of them two patients were one."""
    mine, theirs = _names(run, space)
    both = mine & theirs
    _move_entries(run, space)
    _move_acts(run, space, mine, both)
    _move_alerts(run, space, mine - theirs, both)
    for old in sorted(mine):
        keys = patient_key(secret, space.moved(old)), patient_key(secret, old)
        if old in both:  # whoever follows one of the two may mean either
            run(
                "INSERT INTO my_patient (name, patient) SELECT name, ? FROM my_patient WHERE patient = ?",
                keys,
            )
        else:
            run("UPDATE my_patient SET patient = ? WHERE patient = ?", keys)
            run("UPDATE card SET patient = ? WHERE patient = ?", keys)
    for patient in sorted({*both, *map(space.moved, both)}):
        run("INSERT INTO parted_patient (patient) VALUES (?) ON CONFLICT (patient) DO NOTHING", (patient,))
    run("DELETE FROM snapshot")
    run("DELETE FROM snapshot_part")
    return len(mine), len(both)


def _is_mine(space: _Space) -> tuple[str, tuple]:
    marks = ", ".join("?" * len(space.forms))
    return f"(m.feed = ? AND m.form IN ({marks}))", (space.feed, *space.forms)


def _names(run: Run, space: _Space) -> tuple[set[str], set[str]]:
    """The names in the space of whom the feed itself told something, and of whom others did."""
    (chosen, who), start = _is_mine(space), f"{space.older}|"
    found: tuple[set[str], set[str]] = set(), set()
    for column in ("e.patient", "e.partner"):
        for patient, mine in run(
            f"""SELECT DISTINCT {column}, CASE WHEN {chosen} THEN 1 ELSE 0 END FROM entry e JOIN message m ON m.number = e.message
                WHERE m.form <> 'act' AND substr({column}, 1, ?) = ?""",
            (*who, len(start), start),
        ):
            if parts_of(patient)[0] == space.older:
                found[0 if mine else 1].add(patient)
    return found


def _move_entries(run: Run, space: _Space) -> None:
    """Names anew whom the facts of the feed are about."""
    (chosen, who), after = _is_mine(space), 0
    while rows := run(
        f"""SELECT e.number, e.fact FROM entry e JOIN message m ON m.number = e.message
            WHERE {chosen} AND e.number > ? ORDER BY e.number LIMIT {PAGE}""",
        (*who, after),
    ):
        for number, line in rows:
            fact = unpacked(line)
            if (moved := _moved(fact, space.moved)) != fact:
                _rewrite(run, number, moved)
        after = rows[-1][0]


def _moved(fact: Fact, name: Callable[[str], str]) -> Fact:
    if isinstance(fact, Resource):
        return _moved_links(fact, name) if fact.patient.endswith(" links") else fact
    moved = replace(fact, patient=name(fact.patient))
    if isinstance(moved, Merged):
        return replace(moved, old=name(moved.old))
    return replace(moved, visit=name(moved.visit)) if isinstance(moved, Visited) else moved


def _moved_links(fact: Resource, name: Callable[[str], str]) -> Resource:
    said = orjson.loads(fact.said)
    pairs = [[name(one) for one in pair] for pair in said["pairs"]]
    return replace(fact, said=orjson.dumps({**said, "pairs": pairs}).decode())


def _rewrite(run: Run, number: int, fact: Fact) -> None:
    partner = clean(fact.old) if isinstance(fact, Merged) else None
    row = (clean(fact.patient), partner, packed(fact).decode(), number)
    run("UPDATE entry SET patient = ?, partner = ?, fact = ? WHERE number = ?", row)


def _move_acts(run: Run, space: _Space, mine: set[str], both: set[str]) -> None:
    """What users did goes with whom it was done for; where that may be either of two, it counts for neither."""
    for old in sorted(mine):
        for number, line in run(
            """SELECT e.number, e.fact FROM entry e JOIN message m ON m.number = e.message
               WHERE m.form = 'act' AND e.patient = ? ORDER BY e.number""",
            (old,),
        ):
            _rewrite(run, number, Heard() if old in both else _moved(unpacked(line), space.moved))


def _move_alerts(run: Run, space: _Space, alone: set[str], both: set[str]) -> None:
    """Alerts go with their patient under the names that a replay gives them; those of two who were one end."""
    last: dict[tuple[str, int], Transition] = {}

    def name(patient: str) -> str:
        return space.moved(patient) if patient in alone else patient

    def side(said: tuple[str, int] | None) -> tuple[str, int] | None:
        return said and (name(said[0]), said[1])

    after = 0
    while rows := run(
        f"SELECT number, change FROM transition WHERE number > ? ORDER BY number LIMIT {PAGE}", (after,)
    ):
        for number, line in rows:
            change = unpacked_transition(line)
            if change.patient in both:
                last[change.patient, change.alert] = change
            moved = replace(
                change,
                name=_name(change, name(change.patient), both),
                patient=name(change.patient),
                merged_into=side(change.merged_into),
                replaces=side(change.replaces),
                updates=_of_updated(change, name(change.patient), both),
            )
            if moved != change:
                row = (moved.name, moved.patient, packed_transition(moved), number)
                run("UPDATE transition SET name = ?, patient = ?, change = ? WHERE number = ?", row)
        after = rows[-1][0]
    for change in last.values():
        if change.spoken and change.state in OPEN:
            after += 1
            _withdraw(run, after, change)


def _name(change: Transition, patient: str, both: set[str]) -> str:
    """The name of a change; one of two who were one has a name that no replay gives."""
    if patient in both:
        return f"{change.name} {_BEFORE}"
    return (
        name_of(patient, change.alert, change.step, change.policy)
        if patient != change.patient
        else change.name
    )


def _of_updated(change: Transition, patient: str, both: set[str]) -> str:
    if not change.updates or (patient == change.patient and patient not in both):
        return change.updates
    if patient in both:
        return f"{change.updates} {_BEFORE}"
    alert, step = change.updates.split("-")[-2:]
    return name_of(patient, int(alert), int(step), change.policy)


_BEFORE = "before"  # after the name of a change that was made while two patients were one


def _withdraw(run: Run, number: int, change: Transition) -> None:
    """Ends an alert where it was told."""
    horizon = run("SELECT value FROM standing WHERE name = 'horizon'")
    ended = replace(
        change, name=f"{change.name} parted", step=change.step + 1,
        time=max([change.time, *(row[0] for row in horizon)]), state=AlertState.WITHDRAWN, reasons=(), evidence=(), user="",
        words=WITHDRAWN, moved_from="", merged_into=None, replaces=None, updates="",
    )  # fmt: skip
    run(
        "INSERT INTO transition (number, name, patient, alert, change) VALUES (?, ?, ?, ?, ?)",
        (number, ended.name, clean(ended.patient), ended.alert, packed_transition(ended)),
    )
    run(
        """INSERT INTO outbox (transition, outlet, standing, tries, again, words)
           SELECT DISTINCT ?, o.outlet, 'waiting', 0, 0, '' FROM outbox o JOIN transition t ON t.number = o.transition
           WHERE t.patient = ? AND t.alert = ?""",
        (number, clean(ended.patient), ended.alert),
    )
