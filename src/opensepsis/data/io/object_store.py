"""Folders of an object store (S3 and what speaks like it, Google, Azure): each object is whole or not there, none is renamed.

Keys and endpoint come from the environment, as the tools of each store name them (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL …). Needs `obstore`.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from opensepsis.data.io.paths import as_path
from opensepsis.errors import MissingError, OutputError

_ADDRESS = re.compile(r"^(s3a?|gs|az|abfss?):/+([^/].*?)/*$")


@dataclass(frozen=True)
class ObjectFolder:
    """Everything in a store whose name begins with that of a folder."""

    address: str

    def __str__(self) -> str:
        return self.address

    def names(self, below: str = "") -> dict[str, int]:
        """The names of all objects of the folder, or of one below it, and how many bytes each has."""
        import obstore

        with told(self):
            batches = obstore.list(self._store, prefix=below or None)
            return {one["path"]: one["size"] for batch in batches for one in batch}

    def has(self, name: str) -> bool:
        """Whether there is an object of this name."""
        import obstore

        try:
            with told(self, name):
                obstore.head(self._store, name)
        except MissingError:
            return False
        return True

    def read(self, name: str) -> bytes:
        """What is in an object. MissingError: it is not there."""
        import obstore

        with told(self, name):
            return bytes(obstore.get(self._store, name).bytes())

    def write(self, name: str, content: bytes) -> None:
        """Puts an object there, whole."""
        import obstore

        with told(self, name):
            obstore.put(self._store, name, content)

    def fetch(self, names: Iterable[str], into: Path) -> None:
        """Copies objects to files of the same names below a folder."""
        for name in names:
            file = into / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.read(name))

    def send(self, folder: Path, last: str) -> None:
        """Copies every file below a folder into the store; those whose names begin with `last` after all others."""
        import obstore

        files = (file for file in folder.rglob("*") if file.is_file())
        names = sorted(
            (file.relative_to(folder).as_posix() for file in files), key=lambda n: (n.startswith(last), n)
        )
        for name in names:
            with told(self, name):
                obstore.put(self._store, name, folder / name)

    def delete(self, names: Iterable[str]) -> None:
        """Removes objects."""
        import obstore

        if listed := list(names):
            with told(self):
                obstore.delete(self._store, listed)

    def copy(self, names: Iterable[str], into: "ObjectFolder") -> bool:
        """Has the store copy objects into another folder; False where that lies in another bucket."""
        import obstore
        from obstore.store import from_url

        bucket, mine = _bucket_and_folder(self.address)
        other, theirs = _bucket_and_folder(into.address)
        if bucket == other:
            for name in names:
                with told(into, name):
                    obstore.copy(from_url(bucket), f"{mine}{name}", f"{theirs}{name}")
        return bucket == other

    @property
    def _store(self) -> Any:
        from obstore.store import from_url

        return from_url(self.address)


Folder = Path | ObjectFolder


def as_folder(place: str | Path | ObjectFolder) -> Folder:
    """A path, or the folder of an object store that an address names. MissingError: it needs `obstore`.

    >>> as_folder("results"), as_folder(Path("results")).name
    (PosixPath('results'), 'results')
    """
    if isinstance(place, ObjectFolder):
        return place
    found = _ADDRESS.match(str(place))  # a Path has lost one of the two slashes
    if found is None:
        return as_path(place)
    try:
        import obstore  # noqa: F401
    except ModuleNotFoundError:
        raise MissingError(
            "Object stores need 'obstore', which is not installed. Install opensepsis with its extra `object-store`."
        ) from None
    return ObjectFolder(f"{found[1]}://{found[2]}")


def _bucket_and_folder(address: str) -> tuple[str, str]:
    kind, _, rest = address.partition("://")
    bucket, _, folder = rest.partition("/")
    return f"{kind}://{bucket}", f"{folder}/" if folder else ""


def copied(old: Folder, names: Iterable[str], new: Folder) -> bool:
    """Whether a store has copied files of one folder to another; where both do not lie in one bucket nothing was done."""
    return isinstance(old, ObjectFolder) and isinstance(new, ObjectFolder) and old.copy(names, new)


@contextmanager
def told(folder: ObjectFolder, name: str = "") -> Iterator[None]:
    """What went wrong in a store, in our words: its own may hold a request with a key in it."""
    from obstore.exceptions import BaseError, NotFoundError

    place = f"{folder}/{name}" if name else str(folder)
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        problem: Exception = MissingError(f"There is no {place}.")
    except (BaseError, OSError, ValueError) as other:
        problem = OutputError(
            f"{place} cannot be reached ({type(other).__name__}). "
            "Look at the name of the bucket, the keys and the endpoint in the environment."
        )
    else:
        return
    raise problem


@contextmanager
def here(folder: Folder, names: Iterable[str]) -> Iterator[Path]:
    """These files of a folder on this machine, as long as they are needed; of a path, itself."""
    if isinstance(folder, Path):
        yield folder
        return
    with TemporaryDirectory(prefix="opensepsis-") as copy:
        folder.fetch(names, Path(copy))
        yield Path(copy)


@contextmanager
def sent(folder: Folder, last: str) -> Iterator[Path]:
    """A place to write to whose files go to a folder if all goes well, those that begin with `last` at the end; of a path, itself."""
    if isinstance(folder, Path):
        yield folder
        return
    with TemporaryDirectory(prefix="opensepsis-") as made:
        yield Path(made)
        folder.send(Path(made), last)
