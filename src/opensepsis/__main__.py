"""The command `opensepsis`: it can be interrupted from the first moment on, also while it loads."""

import atexit
import gc

from opensepsis.interruption import guarded


def main() -> None:
    """Runs the command; see `opensepsis --help`."""
    guarded(_run)


def _run() -> None:
    gc.disable()  # while modules are loaded nothing becomes garbage
    from opensepsis.cli import main as run

    gc.enable()
    atexit.register(gc.freeze)  # its memory goes back whole, without a search
    run()


if __name__ == "__main__":
    main()
