"""Output that appears whole or not at all."""

import ctypes
import errno
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from opensepsis.data.leftovers import EARLIER, clear_leftovers, unfinished_folder
from opensepsis.errors import OutputError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_EXCHANGE, _HERE = 2, -100  # RENAME_EXCHANGE and AT_FDCWD of Linux


@contextmanager
def whole_folder(out: Path | str, marker: str = "run.json") -> Iterator[Path]:
    """A new folder to write into that takes the place of `out` only if all goes well.

    On an error, Ctrl-C or SIGTERM it is removed and an earlier output stays as it was. OutputError if
    `out` holds anything but an earlier output, which is known by its `marker` file: files that are not
    ours are never deleted. What a killed run for the same `out` left behind is cleared first.
    """
    out = Path(os.path.realpath(out))
    _check_replaceable(out, marker)
    with (
        _terminate_as_exit(),
        ExitStack() as ending,
    ):  # from before the folder is there, so that no moment leaves it behind
        temporary = _made_beside(out, ending)
        try:
            yield temporary
        except OSError as problem:
            if problem.errno not in _FULL:
                raise
            raise OutputError(
                f"The disk is full: {out} was not written. Free some space and run again."
            ) from None
        _check_replaceable(out, marker)
        _take_place(temporary, out)


def _check_replaceable(out: Path, marker: str) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out} is a file. Choose a folder for the output.")
    if any(out.iterdir()) and not (out / marker).is_file():
        raise OutputError(
            f"{out} holds files that are not an earlier output of this command (there is no {marker}). "
            "Nothing was changed. Choose another folder, or empty this one yourself."
        )


def _made_beside(out: Path, ending: ExitStack) -> Path:
    """A hidden sibling: only a rename within one file system is whole."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(out)
        return ending.enter_context(unfinished_folder(out))
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
    """Let SIGTERM unwind like Ctrl-C does, so that the clean-up runs; only the main thread may ask for it."""
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if not ours:
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, _frame) -> None:
    raise SystemExit(128 + number)
