"""A cell of MIMIC-IV that is no number or time: its row is rejected with place and reason, and the others are read."""

import duckdb
import ibis
import pytest

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.sources.mimic_iv import open_mimic_iv
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import FormatError, MissingError
from tests.support.hospitals.small_mimic import CHART, LAB, SOMEBODY, as_parquet, at, read_all, write

CANARY = "canary"
CREATININE = frozenset({"creatinine"})  # what is asked of events where nothing else matters
ADMITTED = SOMEBODY["hosp/admissions"][0]


def told(tmp_path, concepts: frozenset[str] | None = None, **tables) -> tuple:
    """The timeline of these tables, and its report as table, row, concept and reason."""
    write(tmp_path / "in", **tables)
    made = write_timeline(open_mimic_iv(tmp_path / "in"), tmp_path / "out", concepts)
    report = [
        (r["table"], r["rejected"], r["concept"], r["reason"], r["rows"]) for r in made.counts["rejections"]
    ]
    assert CANARY not in str(report)
    return made, report


BAD = [
    ("labevents", LAB, "valuenum", "creatinine", "'valuenum' is not a number"),
    ("labevents", LAB, "charttime", "creatinine", "'charttime' is not a time"),
    ("labevents", LAB, "storetime", "creatinine", "'storetime' is not a time"),
    ("labevents", LAB, "itemid", None, "'itemid' is not a number"),
    ("chartevents", CHART, "valuenum", "heart_rate", "'valuenum' is not a number"),
    ("outputevents", {"itemid": 226559, "charttime": at("12:00"), "value": 5}, "value", "urine_output", "'value' is not a number"),
    ("prescriptions", {"starttime": at("12:00"), "drug": "Cefepime", "route": "IV"}, "starttime", "antibiotic_order",
     "'starttime' is not a time"),
    ("inputevents", {"itemid": 221906, "starttime": at("12:00"), "endtime": at("13:00"), "rate": 0.1, "rateuom": "mcg/kg/min"},
     "rate", "norepinephrine", "'rate' is not a number"),
    ("microbiologyevents", {"micro_specimen_id": 1, "chartdate": at("00:00"), "spec_type_desc": "BLOOD CULTURE",
                            "test_name": "Blood Culture, Routine"}, "charttime", "culture", "'charttime' is not a time"),
]  # fmt: skip


def test_rows_with_a_cell_that_cannot_be_read_are_rejected_and_counted(tmp_path):
    tables, expected = (
        {"labevents": [{**LAB, "itemid": 1, "valuenum": CANARY}]},
        [],
    )  # an item that no list reads
    for table, row, column, concept, reason in BAD:
        rows = tables.setdefault(table, [])
        rows += [row, {**row, column: CANARY}]
        folder = "icu" if table in ("chartevents", "inputevents", "outputevents") else "hosp"
        expected.append((f"{folder}/{table}.csv.gz", "row", concept, reason, [len(rows) + 1]))
    made, report = told(tmp_path, **tables)
    assert sorted(report, key=str) == sorted(expected, key=str)
    assert made.rejected["patient"].to_list() == ["7"] * len(BAD)
    read = set(made.events().collect()["concept"].to_list())
    assert read == {concept for *_, concept, _ in BAD if concept}


@pytest.mark.parametrize("column", ["admittime", "dischtime"])
def test_a_stay_with_a_cell_that_cannot_be_read_is_rejected(tmp_path, column):
    other = {**ADMITTED, "hadm_id": 71, "subject_id": 8}
    made, report = told(
        tmp_path,
        CREATININE,
        admissions=[{**other, column: CANARY}, ADMITTED],
        patients=[*SOMEBODY["hosp/patients"], {**SOMEBODY["hosp/patients"][0], "subject_id": 8}],
        labevents=[LAB],
    )
    assert report == [("hosp/admissions.csv.gz", "stay", None, f"'{column}' is not a time", [2])]
    assert made.stays.filter(kind="hospital")["stay"].to_list() == ["70"]
    assert made.rejected_stays.select("stay", "id").rows() == [("71", "hadm_id")]


def test_a_birth_that_cannot_be_read_leaves_the_age_unknown(tmp_path):
    made, report = told(
        tmp_path, CREATININE, patients=[{**SOMEBODY["hosp/patients"][0], "anchor_age": CANARY}]
    )
    assert report == [("hosp/patients.csv.gz", "row", None, "'anchor_age' is not a number", [2])]
    assert made.stays["age"].to_list() == [None, None]


def test_too_many_are_an_error(tmp_path):
    write(
        tmp_path / "in",
        labevents=[{**LAB, "labevent_id": n, "valuenum": CANARY if n < 101 else 2} for n in range(300)],
    )
    with pytest.raises(FormatError, match="101 of 300 rows of creatinine were rejected") as caught:
        write_timeline(open_mimic_iv(tmp_path / "in"), tmp_path / "out", CREATININE)
    assert CANARY not in str(caught.value)
    with pytest.raises(FormatError, match="because of --strict"):
        write_timeline(
            open_mimic_iv(tmp_path / "in"), tmp_path / "out", CREATININE, limits=RejectionLimits(strict=True)
        )


def test_a_line_of_another_table_is_still_damage(tmp_path):
    write(tmp_path, labevents=[LAB])
    file = tmp_path / "hosp/labevents.csv.gz"
    file.unlink()
    file.with_suffix("").write_text("labevent_id,subject_id,itemid,charttime\n1,2\n")
    with pytest.raises((FormatError, MissingError)):
        read_all(tmp_path, "creatinine")


@pytest.mark.parametrize("form", ["parquet", "database"])
def test_text_where_the_store_has_text(tmp_path, form):
    """A table whose numbers and times are texts: the good ones are read, the others rejected, without a row of a file."""
    as_parquet(write(tmp_path / "csv", labevents=[LAB, LAB]), tmp_path / "tables")
    file = tmp_path / "tables/hosp/labevents.parquet"
    said = duckdb.sql(
        f"select * replace (valuenum::varchar as valuenum, charttime::varchar as charttime) from '{file}'"
    ).pl()
    said = said.with_columns(valuenum=said["valuenum"].scatter(1, CANARY))
    said.write_parquet(file)
    place = tmp_path / "tables"
    if form == "database":
        native = duckdb.connect()
        for table in place.glob("*/*.parquet"):
            native.execute(f"create table {table.stem} as select * from '{table}'")
        place = ibis.duckdb.from_connection(native)
    rows = read_all(place, "creatinine")
    assert sorted(rows["value"].to_list(), key=str) == [2.0, None]
    assert rows.drop_nulls("reason").select("concept", "reason", "row").rows() == [
        ("creatinine", "'valuenum' is not a number", None)
    ]


def test_asked_again_they_are_told_again(tmp_path):
    source = open_mimic_iv(write(tmp_path, labevents=[LAB, {**LAB, "valuenum": CANARY}]))
    for _ in range(2):
        source.stays()
        batches = list(source.events(frozenset({"creatinine"})))
        assert sum(batch.height for batch in batches) == 2
        assert source.counts()["set_aside"] == {"'valuenum' is not a number": {"creatinine": 1}}
    assert [b.height for b in source.events(frozenset({"heart_rate"}))] == []
