"""Log, alerts and outbox are written with the messages they came from, and each alert once."""

import pytest

from opensepsis.engine.live.chart import Event
from opensepsis.errors import OutputError
from opensepsis.uses.ward.model.facts import Acted, Charted, Described, Entry, Merged, Move, Visited
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.model.transitions import AlertState, Settled, Transition
from opensepsis.uses.ward.store import AlertRoute, outbox


def keep(store, count: int) -> tuple[int, ...]:
    first = store.keep([Arrival("lab", "hl7", f"k{id(store)}{n}", b"MSH|", 1) for n in range(count)])
    return tuple(kept.number for kept in first)


def entry(number: int, fact) -> Entry:
    return Entry(number, number, 100 + number, fact, "lab")


def charted(patient: str, value: float = 2.0) -> Charted:
    return Charted(patient, Event("lactate", 5, known=6, value=value, origin="o"), shown=f"{value} mmol/L")


def change(name: str, state=AlertState.ALERT, patient: str = "A|1") -> Transition:
    return Transition(name, patient, 1, 1, 10, state, "alert", ("two organs", "lactate"), evidence=(1, 2))


FACTS = (
    charted("A|1"),
    Visited("A|2", "v", Move.CANCEL_DISCHARGE, 3, 4, ward="W", bed="7"),
    Merged("A|1", "A|2", 5),
    Described("A|3", 5, name="Null \x00 Ünï", born=-(10**15)),
    Acted("A|3", "snooze", "nurse", 7, until=9),
)


def test_the_log_comes_back_as_it_was_written(store):
    entries = tuple(entry(n, fact) for n, fact in enumerate(FACTS, 1))
    store.settle(Settled(keep(store, 5), entries, (), (), 50))
    assert tuple(store.log()) == entries
    assert tuple(store.log(after=3)) == entries[3:]
    assert store.last_entry() == 5


def test_the_log_of_a_patient_has_its_merges(store):
    entries = tuple(entry(n, fact) for n, fact in enumerate(FACTS, 1))
    store.settle(Settled(keep(store, 5), entries, (), (), 50))
    assert [e.number for e in store.log(["A|1"])] == [1, 3]
    assert [e.number for e in store.log(["A|2"])] == [2, 3]
    assert [e.number for e in store.log(["A|2", "A|3"], after=3)] == [4, 5]
    assert list(store.log([])) == []
    assert store.kin("A|2") == store.kin("A|1") == {"A|1", "A|2"}
    assert store.kin("A|3") == {"A|3"}


def test_kin_over_a_chain_of_merges(store):
    chain = [entry(n, Merged(f"A|{n + 1}", f"A|{n}", n)) for n in range(1, 6)]
    store.settle(Settled(keep(store, 5), tuple(chain), (), (), 0))
    assert store.kin("A|3") == {f"A|{n}" for n in range(1, 7)}


def test_a_long_log_is_read_in_pages(store):
    entries = tuple(entry(n, charted(f"A|{n % 3}", n)) for n in range(1, 2501))
    store.settle(Settled(keep(store, 2500), entries, (), (), 0))
    assert tuple(store.log()) == entries
    assert tuple(store.log(["A|1"])) == entries[::3]


def test_nothing_is_written_when_one_part_fails(store):
    numbers = keep(store, 2)
    twice = (entry(1, FACTS[0]), entry(1, FACTS[1]))
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        store.settle(Settled(numbers, twice, (), (change("t"),), 50))
    assert list(store.log()) == [] and list(store.transitions()) == []
    assert len(store.unread()) == 2 and store.horizon() == 0


def test_a_transition_is_written_and_told_once(open_store):
    store = open_store(outlets=[AlertRoute("pager"), AlertRoute("all", frozenset(AlertState))])
    store.settle(Settled((), (), (), (change("a"), change("b", AlertState.SILENT)), 1))
    again = open_store(outlets=[AlertRoute("pager"), AlertRoute("all", frozenset(AlertState))])
    again.settle(Settled((), (), (), (change("b"), change("a"), change("c", patient="A|2")), 2))
    assert [t.name for t in again.transitions()] == ["a", "b", "c"]
    assert [t.name for t in again.transitions(after=1)] == ["b", "c"]
    assert [t.name for t in again.transitions("A|2")] == ["c"]
    assert next(again.transitions()) == change("a")
    assert [one.transition.name for one in outbox.due(again.database, "pager", 0)] == ["a", "c"]
    assert [one.transition.name for one in outbox.due(again.database, "all", 0)] == ["a", "b", "c"]


def test_a_letter_waits_is_sent_or_dies(open_store):
    store = open_store(outlets=[AlertRoute("pager")])
    store.settle(Settled((), (), (), (change("a"), change("b"), change("c")), 1))
    database = store.database
    first, second, third = outbox.due(database, "pager", now=0)
    outbox.sent(database, first, now=5)
    outbox.failed(database, second, "500", again=90)
    outbox.failed(database, third, "500", again=None)
    assert outbox.due(database, "pager", now=89) == []
    assert outbox.next_try(database, "pager") == 90 and outbox.waiting(database) == {"pager": 1}
    (later,) = outbox.due(database, "pager", now=90)
    assert (later.transition.name, later.tries, later.words) == ("b", 1, "500")
    (dead,) = outbox.undelivered(database)
    assert dead.transition.name == "c"
    assert outbox.try_again(database, "pager", dead.number)
    assert not outbox.try_again(database, "pager", first.number)
    assert outbox.undelivered(database) == [] and len(outbox.due(database, "pager", now=90)) == 2


def test_the_horizon_never_goes_back(store):
    store.settle(Settled((), (), (), (), 50))
    store.settle(Settled((), (), (), (), 40))
    assert store.horizon() == 50


def test_two_wards_on_one_database_are_noticed(open_store):
    one, other = open_store(), open_store()
    numbers = keep(one, 1)
    one.settle(Settled(numbers, (), (), (), 1))
    with pytest.raises(OutputError, match="another ward"):
        other.settle(Settled(numbers, (), (), (change("a"),), 2))
    assert list(one.transitions()) == []
