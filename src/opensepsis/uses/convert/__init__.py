"""Conversion of a hospital's tables to a timeline by the engine beside which they lie."""

from opensepsis.uses.convert.by_engine import convert_by_engine as convert_by_engine
from opensepsis.uses.convert.into_store import convert_into_store as convert_into_store
