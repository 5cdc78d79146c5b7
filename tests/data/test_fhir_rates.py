"""The `fhir` source: rates of one infusion that are administrations of their own; as on the ward one runs at a time."""

from itertools import permutations

import polars as pl
import pytest

from tests.support.hospitals.bulk_export import UCUM, administration, at, iso, read, usual

ORDER = {"request": {"reference": "MedicationRequest/n"}}


def rate(
    name: str, hour: float, value: float, end: float | None = None, drug: str = "norepinephrine", **more
) -> dict:
    quantity = {"value": value, "unit": "ug/kg/min", "system": UCUM, "code": "ug/kg/min"}
    period = {"start": iso(hour)} | ({} if end is None else {"end": iso(end)})
    said = (
        {"status": "in-progress" if end is None else "completed", "meta": {"lastUpdated": iso(hour)}}
        | ORDER
        | more
    )
    return administration(
        name, drug, effectiveDateTime=None, effectivePeriod=period, dosage={"rateQuantity": quantity}, **said
    )


def last(folder) -> list[tuple]:
    """Start, rate and end of what runs, in hours, as it is known in the end."""
    _, events, _ = read(folder)
    known = (
        events.sort("known", maintain_order=True)
        .group_by("concept", "time", "origin", maintain_order=True)
        .last()
    )
    hours = [((pl.col(name) - at(0)).dt.total_minutes() / 60).alias(name) for name in ("time", "end")]
    return known.select(*hours, "value").select("time", "value", "end").sort("time", "value").rows()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_the_rates_of_one_order_one_runs_at_a_time(tmp_path, order):
    said = [rate("a", 2, 0.3), rate("b", 5, 0.2), rate("c", 8, 0.05)]
    told = usual(tmp_path, *(said[n] for n in order[:2]), z=[said[order[2]]])
    assert last(told) == [(2, 0.3, 5), (5, 0.2, 8), (8, 0.05, None)]


def test_another_order_or_drug_is_another_pump(tmp_path):
    other = {"request": {"reference": "MedicationRequest/m"}}
    said = [
        rate("a", 2, 0.3),
        rate("b", 5, 0.2, **other),
        rate("c", 8, 0.05, drug="epinephrine"),
        rate("d", 9, 0.1, request=None),
    ]
    assert [row[2] for row in last(usual(tmp_path, *said))] == [None] * 4


def test_what_has_an_end_of_its_own_runs_to_it(tmp_path):
    said = [rate("a", 2, 0.3, end=6), rate("b", 5, 0.2)]
    assert last(usual(tmp_path, *said)) == [(2, 0.3, 6), (5, 0.2, None)]


def test_a_rate_with_an_end_ends_the_open_one_before_it(tmp_path):
    said = [rate("a", 2, 0.3), rate("b", 5, 0.2, end=7)]
    assert last(usual(tmp_path, *said)) == [(2, 0.3, 5), (5, 0.2, 7)]


@pytest.mark.parametrize("status", ["stopped", "completed"])
def test_an_end_that_is_not_told_is_no_later_than_the_next_rate(tmp_path, status):
    over = {"status": status, "meta": {"lastUpdated": iso(7)}}
    said = [rate("a", 2, 0.3, **over), rate("b", 5, 0.2)]
    assert last(usual(tmp_path, *said)) == [(2, 0.3, 5), (5, 0.2, None)]


def test_a_part_ends_the_infusion_and_the_part_before_it(tmp_path):
    whole = {"request": None, "partOf": [{"reference": "MedicationAdministration/a"}]}
    said = [rate("a", 2, 0.3, request=None), rate("b", 5, 0.2, **whole), rate("c", 8, 0.05, **whole)]
    assert last(usual(tmp_path, *said)) == [(2, 0.3, 5), (5, 0.2, 8), (8, 0.05, None)]


def test_a_rate_that_was_an_error_replaced_nothing(tmp_path):
    wrong = {"status": "entered-in-error", "meta": {"lastUpdated": iso(6), "versionId": "2"}}
    said = [rate("a", 2, 0.3), rate("b", 5, 0.2), rate("b", 5, 0.2, **wrong)]
    assert (2, 0.3, None) in last(usual(tmp_path, *said))


def test_versions_of_one_and_other_administrations_are_one_pump(tmp_path):
    again = {"meta": {"lastUpdated": iso(4), "versionId": "2"}}
    said = [rate("a", 2, 0.3), rate("a", 4, 0.1, **again), rate("b", 5, 0.2)]
    assert last(usual(tmp_path, *said)) == [(2, 0.3, 4), (4, 0.1, 5), (5, 0.2, None)]
