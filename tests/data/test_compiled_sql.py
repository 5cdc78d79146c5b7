"""What a warehouse is asked, as the SQL that it would be sent: the filter by codes runs there, whole tables never come."""

import ibis
import polars as pl
import pyarrow as pa
import pytest
import sqlglot

from opensepsis.data.sources.mimic_iv.form import MIMIC_IV
from opensepsis.data.sources.omop.form import OMOP
from opensepsis.data.sources.relational.form import Form
from opensepsis.data.sources.relational.tables import Tables

DIALECTS = ("snowflake", "bigquery", "databricks", "postgres")


class Warehouse:
    """A connection of Ibis that answers nothing and keeps what it is asked."""

    def __init__(self, dialect: str, form: Form):
        self.name, self.form, self.asked = dialect, form, []

    def list_tables(self, database: str | None = None) -> list[str]:
        return list(self.form.tables)

    def table(self, name: str, database: str | None = None):
        return ibis.table(dict(self.form.tables[name].columns), name=name)

    def to_pyarrow_batches(self, rows, chunk_size: int):
        self.asked.append(str(ibis.to_sql(rows, dialect=self.name)))
        return pa.RecordBatchReader.from_batches(rows.schema().to_pyarrow(), [])


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("form", "table", "column", "others"),
    [
        (MIMIC_IV, "chartevents", "itemid", ("subject_id", "charttime", "valuenum")),
        (MIMIC_IV, "labevents", "itemid", ("subject_id", "charttime", "storetime", "valuenum")),
        (
            OMOP,
            "measurement",
            "measurement_concept_id",
            ("person_id", "measurement_datetime", "value_as_number"),
        ),
    ],
)
def test_the_filter_by_codes_runs_where_the_data_live(dialect, form, table, column, others):
    warehouse = Warehouse(dialect, form)
    found = list(Tables(form, warehouse).of_codes(table, column, pl.Series([220045, 220050]), *others))
    assert found == []
    query = sqlglot.parse_one(warehouse.asked[-1], read=dialect)
    condition = query.find(sqlglot.exp.In)
    assert condition is not None and condition.this.name.lower() == column
    assert [one.name for one in condition.expressions] == ["220045", "220050"]
    assert condition.find_ancestor(sqlglot.exp.Where) is not None
    selected = {name.lower() for name in query.named_selects}
    assert selected == {column, *others}, "other columns stay where they are"
