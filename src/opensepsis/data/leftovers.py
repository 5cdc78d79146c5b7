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


@contextmanager
def unfinished_folder(out: Path) -> Iterator[Path]:
    """A new hidden sibling of `out`, gone at the end however it ends; no other run clears it while this one lives."""
    while True:
        folder, held = out.with_name(f"{_unfinished(out)}{uuid4().hex[:12]}"), None
        try:
            folder.mkdir()
            held = _held(folder, wait=True)
            if folder.is_dir():  # else another run took it for a leftover before it was held
                yield folder
                return
        finally:
            shutil.rmtree(folder, ignore_errors=True)
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
