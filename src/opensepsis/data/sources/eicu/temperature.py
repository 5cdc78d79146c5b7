"""Temperatures that name no scale, or the wrong one."""

import polars as pl

# no living body is hotter than this in Celsius nor colder in Fahrenheit, so the number itself tells the scale
_HOTTEST_CELSIUS = 50


def in_celsius(concept: pl.Expr, value: pl.Expr) -> pl.Expr:
    """Values with temperatures above 50 read as Fahrenheit; all others as they are."""
    fahrenheit = (concept == "temperature") & (value > _HOTTEST_CELSIUS)
    return pl.when(fahrenheit).then(((value - 32) * 5 / 9).round(9)).otherwise(value)
