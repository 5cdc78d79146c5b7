"""The command `opensepsis`: it can be interrupted from the first moment on, also while it loads."""

from opensepsis.interruption import guarded


def main() -> None:
    """Runs the command; see `opensepsis --help`."""
    guarded(_run)


def _run() -> None:
    from opensepsis.cli import main as run

    run()


if __name__ == "__main__":
    main()
