"""What came is kept once, in order, with receipt times that never go back."""

from itertools import pairwise
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis.errors import OutputError
from opensepsis.uses.ward.model.messages import Arrival, Kept
from opensepsis.uses.ward.model.transitions import Problem, Settled
from opensepsis.uses.ward.store import Refused, Store
from opensepsis.uses.ward.store.database import Unreachable, open_database
from opensepsis.uses.ward.store.store import Position


def arrival(key: str, raw: bytes = b"MSH|", received: int = 1, feed: str = "lab") -> Arrival:
    return Arrival(feed, "hl7", key, raw, received)


def settled(*messages: int, problems=(), entries=(), transitions=(), horizon: int = 0) -> Settled:
    return Settled(messages, tuple(entries), tuple(problems), tuple(transitions), horizon)


def test_numbers_count_in_the_order_of_keeping(store):
    assert store.keep([arrival("a"), arrival("b", feed="ward")]) == [Kept(1), Kept(2)]
    assert store.keep([arrival("c")]) == [Kept(3)]
    assert [(m.number, m.feed, m.key) for m in store.unread()] == [
        (1, "lab", "a"),
        (2, "ward", "b"),
        (3, "lab", "c"),
    ]
    assert [m.number for m in store.unread(limit=2)] == [1, 2]


def test_content_comes_back_as_it_came(store):
    raw = bytes(range(256)) * 5000
    store.keep([arrival("a", raw)])
    assert store.message(1).raw == raw and store.unread()[0].raw == raw
    assert store.message(2) is None


def test_the_same_again_is_a_duplicate_and_other_content_a_clash(store):
    store.keep([arrival("a", b"one")])
    again = store.keep(
        [arrival("a", b"one"), arrival("a", b"two"), arrival("a", b"two"), arrival("b", b"one")]
    )
    assert again == [Kept(1, duplicate=True), Kept(2, clash=True), Kept(2, duplicate=True), Kept(3)]
    assert store.keep([arrival("a", b"one", feed="other")]) == [Kept(4)]
    lab, other = store.feeds()
    assert (lab.messages, lab.duplicates, lab.clashes, other.messages) == (3, 2, 1, 1)


def test_receipt_never_goes_back(open_store):
    store = open_store()
    store.keep([arrival("a", received=50), arrival("b", received=40)])
    assert [m.received for m in store.unread()] == [50, 50]
    store.no_earlier_than(70)
    store.keep([arrival("c", received=60)])
    assert store.message(3).received == 70
    store.settle(settled(1, horizon=90))
    after_restart = open_store()
    after_restart.keep([arrival("d", received=80)])
    assert after_restart.message(4).received == 90
    assert after_restart.horizon() == 90


def test_settled_messages_are_not_read_again(open_store):
    store = open_store()
    store.keep([arrival(str(n)) for n in range(5)])
    store.settle(settled(1, 2, 4))
    assert [m.number for m in open_store().unread()] == [3, 5]
    with pytest.raises(OutputError, match="another ward"):
        store.settle(settled(3, 4, horizon=7))
    assert [m.number for m in store.unread()] == [3, 5] and store.horizon() == 0


def test_a_dead_letter_is_mended_once(store):
    store.keep([arrival("a", b"bad"), arrival("b", b"good")])
    dead = Problem("dead", "no PID")
    store.settle(settled(1, 2, problems=[(1, dead)]))
    assert [(m.number, p) for m, p in store.dead_letters()] == [(1, dead)]
    assert store.feeds()[0].dead == 1
    assert store.reprocess(1, b"mended", "nurse", received=9) == Kept(3)
    assert store.reprocess(1, b"mended", "nurse", received=9) == Kept(3, duplicate=True)
    assert store.dead_letters() == [] and store.feeds()[0].dead == 0
    assert store.mended(3) == (1, "nurse") and store.mended(1) is None
    message = store.unread()[0]
    assert (message.number, message.feed, message.form, message.raw) == (3, "lab", "hl7", b"mended")
    for number in (1, 2, 77):
        with pytest.raises(OutputError, match="not a dead letter"):
            store.reprocess(number, b"otherwise", "nurse", received=9)
    store.settle(settled(3, problems=[(3, dead), (3, dead)]))
    assert [m.number for m, _ in store.dead_letters()] == [3] and store.feeds()[0].dead == 1


def test_what_a_receiver_refused_is_never_read(store):
    problem = Problem("dead", "no HL7")
    store.keep([Refused("lab", "hl7", "x", b"hallo", 1, problem), arrival("a")])
    assert [m.number for m in store.unread()] == [2]
    assert [(m.raw, p) for m, p in store.dead_letters()] == [(b"hallo", problem)]
    assert store.feeds()[0].dead == 1
    store.keep([Refused("lab", "hl7", "x", b"hallo", 1, problem)])
    assert store.feeds()[0].dead == 1
    assert store.reprocess(1, b"MSH|", "admin", received=3).number == 3
    assert [m.number for m in store.unread()] == [2, 3]


def test_unmapped_by_volume(store):
    store.keep([arrival("a"), arrival("b"), arrival("c", feed="ward")])
    sodium, unit = Problem("unmapped", "no map", "L", "NA", ""), Problem("unit", "unknown", "L", "LAC", "foo")
    store.settle(settled(1, 2, 3, problems=[(1, unit), (1, sodium), (2, sodium), (3, sodium)]))
    assert [(u.feed, u.code, u.unit, u.kind, u.times) for u in store.unmapped()] == [
        ("lab", "NA", "", "unmapped", 2),
        ("lab", "LAC", "foo", "unit", 1),
        ("ward", "NA", "", "unmapped", 1),
    ]
    assert [u.feed for u in store.unmapped("ward")] == ["ward"]
    assert store.problems(1) == [unit, sodium]


def test_hostile_text_does_not_stop_a_batch(store):
    keys = ["a\x00b", "\ud800", "x" * 3_000_000, "é" * 4000, "'; DROP TABLE message; --", "%s ? {blob}", ""]
    assert [k.number for k in store.keep([arrival(key) for key in keys])] == list(range(1, 8))
    assert all(kept.duplicate for kept in store.keep([arrival(key) for key in keys]))
    store.settle(settled(1, problems=[(1, Problem("unmapped", "\x00", "\x00", "\ud800", "%s"))]))
    assert store.unmapped()[0].times == 1


def test_a_batch_larger_than_a_statement(store):
    many = [arrival(str(n), received=n) for n in range(1700)]
    assert store.keep(many)[-1] == Kept(1700)
    assert all(kept.duplicate for kept in store.keep(many))
    assert len(store.unread(limit=5000)) == 1700
    store.settle(settled(*range(1, 1701)))
    assert store.unread() == []


def test_a_failed_transaction_leaves_nothing(store):
    store.keep([arrival("a")])
    with pytest.raises(RuntimeError), store.database.transaction() as run:
        run("DELETE FROM unread")
        raise RuntimeError
    assert store.keep([arrival("b")]) == [Kept(2)]
    assert len(store.unread()) == 2


def test_positions_of_files(store):
    assert store.position("csv", "events.csv") is None
    store.remember("csv", "events.csv", Position("aa", 10, 1))
    store.remember("csv", "events.csv", Position("aa", 30, 3))
    assert store.position("csv", "events.csv") == Position("aa", 30, 3)


def test_the_backlog_and_its_oldest(store):
    assert store.backlog() == (0, None)
    store.keep([Arrival("lab", "hl7", str(n), b"MSH", received=10 + n) for n in range(3)])
    store.settle(Settled((1,), (), (), (), 12))
    assert store.backlog() == (2, 11)


def test_threads_keep_and_read_at_once(store):
    def work(name: str) -> None:
        for n in range(30):
            store.keep([arrival(f"{name}{n}", received=n)])
            store.unread(5)

    threads = [Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    messages = store.unread()
    assert [m.number for m in messages] == list(range(1, 121))
    assert len({m.key for m in messages}) == 120
    assert all(a.received <= b.received for a, b in pairwise(messages))


def test_a_new_file_is_only_for_its_owner(tmp_path):
    Store(tmp_path / "ward.db").close()
    assert (tmp_path / "ward.db").stat().st_mode & 0o077 == 0
    with pytest.raises(OutputError, match="cannot be opened"):
        open_database(tmp_path / "nowhere" / "ward.db")


def test_a_database_of_another_version_is_refused(open_store):
    store = open_store()
    with store.database.transaction() as run:
        run("UPDATE standing SET value = 99 WHERE name = 'schema'")
    with pytest.raises(OutputError, match="schema 99, of a newer opensepsis"):
        open_store()


def test_a_lost_connection_is_opened_again_before_anything_fails(open_store, address):
    if not address.startswith("postgresql"):
        pytest.skip("a file has no connection to lose")
    import psycopg

    store = open_store()
    store.keep([arrival("a")])
    with psycopg.connect(address, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert store.message(1).key == "a"
    assert store.keep([arrival("b")])[0].number == 2


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([b"1", b"2"])), max_size=30),
    st.randoms(use_true_random=False),
)
def test_order_and_repetition_make_no_difference_to_what_is_kept(sent, random):
    def kept(order: list) -> tuple:
        store = Store(":memory:")
        while order:
            cut = random.randint(1, len(order))
            store.keep([arrival(key, raw) for key, raw in order[:cut]])
            order = order[cut:]
        found = {(m.key, m.raw) for m in store.unread()}
        assert len(found) == len(store.unread()) == sum(feed.messages for feed in store.feeds())
        store.close()
        return found

    shuffled = sent + sent
    random.shuffle(shuffled)
    assert kept(list(sent)) == kept(shuffled) == set(sent)


def test_what_is_said_again_after_something_else_is_new(store):
    def say(raw: bytes, key: str = "Flag/1/", feed: str = "ehr") -> Kept:
        return store.keep([Arrival(feed, "fhir", key, raw, 1, may_return=True)])[0]

    said = [say(raw) for raw in (b"on", b"on", b"off", b"on", b"on", b"off", b"off", b"on")]
    assert [one.duplicate for one in said] == [False, True, False, False, True, False, True, False]
    assert [m.raw for m in store.unread()] == [b"on", b"off", b"on", b"off", b"on"]
    assert say(b"on", "Flag/11/").duplicate is False and say(b"on", feed="other").duplicate is False
    assert say(b"on").duplicate
    many = [
        Arrival("ehr", "fhir", "Flag/2/", raw, 1, may_return=True) for raw in (b"a", b"b", b"a", b"a", b"b")
    ]
    assert [one.duplicate for one in store.keep(many)] == [False, False, False, True, False]


def test_what_another_message_spoke_of_since_is_new(store):
    def say(key: str, raw: bytes, *resources: str, may_return: bool = True) -> bool:
        one = Arrival("ehr", "fhir", key, raw, 1, may_return=may_return, resources=resources)
        return not store.keep([one])[0].duplicate

    assert say("Flag/1/", b"on", "Flag/1/") and not say("Flag/1/", b"on", "Flag/1/")
    assert say("a", b"bundle", "Flag/1/", "Flag/2/", may_return=False)
    assert say("Flag/1/", b"on", "Flag/1/") and not say("Flag/1/", b"on", "Flag/1/")
    assert not say("a", b"bundle", "Flag/1/", "Flag/2/", may_return=False)
    together = [
        Arrival("ehr", "fhir", key, raw, 1, may_return=True, resources=("Flag/1/",))
        for key, raw in (("Flag/1/", b"on"), ("b", b"off"), ("Flag/1/", b"on"), ("Flag/1/", b"on"))
    ]
    assert [one.duplicate for one in store.keep(together)] == [True, False, False, True]


def test_a_writer_that_was_lost_comes_back_however_often_the_server_does_not_answer(store, monkeypatch):
    """An outage: the connection is gone, and the first tries to open another one fail."""
    database, gone = store.database, []
    monkeypatch.setattr(database, "_lost", lambda connection: connection in gone)
    connect, away = database._connect, [True, True, True]
    gone.append(database._writer)

    def connecting():
        if away:
            away.pop()
            raise Unreachable("The database does not answer.")
        return connect()

    monkeypatch.setattr(database, "_connect", connecting)
    for _ in range(3):
        with pytest.raises(Unreachable):
            store.keep([arrival("a")])
    assert store.keep([arrival("a")]) == [Kept(1)]
