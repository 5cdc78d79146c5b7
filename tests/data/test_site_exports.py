"""Exports of hospitals in their own form, read with one site.toml and no script: German, French, Spanish, American, ISO with offsets."""

from datetime import UTC, datetime

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import FormatError, MissingError
from tests.support.hospitals.german import GERMAN, german_hospital


def of(made, concept, patient=None):
    rows = made.events().collect().filter(pl.col("concept") == concept)
    return rows if patient is None else rows.filter(pl.col("patient") == patient)


def test_a_german_export(tmp_path):
    made = write_timeline(open_source("csv", german_hospital(tmp_path / "h")), tmp_path / "t")
    assert made.stays.height == 40 and made.timezone == "Europe/Berlin"
    first = made.stays.filter(pl.col("stay") == "F0").row(0, named=True)
    assert first["admitted"] == datetime(2026, 3, 2, 7, 15, tzinfo=UTC) and first["kind"] == "hospital"
    assert first["sex"] == "F" and first["born"] == datetime(1929, 12, 31, 23, tzinfo=UTC)
    assert of(made, "platelets", "1003")["value"].to_list() == [103.0]
    assert of(made, "creatinine", "1000")["value"].to_list() == [round(80.5 / 88.42, 9)]
    limited = of(made, "lactate", "1005").row(0, named=True)
    assert (limited["value"], limited["text"]) == (3.0, "<")
    assert of(made, "height")["value"].unique().to_list() == [182.5]
    vitals = of(made, "temperature", "1000").sort("time")
    assert vitals["value"].to_list() == [37.2, 37.3, 37.4, 37.5, 37.6, 37.7]
    assert vitals["time"][0] == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    assert of(made, "respiratory_rate").height == 200 and of(made, "heart_rate").height == 240
    assert of(made, "antibiotic")["text"].unique().to_list() == ["piperacillin/tazobactam|iv"]
    pump = of(made, "norepinephrine", "1000")["value"].to_list()
    assert pump == [pytest.approx(0.5 * 1000 / 60 / 70.5)]  # mg/h by the weight charted last
    told = {(one["table"], one["concept"]): one for one in made.counts["rejections"]}
    mlh = told["medikamente.csv", "norepinephrine"]
    assert mlh["count"] == 1 and mlh["rows"] == [17] and "concentration" in mlh["reason"]
    assert told["labor.csv", "creatinine"]["reason"] == "no value"
    assert told["vital.csv", "respiratory_rate"]["reason"] == "no value" and len(told) == 3
    assert made.counts["source"]["unmapped"] == {"Magnesium": 40}


def test_the_file_may_lie_elsewhere(tmp_path):
    path = german_hospital(tmp_path / "h")
    (path / "site.toml").rename(tmp_path / "mine.toml")
    made = write_timeline(open_source("csv", path, site=tmp_path / "mine.toml"), tmp_path / "t")
    assert of(made, "platelets").height == 40


def test_what_the_file_names_and_is_not_there(tmp_path):
    path = german_hospital(tmp_path / "h")
    (path / "vital.csv").rename(path / "vitals.csv")
    with pytest.raises(MissingError, match=r"no vital\.csv, which site\.toml names"):
        open_source("csv", path)
    (path / "vitals.csv").rename(path / "vital.csv")
    (path / "site.toml").write_text(GERMAN.replace('"Wert"', '"Messwert"'), encoding="utf-8")
    with pytest.raises(MissingError, match=r"labor\.csv has no column 'Messwert'.*'value'.*'Wert'"):
        list(open_source("csv", path).events())
    (path / "site.toml").write_text(GERMAN.replace("cp1252", "utf-8"), encoding="utf-8")
    with pytest.raises(FormatError, match=r"medikamente\.csv is not UTF-8 .line 1.*cp1252"):
        list(open_source("csv", path).events())


OTHERS = {
    "French": (
        'separator = ";"\ndecimal = ","\nencoding = "iso-8859-15"\ntimes = "DD/MM/YYYY hh:mm:ss"\ntimezone = "Europe/Paris"',
        "ipp;séjour;entrée\nP1;S1;02/03/2026 08:15:00\n",
        "ipp;paramètre;heure;résultat;unité\nP1;Créatinine;02/03/2026 09:15:00;106,104;µmol/L\nP1;Plaquettes;02/03/2026 09:15;  150 ;G/L\n",
        {"patient": "ipp", "stay": "séjour", "admitted": "entrée"},
        {"patient": "ipp", "concept": "paramètre", "time": "heure", "value": "résultat", "unit": "unité"},
        {"Créatinine": "creatinine", "Plaquettes": "platelets"},
        (7, 8, [1.2, 150.0]),
    ),
    "Spanish": (
        'separator = "tab"\ndecimal = ","\nthousands = "."\ntimes = ["DD-MM-YYYY h:mm", "DD-MM-YYYY"]\ntimezone = "Europe/Madrid"',
        "paciente\tepisodio\tingreso\nP1\tE1\t02-03-2026 8:15\n",
        "paciente\tprueba\tfecha\tvalor\tunidad\nP1\tCreatinina\t02-03-2026 9:15\t1,2\tmg/dL\n"
        "P1\tPlaquetas\t02-03-2026 9:15\t150.000\t/µL\n",
        {"patient": "paciente", "stay": "episodio", "admitted": "ingreso"},
        {"patient": "paciente", "concept": "prueba", "time": "fecha", "value": "valor", "unit": "unidad"},
        {"Creatinina": "creatinine", "Plaquetas": "platelets"},
        (7, 8, [1.2, 150.0]),
    ),
    "American": (
        'times = "MM/DD/YYYY hh:mm AM"\ntimezone = "America/New_York"',
        "MRN,CSN,Admit DTTM\nP1,E1,03/02/2026 08:15 AM\n",
        'MRN,Component,Collected,Result,Units\nP1,Creatinine,3/2/2026 1:15 PM,1.2,mg/dL\nP1,PLT,03/02/2026 1:15 pm,150,"K/uL"\n',
        {"patient": "MRN", "stay": "CSN", "admitted": "Admit DTTM"},
        {"patient": "MRN", "concept": "Component", "time": "Collected", "value": "Result", "unit": "Units"},
        {"Creatinine": "creatinine", "PLT": "platelets"},
        (13, 18, [1.2, 150.0]),
    ),
    "ISO with offsets": (
        'separator = "|"',
        "patient|stay|admitted\nP1|E1|2026-03-02T08:15:00+05:30\n",
        "patient|concept|time|value|unit\nP1|Creat|2026-03-02 09:15:00 +0530|1.2|mg/dL\nP1|PLT|2026-03-02T03:45:00 UTC|150|10^9/L\n",
        {}, {}, {"Creat": "creatinine", "PLT": "platelets"}, (2, 3, [1.2, 150.0]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_exports(tmp_path, name):
    form, stays, events, stay_columns, event_columns, names, (admitted, hour, values) = OTHERS[name]
    encoding = "iso-8859-15" if name == "French" else "utf-8"
    (tmp_path / "stays.csv").write_text(stays, encoding=encoding)
    (tmp_path / "events.csv").write_text(events, encoding=encoding)
    lines = ["[format]", form]
    for table, columns in (
        ("stays.columns", stay_columns),
        ("events.columns", event_columns),
        ("concepts", names),
    ):
        lines += [f"[{table}]", *(f'"{ours}" = "{theirs}"' for ours, theirs in columns.items())]
    (tmp_path / "site.toml").write_text("\n".join(lines), encoding="utf-8")
    made = write_timeline(open_source("csv", tmp_path), tmp_path / "t")
    assert made.counts["rejections"] == []
    assert made.stays["admitted"].to_list() == [
        datetime(2026, 3, 2, admitted, 15 if admitted != 2 else 45, tzinfo=UTC)
    ]
    read = made.events().collect().sort("concept")
    assert read["value"].to_list() == values
    assert {at.hour for at in read["time"]} == {hour}


COMMA = '[format]\nseparator = ";"\ndecimal = ","\ntimes = "DD.MM.YYYY hh:mm"\ntimezone = "Europe/Berlin"\nmissing = ["n.b."]\n'


@pytest.mark.parametrize(
    ("concept", "cell", "value"),
    [("fio2", "RA", 0.21), ("oxygen_flow", "15 L NRB", 15.0), ("oxygen_flow", "2,5 L/min", 2.5), ("lactate", "n.b.", None),
     ("lactate", " N.B. ", None), ("lactate", "2,5", 2.5)],
)  # fmt: skip
def test_what_words_say_is_read_whatever_the_decimal_mark(tmp_path, concept, cell, value):
    (tmp_path / "site.toml").write_text(COMMA, encoding="utf-8")
    (tmp_path / "stays.csv").write_text(
        "patient;stay;kind;admitted;discharged\na;1;icu;01.03.2026 00:00;05.03.2026 00:00\n", encoding="utf-8"
    )
    unit = "mmol/L" if concept == "lactate" else ""
    (tmp_path / "events.csv").write_text(
        f"patient;concept;time;value;unit\na;{concept};01.03.2026 08:15;{cell};{unit}\n", encoding="utf-8"
    )
    source = open_source("csv", tmp_path, None, tmp_path / "site.toml")
    source.stays()
    rows = [
        row for batch in source.events(frozenset({concept})) for row in batch.select("value", "reason").rows()
    ]
    assert rows[:1] == [(value, None)]
