"""What a caller of `label` gave: earlier names of arguments, and whether the data are a source or frames."""

import warnings

from opensepsis.data.intake.frames import is_frame
from opensepsis.data.sources import SOURCES
from opensepsis.data.sources.given_frames import Frames
from opensepsis.errors import SourceError, nearest

RENAMED = {"only": "definitions", "days": "daily"}


def renamed_arguments(stays: object, earlier: dict[str, object]) -> dict:
    """The arguments by their present names, `stays` among them; a warning for each earlier name.

    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     renamed_arguments("icu", {"only": "sofa"})
    {'stays': None, 'stay_kind': 'icu', 'definitions': 'sofa'}
    """
    found: dict = {"stays": stays}
    if isinstance(stays, str):
        _warn("stays", "stay_kind")
        found |= {"stays": None, "stay_kind": stays}
    for name, value in earlier.items():
        if name not in RENAMED:
            raise TypeError(f"label() got an unexpected keyword argument '{name}'")
        _warn(name, RENAMED[name])
        found[RENAMED[name]] = value
    return found


def _warn(name: str, now: str) -> None:
    warnings.warn(
        f"label({name}=…) is now called {now}; the earlier name will be removed in the next version.",
        FutureWarning,
        stacklevel=4,
    )


def given_data(source: str | None, path, frames: Frames, site) -> tuple[str, object]:
    """The name of the source and what it reads; SourceError unless the data are given in exactly one way."""
    if not frames.given:
        if source is None:
            raise SourceError(
                f"Give a source ({', '.join(SOURCES)}) with its path, or frames: label(stays=…, events=…)."
            )
        if is_frame(source) or is_frame(path):
            raise SourceError("Name the frames: label(stays=…, events=…) or label(wide=…).")
        if path is None:
            raise SourceError(
                f"Give the path of the data: label({source!r}, PATH). {nearest(source, SOURCES)}"
            )
        return source, path
    if source is not None or path is not None:
        raise SourceError("Give a source with its path, or frames, not both.")
    if site is not None:
        raise SourceError("A site.toml is read for the source csv, not for frames. Use `columns`.")
    return "frames", frames
