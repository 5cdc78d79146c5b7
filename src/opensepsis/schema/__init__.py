"""Every table that is written: its columns, each with type, unit and meaning. README and the dictionary of columns are printed from it.

>>> from opensepsis import schema
>>> schema.TABLES["episodes"].column("onset").meaning
'time of onset: when the definition is first met'
"""

import polars as pl

from opensepsis.definitions import SCORES
from opensepsis.schema.columns import PHENOTYPE as PHENOTYPE
from opensepsis.schema.columns import POINTS as POINTS
from opensepsis.schema.columns import ROW as ROW
from opensepsis.schema.columns import ROW_BASIS as ROW_BASIS
from opensepsis.schema.columns import SCORE as SCORE
from opensepsis.schema.columns import SEPSIS as SEPSIS
from opensepsis.schema.columns import Column as Column
from opensepsis.schema.columns import Table as Table
from opensepsis.schema.comparisons import COMPARISONS
from opensepsis.schema.results import RESULTS

*_of_a_run, _events = RESULTS
TABLES: dict[str, Table] = {table.name: table for table in (*_of_a_run, *COMPARISONS, _events)}
EVENTS = TABLES["events"]
RUN = "versions, definitions and choices; data read, mapped, unmapped (by volume) and rejected (rows and reason); time and memory"


def score_columns(score: str) -> dict[str, pl.DataType]:
    """The columns of the hours of a score, by its name.

    >>> list(score_columns("qsofa"))[5:8]
    ['respiration', 'brain', 'circulation']
    """
    return TABLES["scores"].dtypes(rows=[row.name for row in SCORES[score].rows])
