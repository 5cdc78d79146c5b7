"""The command in this process: what it prints and returns, without the start of an interpreter and of its libraries."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from subprocess import CompletedProcess
from unittest.mock import patch

from opensepsis import cli


def command(*words, check: int | None = None) -> CompletedProcess:
    """Runs `opensepsis` with these words; `check` is the exit code that is expected."""
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8") for _ in range(2))
    code = 0
    with (
        patch.object(sys, "argv", ["opensepsis", *map(str, words)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            cli._run()  # `main` less its signals: they are the process's own
        except SystemExit as end:
            code = end.code or 0
    said = [_text(stream) for stream in (out, err)]
    assert check is None or code == check, said[1]
    return CompletedProcess(words, code, *said)


def _text(stream: TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
