"""The `csv` source: what it accepts, and what it sets aside."""

import gzip
from datetime import UTC, date, datetime

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opensepsis import label
from opensepsis.data.sources import csv_file, open_source
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import FormatError
from tests.support.hospitals.csv_folder import EVENTS, STAYS, convert, folder, moment, refused


def read(path, timezone=None, concepts=None):
    source = open_source("csv", path, timezone)
    return pl.concat(source.events(concepts)), source


def test_the_smallest_hospital(tmp_path):
    made = convert(folder(tmp_path / "h"))
    assert made.events().collect().rows() == [("a", "lactate", moment(1), None, moment(1), 2.5, None, None)]
    assert made.stays.row(0) == ("a", "1", "icu", moment(0), moment(192), None, None, None, None, None)
    notes = made.counts["source"]["notes"]
    assert "known equals time for 1 event" in notes and any("no origin" in note for note in notes)


def test_everything_a_row_can_hold(tmp_path):
    stays = (
        "patient,stay,kind,admitted,discharged,born,age,sex,died,discharged_to\n"
        " a , 1 ,ICU,2026-01-01T00:00:00Z,2026-01-09T00:00:00Z,1960-01-01,,F,2026-01-20,home\n"
    )
    events = (
        "patient,concept,time,end,known,value,unit,text,origin\n"
        "a,ventilation,2026-01-01T01:00:00Z,2026-01-01T05:00:00Z,2026-01-01T02:00:00Z,,,invasive,icu:7\n"
    )
    made = convert(folder(tmp_path / "h", stays, events))
    assert made.events().collect().row(0) == (
        "a", "ventilation", moment(1), moment(5), moment(2), None, "invasive", "icu:7",
    )  # fmt: skip
    stay = made.stays.row(0, named=True)
    assert stay["kind"] == "icu" and stay["sex"] == "F" and stay["discharged_to"] == "home"
    assert stay["born"] == datetime(1960, 1, 1, tzinfo=UTC) and stay["died"] == datetime(
        2026, 1, 20, tzinfo=UTC
    )
    assert stay["age"] == pytest.approx(66, abs=0.01)
    assert made.counts["source"]["notes"] == ["no units given: values are in each concept's own unit"]


def test_comments_blank_lines_and_windows_line_ends(tmp_path):
    story = '# Ana, pneumonia, "quoted\n' + EVENTS.replace("\na", "\n# 01:00\n\na")
    path = folder(tmp_path / "h", "\ufeff# stays\n" + STAYS, story.replace("\n", "\r\n"))
    assert read(path)[0]["value"].to_list() == [2.5]
    bom = folder(tmp_path / "g", "\ufeff" + STAYS, "\ufeff" + EVENTS)
    assert read(bom)[0]["value"].to_list() == [2.5]


def test_quoted_cells(tmp_path):
    start = "a,culture,2026-01-01T01:00:00Z,"
    events = f'patient,concept,time,text\n{start}"blood, left\n# arm"\n{start}"#2"\n'
    assert read(folder(tmp_path / "h", STAYS, events))[0]["text"].to_list() == ["blood, left\n# arm", "#2"]


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_formats_give_the_same(tmp_path, ending):
    events = EVENTS + "".join(f"a,wbc,2026-01-01T{h:02}:00:00Z,{h}.5,K/uL\n" for h in range(2, 20))
    path = folder(tmp_path / "h", STAYS, events)
    expected = read(path)[0]
    if ending == "csv.gz":
        for name in ("stays", "events"):
            (path / f"{name}.csv.gz").write_bytes(gzip.compress((path / f"{name}.csv").read_bytes()))
            (path / f"{name}.csv").unlink()
    elif ending == "parquet":
        for name in ("stays", "events"):
            pl.read_csv(path / f"{name}.csv", infer_schema=False).write_parquet(path / f"{name}.parquet")
            (path / f"{name}.csv").unlink()
    assert read(path)[0].drop("table", "row").equals(expected.drop("table", "row"))
    assert read(path)[0]["row"].to_list() == [n - (ending == "parquet") for n in expected["row"]]


def test_typed_parquet(tmp_path):
    path = tmp_path / "h"
    path.mkdir()
    at = datetime(2026, 1, 1, 12)
    pl.DataFrame(
        {
            "patient": [7],
            "stay": [1],
            "admitted": [at],
            "discharged": [at],
            "born": [date(1960, 1, 1)],
            "age": [65],
        }
    ).write_parquet(path / "stays.parquet")
    pl.DataFrame({"patient": [7], "concept": ["wbc"], "time": [at], "value": [9]}).with_columns(
        pl.col("concept").cast(pl.Categorical)
    ).write_parquet(path / "events.parquet")
    found, source = read(path, "Europe/Berlin")
    assert found.row(0)[:3] == ("7", "wbc", moment(11))
    assert source.stays().row(0, named=True)["age"] == 65.0


def test_batches_add_up(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_file, "BLOCK", 250)
    rows = "".join(f"a,wbc,2026-01-01T01:{n % 60:02}:00Z,{n + 1},K/uL\n" for n in range(50))
    path = folder(tmp_path / "h", STAYS, "patient,concept,time,value,unit\n" + rows)
    assert read(path)[0]["value"].to_list() == [n + 1 for n in range(50)]
    bad = folder(
        tmp_path / "g",
        STAYS,
        "patient,concept,time,value,unit\n" + rows + "a,wbc,2026-01-01T01:00:00Z,x,K/uL\n",
    )
    assert "(row 52)" in refused(bad, FormatError, strict=True)


def test_only_the_asked_concepts(tmp_path):
    path = folder(tmp_path / "h", STAYS, EVENTS + "a,wbc,2026-01-01T02:00:00Z,7,K/uL\n")
    found, source = read(path, concepts=frozenset({"wbc"}))
    assert found["concept"].to_list() == ["wbc"]
    assert source.counts() == {"read": 2, "mapped": 1, "unmapped": {}, "notes": source.counts()["notes"]}


def test_impossible_values_are_set_aside(tmp_path):
    at = "2026-01-01T01:00:00Z"
    rows = f"a,lactate,{at},900,mmol/L\na,lactate,,2,mmol/L\n,lactate,{at},2,mmol/L\n"
    made = convert(folder(tmp_path / "h", STAYS, EVENTS + rows))
    assert made.counts["rejected"] == {"outside plausible limits": 1, "no time": 1, "no patient": 1}
    assert made.counts["read"] == 4 and made.counts["written"] == 1


def test_an_event_that_ends_before_it_starts_is_set_aside(tmp_path):
    events = "patient,concept,time,end\na,dialysis,2026-01-01T05:00:00Z,2026-01-01T04:00:00Z\n"
    made = convert(folder(tmp_path / "h", STAYS, events))
    assert made.counts["rejected"] == {"ends before it starts": 1}


def test_an_open_stay_goes_on_to_the_last_event(tmp_path):
    stays = "patient,stay,admitted\na,1,2026-01-01T00:00:00Z\n"
    made = convert(folder(tmp_path / "h", stays, EVENTS))
    assert made.stays["discharged"].to_list() == [moment(1)]
    assert made.stays["kind"].to_list() == ["hospital"]


def test_clock_changes_are_counted(tmp_path):
    stays = "patient,stay,admitted\na,1,2026-03-01T00:00:00\n"
    events = "patient,concept,time,value\na,wbc,2026-10-25T02:30:00,7\na,wbc,2026-03-29T02:30:00,7\n"
    found, source = read(folder(tmp_path / "h", stays, events), "Europe/Berlin")
    assert found["time"].to_list() == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    ]
    assert "change of clocks: 1 time that happens twice, 1 that never happens" in source.counts()["notes"]


def test_utc_in_words(tmp_path):
    events = EVENTS.replace("2026-01-01T01:00:00Z", "2026-01-01 01:00:00 UTC")
    stays = STAYS.replace("2026-01-01T00:00:00Z", "2026-01-01 01:00 +0100")
    made = convert(folder(tmp_path / "h", stays, events))
    assert made.stays["admitted"].to_list() == [moment(0)] and made.events().collect()["time"].to_list() == [
        moment(1)
    ]


@pytest.mark.parametrize(
    ("age", "read_as"),
    [("> 89", 90), (">89", 90), ("≥ 90", 90), ("90+", 90), ("over 89", 90), ("90 and over", 90), ("> 89 years", 90),
     ("89", 89), ("42.5", 42.5), ("NA", None),
     ("x", None), ("-3", None), ("900", None), ("<1", None)],
)  # fmt: skip
def test_ages(tmp_path, age, read_as):
    made = convert(folder(tmp_path / "h", f"patient,stay,admitted,age\na,1,2026-01-01T00:00:00Z,{age}\n"))
    assert made.stays["age"].to_list() == [read_as]
    assert any("taken as 90" in note for note in made.counts["source"]["notes"]) == (read_as == 90)


@pytest.mark.parametrize(
    ("sex", "read_as"), [("Male", "M"), ("m", "M"), ("w", "F"), ("1", "M"), ("Frau", "F"), ("Smith", None)]
)
def test_sexes(tmp_path, sex, read_as):
    made = convert(folder(tmp_path / "h", f"patient,stay,admitted,sex\na,1,2026-01-01T00:00:00Z,{sex}\n"))
    assert made.stays["sex"].to_list() == [read_as]
    assert [one["rejected"] for one in made.counts["rejections"]] == ["cell"] * (read_as is None)


def test_a_patient_that_begins_with_a_hash(tmp_path):
    stays = "# a comment\npatient,stay,admitted\n#7,1,2026-01-01T00:00:00Z\n# left, out\nb,2,2026-01-01T00:00:00Z\n"
    events = EVENTS.replace("\na,", "\n#7,")
    made = convert(folder(tmp_path / "h", stays, events))
    assert made.stays["patient"].to_list() == ["#7", "b"] and made.counts["written"] == 1


def test_nothing_in_parquet_and_numbers_of_32_bits(tmp_path):
    path = folder(tmp_path / "h")
    (path / "events.csv").unlink()
    pl.DataFrame(
        {
            "patient": "a", "concept": ["antibiotic", "culture", "norepinephrine", "fio2"], "time": moment(1),
            "value": pl.Series([float("nan"), float("nan"), 0.1, 0.21], dtype=pl.Float32),
            "unit": [None, None, "ug/kg/min", None], "text": ["vancomycin|iv", "blood", None, None],
        }
    ).write_parquet(path / "events.parquet")  # fmt: skip
    made = convert(path)
    assert made.counts["rejections"] == []
    assert made.events().collect().sort("concept")["value"].to_list() == [None, None, 0.21, 0.1]


def test_a_fixed_offset_in_parquet(tmp_path):
    path = folder(tmp_path / "h")
    (path / "events.csv").unlink()
    at = pa.array([datetime(2026, 1, 1, 1)], pa.timestamp("ms", tz="+05:30"))
    pq.write_table(
        pa.table({"patient": ["a"], "concept": ["wbc"], "time": at, "value": [7.0]}), path / "events.parquet"
    )
    assert convert(path).events().collect()["time"].to_list() == [moment(1)]


def test_years_and_the_future(tmp_path):
    rows = "".join(
        f"a,wbc,{year}-01-01T01:00:00Z,7,K/uL\n" for year in ("0001", "1200", "9999", "2300", "2099", "2026")
    )
    made = convert(folder(tmp_path / "h", STAYS, "patient,concept,time,value,unit\n" + rows))
    told = {one["reason"]: one["rows"] for one in made.counts["rejections"]}
    assert told == {
        "'time' lies outside the years 1800 to 2261": [2, 3, 4, 5],
        "'time' lies in the future": [6],
    }


@pytest.mark.parametrize("name", ["run[1]", "a*b", "what?"])
def test_names_are_names(tmp_path, name):
    folder(tmp_path / "run1", STAYS.replace("a,1", "other,9"), EVENTS.replace("\na,", "\nother,"))
    path = folder(tmp_path / name)
    for ending in ("csv", "parquet"):
        if ending == "parquet":
            for table in ("stays", "events"):
                pl.read_csv(path / f"{table}.csv", infer_schema=False, glob=False).write_parquet(
                    path / f"{table}.parquet"
                )
                (path / f"{table}.csv").unlink()
        out = tmp_path / f"{name} out"
        made = write_timeline(open_source("csv", path), out)
        assert made.events().collect()["patient"].to_list() == ["a"]
        again = write_timeline(open_source("timeline", out), tmp_path / "again")
        assert [events.collect().height for _, events in again.parts()] == [1]


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    folder(tmp_path / "h")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_source("csv", "~/h").stays().height == 1


def test_a_death_by_its_day(tmp_path):
    """It was not before the discharge of that day, nor before the admission on it."""
    rows = [("1", "2026-01-01 10:00", "2026-01-03 15:00", "2026-01-03"), ("2", "2026-01-03 10:00", "", "2026-01-03"),
            ("3", "2026-01-04 10:00", "2026-01-05 10:00", "2026-01-03")]  # fmt: skip
    stays = "patient,stay,admitted,discharged,died\n" + "".join(
        f"a{s},{s},{a},{d},{died}\n" for s, a, d, died in rows
    )
    made = convert(folder(tmp_path / "h", stays, "patient,concept,time\n"), "Europe/Berlin")
    assert made.stays["died"].to_list() == [moment(62), moment(71 - 1 / 3600)]
    assert [(one["reason"], one["rows"]) for one in made.counts["rejections"]] == [
        ("died before admission", [4])
    ]


DEAD = ("yes", "Died in hospital", "not alive", "EXITUS", "1", "1.0", "t", "décédée")
ALIVE = (
    "alive at discharge",
    "Not dead",
    "survivor",
    "Discharged alive",
    "überlebt",
    "0",
    "0.0",
    "f",
    "Nein",
    "",
)
UNREAD = (
    "died?",
    "dead or alive",
    "see notes",
    "alive?",
    "2026-13-40",
    "home",
    "expired consent",
    "7",
    "not known if dead",
)


@pytest.mark.parametrize(
    ("words", "in_stay", "reason"),
    [
        (DEAD, None, "dead, at a time that is not told"),
        (ALIVE, False, None),
        (UNREAD, None, "what was said of death cannot be read"),
    ],
    ids=["dead", "alive", "unread"],
)
def test_only_a_listed_word_or_a_time_tells_of_death(tmp_path, words, in_stay, reason):
    during = "2026-01-01T00:00Z,2026-01-03T00:00Z"
    lines = [f"p{n},{n},{during},{said}" for n, said in enumerate(words)]
    lines.append(f"a,a,{during},2026-01-02T00:00Z")  # of one the time is told
    stays = "\n".join(["patient,stay,admitted,discharged,died", *lines, ""])
    labels = label("csv", folder(tmp_path / "h", stays), definitions="news2,course")
    deaths = labels.course.filter(pl.col("finding").is_in(["died_in_stay", "died_later"]))
    for n, said in enumerate(words):
        mine = pl.col("stay") == str(n)
        assert labels.stays.filter(mine).select("died", "died_in_stay").rows() == [(None, in_stay)], said
        assert set(deaths.filter(mine)["reason"].drop_nulls()) == ({reason} if reason else set()), said
    rejected = convert(folder(tmp_path / "again", stays)).counts["rejections"]
    assert sum(one["count"] for one in rejected) == (len(words) if words is UNREAD else 0)


@pytest.mark.parametrize(
    ("column", "in_stay"),
    [([1.0, 0.0, None], [None, False, False]), ([True, False, None], [None, False, False])],
)
def test_a_column_of_deaths_may_be_yes_or_no(tmp_path, column, in_stay):
    stays = pl.DataFrame(
        {"patient": ["a", "b", "c"], "stay": ["1", "2", "3"], "admitted": [moment(0)] * 3, "discharged": [moment(48)] * 3,
         "died": column}
    )  # fmt: skip
    path = folder(tmp_path / "h")
    (path / "stays.csv").unlink()
    stays.write_parquet(path / "stays.parquet")
    assert label("csv", path, definitions="news2").stays.sort("stay")["died_in_stay"].to_list() == in_stay


def test_a_stray_quote_stops_one_row_only(tmp_path):
    rows = 'a,wbc,2026-01-01T01:00:00Z,7,K/uL,5" tube\n"a,wbc,2026-01-01T02:00:00Z,8,K/uL,\na,wbc,2026-01-01T03:00:00Z,9,K/uL,"x, y"\n'
    made = convert(folder(tmp_path / "h", STAYS, "patient,concept,time,value,unit,origin\n" + rows))
    assert made.events().collect().sort("time").select("value", "origin").rows() == [
        (7.0, '5" tube'),
        (9.0, "x, y"),
    ]
    assert [(one["reason"], one["rows"]) for one in made.counts["rejections"]] == [
        ("a quote is not closed", [3])
    ]


def test_headers_as_tools_write_them(tmp_path):
    """In capitals, with a line for Excel, and with a byte order mark beside the site's other encoding."""
    shouted = STAYS.replace("patient,stay,kind", "PATIENT,Stay,Kind")
    made = convert(folder(tmp_path / "h", shouted, "sep=,\n" + EVENTS))
    assert made.counts["written"] == 1 and made.stays["kind"].to_list() == ["icu"]
    path = folder(tmp_path / "g", "\ufeff" + STAYS)
    (path / "site.toml").write_text('[format]\nencoding = "cp1252"\n')
    assert convert(path).stays.height == 1


def test_a_culture_that_is_none_is_no_mistake(tmp_path):
    screens = "".join(f"a,culture,2026-01-01T01:{n % 60:02}:00Z,,,MRSA SCREEN\n" for n in range(300))
    made = convert(
        folder(tmp_path / "h", STAYS, "patient,concept,time,value,unit,text\n" + screens), strict=True
    )
    assert made.counts["rejections"][0]["count"] == 300


@pytest.mark.parametrize(("origins", "shared"), [("1 2 3", 0), ("1 1 3", 1), ("1 1 1", 1), ("3 2 3", 1)])
def test_origins_of_several_events_are_told(tmp_path, origins, shared):
    """Rows 1 and 2 are of two hours, rows 3 and 4 two versions of one event."""
    first, second, third = origins.split()
    at = "a,wbc,2026-01-01T{}:00:00Z,2026-01-01T{}:00:00Z,{},{}\n"
    rows = [at.format("01", "01", 5, first), at.format("02", "02", 6, second)]
    rows += [at.format("03", known, 7, third) for known in ("03", "04")]
    made = convert(folder(tmp_path / "h", STAYS, "patient,concept,time,known,value,origin\n" + "".join(rows)))
    notes = [note for note in made.counts["source"]["notes"] if "origins of several" in note]
    assert notes == ["origins of several events: 1; evidence cannot tell those apart"] * shared
