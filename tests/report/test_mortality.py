"""The funnel plot of standardised mortality recounts, hides few people, and names its limits; the context names its sources."""

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import opensepsis
from opensepsis.report import write_report
from opensepsis.report.mortality import elsewhere, funnel_limits

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
EVENT = "adult_sepsis_event:nhsn_draft"
PATIENTS = 60


def people():
    """Sixty stays with a community-onset event: of ward A every fifth dies, of ward B every third; two go to another hospital."""
    stays, events = [], []
    for n in range(PATIENTS):
        came, name = START + timedelta(days=n), f"p{n:02}"
        lost = n % 5 == 0 if n < 30 else n % 3 == 0
        place = "DIED" if lost else ("ACUTE HOSPITAL" if n in (1, 31) else "HOME")
        left = came + timedelta(days=8)
        stays.append((name, name, came, left, 50.0 + n % 30, "F", left if lost else None, place))
        at = came + timedelta(hours=1)
        events += [(name, "culture", at, None, "blood"), (name, "lactate", at, 4.0, None)]
        events += [(name, "antibiotic", at + timedelta(days=i), None, "ceftriaxone|iv") for i in range(5)]
    columns = ["patient", "stay", "admitted", "discharged", "age", "sex", "died", "discharged_to"]
    return (
        pl.DataFrame(stays, schema=columns, orient="row", infer_schema_length=None),
        pl.DataFrame(
            events,
            schema=["patient", "concept", "time", "value", "text"],
            orient="row",
            infer_schema_length=None,
        ),
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mortality")
    stays, events = people()
    opensepsis.label(stays=stays, events=events, out=folder / "results", definitions=f"sofa,{EVENT}")
    wards = stays.select(
        "stay", ward=pl.when(pl.int_range(pl.len()) < 30).then(pl.lit("A")).otherwise(pl.lit("B"))
    )
    wards.write_csv(folder / "wards.csv")
    return folder


def test_observed_and_expected_are_counted_by_group(results, tmp_path):
    write_report(results / "results", tmp_path / "report", mask=1, groups=results / "wards.csv")
    table = pl.read_csv(tmp_path / "report" / "data" / "standardised-ward.csv").sort("ward")
    assert table["stays"].to_list() == [29, 29] and table["deaths and hospice"].to_list() == [6, 10]
    assert table["expected"].sum() == pytest.approx(16)  # the model is fitted on these stays
    ratios = table["observed / expected"].to_list()
    assert (
        ratios == pytest.approx([6 / table["expected"][0], 10 / table["expected"][1]])
        and ratios[0] < ratios[1]
    )
    left_out = dict(
        pl.read_csv(tmp_path / "report" / "data" / "standardised-stays.csv").select("reason", "stays").rows()
    )
    assert left_out["transfer to another acute hospital"] == 2 and left_out["in the measure"] == 58
    page = (tmp_path / "report" / "outcome.html").read_text("utf-8")
    drawn = re.search(r'id="standardised-ward".*?</section>', page, re.DOTALL).group(0)
    assert len(re.findall(r'd="M[^"]{300,}"', drawn)) == 4  # the limits


def test_few_deaths_and_few_left_out_are_hidden(results, tmp_path):
    write_report(results / "results", tmp_path / "report", mask=10, groups=results / "wards.csv")
    table = pl.read_csv(tmp_path / "report" / "data" / "standardised-ward.csv")
    hidden = table.filter(pl.col("hidden").is_not_null())
    assert hidden.height == 2 and hidden.select(
        "deaths and hospice", "expected", "observed / expected"
    ).null_count().row(0) == (2, 2, 2)
    left_out = pl.read_csv(tmp_path / "report" / "data" / "standardised-stays.csv")
    assert left_out.filter(reason="transfer to another acute hospital")["stays"].to_list() == [None]


def test_without_groups_the_months_are_compared(results, tmp_path):
    write_report(results / "results", tmp_path / "report", mask=1)
    months = pl.read_csv(tmp_path / "report" / "data" / "standardised-month.csv")
    assert months["stays"].sum() == 58 and months["month"].to_list() == ["2026-01", "2026-02", "2026-03"]


def test_a_run_without_the_definition_says_so(results, tmp_path):
    stays, events = people()
    opensepsis.label(stays=stays, events=events, out=tmp_path / "results", definitions="sofa,sepsis3")
    write_report(tmp_path / "results", tmp_path / "report", mask=1)
    assert f"Label with the definition {EVENT} too" in (tmp_path / "report" / "outcome.html").read_text(
        "utf-8"
    )


def test_limits_of_chance_close_in_on_one_and_are_nested():
    limits = funnel_limits(pl.Series([2.0, 200.0]))
    assert limits["high inner"].is_sorted(descending=True) and limits["low inner"].is_sorted()
    assert (limits["low outer"] <= limits["low inner"]).all() and (
        limits["high outer"] >= limits["high inner"]
    ).all()
    last = limits.row(-1, named=True)  # of 220 expected, 1.96 standard errors of a count
    assert last["high inner"] - last["low inner"] == pytest.approx(2 * 1.96 / 220**0.5, rel=0.02)


def test_every_figure_of_the_context_has_a_source_a_year_and_an_address():
    table = elsewhere().table
    assert (
        table.height
        and table.select("where", "year", "who", "figure", "share", "source", "doi").null_count().row(0)
        == (0,) * 7
    )
    for row in table.iter_rows(named=True):
        assert re.search(r"\b20\d\d, ", row["source"]) and row["doi"].startswith("10.")
        assert 0 < row["share"] < 1 and (row["from"] is None or row["from"] < row["share"] < row["to"])
