"""Timelines on disk: written, read again, whole or not there."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensepsis.data.schema import EVENTS, NAME, REJECTED, STAYS
from opensepsis.data.sources import open_source
from opensepsis.data.timeline import shards
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import (
    OutputError,
    SourceError,
)
from tests.support.hospitals.csv_folder import GOOD, Frames, moment, some_stays, values


def test_written_and_read_again(tmp_path):
    seen = []
    source = Frames(some_stays("a", "b"), GOOD, GOOD.head(1))
    made = write_timeline(source, tmp_path / "t", progress=seen.append)
    again = read_timeline(tmp_path / "t")
    assert made.stays.equals(again.stays) and again.stays.schema == STAYS
    categories = {"patient": pl.Categorical(), "concept": pl.Categorical()}
    assert again.events().collect().schema == EVENTS | categories and again.events().collect().height == 3
    assert again.rejected.schema == REJECTED | categories and again.rejected["concept"].to_list() == ["wbc"]
    assert seen == [3, 4]
    counts = again.counts
    assert (counts["read"], counts["written"], counts["stays"], counts["patients"]) == (4, 3, 2, 2)
    assert counts["rejected"] == {"outside plausible limits": 1}
    assert counts["rejected_by_concept"] == {"wbc": {"outside plausible limits": 1}}
    assert counts["source"] == {"read": 4, "notes": []}
    assert again.source == "frames"


def test_a_patient_lies_in_one_shard_with_his_stays(tmp_path):
    patients = [f"p{n}" for n in range(40)]
    events = values(*((p, "lactate", h, 2.0) for p in patients for h in range(3)))
    made = write_timeline(Frames(some_stays(*patients), events), tmp_path / "t", shard_patients=5)
    assert len(made.shards) == 8
    seen = []
    for stays, part in made.parts():
        here = part.collect()
        assert set(here["patient"]) == set(stays["patient"])
        assert stays.columns == list(STAYS)
        seen += stays["patient"].to_list()
    assert sorted(seen) == sorted(patients)


class _Backwards(Frames):
    """A source whose patients come last to first, each batch made when it is asked for: nothing holds their names."""

    def events(self, concepts=None):
        for patient in reversed(self._stays["patient"].to_list()):
            yield values((patient, "lactate", 1, 2.0)).with_columns(pl.col("patient", "concept").cast(NAME))


def test_shards_do_not_depend_on_the_order_in_which_names_are_met(tmp_path):
    patients = [f"p{n}" for n in range(40)]
    made = write_timeline(_Backwards(some_stays(*patients)), tmp_path / "t", shard_patients=5)
    assert made.counts["without_stay"] == {"events": 0, "patients": 0}
    for stays, part in made.parts():
        assert set(part.collect()["patient"].cast(pl.String)) == set(stays["patient"])


@pytest.mark.parametrize("of_a_shard", [5, 40])
def test_rows_of_a_patient_lie_together_in_the_order_in_which_they_came(tmp_path, of_a_shard):
    patients = [f"p{n}" for n in range(40)]
    in_turn = values(*((p, "lactate", h, 2.0 + h) for h in range(3) for p in patients))
    made = write_timeline(Frames(some_stays(*patients), in_turn), tmp_path / "t", shard_patients=of_a_shard)
    found = pl.concat([part.collect() for _, part in made.parts()])
    assert len(found["patient"].cast(pl.String).rle()) == len(patients)
    assert found["value"].to_list() == [2.0, 3.0, 4.0] * len(patients)


def test_a_source_in_order_is_written_in_few_parts(tmp_path, monkeypatch):
    """Else the parts grow with the square of the patients, since every shard gets a part whenever memory is full."""
    monkeypatch.setattr(shards, "ROWS_HELD", 10)
    patients = [f"p{n:02d}" for n in range(40)]
    frames = [values((p, "lactate", 1, 2.0), (p, "lactate", 2, 2.0)) for p in patients]
    made = write_timeline(Frames(some_stays(*patients), *frames), tmp_path / "t", shard_patients=5)
    assert len(made.shards) == 8 and sum(len(list(shard.glob("*"))) for shard in made.shards) <= 16
    for number, (stays, part) in enumerate(made.parts()):
        assert stays["patient"].to_list() == patients[5 * number : 5 * number + 5]
        assert set(part.collect()["patient"].cast(pl.String)) == set(stays["patient"])


def test_many_parts_when_memory_is_small(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "ROWS_HELD", 10)
    monkeypatch.setattr(shards, "_REJECTED_HELD", 2)
    batches = [GOOD] * 12
    made = write_timeline(Frames(some_stays("a", "b"), *batches), tmp_path / "t", shard_patients=1)
    assert made.events().collect().height == 24
    assert made.rejected.height == 12
    assert not list((tmp_path / "t").glob("*.part"))
    assert len(list(made.shards[0].glob("*"))) > 1


def test_no_events_and_no_stays(tmp_path):
    made = write_timeline(Frames(some_stays("a")), tmp_path / "t")
    assert made.events().collect().is_empty() and made.rejected.is_empty()
    nobody = write_timeline(Frames(pl.DataFrame(schema=STAYS)), tmp_path / "u")
    assert nobody.stays.is_empty() and len(nobody.shards) == 1


def test_events_without_a_stay_are_kept_and_counted(tmp_path):
    made = write_timeline(Frames(some_stays("a"), GOOD), tmp_path / "t")
    assert made.counts["without_stay"] == {"events": 1, "patients": 1}
    assert made.events().collect().height == 2


def test_open_stays_end_with_what_is_known(tmp_path):
    stays = pl.DataFrame(
        {
            "patient": ["a", "a", "b", "c", "d"],
            "stay": ["1", "2", "3", "4", "5"],
            "kind": "icu",
            "admitted": [moment(0), moment(50), moment(0), moment(0), moment(0)],
            "discharged": pl.Series([None, None, None, None, moment(9)], dtype=EVENTS["time"]),
            "died": pl.Series([None, None, moment(8), None, None], dtype=EVENTS["time"]),
        }
    )
    events = values(("a", "lactate", 90, 2.0), ("b", "lactate", 20, 2.0), ("d", "lactate", 99, 2.0))
    made = write_timeline(Frames(stays, events), tmp_path / "t")
    ends = made.stays.sort("stay")["discharged"].to_list()
    assert ends == [moment(50), moment(90), moment(8), moment(0), moment(9)]
    assert made.counts["open_stays"] == 4


def test_ages(tmp_path):
    stays = some_stays("a", "b", "c", "d").with_columns(
        born=pl.Series([datetime(1960, 1, 1), None, None, datetime(2030, 1, 1)]).dt.replace_time_zone("UTC"),
        age=pl.Series([None, 50.0, 731.0, None]),
    )
    made = write_timeline(Frames(stays), tmp_path / "t")
    ages = made.stays["age"].to_list()
    assert ages[0] == pytest.approx(66.0, abs=0.01)
    assert ages[1:] == [50.0, None, None]
    assert made.counts["impossible_ages"] == 2


def test_a_failing_source_leaves_the_earlier_timeline(tmp_path):
    write_timeline(Frames(some_stays("a"), GOOD), tmp_path / "t")
    before = (tmp_path / "t" / "timeline.json").read_text()

    class Failing(Frames):
        def events(self, concepts=None):
            yield GOOD
            raise SourceError("broken")

    with pytest.raises(SourceError):
        write_timeline(Failing(some_stays("a")), tmp_path / "t")
    assert (tmp_path / "t" / "timeline.json").read_text() == before
    assert os.listdir(tmp_path) == ["t"]


def test_a_killed_run_leaves_the_earlier_timeline(tmp_path):
    write_timeline(Frames(some_stays("a"), GOOD), tmp_path / "t")
    before = read_timeline(tmp_path / "t").events().collect()
    program = textwrap.dedent(f"""
        import time
        from tests.support.hospitals.csv_folder import Frames, some_stays
        from tests.support.hospitals.csv_folder import GOOD
        from opensepsis.data.timeline.writer import write_timeline
        class Slow(Frames):
            def events(self, concepts=None):
                yield GOOD
                print("started", flush=True)
                time.sleep(30)
        write_timeline(Slow(some_stays("a")), {str(tmp_path / "t")!r})
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": "src:."},
    ) as running:  # fmt: skip
        assert running.stdout.readline() == b"started\n"
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=20)
    assert running.returncode == 128 + signal.SIGTERM, said.decode()
    assert read_timeline(tmp_path / "t").events().collect().equals(before)
    assert os.listdir(tmp_path) == ["t"]


def test_files_of_the_user_are_not_replaced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError):
        write_timeline(Frames(some_stays("a")), tmp_path)
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_a_timeline_is_a_source(tmp_path):
    first = write_timeline(Frames(some_stays("a", "b"), GOOD), tmp_path / "t")
    source = open_source("timeline", tmp_path / "t")
    again = write_timeline(source, tmp_path / "u")
    assert again.events().collect().equals(first.events().collect())
    assert again.stays.equals(first.stays)
    assert source.counts()["read"] == 2
    only = pl.concat(source.events(frozenset({"wbc"})))
    assert only.is_empty() and source.counts()["read"] == 0


def test_shifted_dates_have_no_future(tmp_path):
    """De-identified records lie in the next century; one stay that ends ahead of all others is still wrong."""
    ahead = some_stays("a", "b", "c").with_columns(
        pl.col("admitted", "discharged").dt.offset_by("150y"), stay=pl.format("later {}", "stay")
    )
    assert write_timeline(Frames(ahead), tmp_path / "t").stays.height == 3
    soon = datetime.now(UTC) + timedelta(days=30)
    one = some_stays("a", "b", "c").with_columns(
        admitted=pl.lit(datetime.now(UTC) - timedelta(days=3)),
        discharged=pl.when(pl.col("patient") == "b").then(pl.lit(soon)).otherwise(pl.lit(datetime.now(UTC))),
    )
    made = write_timeline(Frames(one), tmp_path / "u")
    assert [told["reason"] for told in made.counts["rejections"]] == ["ends in the future"]


def test_ages_that_cannot_be_one_persons_are_told(tmp_path):
    stays = pl.concat([some_stays("a", "b"), some_stays("a").with_columns(stay=pl.lit("again"))])
    made = write_timeline(Frames(stays.with_columns(age=pl.Series([40.0, 50.0, 71.0]))), tmp_path / "t")
    assert made.counts["patients_of_several_births"] == 1
    assert sorted(made.stays["age"]) == [40.0, 50.0, 71.0]


batch_rows = st.tuples(
    st.sampled_from(["a", "b", "c", "d", "stranger"]),
    st.sampled_from(["lactate", "wbc", "norepinephrine", "consciousness"]),
    st.integers(0, 90),
    st.one_of(st.none(), st.floats(-5, 100)),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(batch_rows, max_size=12), max_size=4), size=st.integers(1, 5))
def test_nothing_is_lost(tmp_path_factory, batches, size):
    out = tmp_path_factory.mktemp("t") / "t"
    frames = [values(*rows) for rows in batches]
    made = write_timeline(Frames(some_stays("a", "b", "c", "d"), *frames), out, shard_patients=size)
    everything = pl.concat([pl.DataFrame(schema=values().schema), *frames])
    kept, aside = made.events().collect(), made.rejected
    assert made.counts["read"] == everything.height == kept.height + aside.height
    both = pl.concat([kept.select(everything.columns), aside.select(everything.columns)])
    order = everything.columns
    assert both.sort(order).equals(everything.sort(order))
    homes = [set(part.collect()["patient"]) for _, part in made.parts()]
    assert sum(map(len, homes)) == len(set().union(*homes))


ALONE = """
    import sys
    import polars as pl
    from opensepsis.data.sources import open_source
    from opensepsis.data.timeline.writer import write_timeline
    folder = sys.argv[1]
    names = [f"p{n}" for n in range(60)]
    pl.DataFrame({"patient": names, "stay": names, "admitted": "2026-01-01T00:00:00Z"}).with_columns(
        discharged=pl.lit("2026-01-02T00:00:00Z")).write_csv(f"{folder}/stays.csv")
    pl.DataFrame({"patient": names[::-1], "concept": "ph", "time": "2026-01-01T01:00:00Z", "value": 7.4}).write_csv(
        f"{folder}/events.csv")
    made = write_timeline(open_source("csv", folder), f"{folder}/timeline", shard_patients=5)
    assert all(set(part.collect()["patient"]) == set(stays["patient"]) for stays, part in made.parts())
"""


def test_patients_keep_their_shard_in_a_process_that_read_nothing_before(tmp_path):
    """Polars gives the number of a name to another once nobody holds it: only a fresh process shows it."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ALONE), str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_rows_set_aside_do_not_keep_the_texts_of_their_batch(tmp_path):
    rows, batches = 40_000, 30
    program = f"""
        from datetime import UTC, datetime
        from pathlib import Path
        import polars as pl
        from opensepsis.data.timeline import shards
        from opensepsis.data.schema import STAYS

        def held():
            lines = Path("/proc/self/status").read_text().splitlines()
            return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))

        shards.ROWS_HELD = 1  # so that nothing is kept but what was set aside
        at = pl.lit(datetime(2026, 1, 1, tzinfo=UTC))
        writer = shards.ShardWriter(Path({str(tmp_path)!r}), pl.DataFrame(schema=STAYS), 1)
        for batch in range({batches}):
            row = pl.int_range({rows})
            value = pl.when(row == 0).then(900.0).otherwise(2.0)
            text = pl.format("a text that is long and of its own: {{}} of {{}}" * 3, *[row % 9, batch] * 3)
            writer.add(pl.select(row).select(patient=pl.lit("a"), concept=pl.lit("lactate"), time=at, value=value, text=text))
            if batch == 9:
                before = held()
        print(held() - before)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < rows * 100 * (batches - 10) / 2**20 / 2  # half of what their texts would take
