"""The `meds` source: what codes mean, what belongs together, and the lists that sites bring."""

from datetime import UTC

import polars as pl
import pytest

from opensepsis.data.intake.not_given import NOT_GIVEN
from opensepsis.data.sources import open_source
from opensepsis.data.sources.meds.code_list import choose, editions
from opensepsis.data.sources.meds.files import subjects
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import ConceptError, FormatError, MissingError
from tests.support.hospitals.small_meds import LATER, at, folder, read, rows, stay

PLATELETS = "LAB//51265//K/uL"


def utc(hours: float):
    return at(hours).replace(tzinfo=UTC)


def test_a_number_has_its_subject_time_and_code(tmp_path):
    stays, events, _, counts = read(folder(tmp_path, *stay(), (7, at(1), PLATELETS, 92.0)))
    assert stays.select("patient", "stay", "kind", "sex", "discharged_to").rows() == [
        ("7", "7/hospital-1", "hospital", "F", "HOME")
    ]
    assert stays.select("admitted", "discharged").row(0) == (utc(0), utc(48))
    (row,) = events.rows(named=True)
    assert (row["patient"], row["concept"], row["time"], row["value"]) == ("7", "platelets", utc(1), 92.0)
    assert row["origin"] == f"meds/{PLATELETS}" and row["known"] == utc(1)
    assert counts["codes"]["list"] == "mimic_iv_demo" and counts["read"] == {"mapped": 5}


@pytest.mark.parametrize("number", [0.1, 0.21, 38.3, 7.35])
def test_numbers_of_32_bits_are_widened_by_their_shortest_decimal(tmp_path, number):
    code = {
        0.1: "INFUSION_START//221906",
        0.21: "LAB//223835//UNK",
        38.3: "LAB//223762//°C",
        7.35: "LAB//50820//units",
    }[number]
    events = [*stay(), (7, at(1), code, number), (7, at(2), "INFUSION_END//221906", 1.0)]
    assert [row[2] for row in rows(folder(tmp_path, *events))] == [number]


def test_units_are_those_of_the_code_and_else_those_of_the_list(tmp_path):
    events = [
        *stay(),
        (7, at(1), "LAB//223761//°F", 100.4),
        (7, at(2), "LAB//223761//UNK", 100.4),
        (7, at(3), "LAB//50912//umol/L", 88.42),
    ]
    assert [(row[0], round(row[2], 9)) for row in rows(folder(tmp_path, *events))] == [
        ("temperature", 38.0), ("temperature", 38.0), ("creatinine", 1.0),
    ]  # fmt: skip


def test_an_infusion_lasts_to_the_first_stop_of_its_drug(tmp_path):
    start, stop = "INFUSION_START//221906", "INFUSION_END//221906"
    events = [
        (7, at(1), start, 0.1),
        (7, at(2), stop, 3.0),
        (7, at(2), start, 0.2),
        (7, at(5), stop, 9.0),
        (7, at(6), start, 0.3),
    ]
    _, used, refused, _ = read(folder(tmp_path, *stay(), *events, (8, at(3), stop, 1.0)))
    assert used.select("time", "end", "value").rows() == [(utc(1), utc(2), 0.1), (utc(2), utc(5), 0.2)]
    assert refused["reason"].to_list() == ["no end after its start"]


def test_a_start_without_a_rate_is_no_infusion(tmp_path):
    assert (
        rows(
            folder(
                tmp_path,
                *stay(),
                (7, at(1), "INFUSION_START//221906"),
                (7, at(2), "INFUSION_END//221906", 4.0),
            )
        )
        == []
    )


def test_a_push_ends_no_infusion_that_runs_on(tmp_path):
    start, stop = "INFUSION_START//222168", "INFUSION_END//222168"
    events = [(7, at(1), start, 30.0), (7, at(2), start), (7, at(2.1), stop, 40.0), (7, at(6), stop, 900.0)]
    _, used, _, _ = read(folder(tmp_path, *stay(), *events))
    assert used.select("concept", "time", "end", "text").rows() == [("sedative", utc(1), utc(6), "propofol")]


def test_support_that_starts_and_ends_is_an_interval(tmp_path):
    events = [(7, at(1), "PROCEDURE//START//225792"), (7, at(9), "PROCEDURE//END//225792")]
    _, used, _, _ = read(folder(tmp_path, *stay(), *events))
    assert used.select("concept", "time", "end", "text").rows() == [
        ("ventilation", utc(1), utc(9), "invasive")
    ]


def test_a_verbal_score_of_one_says_nothing_where_the_edition_has_no_words(tmp_path):
    events = [(7, at(1), "LAB//223900//UNK", 1.0), (7, at(2), "LAB//223900//UNK", 4.0)]
    path = folder(tmp_path, *stay(), *events)
    assert rows(path) == [("gcs_verbal", 2.0, 4.0, None)]
    assert sum(by["gcs_verbal"] for by in read(path)[3]["set_aside"].values()) == 1


def test_a_verbal_score_is_left_out_where_its_words_say_that_there_is_a_tube(tmp_path):
    events = [
        (7, at(1), "LAB//223900//UNK", 1.0, "No Response-ETT"),
        (7, at(2), "LAB//223900//UNK", 1.0, "No Response"),
    ]
    assert rows(folder(tmp_path, *stay(), *events, dataset=LATER)) == [("gcs_verbal", 2.0, 1.0, None)]


def test_a_result_counts_when_its_specimen_was_taken_and_is_known_when_it_was_stored(tmp_path):
    taken, result = "LAB//SPECIMEN_COLLECTED//50813//STAT", "LAB//RESULT//50813//mmol/L"
    events = [
        (7, at(1), taken),
        (7, at(2), result, 3.0),
        (7, at(3), taken),
        (7, at(4), taken),
        (7, at(5), result, 5.0),
    ]
    _, used, _, _ = read(folder(tmp_path, *stay(), *events, dataset=LATER))
    assert used.select("time", "known", "value").rows() == [(utc(1), utc(2), 3.0), (utc(4), utc(5), 5.0)]


def test_oxygen_counts_where_the_specimen_is_said_to_be_arterial(tmp_path):
    def gas(hour, kind):
        return [
            (7, at(hour), "LAB//SPECIMEN_COLLECTED//52033//UNK"), (7, at(hour), "LAB//SPECIMEN_COLLECTED//50821//UNK"),
            (7, at(hour + 0.5), "LAB//RESULT//52033//UNK", None, kind), (7, at(hour + 0.5), "LAB//RESULT//50821//mm Hg", 60.0),
        ]  # fmt: skip

    path = folder(tmp_path, *stay(), *gas(1, "ART."), *gas(3, "VEN."), dataset=LATER)
    assert rows(path) == [("pao2", 1.0, 60.0, None)]
    assert read(path)[3]["set_aside"]["not marked as arterial blood"] == {"pao2": 1}


def test_doses_count_where_they_were_given_and_orders_of_antibiotics_are_orders(tmp_path):
    events = [
        (7, at(1), "MEDICATION//START//CefTRIAXone"), (7, at(2), "MEDICATION//CefTRIAXone//Administered"),
        (7, at(3), "MEDICATION//CefTRIAXone//Not Given"), (7, at(4), "MEDICATION//START//Acetaminophen"),
        (7, at(5), "MEDICATION//STOP//CefTRIAXone"), (7, at(6), "MEDICATION//UNK//Administered"),
    ]  # fmt: skip
    assert rows(folder(tmp_path, *stay(), *events)) == [
        ("antibiotic_order", 1.0, None, "ceftriaxone|"), ("antibiotic", 2.0, None, "ceftriaxone|"),
    ]  # fmt: skip


def test_the_route_of_an_order_is_kept_where_the_edition_has_it(tmp_path):
    events = [(7, at(1), "MEDICATION//START//Vancomycin//338355248")]
    path = folder(tmp_path, *stay(), *events, dataset=LATER, more={"route": pl.lit("PO")})
    assert rows(path) == [("antibiotic_order", 1.0, None, "vancomycin|PO")]


def test_a_drug_may_be_told_by_its_code(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("code,rule,text\nMEDICATION//*//*,given,@1\n")
    path = folder(tmp_path / "m", *stay(), (7, at(1), "MEDICATION//J01DD04//iv"), dataset={})
    assert rows(path, own) == [("antibiotic", 1.0, None, "ceftriaxone|")]


def test_diagnoses_are_codes_with_their_version(tmp_path):
    events = [(7, at(48), "DIAGNOSIS//ICD//9//99592"), (7, at(48), "DIAGNOSIS//ICD//10//A419")]
    assert sorted(row[3] for row in rows(folder(tmp_path, *stay(), *events))) == ["ICD10:A419", "ICD9:99592"]


def test_stays_that_have_an_id_are_named_by_it_and_end_with_their_own_end(tmp_path):
    events = [
        (7, at(0), "ICU_ADMISSION//MICU"),
        (7, at(5), "ICU_ADMISSION//SICU"),
        (7, at(6), "ICU_DISCHARGE//SICU"),
        (7, at(9), "ICU_DISCHARGE//MICU"),
    ]
    ids = pl.Series("icustay_id", [1, 2, 2, 1], dtype=pl.Int64)
    stays = read(folder(tmp_path, *events, dataset=LATER, more={"icustay_id": ids}))[0]
    assert stays.select("stay", "admitted", "discharged").rows() == [
        ("1", utc(0), utc(9)),
        ("2", utc(5), utc(6)),
    ]


def test_the_id_of_a_hospital_names_no_stay(tmp_path):
    """eicu-meds writes the hospital as hadm_id: all of its patients have the same."""
    events = [
        (subject, at(hour), code)
        for subject in (7, 8)
        for hour, code in (
            (0, "HOSPITAL_ADMISSION//UNK//South//t//<100"),
            (9, "HOSPITAL_DISCHARGE//Alive//Home"),
        )
    ]
    path = folder(tmp_path, *events, dataset={"dataset_name": "eICU"}, more={"hadm_id": pl.lit(73)})
    stays = read(path)[0]
    assert stays.select("patient", "stay", "discharged").rows() == [
        ("7", "7/hospital-1", utc(9)), ("8", "8/hospital-1", utc(9)),
    ]  # fmt: skip


def test_a_stay_without_an_end_goes_on(tmp_path):
    events = [event for event in stay() if "DISCHARGE" not in event[2]]
    made = write_timeline(
        open_source("meds", folder(tmp_path / "m", *events, (7, at(30), PLATELETS, 92.0))), tmp_path / "out"
    )
    assert made.stays["discharged"].to_list() == [utc(30)] and made.counts["open_stays"] == 1


@pytest.mark.parametrize("midnight", [16, 40])
def test_a_death_at_midnight_is_at_the_discharge_of_the_stay_that_lasts_into_that_day(tmp_path, midnight):
    """Of a stay from 08:00 the hours 16 and 40 are its midnights."""
    events = [*stay(end=48), (7, at(midnight), "MEDS_DEATH")]
    assert read(folder(tmp_path, *events))[0]["died"].to_list() == [utc(48)]


def test_a_death_with_its_hour_stays_as_it_is(tmp_path):
    assert read(folder(tmp_path, *stay(), (7, at(41.5), "MEDS_DEATH")))[0]["died"].to_list() == [utc(41.5)]


def test_several_files_read_as_one(tmp_path):
    events = [
        event
        for subject in range(6)
        for event in (*stay(subject), (subject, at(1), PLATELETS, 90.0 + subject))
    ]
    one, several = (read(folder(tmp_path / str(n), *events, shards=n)) for n in (1, 3))
    assert one[0].equals(several[0]) and one[1].sort("value").equals(several[1].sort("value"))


def test_what_belongs_to_one_subject_comes_in_one_batch(tmp_path, monkeypatch):
    monkeypatch.setattr("opensepsis.data.sources.meds.files.BATCH_ROWS", 3)
    path = folder(tmp_path, *stay(7), *stay(8), *stay(9))
    batches = [
        batch["subject_id"].unique().to_list() for batch in subjects(path / "data" / "part-0" / "0.parquet")
    ]
    assert sorted(subject for batch in batches for subject in batch) == [7, 8, 9]


def test_large_strings_and_times_with_a_zone_are_read(tmp_path):
    path = folder(tmp_path, *stay(), (7, at(1), PLATELETS, 92.0))
    file = path / "data" / "part-0" / "0.parquet"
    pl.read_parquet(file).with_columns(pl.col("time").dt.replace_time_zone("America/New_York")).write_parquet(
        file
    )
    assert [row[1] for row in rows(path)] == [pytest.approx(6.0, abs=1.1)]


def test_codes_that_the_list_does_not_have_are_told_by_volume(tmp_path):
    events = [*stay(), *((7, at(n), "LAB//1//x", 1.0) for n in range(3)), (7, at(1), "DRG//9")]
    counts = read(folder(tmp_path, *events))[3]
    assert counts["unmapped"] == [{"code": "LAB//1//x", "count": 3}, {"code": "DRG//9", "count": 1}]


def test_a_site_brings_its_own_list(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(
        "code,rule,concept,unit,text\nSTAY//IN,begins,,,hospital\nSTAY//OUT,ends,,,hospital\nlac//*,number,lactate,@1|mmol/L,\n"
    )
    events = [
        (7, at(0), "STAY//IN"),
        (7, at(9), "STAY//OUT"),
        (7, at(1), "lac//mg/dL", 18.016),
        (7, at(2), "lac//UNK", 2.0),
    ]
    path = folder(tmp_path / "m", *events, dataset={"dataset_name": "ours"})
    assert [(row[0], round(row[2], 3)) for row in rows(path, own)] == [("lactate", 2.0), ("lactate", 2.0)]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (
            "code,rule,concept\nx,numbr,lactate\n",
            FormatError,
            r"row 2: there is no rule 'numbr'. Did you mean 'number'",
        ),
        ("code,rule,concept\nx,number,lactat\n", ConceptError, r"row 2: there is no concept 'lactat'"),
        ("code,rule\n,number\n", FormatError, "row 2: no code"),
    ],
)
def test_faults_of_a_list_are_named_with_their_row(tmp_path, text, error, words):
    own = tmp_path / "own.csv"
    own.write_text(text)
    with pytest.raises(error, match=words):
        open_source("meds", folder(tmp_path / "m", *stay()), None, own)


def test_a_data_set_that_no_list_is_for_is_told_what_to_do(tmp_path):
    with pytest.raises(MissingError, match="Name one with --site"):
        open_source("meds", folder(tmp_path, *stay(), dataset={"dataset_name": "Another"}))


@pytest.mark.parametrize("name", sorted(editions()))
def test_our_lists_can_be_read(name):
    assert choose({}, name).edition.name == name


def test_a_damaged_file_is_named(tmp_path):
    path = folder(tmp_path, *stay())
    file = path / "data" / "part-0" / "0.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(FormatError, match=r"0\.parquet"):
        read(path)


PLATELETS = "LAB//51265//K/uL"


@pytest.mark.parametrize(
    ("number", "text", "value", "sign"),
    [
        (12.0, "12 clumped", None, None),
        (12.0, "Platelet clumps seen", None, None),
        (12.0, "no clumps seen", 12.0, None),
        (5.0, "<5", 5.0, "<"),
        (5.0, " >= 5.0", 5.0, ">="),
        (12.0, "< previous", 12.0, None),
        (12.0, "___", 12.0, None),
        (12.0, None, 12.0, None),
    ],
)
def test_a_text_beside_a_number_is_its_comment_or_its_limit(tmp_path, number, text, value, sign):
    found = rows(folder(tmp_path, *stay(), (7, at(1), PLATELETS, number, text)))
    assert [row[2:] for row in found] == ([] if value is None else [(value, sign)])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Gentamicin 0.3% Ophth. Soln", "gentamicin|eye"),
        ("Vancomycin Oral Liquid", "vancomycin|oral"),
        ("Vancomycin Antibiotic Lock", "vancomycin|lock"),
        ("Vancomycin", "vancomycin|"),
    ],
)
def test_the_form_in_the_name_of_a_dose_tells_its_route(tmp_path, name, text):
    codes = (f"MEDICATION//{name}//Administered", f"MEDICATION//START//{name}")
    found = rows(folder(tmp_path, *stay(), *((7, at(1), code) for code in codes)))
    assert sorted(row[3] for row in found) == [text, text]


def test_a_dose_that_was_held_by_its_name_is_rejected(tmp_path):
    _, used, refused, _ = read(
        folder(tmp_path, *stay(), (7, at(1), "MEDICATION//Vancomycin (HELD)//Administered"))
    )
    assert used.is_empty() and refused["reason"].to_list() == [NOT_GIVEN]


def test_a_row_without_a_subject_refuses_no_folder(tmp_path):
    place = folder(tmp_path, *stay(), (7, at(1), PLATELETS, 90.0), (7, at(2), PLATELETS, 80.0))
    file = place / "data" / "part-0" / "0.parquet"
    nobodys = pl.when(pl.col("numeric_value") == 90).then(None).otherwise("subject_id")
    pl.read_parquet(file).with_columns(subject_id=nobodys).sort("subject_id", nulls_last=True).write_parquet(
        file
    )
    stays, used, _, _ = read(place)
    assert stays["patient"].to_list() == ["7"]
    assert used.select("patient", "value").sort("value").rows() == [("7", 80.0), (None, 90.0)]
    timeline = write_timeline(open_source("meds", place), tmp_path / "timeline")
    assert timeline.events().collect()["value"].to_list() == [80.0]


@pytest.mark.parametrize("others", [("GENDER//M",), ("GENDER//M", "GENDER//F")])
def test_two_sexes_of_one_subject_tell_neither_in_any_order(tmp_path, others):
    events = [(7, None, code) for code in others]
    for number, order in enumerate(([*stay(), *events], [*events, *stay()])):
        assert read(folder(tmp_path / str(number), *order))[0]["sex"].to_list() == [None]


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("subject_id", pl.lit("p7"), "'subject_id' holds what is no whole number"),
        ("time", pl.lit("2150-03-02"), "'time' holds no times"),
        ("numeric_value", pl.lit("abc"), "'numeric_value' holds what is no number"),
    ],
)
def test_a_column_of_another_type_is_named_and_no_damaged_file(tmp_path, column, values, words):
    place = folder(tmp_path, *stay())
    file = place / "data" / "part-0" / "0.parquet"
    pl.read_parquet(file).with_columns(values.alias(column)).write_parquet(file)
    with pytest.raises(FormatError, match=words):
        read(place)
