"""A timeline in an object store: what stands for all shards is copied here, events only where their shard is labelled."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.io.atomic import check_target, some_of, written_by
from opensepsis.data.io.object_store import Folder, ObjectFolder
from opensepsis.data.timeline.shards import shard_name
from opensepsis.data.timeline.timeline import MARKER, Timeline, read_timeline
from opensepsis.errors import FormatError, MissingError, OutputError

_BY_SHARD = ("stays", "digests", "not_sent", "blocks")


def open_timeline(place: Folder, limits: RejectionLimits | None = None) -> Timeline:
    """The timeline at a path or in an object store; of the latter without events. MissingError, FormatError: none, or not whole."""
    if isinstance(place, Path):
        return read_timeline(place, limits)
    there = place.names()
    if MARKER not in there:
        raise MissingError(f"There is no timeline at {place}. Make one with `opensepsis convert`.")
    with TemporaryDirectory(prefix="opensepsis-") as copy:
        names = [name for name in there if name == MARKER or name.split("/")[0] == "stays.parquet"]
        place.fetch(names, Path(copy))
        found = replace(read_timeline(copy, limits, with_events=False), address=str(place))
    if found.facts.digest is None:
        raise FormatError(
            f"{place} was written by an earlier version of opensepsis. Make it again with `opensepsis convert`."
        )
    return found


def files_of_shard(place: Folder, number: int) -> list[str]:
    """The objects of a timeline that labelling one of its shards reads; none of a path, where nothing is copied."""
    if isinstance(place, Path):
        return []
    shards = json.loads(place.read(MARKER))["shards"]
    if not 0 <= number < len(shards):
        return [MARKER]
    tables = [f"{name}.parquet/{shard_name(number)}.parquet" for name in _BY_SHARD]
    there = [name for name in tables if place.has(name)]
    return [MARKER, *there, *place.names(f"events/{shards[number]['folder']}")]


def digests_of_shard_in(place: Folder, number: int) -> list[str]:
    """The objects that tell the digests of a shard; none of a path."""
    name = f"digests.parquet/{shard_name(number)}.parquet"
    return [name] if isinstance(place, ObjectFolder) and place.has(name) else []


def send_timeline(made: Path, into: ObjectFolder) -> None:
    """Copies a whole timeline into a store, timeline.json last. OutputError: objects lie there that are of no timeline."""
    there = _replaceable(into)
    into.delete([MARKER] if there else [])  # from now on it is not whole
    into.delete(there - {MARKER})
    into.send(made, MARKER)


def check_place(out: Folder, inputs: Iterable[Path] = ()) -> None:
    """Refuses a place for a timeline before any work is done for it. OutputError: what lies there is not only of a timeline."""
    if isinstance(out, ObjectFolder):
        _replaceable(out)
    else:
        check_target(out, MARKER, inputs)


def _replaceable(into: ObjectFolder) -> set[str]:
    """What lies there, all of it of an earlier timeline."""
    there = set(into.names())
    if there and MARKER not in there:
        raise OutputError(f"{into} holds objects that are not of a timeline. Choose another folder.")
    others = sorted(there - written_by(into.read(MARKER)) - {MARKER}) if there else []
    if others:
        raise OutputError(
            f"{into} holds objects that no run wrote: {some_of(others)}. Choose another folder."
        )
    return there
