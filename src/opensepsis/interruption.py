"""Ctrl-C and SIGTERM end a command within two seconds, whatever it does: with 130 and a word, and nothing half written.

Python's own handler runs between two steps of the main thread only: not while it loads or waits for a library. So a
thread of its own is woken by the signal and ends the command if that takes too long.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

GRACE = 1.0  # seconds for the command to end by itself
_WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
_received: list[int] = []
_woken: list[int] = []  # the two ends of the pipe, once it watches


def guarded(run: Callable[[], None]) -> None:
    """Runs a command; after Ctrl-C or SIGTERM it ends the process with 130 or 143, whatever became of the signal."""
    watch()
    try:
        run()
    except BaseException:
        if _received:
            _end()
        raise
    if _received:
        _end()
    if _woken and threading.current_thread() is threading.main_thread():
        for number in _WORDS:  # all is done and written: a signal now changes nothing
            signal.signal(number, _too_late)  # not SIG_IGN, which processes started from here would inherit


def leave_to_command() -> None:
    """For a command that ends by itself in its own time, as a server does."""
    if _woken and threading.current_thread() is threading.main_thread():
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def watch() -> None:
    """From now on the two signals end the process, in time and with a word."""
    if _woken or threading.current_thread() is not threading.main_thread():
        return
    for number in _WORDS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _note)
    sys.excepthook = _excepthook
    sys.unraisablehook = partial(_unraisablehook, sys.unraisablehook)
    _woken.extend(os.pipe())
    os.set_blocking(_woken[1], False)
    signal.set_wakeup_fd(_woken[1], warn_on_full_buffer=False)
    threading.Thread(target=_end_when_woken, daemon=True).start()


def _excepthook(kind, problem, trace) -> None:
    if _received:
        _end()
    sys.__excepthook__(kind, problem, trace)


def _unraisablehook(earlier: Callable[..., None], unraisable) -> None:
    """A signal that came while a library called back into Python, which loses what is raised there."""
    if _received and isinstance(unraisable.exc_value, KeyboardInterrupt):
        _end()
    earlier(unraisable)


def _too_late(_number: int, _frame) -> None:
    """A signal after the end of the command."""


def _note(number: int, _frame) -> None:
    _received.append(number)
    raise KeyboardInterrupt


def _end_when_woken() -> None:
    while (number := os.read(_woken[0], 1)[0]) not in _WORDS:
        continue
    time.sleep(GRACE)
    _received.append(number)
    _end()


def _end() -> None:
    leftovers = sys.modules.get("opensepsis.data.io.stale_folders")
    abandon = getattr(leftovers, "abandon_unfinished", None)  # absent while it is being loaded
    if abandon is not None:
        abandon()
    number = _received[0]
    os.write(2, f"{_WORDS[signal.Signals(number)]}\n".encode())
    os._exit(128 + number)
