"""The example hospital: fourteen invented patients in the folder format of the `csv` source."""

from importlib import resources
from pathlib import Path

from opensepsis.data.io.paths import as_path
from opensepsis.errors import OutputError

FILES = ("stays.csv", "events.csv", "README.md")


def write_example(out: str | Path) -> Path:
    """Writes the example hospital to the folder `out` and returns that folder.

    `out` gets `stays.csv`, `events.csv` and a `README.md` that tells each patient's story. Raises OutputError where `out` already
    holds something or cannot be written.

    >>> import tempfile
    >>> folder = write_example(Path(tempfile.mkdtemp()) / "hospital")
    >>> sorted(file.name for file in folder.iterdir())
    ['README.md', 'events.csv', 'stays.csv']
    """
    folder = as_path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputError(f"{folder} is not empty and was not changed. Choose a new folder with --out.")
        for name in FILES:
            (folder / name).write_bytes(resources.files(__name__).joinpath(name).read_bytes())
    except OSError as problem:
        raise OutputError(
            f"{folder} cannot be written: {problem.strerror}. Choose another folder with --out."
        ) from None
    return folder
