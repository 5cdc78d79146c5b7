"""One commit for many: what is answered is kept, and what could not be kept is said."""

import asyncio
from threading import Event, Thread

import pytest

from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.store import group_commit
from opensepsis.uses.ward.store.group_commit import Committer
from tests.support.waiting import LONGEST, waited_for


def arrival(key: str) -> Arrival:
    return Arrival("lab", "hl7", key, b"MSH|", 1)


@pytest.fixture
def committer(store):
    made = Committer(store)
    yield made
    made.close()


def test_many_tasks_and_threads_are_kept_together(store, committer, monkeypatch):
    calls, asked, keep = [], Event(), store.keep
    committer.on_kept = lambda: calls.append(1)

    def slow(arrivals):
        """A commit during which all the others ask for theirs."""
        asked.wait(LONGEST)
        return keep(arrivals)

    monkeypatch.setattr(store, "keep", slow)

    async def tasks():
        answers = [committer.keep(arrival(f"t{n}")) for n in range(200)]
        asked.set()
        return await asyncio.gather(*answers)

    threads = [Thread(target=committer.keep_now, args=(arrival(f"n{n}"),)) for n in range(20)]
    for thread in threads:
        thread.start()
    kept = asyncio.run(tasks())
    for thread in threads:
        thread.join()
    assert [k.number for k in kept] == sorted(k.number for k in kept), "order of one caller is kept"
    assert {m.key for m in store.unread()} == {f"t{n}" for n in range(200)} | {f"n{n}" for n in range(20)}
    assert len(calls) < 50, "far fewer commits than messages"


def test_a_failure_is_told_to_all_and_the_next_goes_on(store, committer, monkeypatch, caplog):
    real = store.keep

    def broken(arrivals):
        raise OSError("disk full at /secret")

    async def two():
        return await asyncio.gather(
            committer.keep(arrival("a")), committer.keep(arrival("b")), return_exceptions=True
        )

    monkeypatch.setattr(store, "keep", broken)
    assert [type(answer) for answer in asyncio.run(two())] == [OSError, OSError]
    monkeypatch.setattr(store, "keep", real)
    assert committer.keep_now(arrival("a")).number == 1
    assert "OSError" in caplog.text and "secret" not in caplog.text


def test_a_disk_has_room_again_when_what_failed_could_be_written(store, committer, monkeypatch):
    """A nearly full disk takes a small row and no message."""
    asked, room = [], [100, 100, 10**6]

    def tried(size):
        asked.append(size)
        if size > room.pop(0):
            raise OSError("disk full")

    def full(arrivals):
        raise OSError("disk full")

    monkeypatch.setattr(store, "try_to_write", tried)
    monkeypatch.setattr(store, "keep", full)
    monkeypatch.setattr(group_commit, "TRY_AGAIN", 0.01)
    with pytest.raises(OSError):
        committer.keep_now(Arrival("lab", "hl7", "a", b"x" * 5000, 1))
    waited_for(lambda: not committer.failing)
    assert asked == [5000] * 3


def test_what_is_tried_leaves_nothing(store):
    store.try_to_write(10_000)
    assert store.database.rows("SELECT count(*) FROM secret WHERE name = 'probe'") == [(0,)]


def test_a_listener_that_fails_does_not_stop_the_commits(store, committer, caplog):
    def fail():
        raise ValueError

    committer.on_kept = fail
    assert [committer.keep_now(arrival(key)).number for key in "abc"] == [1, 2, 3]
    assert "ValueError" in caplog.text


def test_closing_keeps_what_waits_and_takes_no_more(store):
    committer = Committer(store, wait=0.05)

    async def close_at_once():
        answer = committer.keep(arrival("a"))
        await asyncio.to_thread(committer.close)
        return await answer

    assert asyncio.run(close_at_once()).number == 1
    with pytest.raises(RuntimeError, match="shutting down"):
        committer.keep_now(arrival("b"))


def test_an_answer_after_the_loop_ended_harms_nobody(store, committer):
    async def leave():
        committer.keep(arrival("a"))

    asyncio.run(leave())
    assert committer.keep_now(arrival("b")).number == 2
