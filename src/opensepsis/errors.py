"""Every error of opensepsis, as a tree.

OpensepsisError
├── DefinitionError       a definition, score or choice is unknown or contradicts itself
├── SourceError           the hospital's data cannot be read
│   ├── MissingError      a file, folder, table or column is not there
│   ├── FormatError       a file is damaged, has the wrong type or the wrong encoding
│   ├── UnitError         a unit is unknown for its concept
│   ├── ConceptError      a concept name is unknown
│   └── TimeError         a time has no zone, or an end lies before its start
├── StayError             a stay is impossible, doubled or belongs to nobody
├── OutputError           results cannot be written, or are not there to be read
├── SimulationError       an impossible parameter, an unknown policy or a request that cannot be simulated
├── AccountError          a user of the ward cannot be made or changed
└── RunnerError           what runs the shards is not there, or shards failed on it

Messages say what happened, where, and what to do. They never hold a patient's value or identifier.
"""

from difflib import get_close_matches


class OpensepsisError(Exception):
    """Anything that opensepsis reports to its user; `exit_code` is what the command returns."""

    exit_code = 1


class DefinitionError(OpensepsisError):
    """A definition, score or choice is unknown or contradicts itself."""

    exit_code = 2


class SourceError(OpensepsisError):
    """The hospital's data cannot be read."""

    exit_code = 3


class MissingError(SourceError):
    """A file, folder, table or column is not there."""


class FormatError(SourceError):
    """A file is damaged, has the wrong type or the wrong encoding."""


class UnitError(SourceError):
    """A unit is unknown for its concept."""


class ConceptError(SourceError):
    """A concept name is unknown."""


class TimeError(SourceError):
    """A time has no zone, or an end lies before its start."""


class StayError(OpensepsisError):
    """A stay is impossible, doubled or belongs to nobody."""

    exit_code = 4


class OutputError(OpensepsisError):
    """Results cannot be written, or are not there to be read."""

    exit_code = 5


class SimulationError(OpensepsisError):
    """An impossible parameter, an unknown policy or a request that cannot be simulated."""

    exit_code = 6


class AccountError(OpensepsisError):
    """A user of the ward cannot be made or changed."""

    exit_code = 7


class RunnerError(OpensepsisError):
    """What runs the shards is not there, or shards failed on it."""

    exit_code = 8


def nearest(name: str, known) -> str:
    """A sentence that offers the nearest known names, or lists how to see them all.

    >>> nearest("lactat", ["lactate", "wbc"])
    "Did you mean 'lactate'?"
    """
    close = get_close_matches(name, list(known), n=3, cutoff=0.6)
    if not close:
        return f"Known: {', '.join(sorted(known))}."
    return f"Did you mean {' or '.join(repr(c) for c in close)}?"
