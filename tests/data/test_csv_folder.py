"""The `csv` source: what it accepts and how it refuses."""

import gzip
import os
import traceback
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensepsis.data.sources import open_source, tables
from opensepsis.data.timeline import write_timeline
from opensepsis.errors import (
    ConceptError,
    FormatError,
    MissingError,
    OpensepsisError,
    SourceError,
    StayError,
    TimeError,
    UnitError,
)

from .hospital import CANARY, EVENTS, SECRET_VALUE, STAYS, folder, moment


def read(path, timezone=None, concepts=None):
    source = open_source("csv", path, timezone)
    return pl.concat(source.events(concepts)), source


def convert(path, timezone=None):
    return write_timeline(open_source("csv", path, timezone), path.parent / "timeline")


def refused(path, error, *said, timezone=None) -> str:
    """The message of the error, which must name a file and hold nothing of a patient."""
    with pytest.raises(error) as wrong:
        convert(path, timezone)
    assert type(wrong.value) is error
    message = str(wrong.value)
    for words in said:
        assert words in message, message
    whole = "".join(traceback.format_exception(wrong.value))
    assert CANARY not in whole and SECRET_VALUE not in whole
    assert not (path.parent / "timeline").exists()
    return message


def test_the_smallest_hospital(tmp_path):
    made = convert(folder(tmp_path / "h"))
    assert made.events().collect().rows() == [("a", "lactate", moment(1), None, moment(1), 2.5, None, None)]
    assert made.stays.row(0) == ("a", "1", "icu", moment(0), moment(192), None, None, None, None, None)
    notes = made.counts["source"]["notes"]
    assert "known equals time for 1 events" in notes and any("no origin" in note for note in notes)


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
    assert read(path)[0].equals(expected)


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
    monkeypatch.setattr(tables, "BATCH_ROWS", 7)
    monkeypatch.setattr(tables.batches, "__defaults__", (7,))
    rows = "".join(f"a,wbc,2026-01-01T01:{n % 60:02}:00Z,{n + 1},K/uL\n" for n in range(50))
    path = folder(tmp_path / "h", STAYS, "patient,concept,time,value,unit\n" + rows)
    assert read(path)[0]["value"].to_list() == [n + 1 for n in range(50)]
    bad = folder(
        tmp_path / "g",
        STAYS,
        "patient,concept,time,value,unit\n" + rows + "a,wbc,2026-01-01T01:00:00Z,x,K/uL\n",
    )
    assert "row 51" in refused(bad, FormatError)


def test_only_the_asked_concepts(tmp_path):
    path = folder(tmp_path / "h", STAYS, EVENTS + "a,wbc,2026-01-01T02:00:00Z,7,K/uL\n")
    found, source = read(path, concepts=frozenset({"wbc"}))
    assert found["concept"].to_list() == ["wbc"]
    assert source.counts() == {"read": 2, "mapped": 1, "unmapped": {}, "notes": source.counts()["notes"]}


# ── units ──


def units(tmp_path, rows, header="patient,concept,time,value,unit"):
    lines = [f"a,{c},2026-01-01T01:00:00Z,{v}" + (f",{u}" if u is not None else "") for c, v, u in rows]
    path = folder(tmp_path / "h", STAYS, "\n".join([header, *lines]) + "\n")
    return convert(path)


def test_units_are_converted(tmp_path):
    made = units(
        tmp_path,
        [("creatinine", 106.104, "umol/L"), ("fio2", 40, "%"), ("fio2", 40, "1"), ("wbc", 7, "10*9/L")],
    )
    assert made.events().collect()["value"].to_list() == [1.2, 0.4, 0.4, 7.0]
    assert any("as percent for 1 events" in note for note in made.counts["source"]["notes"])


def test_without_a_unit_column_all_is_in_own_units(tmp_path):
    rows = [("lactate", 2, None), ("creatinine", 1, None), ("norepinephrine", 0.1, None), ("fio2", 50, None)]
    made = units(tmp_path, rows, "patient,concept,time,value")
    assert made.events().collect()["value"].to_list() == [2.0, 1.0, 0.1, 0.5]
    assert any("own unit" in note for note in made.counts["source"]["notes"])


def test_a_unit_column_that_is_empty_throughout_is_none(tmp_path):
    made = units(tmp_path, [("lactate", 2, ""), ("glucose", 100, "  ")])
    assert made.events().collect()["value"].to_list() == [2.0, 100.0]


def test_a_blank_unit_among_units(tmp_path):
    quarantined = [
        "lactate",
        "creatinine",
        "bilirubin",
        "glucose",
        "temperature",
        "norepinephrine",
        "vasopressin",
    ]
    own = ["platelets", "gcs_total", "heart_rate", "ph", "inr"]
    value = {
        "temperature": 37,
        "glucose": 100,
        "gcs_total": 15,
        "heart_rate": 80,
        "ph": 7.3,
        "vasopressin": 0.03,
    }
    rows = [(c, value.get(c, 5), "") for c in quarantined + own]
    made = units(tmp_path, [*rows, ("wbc", 7, "K/uL"), ("ventilation", "", "")])
    assert made.counts["rejected"] == {"no unit": len(quarantined)}
    assert set(made.rejected["concept"]) == set(quarantined)
    assert set(made.events().collect()["concept"]) == {*own, "wbc", "ventilation"}


def test_doses_may_have_any_unit(tmp_path):
    made = units(
        tmp_path, [("antibiotic", 1, "g"), ("insulin", 4, "U"), ("sedative", 3, "mg/h"), ("wbc", 7, "K/uL")]
    )
    assert made.events().collect().height == 4


# ── set aside, not refused ──


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
    assert "change of clocks: 1 times that happen twice, 1 that never happen" in source.counts()["notes"]


# ── refusals ──

S, E = "patient,stay,admitted\n", "patient,concept,time,value,unit\n"
ONE = f"{CANARY},lactate,2026-01-01T01:00:00Z,{SECRET_VALUE},mmol/L\n"
OF = f"{CANARY},1,2026-01-01T00:00:00Z\n"

REFUSED = [
    # header and columns
    ("stay,admitted\n", E, MissingError, ["stays.csv has no column 'patient'", "patient, stay, admitted"]),
    ("patient,stays,admitted\n", E, MissingError, ["'stay'", "Did you mean 'stays'?"]),
    (S + OF, "patient,concpt,time\n", MissingError, ["events.csv", "'concept'", "'concpt'"]),
    (
        S + OF,
        "patient,concept,time,valuenum\n",
        MissingError,
        ["'valuenum'", "Did you mean 'value'?", "Rename"],
    ),
    (S + OF, ONE + ONE, MissingError, ["events.csv has no column 'patient'"]),
    (OF, E + ONE, MissingError, ["stays.csv has no column 'patient'"]),
    (S + OF, "patient,concept,time,value,value\n", FormatError, ["same column name twice"]),
    (S.replace(",", ";"), E, FormatError, ["not separated by commas"]),
    (S + OF, "", FormatError, ["events.csv is empty"]),
    ("# nothing\n", E, FormatError, ["stays.csv is empty"]),
    (S + OF, E + ONE.strip() + ",more\n", FormatError, ["events.csv", "more cells than the header"]),
    (S + OF, E + ONE + f'"{CANARY},lactate,x\n', FormatError, ["events.csv", "quote"]),
    # types
    (
        S + OF,
        E + ONE + ONE.replace(SECRET_VALUE, CANARY),
        FormatError,
        ["1 row in column 'value' are no numbers", "row 2"],
    ),
    (S + OF, E + "# story\n" + ONE.replace(SECRET_VALUE, "1,5"), FormatError, ["more cells"]),
    (
        S + OF,
        E + ONE.replace("2026-01-01T01:00:00Z", CANARY) * 3,
        FormatError,
        ["3 rows in column 'time' are no ISO", "row 1"],
    ),
    (S + OF, E + ONE.replace("T01:00:00Z", ""), FormatError, ["'time' are days without a time"]),
    (S + f"{CANARY},1,tomorrow\n", E + ONE, FormatError, ["stays.csv: 1 row in column 'admitted'"]),
    ("patient,stay,admitted,age\n" + OF.strip() + ",old\n", E, FormatError, ["'age' are no numbers"]),
    # time zones
    (
        S + OF.replace("Z", ""),
        E + ONE,
        TimeError,
        ["stays.csv: 1 row", "'admitted'", "without a zone", "--timezone"],
    ),
    (
        S + OF,
        E + ONE * 2 + ONE.replace("Z", ""),
        TimeError,
        ["events.csv: 1 row", "row 3", "--timezone Europe/Berlin"],
    ),
    # concepts
    (
        S + OF,
        E + ONE.replace("lactate", "lactat") * 2,
        ConceptError,
        ["events.csv: 2 rows", "'lactat'", "Did you mean 'lactate'"],
    ),
    (S + OF, E + ONE.replace("lactate", CANARY), ConceptError, ["not shown", "opensepsis definitions"]),
    (S + OF, E + ONE.replace("lactate", SECRET_VALUE), ConceptError, ["not shown"]),
    (S + OF, E + ONE.replace("lactate", "Lactate"), ConceptError, ["'Lactate'", "'lactate'"]),
    # units
    (
        S + OF,
        E + ONE.replace("mmol/L", "mg/dd") * 2,
        UnitError,
        ["events.csv: 2 rows in column 'unit'", "lactate", "'mg/dd'", "'mg/dL'"],
    ),
    *(
        (S + OF, E + ONE.replace(cell, name), error, ["row 1", "not shown"])
        for cell, error in (("lactate", ConceptError), ("mmol/L", UnitError))
        for name in ("John Smith", "Smith", "WRIGHT", "Albin", "Dr K", "71 kg")
    ),
    (S + OF, E + ONE.replace("mmol/L", "mg/L/h"), UnitError, ["'mg/L/h'"]),
    (S + OF, E + ONE.replace("mmol/L", SECRET_VALUE), UnitError, ["not shown", "mmol/L"]),
    (
        S + OF,
        E + ONE.replace("lactate", "norepinephrine").replace("mmol/L", "mcg/min"),
        UnitError,
        ["weight is needed"],
    ),
    (S + OF, E + ONE.replace("lactate", "d_dimer").replace("mmol/L", "ng/mL DDU"), UnitError, ["DDU"]),
    # stays
    (
        S + OF,
        E + ONE + ONE.replace(CANARY, "b" + CANARY) * 2,
        StayError,
        ["2 rows", "1 patients without a stay in stays.csv", "row 2"],
    ),
    (S + OF + OF, E + ONE, StayError, ["stays.csv", "same stay is there twice", "rows: 1, 2"]),
    (S + OF.replace(CANARY, ""), E, StayError, ["stays.csv: 1 of 1 stays have no patient", "row 1"]),
    (S + OF.replace(",1,", ",,"), E, StayError, ["have no name"]),
    (S + f"{CANARY},1,\n", E, StayError, ["no time of admission"]),
    (
        "patient,stay,admitted,discharged\n" + OF.strip() + ",2025-12-31T00:00:00Z\n",
        E + ONE,
        StayError,
        ["stays.csv: 1 of 1 stays end before they start", "row 1"],
    ),
    (
        "patient,stay,admitted,kind\n" + OF.strip() + f",{CANARY}\n",
        E,
        StayError,
        ["kind that is not known", "icu"],
    ),
]


@pytest.mark.parametrize(("stays", "events", "error", "said"), REFUSED)
def test_refused(tmp_path, stays, events, error, said):
    refused(folder(tmp_path / "h", stays, events), error, *said)


def test_several_problems_of_a_kind_are_told_at_once(tmp_path):
    events = E + ONE.replace("mmol/L", "mg/dd") + ONE.replace("mmol/L", "mmoll") * 2
    message = refused(folder(tmp_path / "h", S + OF, events), UnitError, "'mg/dd'", "'mmoll'", "row 2")
    assert message.count("events.csv") == 2
    wrong = (f"{mass}/{time}" for mass in ("g", "kg", "ug", "ng", "pg") for time in ("h", "min", "s", "d"))
    many = E + "".join(ONE.replace("mmol/L", unit) for unit in wrong)
    refused(folder(tmp_path / "g", S + OF, many), UnitError, "and 10 more of this kind")


def test_places_that_hold_nothing(tmp_path):
    refused(tmp_path / "nowhere", MissingError, "no folder")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", MissingError, "is empty", "stays.csv")
    file = tmp_path / "file.csv"
    file.write_text(STAYS)
    refused(file, MissingError, "is a file")
    path = folder(tmp_path / "h")
    (path / "events.csv").rename(path / "event.csv")
    refused(path, MissingError, "no events.csv", "Did you mean 'event.csv'?")
    (path / "event.csv").rename(path / f"{CANARY}.csv")
    refused(path, MissingError, "no events.csv")


def test_the_same_table_twice(tmp_path):
    path = folder(tmp_path / "h")
    (path / "events.csv.gz").write_bytes(gzip.compress(EVENTS.encode()))
    refused(path, FormatError, "events.csv and events.csv.gz")


def big_events() -> bytes:
    return (E + "".join(ONE.replace("01:00", f"{n % 24:02}:{n % 60:02}") for n in range(5000))).encode()


def damage(path, how):
    events = path / "events.csv"
    if how == "latin-1":
        events.write_bytes((E + ONE).encode() + f"{CANARY},wbc,2026-01-01T01:00:00Z,7,µL\n".encode("latin-1"))
        return "not UTF-8"
    if how == "latin-1 header":
        events.write_bytes("patient,concept,time,größe\n".encode("latin-1"))
        return "not UTF-8"
    if how == "utf-16":
        events.write_bytes((E + ONE).encode("utf-16"))
        return "not UTF-8"
    if how == "binary":
        events.write_bytes(os.urandom(50) + bytes(range(256)) * 5)
        return "UTF-8"
    events.unlink()
    if how == "cut gz":
        whole = gzip.compress(big_events())
        (path / "events.csv.gz").write_bytes(whole[: len(whole) // 2])
    elif how == "empty gz":
        (path / "events.csv.gz").write_bytes(b"")
        return "events.csv.gz is empty"
    elif how == "gz of nothing":
        (path / "events.csv.gz").write_bytes(gzip.compress(b""))
        return "events.csv.gz is empty"
    elif how == "cut parquet":
        pl.read_csv(big_events(), infer_schema=False).write_parquet(path / "events.parquet")
        whole = (path / "events.parquet").read_bytes()
        (path / "events.parquet").write_bytes(whole[: len(whole) // 2])
    elif how == "no parquet":
        (path / "events.parquet").write_bytes((E + ONE).encode())
    return "damaged or cut off"


HOW = [
    "latin-1",
    "latin-1 header",
    "utf-16",
    "binary",
    "cut gz",
    "empty gz",
    "gz of nothing",
    "cut parquet",
    "no parquet",
]


@pytest.mark.parametrize("how", HOW)
def test_damaged_files(tmp_path, how):
    path = folder(tmp_path / "h", S + OF, E + ONE)
    said = damage(path, how)
    refused(path, FormatError, "events.", said)


def test_typed_parquet_of_the_wrong_type(tmp_path):
    path = folder(tmp_path / "h", S + OF)
    (path / "events.csv").unlink()
    good = {"patient": [CANARY], "concept": ["wbc"], "time": [moment(1)], "value": [7.0]}
    for name, wrong, said in [
        ("patient", [7.5], "'patient' are no text"),
        ("time", [7], "'time' are no ISO times"),
        ("value", [[7.0]], "'value' are no numbers"),
        ("value", [True], "'value' are no numbers"),
        ("time", [date(2026, 1, 1)], "days without a time"),
    ]:
        pl.DataFrame(good | {name: wrong}).write_parquet(path / "events.parquet")
        refused(path, FormatError, said)
    pl.DataFrame(good | {"time": [datetime(2026, 1, 1)]}).write_parquet(path / "events.parquet")
    refused(path, TimeError, "--timezone")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = folder(tmp_path / "h")
    source = open_source("csv", path)
    monkeypatch.setattr(pl, "scan_csv", lambda *a, **k: (_ for _ in ()).throw(PermissionError("no")))
    with pytest.raises(MissingError, match="may not be read"):
        source.stays()
    monkeypatch.undo()
    (path / "stays.csv").unlink()
    with pytest.raises(MissingError, match="not there any more"):
        source.stays()


def test_names_of_sources_and_zones():
    with pytest.raises(SourceError, match="'mimic-iv'"):
        open_source("mimic_iv", "x")
    with pytest.raises(TimeError, match="'Europe/Berlin'"):
        open_source("csv", "x", "Europe/Berlni")


cell = st.one_of(
    st.sampled_from(
        [
            "",
            "a",
            "lactate",
            "2026-01-01T01:00:00Z",
            "2",
            "mmol/L",
            CANARY,
            SECRET_VALUE,
            "#",
            '"',
            "é",
            "\x00",
        ]
    ),
    st.text(max_size=5),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(cell, min_size=1, max_size=7), max_size=6))
def test_any_file_is_read_or_refused_politely(tmp_path_factory, rows):
    """Whatever the file holds: an error of ours without its content, or every row accounted for."""
    events = E + "".join(",".join(row).replace("\n", " ") + "\n" for row in rows)
    path = folder(tmp_path_factory.mktemp("t") / "h", S + OF + "a,2,2026-01-01T00:00:00Z\n", events)
    try:
        made = convert(path)
    except OpensepsisError as wrong:
        assert CANARY not in str(wrong) and SECRET_VALUE not in str(wrong)
    else:
        assert made.counts["read"] == made.counts["written"] + sum(made.counts["rejected"].values())
        assert made.counts["read"] <= len(rows) * 2
