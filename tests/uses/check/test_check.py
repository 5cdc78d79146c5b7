"""Faults planted in a made-up hospital are each named, and the hospital itself gives no notice."""

import shutil
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from opensepsis.cli import app
from opensepsis.cli_answers import NOTICED
from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.check import check
from opensepsis.uses.check.bounds import bounds
from opensepsis.uses.check.known import known_table
from opensepsis.uses.check.notices import likely
from opensepsis.uses.check.results import open_results
from tests.support.hospitals.planted import events, in_month, label, of, stays, times, wards


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    """The results of the hospital without a fault."""
    return label(tmp_path_factory.mktemp("sound") / "results", events())


def _named(results: Path, groups: Path | None = None) -> set[tuple[str, str, str]]:
    """check, subject, where of all notices."""
    return {(one.check, one.subject, one.where) for one in check(results, groups).notices}


def test_a_sound_hospital_gives_no_notice(sound: Path, tmp_path: Path) -> None:
    assert check(sound, wards(tmp_path / "wards.csv")).notices == ()


def test_the_page_has_the_rates_and_every_bound_with_its_reason(sound: Path) -> None:
    page = check(sound).page
    assert "## No notice" in page and "| sepsis3 | month | 2026-01 | 60 | 20 | 0.333 |" in page
    assert all(one.reason in page for one in bounds() if one.lowest is not None or one.highest is not None)
    assert "p17" not in page and "s17" not in page


def test_a_unit_swapped_throughout_is_named_with_the_unit(tmp_path: Path) -> None:
    found = check(label(tmp_path / "r", times(9.008, of("lactate")))).notices
    assert [(one.check, one.subject) for one in found] == [("median", "lactate")]
    assert "as if in mg/dL" in found[0].line


def test_a_unit_swapped_from_a_month_on_is_named_with_the_month_and_the_unit(tmp_path: Path) -> None:
    found = check(label(tmp_path / "r", times(17.104, of("bilirubin") & in_month(3)))).notices
    jump = next(one for one in found if one.check == "jump")
    assert (jump.subject, jump.where) == ("bilirubin", "month 2026-03") and "as if in umol/L" in jump.line


def test_a_unit_swapped_in_one_ward_is_named_with_the_ward(tmp_path: Path) -> None:
    of_ward = pl.col("patient").str.slice(1).cast(pl.Int64) % 2 == 0
    results = label(tmp_path / "r", times(9.008, of("lactate") & of_ward))
    named = _named(results, wards(tmp_path / "wards.csv"))
    assert ("jump", "lactate", "ward A") in named
    assert ("two units", "lactate", "") in named


def test_two_units_mixed_in_every_patient_are_named(tmp_path: Path) -> None:
    every_other = pl.int_range(pl.len()) % 3 == 0
    assert ("two units", "lactate", "") in _named(
        label(tmp_path / "r", times(9.008, of("lactate") & every_other))
    )


def test_a_month_in_which_a_concept_is_silent_is_named(tmp_path: Path) -> None:
    kept = events().filter(~(of("lactate") & in_month(2)))
    assert _named(label(tmp_path / "r", kept)) == {("silence", "lactate", "month 2026-02")}


def test_months_of_shifted_dates_are_not_compared(sound: Path) -> None:
    """Research data have each patient in years of their own, where every month differs from all others."""
    opened, apart = open_results(sound), open_results(sound)
    years = pl.format("{}y", pl.int_range(pl.len()))
    apart.__dict__["stays"] = opened.stays.with_columns(pl.col("admitted").dt.offset_by(years))
    assert (opened.groups, apart.groups) == (["month"], [])
    assert known_table(apart)["group"].unique().to_list() == [""]


def test_a_ward_that_sends_no_laboratory_is_named(tmp_path: Path) -> None:
    of_ward = pl.col("patient").str.slice(1).cast(pl.Int64) % 2 == 1
    results = label(tmp_path / "r", events().filter(~(of("platelets") & of_ward)))
    named = _named(results, wards(tmp_path / "wards.csv"))
    assert {("silence", "platelets", "ward B"), ("row not known", "sofa coagulation", "ward B")} <= named


def test_a_concept_that_never_came_is_named(tmp_path: Path) -> None:
    assert ("never", "platelets", "") in _named(label(tmp_path / "r", events().filter(~of("platelets"))))


def test_every_event_many_times_over_is_named(tmp_path: Path) -> None:
    found = _named(
        label(
            tmp_path / "r",
            pl.concat([events().filter(of("creatinine"))] * 50 + [events().filter(~of("creatinine"))]),
        )
    )
    assert {("too much", "creatinine", ""), ("copies", "creatinine", "")} <= found


def test_episodes_thousandfold_are_named(sound: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(sound, tmp_path / "r"))
    many = pl.read_parquet(copy / "episodes.parquet")
    pl.concat([many] * 1000).write_parquet(copy / "episodes.parquet" / "shard-0000.parquet")
    assert _named(copy) == {("episodes", "sepsis3", "")}


def test_all_null_is_named(tmp_path: Path) -> None:
    only = events().filter(pl.col("concept").is_in(["antibiotic", "culture", "lactate"]))
    found = _named(label(tmp_path / "r", only))
    assert ("not known", "sofa total", "") in found


def test_a_definition_that_nobody_meets_is_named_with_what_is_missing(tmp_path: Path) -> None:
    found = _named(label(tmp_path / "r", events().filter(~of("antibiotic"))))
    assert {("rate", "sepsis3", ""), ("never", "antibiotic", "")} <= found


def test_a_definition_that_everyone_meets_is_named(tmp_path: Path) -> None:
    treated = events().filter(of("antibiotic") | of("culture"))
    times_of = stays().select("patient", at=pl.col("admitted") + timedelta(hours=4))
    everyone = [
        times_of.select(
            "patient", concept=pl.lit(name), time="at", value=pl.lit(value, pl.Float64), text=pl.lit(text)
        )
        for name, value, text in (
            ("antibiotic", None, "ceftriaxone|IV"),
            ("culture", 0.0, "blood"),
            ("platelets", 40.0, None),
        )
    ]
    assert ("rate", "sepsis3", "") in _named(label(tmp_path / "r", pl.concat([events(), *everyone]).unique()))
    assert treated.height


def test_a_month_in_which_cultures_are_lost_is_named_by_its_rate(tmp_path: Path) -> None:
    found = _named(label(tmp_path / "r", events().filter(~(of("culture") & in_month(4)))))
    assert ("rate differs", "sepsis3", "month 2026-04") in found


def test_values_on_the_limit_of_what_is_plausible_are_named(tmp_path: Path) -> None:
    tenth = pl.int_range(pl.len()) % 10 == 0
    clipped = events().with_columns(value=pl.when(of("heart_rate") & tenth).then(350.0).otherwise("value"))
    assert _named(label(tmp_path / "r", clipped)) == {("at limit", "heart_rate", "")}


def test_a_default_for_a_measurement_is_named(tmp_path: Path) -> None:
    default = events().with_columns(value=pl.when(of("creatinine")).then(1.0).otherwise("value"))
    assert _named(label(tmp_path / "r", default)) == {("one value", "creatinine", "")}


def test_days_without_a_time_are_named(tmp_path: Path) -> None:
    day = events().with_columns(
        time=pl.when(of("temperature")).then(pl.col("time").dt.truncate("1d")).otherwise("time")
    )
    assert ("midnight", "temperature", "") in _named(label(tmp_path / "r", day))


def test_rows_that_were_mostly_rejected_are_named(tmp_path: Path) -> None:
    found = check(label(tmp_path / "r", times(88.42, of("creatinine")))).notices
    assert ("rejected", "creatinine") in [(one.check, one.subject) for one in found]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"age": pl.lit(60.0)}, ("age", "age", "")),
        ({"age": pl.lit(None, pl.Float64)}, ("age", "age", "")),
        ({"sex": pl.lit("M")}, ("sex", "sex", "")),
        ({"died": pl.col("discharged")}, ("deaths", "died in hospital", "")),
    ],
)
def test_people_that_no_hospital_has_are_named(tmp_path: Path, changed: dict, named: tuple) -> None:
    assert named in _named(label(tmp_path / "r", events(), stays().with_columns(**changed)))


def test_the_command_says_what_it_noticed_and_how_it_ended(sound: Path, tmp_path: Path) -> None:
    quiet = CliRunner().invoke(app, ["check", str(sound), "--out", str(tmp_path / "quiet.md")])
    assert quiet.exit_code == 0 and "0 notices" in quiet.output
    loud = CliRunner().invoke(app, ["check", str(label(tmp_path / "r", events().filter(~of("platelets"))))])
    assert loud.exit_code == NOTICED and "never: platelets" in loud.output


def test_only_the_command_writes_and_where_it_is_told(sound: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(sound, tmp_path / "r"))
    before = {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()}
    page = check(copy).page
    CliRunner().invoke(app, ["check", str(copy), "--out", str(tmp_path / "page.md")])
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page
    assert {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()} == before
    CliRunner().invoke(app, ["check", str(copy)])
    assert (copy / "check.md").read_text(encoding="utf-8") == page


def test_a_wrong_file_of_groups_and_a_folder_without_results_say_what_to_give(
    sound: Path, tmp_path: Path
) -> None:
    (tmp_path / "g.csv").write_text("patient,ward\np1,A\n")
    with pytest.raises(FormatError, match="needs the column stay"):
        check(sound, tmp_path / "g.csv")
    with pytest.raises(MissingError, match="There is no file"):
        check(sound, tmp_path / "none.csv")
    with pytest.raises(MissingError, match="holds no results"):
        check(tmp_path)


def test_a_damaged_file_says_what_to_do(sound: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(sound, tmp_path / "r"))
    file = copy / "scores" / "sofa.parquet" / "shard-0000.parquet"
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(FormatError, match=r"holds a damaged file\. Make the results again"):
        check(copy)


def test_chance_alone_is_never_noticed() -> None:
    low, high = likely(0, 30)
    assert low == 0 and high > 0.3


def test_every_bound_has_a_reason() -> None:
    assert all(one.reason for one in bounds())
    assert len({(one.check, one.name, one.kind) for one in bounds()}) == len(bounds())
