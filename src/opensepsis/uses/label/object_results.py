"""A run whose results lie in an object store: the same jobs, each sends its own files, run.json comes last."""

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from opensepsis.data.io.object_store import ObjectFolder
from opensepsis.data.results import RUN
from opensepsis.errors import MissingError, OutputError
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.labels import Labels, TemporaryResults, read_labels
from opensepsis.uses.label.working_folder import ASKED, asked_of, open_objects
from opensepsis.uses.label.writer import FilesOfFolder


def open_for_run(out: ObjectFolder, job: Job, resume: bool) -> dict:
    """Makes the folder ready for a run; comes back with what it was asked.

    OutputError: the folder holds another run, or this one and it is not to be gone on with.
    """
    asked, there = asked_of(job), out.names()
    if there and not resume:
        raise OutputError(
            f"{out} is not empty, and an object store cannot replace objects atomically. Choose another folder, or continue with --resume."
        )
    open_objects(out, asked)
    return asked


def finish(out: ObjectFolder, run: Mapping) -> None:
    """The account of the run: with it the results are whole."""
    files = sorted({*out.names(), RUN} - {ASKED})
    out.write(RUN, (json.dumps({**run, "files": files}, indent=1, ensure_ascii=False) + "\n").encode())
    out.delete([ASKED])


def is_whole(out: ObjectFolder, job: Job) -> bool:
    """Whether the results of this job are there, whole."""
    return out.has(RUN) and json.loads(out.read(RUN)).get("asked", {}).get("key") == job.key


def read_from_store(out: ObjectFolder) -> Labels:
    """The results in a store; a table is copied here when it is first asked for. MissingError: there are none."""
    kept = TemporaryResults()
    if not out.has(RUN):
        raise MissingError(f"{out} holds no results: there is no {RUN}. Make them with `opensepsis label`.")
    names = out.names()
    out.fetch([RUN], kept.path)
    for table in {name.rpartition("/")[0] for name in names if name.endswith(".parquet")}:
        (kept.path / table).mkdir(parents=True, exist_ok=True)
    labels = read_labels(kept.path, kept)
    scores, tables = (_Fetched(files, out, kept.path, names) for files in (labels.scores, labels.tables))
    return Labels(scores, labels.run, None, tables, kept.path, kept)


class _Fetched(Mapping[str, pl.DataFrame]):
    """Tables whose files are copied from a store when one is first asked for."""

    def __init__(
        self, files: Mapping[str, pl.DataFrame], out: ObjectFolder, copy: Path, names: Mapping[str, int]
    ):
        self._files, self._out, self._copy, self._names = files, out, copy, list(names)

    def __getitem__(self, name: str) -> pl.DataFrame:
        files = self._files
        assert isinstance(files, FilesOfFolder)
        table = files.place(name).relative_to(self._copy).as_posix()
        lacking = [n for n in self._names if n.startswith(f"{table}/") and not (self._copy / n).exists()]
        self._out.fetch(lacking, self._copy)
        return files[name]

    def __iter__(self):
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)
