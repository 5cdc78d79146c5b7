"""The names of eICU's tables by volume: laboratory, nurse and respiratory charting, volumes, infusions and medication."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.site.local_code import INFUSION, ORDER, LocalCode
from opensepsis.data.sources.eicu.clock import STAY
from opensepsis.data.sources.eicu.infusions import read_name
from opensepsis.data.sources.eicu.listed import BETWEEN
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.eicu.orders import antibiotic
from opensepsis.data.sources.eicu.outputs import meaning
from opensepsis.data.sources.relational.local_codes import as_number, as_text, local_codes
from opensepsis.data.sources.relational.tables import Tables

NURSES = ("nursingchartcelltypevallabel", "nursingchartcelltypevalname")


def codes_in_use(tables: Tables) -> Iterator[LocalCode]:
    """Every name of the tables that are there."""
    for table, reader in _READERS.items():
        if tables.has(table):
            yield from reader(tables, table)


def _labs(tables: Tables, table: str) -> Iterator[LocalCode]:
    rows = _with_patients(tables, table, "labname", "labresult", "labmeasurenamesystem")
    said = rows.select(
        code=rows.labname,
        unit=rows.labmeasurenamesystem.nullif(ibis.literal("")),
        number=rows.labresult,
        patient=rows.uniquepid,
    )
    own = _own("labs", "labname")
    yield from local_codes(tables, table, said, mapped=lambda code: own.get(code, ""))


def _nurses(tables: Tables, table: str) -> Iterator[LocalCode]:
    rows = _with_patients(tables, table, *NURSES, "nursingchartvalue")
    label, name = (as_text(ibis.coalesce(rows[column], "")) for column in NURSES)
    code = label.concat(BETWEEN, name)
    said = rows.select(
        code=code, unit=ibis.null("string"), number=as_number(rows.nursingchartvalue), patient=rows.uniquepid
    )
    listed = read_map("nurse_charting").select("label", "name", "concept").iter_rows()
    own = {f"{label}{BETWEEN}{name}": concept for label, name, concept in listed if concept}
    yield from local_codes(
        tables, table, said, mapped=lambda code: own.get(code, ""), name=lambda code: _last(code)
    )


def _respiratory(tables: Tables, table: str) -> Iterator[LocalCode]:
    rows = _with_patients(tables, table, "respchartvaluelabel", "respchartvalue")
    said = rows.select(
        code=rows.respchartvaluelabel,
        unit=ibis.null("string"),
        number=as_number(rows.respchartvalue),
        patient=rows.uniquepid,
    )
    own = _own("respiratory_charting", "label")
    yield from local_codes(tables, table, said, mapped=lambda code: own.get(code, ""))


def _volumes(tables: Tables, table: str) -> Iterator[LocalCode]:
    rows = _with_patients(tables, table, "cellpath", "cellvaluenumeric")
    said = rows.select(
        code=rows.cellpath, unit=ibis.null("string"), number=rows.cellvaluenumeric, patient=rows.uniquepid
    )
    yield from local_codes(tables, table, said, mapped=lambda code: (meaning(code) or ("",))[0], name=_last)


def _infusions(tables: Tables, table: str) -> Iterator[LocalCode]:
    rows = _with_patients(tables, table, "drugname", "drugrate")
    said = rows.select(
        code=rows.drugname, unit=ibis.null("string"), number=as_number(rows.drugrate), patient=rows.uniquepid
    )

    def mapped(code: str) -> str:
        found = read_name(code)
        return found.concept if found else ""

    yield from local_codes(tables, table, said, kind=INFUSION, mapped=mapped)


def _medication(tables: Tables, table: str) -> Iterator[LocalCode]:
    rows = _with_patients(tables, table, "drugname")
    said = rows.select(
        code=rows.drugname, unit=ibis.null("string"), number=ibis.null("float64"), patient=rows.uniquepid
    )

    def mapped(code: str) -> str:
        return "antibiotic_order" if antibiotic(code) else ""

    yield from local_codes(tables, table, said, kind=ORDER, mapped=mapped)


def _with_patients(tables: Tables, table: str, *columns: str) -> ir.Table:
    """The columns of a table, with whose they are."""
    return tables.get(table, STAY, *columns).join(tables.get("patient", STAY, "uniquepid"), STAY)


def _own(list_: str, key: str) -> dict[str, str]:
    return {
        code: concept
        for code, concept in read_map(list_)
        .filter(pl.col("concept").is_not_null())
        .select(key, "concept")
        .iter_rows()
    }


def _last(path: str) -> str:
    """The last part of a path, which is what a nurse sees.

    >>> _last("flowsheet|I&O|Output (ml)|Urine")
    'Urine'
    """
    return path.rsplit("|", 1)[-1]


_READERS = {
    "lab": _labs,
    "nursecharting": _nurses,
    "respiratorycharting": _respiratory,
    "intakeoutput": _volumes,
    "infusiondrug": _infusions,
    "medication": _medication,
}
