"""The typed cases at the limits of the newer tables, sent as csv, as the OMOP CDM and as FHIR: the points are those that were typed."""

from datetime import timedelta
from functools import cache

import polars as pl
import pytest

import opensepsis
from opensepsis.definitions import SCORES
from tests.support import hospital_forms as forms
from tests.support.score_cases import asked_limits, value

TABLES = (
    "npews", "mews", "uva", "qsofa_lactate", "omsofa", "omqsofa", "maternal_early_warning", "cmqcc_step_1", "cmqcc_step_2",
    "who_maternal_signs", "who_emergency_signs", "iitt_vital_signs", "nice_adults", "nice_pregnant", "nice_12_to_15", "nice_5_to_11",
    "nice_under_5", "nsofa", "sofa:s_f_pandharipande", "sofa:s_f_grissom", "sofa:s_f_rice", "phoenix:printed_edges",
)  # fmt: skip
FORMS = {
    "csv": (forms.csv_carries, forms.write_csv),
    "omop": (forms.omop_carries, forms.write_omop),
    "fhir": (forms.fhir_carries, forms.write_fhir),
}


# a ratio of 512 is that of no saturation with a share of oxygen above that of air; a share alone is no row of Phoenix
NEVER_CHARTED = {("sofa:s_f_pandharipande", "spo2_fio2"), ("phoenix:printed_edges", "fio2")}
# drugs have resources of their own in FHIR, which other tests send
DRUGS = {("omsofa", "vasopressors"), ("nsofa", "inotropes"), ("nsofa", "steroid_doses")}


MOTHERS = {t for t in TABLES if SCORES[t].not_while is not None} - {"nice_adults", "nice_12_to_15"}
A_TABLE = 1_000  # numbers of cases


@cache
def sent(form: str, table: str) -> list[forms.Case]:
    """The cases of a table that a form has a place for."""
    carries, first = FORMS[form][0], A_TABLE * (1 + TABLES.index(table))
    cases = forms.cases_of(table.replace(":", "_"), table, table in MOTHERS, first)
    return [c for c in cases if all(map(carries, c.facts))]


@pytest.fixture(scope="module", params=FORMS)
def labelled(request, tmp_path_factory) -> tuple[str, dict[str, pl.DataFrame]]:
    """The form, and each score of all patients at the tick; every case of every table is a patient of one hospital."""
    form, folder = request.param, tmp_path_factory.mktemp("hospital")
    place = FORMS[form][1](folder / form, [case for table in TABLES for case in sent(form, table)])
    place, site = place if isinstance(place, tuple) else (place, None)
    labels = opensepsis.label(form, place, definitions=list(TABLES), site=site)
    moment = forms.START + timedelta(hours=forms.TICK)
    return form, {table: labels.scores[table].filter(pl.col("time") == moment) for table in TABLES}


@pytest.mark.parametrize("table", TABLES)
def test_typed_cases_give_their_points(labelled, table):
    form, scores = labelled
    cases = sent(form, table)
    found = {int(row["patient"]): row for row in scores[table].iter_rows(named=True)}
    wrong = [(c.inputs, c.row, c.points) for c in cases if found[c.number][c.row] != c.points]
    assert cases and not wrong


@pytest.mark.parametrize("form", ["csv", "fhir"])
def test_cases_on_every_limit_are_sent(form):
    missing = set()
    for table in TABLES:
        typed = {(c.row, signal, value(text)) for c in sent(form, table) for signal, text in c.inputs}
        missing |= {(table, signal) for _, signal, _ in asked_limits(table) - typed}
    assert missing <= NEVER_CHARTED | (DRUGS if form == "fhir" else set())
