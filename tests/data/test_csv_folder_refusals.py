"""The `csv` source: how it refuses what it cannot read, without a word of a patient."""

import gzip
import os
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensepsis.data.sources import open_source
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

from .hospital import CANARY, EVENTS, SECRET_VALUE, STAYS, convert, folder, moment, refused

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
