"""Output that appears whole or not at all, and replaces only what an earlier run wrote."""

import ctypes
import errno
import json
import os
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from opensepsis.data.io.stale_folders import (
    EARLIER,
    Judges,
    clear_leftovers,
    is_unfinished,
    is_written,
    leftovers,
    never,
    unfinished_folder,
)
from opensepsis.errors import OpensepsisError, OutputError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_EXCHANGE, _HERE = 2, -100  # RENAME_EXCHANGE and AT_FDCWD of Linux
MARKERS = ("run.json", "timeline.json")
_UNFINISHED = ".unfinished"
FILES = "files"  # the key of a marker that lists what the run wrote


@dataclass(frozen=True)
class InPieces:
    """Of an output that is made in pieces, each whole: which unfinished folder is gone on with, and which is worth keeping.

    `out` itself is one where `takes` says so. Two runs for one output at a time are an error.
    """

    takes: Judges = never
    keeps: Judges = never


@contextmanager
def whole_folder(
    out: Path | str,
    marker: str = "run.json",
    inputs: Iterable[Path | str] = (),
    pieces: InPieces | None = None,
) -> Iterator[Path]:
    """A new folder to write into that takes the place of `out` only if all goes well.

    On an error, Ctrl-C or SIGTERM it is removed and an earlier output stays as it was. The JSON file `marker` lists
    what was written. OutputError if `out` holds any name that no run wrote, or if one of the `inputs` is `out` or lies in
    it, or is itself an output that holds `out`: files that are not ours are never deleted. What a killed run for the same
    `out` left is cleared first, if `pieces` does not go on with it.
    """
    out = Path(os.path.realpath(out))
    _check_apart(out, inputs)
    if pieces and out.is_dir() and pieces.takes(out):
        with _terminate_as_exit(), disk_told(out):
            yield out
            _list_files(out, marker)
        return
    _check_replaceable(out, marker)
    if pieces and any(is_written(folder) for folder in leftovers(out)):
        raise OutputError(f"Another run is writing {out}. Wait until it ends, or choose another folder.")
    with (
        _terminate_as_exit(),
        ExitStack() as ending,
    ):  # from before the folder is there, so that no moment leaves it behind
        temporary = _made_beside(out, ending, pieces or InPieces())
        with disk_told(out):
            yield temporary
            _list_files(temporary, marker)
        _check_replaceable(out, marker)
        _take_place(temporary, out)


@contextmanager
def disk_told(out: Path | str) -> Iterator[None]:
    """A full disk, or a place that may not be written, as an OutputError; each library tells it in another way."""
    try:
        yield
    except OpensepsisError:
        raise
    except Exception as problem:
        if any(is_unfinished(folder.name) for folder in Path(out).parents):
            raise  # told by the command whose output it is part of
        number = getattr(problem, "errno", None)
        if number in _FULL or any(words in str(problem) for words in _said(_FULL)):
            said = OutputError(f"The disk is full: {out} was not written. Free some space and run again.")
        elif number in _FORBIDDEN and _lies_in(getattr(problem, "filename", None), Path(out)):
            said = OutputError(f"{out} cannot be written: {os.strerror(number)}. Choose another folder.")
        else:
            raise
    else:
        return
    raise said


def _said(numbers: Iterable[int]) -> Iterator[str]:
    """How libraries print the numbers of errors: Polars by the number, DuckDB and Arrow by its words."""
    for number in numbers:
        yield from (f"os error {number})", os.strerror(number))


def _lies_in(file, out: Path) -> bool:
    """Whether a file lies in an output or in its unfinished sibling."""
    there = os.path.realpath(out.parent)
    return file is not None and Path(os.path.realpath(os.fsdecode(file))).is_relative_to(there)


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """A hidden name beside `file` to write to, that takes its place only if all goes well; others may do the same at once."""
    beside = file.with_name(f".{file.name}.{uuid4().hex[:12]}{_UNFINISHED}")
    try:
        yield beside
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)


def clear_unfinished_files(folder: Path) -> None:
    """Remove what killed processes left of files that `whole_file` was to write, anywhere in a folder."""
    for file in folder.rglob(f".*{_UNFINISHED}"):
        if file.is_file():
            file.unlink(missing_ok=True)


def replace_file(file: Path, content: bytes) -> None:
    """Write a file that is whole or, if that fails, as it was."""
    beside = file.with_name(f".{file.name}.unfinished")
    with disk_told(file):
        try:
            beside.write_bytes(content)
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)


def add_to_output(out: Path, marker: str, files: Mapping[str, bytes | None]) -> None:
    """Write files beside an earlier output, each whole, and list them in its marker; None removes what an earlier run wrote."""
    about = json.loads((out / marker).read_text(encoding="utf-8"))
    listed = set(about.get(FILES, ()))
    gone = {name for name, content in files.items() if content is None}
    for name in gone & listed:
        with disk_told(out / name):
            (out / name).unlink(missing_ok=True)
    about[FILES] = sorted((listed | set(files)) - gone)
    for name, content in files.items():
        if content is not None:
            replace_file(out / name, content)
    replace_file(out / marker, _as_json(about))


def _list_files(folder: Path, marker: str) -> None:
    file = folder / marker
    about = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    file.write_bytes(_as_json(about | {FILES: sorted({*_names(folder), marker})}))


def _as_json(about: dict) -> bytes:
    return (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()


def _names(folder: Path) -> Iterator[str]:
    """Every file, link and empty folder under a folder, by its relative name."""
    for here, folders, files in os.walk(folder, onerror=_raise):
        links = [name for name in folders if os.path.islink(os.path.join(here, name))]
        folders[:] = [name for name in folders if name not in links and not is_unfinished(name)]
        empty = [""] if not folders and not files and not links and here != str(folder) else []
        for name in (*files, *links, *empty):
            yield (Path(here) / name).relative_to(folder).as_posix()


def _raise(problem: OSError) -> None:
    raise problem


def check_target(out: Path | str, marker: str, inputs: Iterable[Path | str] = ()) -> None:
    """Refuses an `out` that `whole_folder` would refuse, for what takes long before it comes to writing."""
    out = Path(os.path.realpath(out))
    _check_apart(out, inputs)
    _check_replaceable(out, marker)


def _check_apart(out: Path, inputs: Iterable[Path | str]) -> None:
    for given in inputs:
        real = Path(os.path.realpath(given))
        way_out = "Nothing was changed. Choose a folder beside the data for the output."
        if real == out or out in real.parents:
            how = "is" if real == out else "lies in"
            raise OutputError(
                f"The data to read, {given}, {how} the output folder {out}: it could be deleted. {way_out}"
            )
        if real in out.parents and any((real / marker).is_file() for marker in MARKERS):
            raise OutputError(
                f"The output folder {out} lies in the output of an earlier run, {given}. {way_out}"
            )


def _check_replaceable(out: Path, marker: str) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out} is a file. Choose a folder for the output.")
    try:
        there = set(_names(out))
    except OSError as problem:
        raise OutputError(f"{out} cannot be read: {problem.strerror}. Choose another folder.") from None
    way_out = "Nothing was changed. Choose another folder, or empty this one yourself."
    if there and not (out / marker).is_file():
        raise OutputError(
            f"{out} holds files that are not an earlier output of this command (there is no {marker}). {way_out}"
        )
    if others := sorted(there - _listed(out / marker) - {marker}):
        raise OutputError(f"{out} holds files that no run wrote: {some_of(others)}. {way_out}")


def some_of(names: list[str]) -> str:
    """The first of many names, and how many more there are.

    >>> some_of(["a", "b", "c", "d"])
    'a, b, c and 1 more'
    """
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def _listed(marker: Path) -> set[str]:
    try:
        return written_by(marker.read_bytes())
    except OSError:
        return set()


def written_by(marker: bytes) -> set[str]:
    """What a run said in its marker that it wrote; nothing if it does not say."""
    try:
        return set(json.loads(marker).get(FILES, ()))
    except (ValueError, AttributeError, TypeError):
        return set()


def _made_beside(out: Path, ending: ExitStack, pieces: InPieces) -> Path:
    """A hidden sibling: only a rename within one file system is whole."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = ending.enter_context(unfinished_folder(out, pieces.takes, pieces.keeps))
        clear_leftovers(out)  # but the one that is now held
        return folder
    except OSError as problem:
        raise OutputError(f"{out} cannot be written: {problem.strerror}. Choose another folder.") from None


def _take_place(temporary: Path, out: Path) -> None:
    """Put the new folder in the place of the old one, which ends up under the temporary name or nowhere."""
    if not out.exists() or not any(out.iterdir()):
        os.replace(temporary, out)
    elif not _exchange(temporary, out):
        _replace_in_two_steps(temporary, out)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step of the file system, where it can."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0


def _replace_in_two_steps(temporary: Path, out: Path) -> None:
    aside = temporary.with_name(temporary.name + EARLIER)
    os.replace(out, aside)
    try:
        os.replace(temporary, out)
    except BaseException:
        os.replace(aside, out)
        raise
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _terminate_as_exit() -> Iterator[None]:
    """Let SIGTERM unwind like Ctrl-C does, so that the clean-up runs; only the main thread may ask for it.

    Libraries that call back into Python turn an exit into an error of theirs, or lose it: the signal is noted, too.
    """
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if not ours:
        yield
        return
    received: list[int] = []

    def end(number: int, _frame) -> None:
        received.append(number)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if received:
            raise SystemExit(128 + received[0]) from None
