"""The folder into which shards are labelled before the run is whole: what was asked stands in it, so that only the same run goes on."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from opensepsis.data.io.atomic import InPieces, whole_file
from opensepsis.data.io.object_store import Folder, ObjectFolder
from opensepsis.data.io.stale_folders import leftovers, never
from opensepsis.data.results import RUN
from opensepsis.errors import OutputError
from opensepsis.uses.label.accounts import has_shards
from opensepsis.uses.label.job import Job

ASKED = "asked.json"
_WORDS = {
    "opensepsis": "version of opensepsis",
    "definitions": "definitions or versions of them",
    "stay_kind": "kind of stay",
    "as_known": "choice of --as-known",
    "daily": "choice of --daily",
    "zone": "time zone",
}


def asked_of(job: Job) -> dict:
    """What a run over a timeline was asked."""
    return {"key": job.key, **job.question}


def pieces_of(asked: Mapping | None, out: Path, resume: bool) -> InPieces:
    """How the run that was asked this is made of pieces. OutputError: `resume`, but what is there is of another run."""
    if asked is None:
        return InPieces()
    if not resume:
        return InPieces(never, is_begun)
    places = [folder for folder in (out, *leftovers(Path(os.path.realpath(out)))) if _read(folder)]
    if places and not any(_read(folder)["key"] == asked["key"] for folder in places):
        raise OutputError(_another(places[0], asked))
    return InPieces(lambda folder: _read(folder).get("key") == asked["key"], is_begun)


def is_begun(folder: Path) -> bool:
    """Whether some shards of a run are there, and others are not yet."""
    return has_shards(folder) and not (folder / RUN).exists()


def is_left_to_go_on(out: Path) -> bool:
    """Whether a run into this folder ended before it was whole, and some of its shards are."""
    return any(is_begun(folder) for folder in (out, *leftovers(Path(os.path.realpath(out)))))


def is_whole(out: Path, asked: Mapping | None) -> bool:
    """Whether the run that was asked this has been finished."""
    return asked is not None and _asked_in_run(out).get("key") == asked["key"]


def write_asked(folder: Path, asked: Mapping) -> None:
    """Says in a folder what its shards are asked."""
    with whole_file(folder / ASKED) as file:
        file.write_text(json.dumps(asked), encoding="utf-8")


def open_for_job(folder: Folder, job: Job) -> None:
    """Makes the folder ready for shards of a job. OutputError where it holds anything else."""
    asked = asked_of(job)
    if isinstance(folder, ObjectFolder):
        return open_objects(folder, asked)
    folder.mkdir(parents=True, exist_ok=True)
    there = _read(folder) or _asked_in_run(folder)
    if there and there["key"] != asked["key"]:
        raise OutputError(_another(folder, asked, there))
    if not there:
        if any(folder.iterdir()):
            raise OutputError(f"{folder} holds files that are not shards of a run. Choose another folder.")
        write_asked(folder, asked)


def open_objects(folder: ObjectFolder, asked: Mapping) -> None:
    """Likewise where it lies in an object store."""
    names = folder.names()
    there = next((json.loads(folder.read(name)) for name in (ASKED, RUN) if name in names), {})
    there = there.get("asked", there)
    if there and there.get("key") != asked["key"]:
        raise OutputError(_another(folder, asked, there))
    if not there:
        if names:
            raise OutputError(f"{folder} holds objects that are not shards of a run. Choose another folder.")
        folder.write(ASKED, json.dumps(asked).encode())


def digest_of_files(*given: object) -> str | None:
    """Of the names, sizes and times of all files at these paths; None where one is no path: whether such data changed cannot be told."""
    told: list[tuple[str, int, int]] = []
    for place in (place for place in given if place is not None):
        if not isinstance(place, Path):
            return None
        files = [place] if place.is_file() else sorted(f for f in place.rglob("*") if f.is_file())
        for file in files:
            state = file.stat()
            told.append((file.relative_to(place).as_posix(), state.st_size, state.st_mtime_ns))
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _read(folder: Path) -> dict:
    """What the shards in an unfinished folder are asked; nothing where it does not say."""
    try:
        return json.loads((folder / ASKED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _asked_in_run(folder: Path) -> dict:
    try:
        return json.loads((folder / RUN).read_text(encoding="utf-8")).get("asked", {})
    except (OSError, ValueError, AttributeError):
        return {}


def _another(folder: Folder, asked: Mapping, there: Mapping | None = None) -> str:
    there = there or (_read(folder) if isinstance(folder, Path) else {})
    differ = [words for name, words in _WORDS.items() if there.get(name) != asked.get(name)]
    what = f"of another {', '.join(differ)}" if differ else "of other data, or of data that changed since"
    return (
        f"{folder} holds the shards of an unfinished run {what}. Run with the same options, or again without --resume "
        "and into another folder."
    )
