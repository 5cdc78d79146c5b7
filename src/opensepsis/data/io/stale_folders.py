"""Unfinished folders beside an output: held while their process lives, cleared by the next run once it is gone.

A lock on the folder itself says who lives: the system lets it go however a process ends, and no number of a process can be
mistaken for another's. Where folders cannot be locked nothing is ever cleared.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
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


Judges = Callable[[Path], bool]  # of an unfinished folder
_living: dict[Path, Judges] = {}  # what this process has not finished, and whether it is worth keeping


def never(_: Path) -> bool:
    """Of no folder."""
    return False


def abandon_unfinished() -> None:
    """Remove what this process has not finished, though others of its threads may still write into it."""
    for folder, keeps in list(_living.items()):
        if keeps(folder):
            continue
        gone = folder.with_name(f"{folder.name[:-12]}{uuid4().hex[:12]}")
        with suppress(OSError):
            os.rename(folder, gone)  # nobody finds it any more by its name
        shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def unfinished_folder(out: Path, takes: Judges = never, keeps: Judges = never) -> Iterator[Path]:
    """A hidden sibling of `out`, gone at the end however it ends; no other run clears it while this one lives.

    One that an earlier run left is gone on with where `takes` says so. Where `keeps` does, it stays for a run that will.
    """
    while True:
        folder, held = _left_behind(out, takes)
        try:
            if folder is None:
                folder = out.with_name(f"{_unfinished(out)}{uuid4().hex[:12]}")
                _living[folder] = keeps
                folder.mkdir()
                held = _held(folder, wait=True)
            _living[folder] = keeps
            if folder.is_dir():  # else another run took it for a leftover before it was held
                yield folder
                return
        finally:
            if folder is not None:
                if not (folder.is_dir() and keeps(folder)):
                    shutil.rmtree(folder, ignore_errors=True)
                _living.pop(folder, None)
            if held is not None:
                os.close(held)


def _left_behind(out: Path, takes: Judges) -> tuple[Path | None, int | None]:
    """A folder that a run which ended left, held, if `takes` wants it."""
    if takes is never or fcntl is None or not out.parent.is_dir():
        return None, None
    for folder in leftovers(out):
        held = _held(folder, wait=False)
        if held is None:
            continue
        if takes(folder):
            return folder, held
        os.close(held)
    return None, None


def leftovers(out: Path) -> list[Path]:
    """The unfinished folders of an output, of runs that live and of those that ended."""
    name = re.compile(rf"{re.escape(_unfinished(out))}[0-9a-f]{{12}}")
    there = sorted(out.parent.iterdir()) if out.parent.is_dir() else []
    return [f for f in there if name.fullmatch(f.name) and not f.is_symlink() and f.is_dir()]


def is_written(folder: Path) -> bool:
    """Whether a run that lives holds this folder."""
    if fcntl is None:
        return False
    held = _held(folder, wait=False)
    if held is not None:
        os.close(held)
    return held is None


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
