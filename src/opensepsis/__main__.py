"""The command `opensepsis`: it can be interrupted from the first moment on, also while it loads."""

import gc

from opensepsis.interruption import guarded


def main() -> None:
    """Runs the command; see `opensepsis --help`."""
    guarded(_run)


def _run() -> None:
    gc.disable()  # while modules are loaded nothing becomes garbage
    from opensepsis.cli import main as run

    gc.enable()
    run()


if __name__ == "__main__":
    main()
