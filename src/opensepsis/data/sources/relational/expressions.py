"""Ibis' tables and columns as types: of which type a column is, only its store knows, and no checker of types can follow."""

from typing import Any, TypeAlias

import ibis

Query: TypeAlias = Any  # ibis.expr.types.Table
Column: TypeAlias = Any  # ibis.expr.types.Column, or a value made of columns


def coalesce(*columns: Column) -> Column:
    """The first of some columns or values that is not null, as Ibis has it."""
    return ibis.coalesce(*columns)
