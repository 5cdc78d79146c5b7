"""Unfinished folders beside an output: held while their process lives, cleared by the next run once it is gone.

A lock on the folder itself says who lives: the system lets it go however a process ends, and no number of a process can be
mistaken for another's. Where folders cannot be locked nothing is ever cleared.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

EARLIER = "-earlier"  # an earlier output that stands aside while the new one takes its place


def _unfinished(out: Path) -> str:
    return f".{out.name}.unfinished-"


def is_unfinished(name: str) -> bool:
    """Whether a folder is what a killed run left, of any output.

    >>> is_unfinished(".results.unfinished-0123456789ab"), is_unfinished("results")
    (True, False)
    """
    return re.fullmatch(rf"\..+\.unfinished-[0-9a-f]{{12}}({EARLIER})?", name) is not None


_living: set[Path] = set()  # what this process has not finished


def abandon_unfinished() -> None:
    """Remove what this process has not finished, though others of its threads may still write into it."""
    for folder in list(_living):
        gone = folder.with_name(f"{folder.name[:-12]}{uuid4().hex[:12]}")
        with suppress(OSError):
            os.rename(folder, gone)  # nobody finds it any more by its name
        shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def unfinished_folder(out: Path) -> Iterator[Path]:
    """A new hidden sibling of `out`, gone at the end however it ends; no other run clears it while this one lives."""
    while True:
        folder, held = out.with_name(f"{_unfinished(out)}{uuid4().hex[:12]}"), None
        try:
            _living.add(folder)
            folder.mkdir()
            held = _held(folder, wait=True)
            if folder.is_dir():  # else another run took it for a leftover before it was held
                yield folder
                return
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _living.discard(folder)
            if held is not None:
                os.close(held)


def clear_leftovers(out: Path) -> None:
    """Remove what runs for the same output left behind when they were killed."""
    name = re.compile(rf"{re.escape(_unfinished(out))}[0-9a-f]{{12}}({EARLIER})?")
    if fcntl is None or not out.parent.is_dir():
        return
    for folder in list(out.parent.iterdir()):
        found = name.fullmatch(folder.name)
        if found is None or folder.is_symlink() or not folder.is_dir():
            continue
        if found[1] and not out.is_dir():
            continue  # killed between two steps: this is the only copy of the earlier output
        held = _held(folder, wait=False)
        if held is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)


def _held(folder: Path, wait: bool) -> int | None:
    """The folder locked for as long as the answer is open; None where it cannot be."""
    if fcntl is None:
        return None
    opened = None
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return opened
    if opened is not None:
        os.close(opened)
    return None
