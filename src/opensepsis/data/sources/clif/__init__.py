"""The source `clif`: tables in the Common Longitudinal ICU data Format 2.1, 2.2 or 3.0."""

from opensepsis.data.sources.clif.source import open_clif

__all__ = ["open_clif"]
