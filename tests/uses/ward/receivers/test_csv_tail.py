"""A folder that grows: every whole line once, over restarts, cut-off lines and rotation."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis.uses.ward.ingest.csv_tail import TailedFile, tail_folder
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.store.group_commit import Committer

HEADER = "patient,concept,time,value\n"


@pytest.fixture
def events(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(HEADER, encoding="utf-8")
    return path


def add(path, text: str) -> None:
    with open(path, "a", encoding="utf-8", newline="") as out:
        out.write(text)


def lines(file: TailedFile) -> list[str]:
    return [arrival.raw.decode().removeprefix(HEADER) for arrival in file.read("csv", 7)]


def restarted(file: TailedFile) -> TailedFile:
    file.close()
    return TailedFile(file.path, file.position)


def test_each_new_line_is_a_message_with_its_header(events):
    file = TailedFile(events, None)
    assert file.read("csv", 7) == []
    add(events, "1,lactate,t,2\n1,lactate,t,3\n")
    first, second = file.read("csv", 7)
    assert (first.feed, first.form, first.raw, first.received) == (
        "csv",
        "csv",
        f"{HEADER}1,lactate,t,2\n".encode(),
        7,
    )
    name, mark, line = second.key.split(":")
    assert (name, line) == ("events.csv", "3") and len(mark) == 16
    assert file.read("csv", 8) == []
    file.close()


def test_a_line_without_its_end_waits(events):
    file = TailedFile(events, None)
    add(events, "1,a\n2,b")
    assert lines(file) == ["1,a\n"]
    add(events, "b")
    assert lines(file) == []
    add(events, "\n")
    assert lines(file) == ["2,bb\n"]
    file.close()


def test_quoted_line_ends_comments_and_windows(events):
    file = TailedFile(events, None)
    add(events, '# 1,no\n\n1,"a\nb"\n2,c\r\n3,"d')
    found = file.read("csv", 7)
    assert [a.raw.decode().removeprefix(HEADER) for a in found] == ['1,"a\nb"\n', "2,c\r\n"]
    assert [a.key.rpartition(":")[2] for a in found] == ["4", "6"]
    add(events, '"\n')
    assert lines(file) == ['3,"d"\n']
    file.close()


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest(events):
    file = TailedFile(events, None)
    add(events, '1,a\n2,"b\n' + "3,c\n" * 20_000)
    found = []
    while new := lines(file):
        found += new
    assert found[:3] == ["1,a\n", '2,"b\n', "3,c\n"] and len(found) == 20_002
    file.close()


def test_the_position_survives_a_restart(events):
    file = TailedFile(events, None)
    add(events, "1,a\n2,b\n")
    assert len(lines(file)) == 2
    add(events, "3,c\n")
    file = restarted(file)
    assert lines(file) == ["3,c\n"]
    file.close()


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(events):
    file = TailedFile(events, None)
    add(events, "1,a\n")
    assert lines(file) == ["1,a\n"]
    add(events, "2,b\n")
    events.rename(events.with_name("events.csv.1"))
    assert lines(file) == ["2,b\n"]
    assert lines(file) == []
    add(events, HEADER + "9,z\n")
    assert lines(file) == ["9,z\n"]
    file.close()


def test_a_rotation_while_the_ward_was_away(events):
    file = TailedFile(events, None)
    add(events, "1,a\n")
    assert lines(file) == ["1,a\n"]
    file.close()
    add(events, "2,b\n")
    events.rename(events.with_name("events.csv.1"))
    add(events, HEADER + "9,z\n")
    file = restarted(file)
    assert lines(file) == ["2,b\n"]
    assert lines(file) == ["9,z\n"]
    assert lines(file) == []
    file.close()


def test_a_file_that_is_emptied_and_filled_again(events):
    file = TailedFile(events, None)
    add(events, "1,a\n2,b\n3,c\n")
    assert len(lines(file)) == 3
    events.write_text(HEADER + "4,d\n", encoding="utf-8")
    assert lines(file) == ["4,d\n"]
    file.close()


def test_a_folder_is_kept_over_restarts(tmp_path):
    async def run(changes, until: int) -> None:
        store = Store(tmp_path / "ward.db")
        committer = Committer(store)
        tailing = asyncio.create_task(
            tail_folder(tmp_path, "csv", store, committer, HandClock(5), pause=0.02)
        )
        changes()
        while sum(feed.messages for feed in store.feeds()) < until:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        tailing.cancel()
        committer.close()
        messages = store.unread()
        assert len(messages) == until and len({m.raw for m in messages}) == until
        store.close()

    def first() -> None:
        add(tmp_path / "stays.csv", "patient,stay,admitted\n1,s,t\n")
        add(tmp_path / "events.csv", HEADER + "".join(f"{n},a\n" for n in range(700)))

    asyncio.run(asyncio.wait_for(run(first, 701), 20))
    add(tmp_path / "events.csv", "x,y\n")
    asyncio.run(asyncio.wait_for(run(lambda: None, 702), 20))
    (tmp_path / "events.csv").rename(tmp_path / "events.csv-old")
    asyncio.run(asyncio.wait_for(run(lambda: add(tmp_path / "events.csv", HEADER + "n,ew\n"), 703), 20))


def test_lines_that_could_not_be_kept_come_again(tmp_path, monkeypatch):
    add(tmp_path / "events.csv", HEADER + "1,a\n2,b\n")

    async def run() -> None:
        store = Store(tmp_path / "ward.db")
        real, broken = store.keep, [True]

        def keep(arrivals):
            if broken.pop() if broken else False:
                raise OSError
            return real(arrivals)

        monkeypatch.setattr(store, "keep", keep)
        committer = Committer(store)
        tailing = asyncio.create_task(
            tail_folder(tmp_path, "csv", store, committer, HandClock(5), pause=0.02)
        )
        while len(store.unread()) < 2:
            await asyncio.sleep(0.02)
        tailing.cancel()
        committer.close()
        store.close()

    asyncio.run(asyncio.wait_for(run(), 20))


@given(
    st.lists(st.text(alphabet='a,"é', max_size=6), max_size=12).map(
        lambda rows: "".join(f"r{row}\n" for row in rows)
    ),
    st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=20),
)
def test_however_the_bytes_arrive_the_lines_are_the_same(tmp_path_factory, text, cuts):
    folder = tmp_path_factory.mktemp("cut")
    whole = folder / "whole" / "events.csv"
    whole.parent.mkdir()
    content = (HEADER + text).encode()
    whole.write_bytes(content)
    file = TailedFile(whole, None)
    expected = {arrival.key: arrival.raw for arrival in file.read("csv", 7)}
    file.close()
    grown = folder / "events.csv"
    grown.touch()
    file, found = TailedFile(grown, None), {}
    for size, again in [*cuts, (len(content), False), (1, False)]:
        with open(grown, "ab") as out:
            out.write(content[:size])
        content = content[size:]
        file = restarted(file) if again else file
        for arrival in file.read("csv", 7):
            assert arrival.key not in found
            found[arrival.key] = arrival.raw
    file.close()
    assert found == expected


def test_a_patient_that_begins_with_a_hash_is_data(events):
    """A line that begins with # and has as many cells as the header is no comment."""
    file = TailedFile(events, None)
    add(events, '# a, comment\n#7,lactate,t,2\n#8,"a, b",t,2\n# 1,2,3,4,5\n')
    assert lines(file) == ["#7,lactate,t,2\n", '#8,"a, b",t,2\n']
    file.close()
