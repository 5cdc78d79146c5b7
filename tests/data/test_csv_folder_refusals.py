"""The `csv` source: how it refuses what it cannot read, without a word of a patient."""

import gzip
import os
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensepsis.data.sources import open_source
from opensepsis.data.sources.csv_file import CsvFile
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
from tests.support.hospitals.csv_folder import (
    CANARY,
    EVENTS,
    SECRET_VALUE,
    STAYS,
    convert,
    folder,
    moment,
    refused,
)

S, E = "patient,stay,admitted\n", "patient,concept,time,value,unit\n"
ONE = f"{CANARY},lactate,2026-01-01T01:00:00Z,{SECRET_VALUE},mmol/L\n"
OF = f"{CANARY},1,2026-01-01T00:00:00Z\n"

REFUSED = [
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
    (S.replace(",", ";"), E, FormatError, ["not separated by commas but by semicolons", 'separator = ";"']),
    (S + OF, "", FormatError, ["events.csv is empty"]),
    ("# nothing\n", E, FormatError, ["stays.csv is empty"]),
    (S + OF + OF, E + ONE, StayError, ["stays.csv", "same stay occurs twice", "rows: 2, 3"]),
    # a file of which nothing can be read: a wrong setting, not a wrong row
    (S + OF.replace("Z", ""), E + ONE, TimeError, ["'admitted' has no time zone", "--timezone"]),
    (S + OF, E + ONE.replace("Z", "") * 2, TimeError, ["All 2 rows", "'time' has no time zone", "rows 2, 3"]),
    (S + OF, E + ONE.replace("lactate", "lactat"), ConceptError, ["'lactat'", "Did you mean 'lactate'"]),
    (S + OF, E + ONE.replace(CANARY, "b"), StayError, ["patient without a stay", "patients alike"]),
]

# one bad row or stay: rejected and counted, and everything else is used; with --strict an error
GOOD_STAY = "good,g,2026-01-01T00:00:00Z"
NO_TIME = ONE.replace("2026-01-01T01:00:00Z", CANARY)
REJECTED = [
    (S + OF, E + ONE.strip() + ",more\n", FormatError, ["more cells than the header", "row 2"]),
    (S + OF, E + "# story\n" + ONE.replace(SECRET_VALUE, "1,5"), FormatError, ["more cells", "row 3"]),
    (S + OF, E + f'"{CANARY},lactate,x\n', FormatError, ["events.csv", "a quote is not closed", "row 2"]),
    (
        S + OF,
        E + "good,lactate,2026-01-01T01:00:00Z,2,mmol/L\n" + ONE.replace(SECRET_VALUE, CANARY),
        FormatError,
        ["1 row of lactate rejected (row 3): 'value' is not a number"],
    ),
    (
        S + OF,
        E + NO_TIME * 3,
        FormatError,
        ["3 rows of lactate rejected (rows 2, 3, 4)", "'time' is not a time"],
    ),
    (S + OF, E + ONE.replace("T01:00:00Z", ""), FormatError, ["'time' is a day without a time"]),
    (
        S + f"{CANARY},1,tomorrow\n",
        E,
        FormatError,
        ["stays.csv: 1 stay rejected", "'admitted' is not a time"],
    ),
    (
        "patient,stay,admitted,age\n" + OF.strip() + ",old\n",
        E,
        FormatError,
        ["1 cell", "'age' is not an age from 0 to 130 years"],
    ),
    ("patient,stay,admitted,sex\n" + OF.strip() + f",{CANARY}\n", E, FormatError, ["1 cell", "'sex'"]),
    (
        "patient,stay,admitted,born\n" + OF.strip() + ",May\n",
        E,
        FormatError,
        ["1 cell", "'born' is not a date"],
    ),
    (
        S + OF.replace("Z", ""),
        E,
        TimeError,
        ["stays.csv: 1 stay", "'admitted' has no time zone", "--timezone"],
    ),
    (S + OF, E + ONE.replace("Z", ""), TimeError, ["row 2", "--timezone", "Europe/Berlin"]),
    (S + OF, E + ONE.replace("lactate", "lactat") * 2, ConceptError, ["2 rows", "'lactat'", "'lactate'"]),
    (S + OF, E + ONE.replace("lactate", CANARY), ConceptError, ["not shown", "opensepsis definitions"]),
    (S + OF, E + ONE.replace("lactate", SECRET_VALUE), ConceptError, ["not shown"]),
    (S + OF, E + ONE.replace("lactate", "Lactate"), ConceptError, ["'Lactate'", "'lactate'"]),
    (
        S + OF,
        E + ONE.replace("mmol/L", "mg/dd") * 2,
        UnitError,
        ["events.csv: 2 rows of lactate", "unit 'mg/dd'", "'mg/dL'"],
    ),
    *(
        (S + OF, E + ONE.replace(cell, name), error, ["row 2", "not shown"])
        for cell, error in (("lactate", ConceptError), ("mmol/L", UnitError))
        for name in ("John Smith", "Smith", "WRIGHT", "Albin", "Dr K", "71 kg")
    ),
    (S + OF, E + ONE.replace("mmol/L", "mg/L/h"), UnitError, ["'mg/L/h'"]),
    (S + OF, E + ONE.replace("mmol/L", SECRET_VALUE), UnitError, ["not shown", "mmol/L"]),
    (
        S + OF,
        E + ONE.replace("lactate", "norepinephrine").replace("mmol/L", "mL/h"),
        UnitError,
        ["1 row of norepinephrine", "unit 'mL/h'", "concentration"],
    ),
    (
        S + OF,
        E + ONE.replace("lactate", "norepinephrine").replace("mmol/L", "mcg/min"),
        FormatError,
        ["no weight charted before"],
    ),
    (S + OF, E + ONE.replace("lactate", "d_dimer").replace("mmol/L", "ng/mL DDU"), UnitError, ["DDU"]),
    (
        S + OF,
        E + ONE.replace(CANARY, "b" + CANARY) * 2,
        StayError,
        ["2 rows", "patient without a stay", "rows 2, 3"],
    ),
    (S + OF.replace(CANARY, ""), E, StayError, ["1 stay rejected (row 2): no patient"]),
    (S + OF.replace(",1,", ",,"), E, StayError, ["no stay"]),
    (S + f"{CANARY},1,\n", E, StayError, ["no time of admission"]),
    (
        "patient,stay,admitted,discharged\n" + OF.strip() + ",2025-12-31T00:00:00Z\n",
        E,
        StayError,
        ["stays.csv: 1 stay rejected (row 2): ends before it starts"],
    ),
    (
        "patient,stay,admitted,kind\n" + OF.strip() + f",{CANARY}\n",
        E,
        StayError,
        ["unknown kind of stay", "icu"],
    ),
]


@pytest.mark.parametrize(("stays", "events", "error", "said"), REFUSED)
def test_refused(tmp_path, stays, events, error, said):
    refused(folder(tmp_path / "h", stays, events), error, *said)


@pytest.mark.parametrize(("stays", "events", "error", "said"), REJECTED)
def test_one_bad_row_stops_nothing_but_with_strict(tmp_path, stays, events, error, said):
    good_stay = GOOD_STAY + "," * (stays.split("\n")[0].count(",") - 2) + "\n"
    good = "good,wbc,2026-01-01T02:00:00Z,7,K/uL\n"
    path = folder(tmp_path / "h", stays + good_stay, events + good)
    refused(path, error, *said, strict=True)
    made = convert(path)
    kept = made.events().collect()
    assert kept.filter(pl.col("concept") == "wbc").rows() == [
        ("good", "wbc", moment(2), None, moment(2), 7.0, None, None)
    ]
    (told,) = made.counts["rejections"]
    assert told["table"] in ("stays.csv", "events.csv") and told["rows"]
    assert CANARY not in str(made.counts) and SECRET_VALUE not in str(made.counts)


def test_several_problems_are_told_at_once(tmp_path):
    """All kinds and files in one report."""
    events = E + ONE.replace("mmol/L", "mg/dd") + ONE.replace("mmol/L", "mmoll") * 2 + NO_TIME
    path = folder(tmp_path / "h", S + OF + ",x,2026-01-01T00:00:00Z\n", events)
    told = {
        one["reason"][:12]: (one["table"], one["count"], one["rows"])
        for one in convert(path).counts["rejections"]
    }
    assert told == {
        "unit 'mmoll'": ("events.csv", 2, [3, 4]),
        "unit 'mg/dd'": ("events.csv", 1, [2]),
        "'time' is no": ("events.csv", 1, [5]),
        "no patient": ("stays.csv", 1, [3]),
    }


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
        ("patient", [7.5], "'patient' is not a text"),
        ("time", [7], "'time' is not a time"),
        ("value", [[7.0]], "'value' is not a number"),
        ("value", [True], "'value' is not a number"),
        ("time", [date(2026, 1, 1)], "'time' is a day without a time"),
    ]:
        pl.DataFrame(good | {name: wrong}).write_parquet(path / "events.parquet")
        refused(path, FormatError, said, strict=True)
    pl.DataFrame(good | {"time": [datetime(2026, 1, 1)]}).write_parquet(path / "events.parquet")
    refused(path, TimeError, "--timezone", strict=True)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = folder(tmp_path / "h")
    source = open_source("csv", path)
    monkeypatch.setattr(CsvFile, "_blocks", lambda *a, **k: (_ for _ in ()).throw(PermissionError("no")))
    with pytest.raises(MissingError, match="may not be read"):
        source.stays()
    monkeypatch.undo()
    (path / "stays.csv").unlink()
    with pytest.raises(MissingError, match="disappeared while it was being read"):
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
    st.text(
        st.characters(exclude_categories=["Cs"]), max_size=5
    ),  # all of UTF-8, which takes seconds to list by its name
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
