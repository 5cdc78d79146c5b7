"""Conversion of a hospital's tables to a timeline by the engine beside which they lie."""

from opensepsis.uses.convert.by_engine import convert_by_engine as convert_by_engine
