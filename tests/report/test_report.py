"""The report counts what the files hold, hides few people and whoever they are, and loads nothing."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import opensepsis
from opensepsis.cli import app
from opensepsis.definitions import CLOCKS
from opensepsis.errors import DefinitionError, FormatError, MissingError, OutputError
from opensepsis.report import write_report
from opensepsis.report.burden import burden
from opensepsis.report.cells import interval, masked, with_shares
from opensepsis.report.control import BEYOND, RUN, SHIFT, control_limits
from opensepsis.report.facts import read_facts
from opensepsis.report.site import _about
from opensepsis.uses.pages.charts import shares

START = datetime(2026, 1, 3, 8, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"
PATIENTS = 60


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Sixty stays over six months; every third has platelets of 40 with an antibiotic and a culture: Sepsis-3."""
    folder = tmp_path_factory.mktemp("report")
    stays, events = [], []
    for n in range(PATIENTS):
        begin = START + timedelta(days=3 * n)
        name, sick = f"patient-{n:03}", n % 3 == 0
        stays.append(
            (
                name,
                f"stay-{n:03}",
                begin,
                begin + timedelta(hours=40),
                60 + n % 20,
                "died" if n % 6 == 0 else "home",
            )
        )
        events.append((name, "platelets", begin + timedelta(hours=3), 40.0 if sick else 220.0, None))
        if sick:
            events += [
                (name, "antibiotic", begin + timedelta(hours=2 + n % 5), None, "ceftriaxone|iv"),
                (name, "culture", begin + timedelta(hours=2), None, "blood"),
            ]
    columns = ["patient", "stay", "admitted", "discharged", "age", "discharged_to"]
    opensepsis.label(
        stays=pl.DataFrame(stays, schema=columns, orient="row"),
        events=pl.DataFrame(events, schema=["patient", "concept", "time", "value", "text"], orient="row"),
        definitions="sofa,suspected_infection,sepsis3,septic_shock,ssc2026_adults", out=folder / "results",
    )  # fmt: skip
    wards = [(f"stay-{n:03}", HOSTILE if n % 2 else "3B") for n in range(PATIENTS)]
    pl.DataFrame(wards, schema=["stay", "ward"], orient="row").write_csv(folder / "wards.csv")
    return folder


@pytest.fixture(scope="module")
def open_report(results, tmp_path_factory):
    return write_report(
        results / "results", tmp_path_factory.mktemp("out") / "all", mask=1, groups=results / "wards.csv"
    )


def data(report, name: str) -> pl.DataFrame:
    return pl.read_csv(report.folder / "data" / f"{name}.csv")


def test_the_numbers_are_those_of_the_files(results, open_report):
    stays = opensepsis.read_labels(results / "results").stays
    table = data(open_report, "definitions").filter(definition="Sepsis-3").row(0, named=True)
    assert (table["stays"], table["judged"]) == (stays["sepsis3"].sum(), stays["sepsis3"].count()) == (20, 60)
    assert table["share of stays"] == pytest.approx(1 / 3)
    months = data(open_report, "month-sepsis3")
    assert months["stays"].sum() == 20 and months["judged"].sum() == 60
    deaths = data(open_report, "deaths").filter(what="Sepsis-3").row(0, named=True)
    septic = stays.filter(pl.col("sepsis3"))
    assert (deaths["died"], deaths["of stays"]) == (septic["died_in_hospital"].sum(), 20)


def test_how_long_it_took_counts_each_stay_once(results, open_report):
    tasks = opensepsis.read_labels(results / "results").clocks
    shown = data(open_report, "how-long-ssc2026_adults")
    for (task,), rows in shown.group_by("task"):
        assert rows["judged"].n_unique() == 1 and rows["judged"][0] <= tasks["stay"].n_unique()
        assert rows.sort("hours")["done by then"].is_sorted(), task


def test_the_tasks_of_a_care_bundle_are_named_by_its_arms_in_its_order(open_report, tmp_path):
    shown = data(open_report, "in-time-ssc2026_adults")["task"].to_list()
    arms = [f"{arm.title}: {task.title}" for arm in CLOCKS["ssc2026_adults"].arms for task in arm.tasks]
    assert shown and shown == [one for one in arms if one in shown]
    hospital = str(Path(__file__).parents[2] / "examples" / "hospital")
    opensepsis.label("csv", hospital, tmp_path / "results", definitions="nice_ng253,hour1")
    made = write_report(tmp_path / "results", tmp_path / "r", mask=1)
    assert "High risk, NEWS2 of 7 or more: Antibiotic given" in data(made, "in-time-nice_ng253")["task"]
    assert "Broad-spectrum antibiotic" in data(made, "in-time-hour1")["task"]  # of one arm alone
    assert "news2" not in (made.folder / "care.html").read_text(encoding="utf-8")


def test_few_people_are_hidden_everywhere(results, tmp_path):
    report = write_report(results / "results", tmp_path / "r", mask=10, groups=results / "wards.csv")
    for file in (report.folder / "data").glob("*.csv"):
        for name, column in pl.read_csv(file).to_dict().items():
            if column.dtype.is_integer() and not file.stem.startswith("rows-"):
                assert not column.is_between(1, 9).any(), f"{file.name}: {name}"
    page = (report.folder / "outcome.html").read_text()
    assert "&lt; 10" in page


def test_no_patient_and_no_stay_is_named(open_report):
    for file in open_report.folder.rglob("*.*"):
        assert not re.search(r"patient-\d|stay-\d", file.read_text(encoding="utf-8")), file.name


def test_the_pages_load_nothing_and_texts_stay_texts(open_report):
    for name in open_report.pages:
        page = (open_report.folder / f"{name}.html").read_text(encoding="utf-8")
        assert "<script" not in page and not re.search(r"\bsrc=|@import|url\((?!#)", page)
        for link in re.findall(r'href="([^"#]+)"', page):
            assert (open_report.folder / link).is_file(), link
    assert "&lt;script&gt;alert(1)" in (open_report.folder / "index.html").read_text(encoding="utf-8")


def test_every_figure_has_its_table_and_its_file(open_report):
    for name in open_report.pages:
        page = (open_report.folder / f"{name}.html").read_text(encoding="utf-8")
        for section in re.findall(r"<section.*?</section>", page, re.S):
            if "<table>" not in section:
                assert (
                    "<svg" not in section and ".csv" not in section and re.search(r"<p>\w.*\. ?</p>", section)
                )
            else:
                assert ".csv" in section
            assert section.count("<figure ") == section.count('role="img"')


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([(0, 50), (20, 50), (25, 50)], [False, False, False]),
        ([(3, 50), (20, 50), (25, 50)], [True, True, False]),  # one alone could be worked out from the total
        ([(3, 50), (4, 50), (25, 50)], [True, True, False]),
        ([(45, 50), (20, 50), (25, 50)], [True, True, False]),  # five who have it not are few people too
        ([(10, 20), (11, 22), (30, 60)], [False, False, False]),
        ([(2, 8), (20, 50), (25, 50)], [True, True, False]),
    ],
)
def test_what_is_hidden(counts, hidden):
    table = with_shares(pl.DataFrame(counts, schema=["found", "of"], orient="row"), "found", "of")
    shown = masked(table, "found", "of", ["share", "low", "high"], 10, parts_of_whole=True)
    assert shown["found"].is_null().to_list() == hidden
    assert shown["share"].is_null().to_list() == hidden and "_few" not in shown.columns


def test_a_mask_of_one_hides_nobody():
    table = with_shares(pl.DataFrame({"found": [1], "of": [2]}), "found", "of")
    assert masked(table, "found", "of", ["share"], 1)["found"].to_list() == [1]


def test_intervals():
    """Wilson 1927, as in Newcombe 1998, table I: 81 of 263, 15 of 148."""
    assert interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert interval(0, 0) == (None, None)


def test_rules_of_a_control_chart():
    quiet = pl.DataFrame(
        {"month": [f"2026-{m:02}" for m in range(1, 13)], "found": [19, 21] * 6, "of": [100] * 12}
    )
    assert control_limits(with_shares(quiet, "found", "of"))["signal"].null_count() == 12
    loud = quiet.with_columns(found=pl.Series([20] * 11 + [60]))
    assert control_limits(with_shares(loud, "found", "of"))["signal"][-1] == BEYOND
    moved = quiet.with_columns(found=pl.Series([18] * 4 + [21] * RUN))
    assert control_limits(with_shares(moved, "found", "of"))["signal"].to_list()[-1] == SHIFT


def test_bad_input(results, tmp_path):
    with pytest.raises(MissingError, match="no results"):
        write_report(tmp_path, tmp_path / "r")
    with pytest.raises(DefinitionError, match="1 or more"):
        write_report(results / "results", tmp_path / "r", mask=0)
    (tmp_path / "twice.csv").write_text("stay,ward\nstay-000,a\nstay-000,b\n")
    with pytest.raises(FormatError, match="more than once"):
        write_report(results / "results", tmp_path / "r", groups=tmp_path / "twice.csv")
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(FormatError, match="cannot be read"):
        write_report(results / "results", tmp_path / "r", groups=tmp_path / "damaged.parquet")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError):
        write_report(results / "results", tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_nothing_is_written_beside_the_results(results, tmp_path):
    before = sorted(file.name for file in (results / "results").rglob("*"))
    write_report(results / "results", tmp_path / "r")
    assert sorted(file.name for file in (results / "results").rglob("*")) == before
    assert "comparison.parquet" not in before


def test_the_command(results, tmp_path):
    done = CliRunner().invoke(app, ["report", str(results / "results"), "--out", str(tmp_path / "r")])
    assert done.exit_code == 0 and "index.html" in done.stdout.replace("\n", "")


def test_groups_that_the_source_told_are_those_of_the_report(results, open_report, tmp_path):
    told = shutil.copytree(results / "results", tmp_path / "results")
    pl.read_csv(results / "wards.csv").write_parquet(told / "timeline" / "groups.parquet")
    found = write_report(told, tmp_path / "report", mask=1)
    assert data(found, "ward-sepsis3").equals(data(open_report, "ward-sepsis3"))


def test_shifted_dates_are_not_shown_by_month(results):
    facts = read_facts(results / "results", None, 1)
    moved = pl.col("admitted").dt.offset_by(pl.format("{}y", pl.int_range(pl.len())))
    apart = replace(facts, stays=facts.stays.with_columns(moved))
    months = [
        [one.name for one in burden(each).sections if one.name.startswith("month")] for each in (facts, apart)
    ]
    assert months == [["month-sepsis3", "month-septic_shock"], []]
    assert not facts.shifted and apart.years == PATIENTS - 1 and "dates are shifted" in _about(apart)


def test_long_names_are_written_in_lines_and_not_cut():
    long = "Begin 30 mL/kg crystalloid for hypotension or lactate of 4 mmol/L or more (Sepsis-3)"
    table = pl.DataFrame({"task": [long], "share": [0.5], "low": [0.4], "high": [0.6]})
    svg = shares(table, "task", "done in time")
    words = re.sub(r"<[^>]+>", " ", svg)
    assert "…" not in svg and re.sub(r"\s+", " ", words).count(long) == 1
    assert svg.count("<tspan") >= 2
