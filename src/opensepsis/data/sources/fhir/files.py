"""The files of a bulk export: a folder with NDJSON, or the manifest of an `$export` whose files lie beside it."""

import gzip
import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from opensepsis.data.sources.fhir.servers import server_asked
from opensepsis.data.sources.files import reading
from opensepsis.errors import FormatError, MissingError

ENDINGS = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
BLOCK = 16 << 20  # bytes that are read at once
_ADVICE = "Give the folder of a bulk export (*.ndjson or *.ndjson.gz), or its manifest."


@dataclass(frozen=True)
class BulkFile:
    """One file of resources, one a line. `part` is output, deleted or error, as the manifest has it."""

    path: Path
    part: str = "output"


@dataclass(frozen=True)
class Export:
    """The files of an export in their order, and when it was made and from which server where a manifest says so."""

    files: tuple[BulkFile, ...]
    made: str = ""
    server: str = ""

    @property
    def bytes(self) -> int:
        """How large they are together, unpacked by a rule of thumb."""
        return sum(f.path.stat().st_size * (12 if f.path.suffix == ".gz" else 1) for f in self.files)


def find_export(path: Path) -> Export:
    """The files that a path names; MissingError or FormatError where there is no export."""
    if path.is_file():
        return Export((BulkFile(path),)) if path.name.endswith(ENDINGS) else _manifest(path)
    if not path.is_dir():
        raise MissingError(f"There is no {path}. {_ADVICE}")
    found = sorted(p for p in path.rglob("*") if p.name.endswith(ENDINGS) and not p.name.startswith("."))
    if not found:
        raise MissingError(f"{path} holds no NDJSON file. {_ADVICE}")
    both = next((p for p in found if p.suffix == ".gz" and p.with_suffix("") in found), None)
    if both:
        raise FormatError(f"{path} holds {both.name} and {both.with_suffix('').name}. Keep one of them.")
    return Export(tuple(BulkFile(p) for p in found))


def _manifest(path: Path) -> Export:
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
        parts = [
            (part, str(one["url"])) for part in ("output", "deleted", "error") for one in said.get(part) or ()
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise FormatError(f"{path.name} is not a manifest of a bulk export. {_ADVICE}") from None
    if not any(part == "output" for part, _ in parts):
        raise FormatError(f"{path.name} names no file below 'output'. {_ADVICE}")
    files = tuple(BulkFile(_local(path.parent, url), part) for part, url in parts)
    return Export(files, str(said.get("transactionTime") or ""), server_asked(str(said.get("request") or "")))


def _local(folder: Path, url: str) -> Path:
    """The file beside the manifest that an address names, by as much of its path as there is."""
    parts = [part for part in unquote(urlsplit(url).path).split("/") if part not in ("", ".", "..")]
    for first in range(len(parts)):
        place = folder.joinpath(*parts[first:])
        for found in (place, place.with_name(place.name + ".gz")):
            if found.is_file():
                return found
    name = parts[-1] if parts else "a file without a name"
    raise MissingError(f"The manifest names {name}, which is not in the same folder. Put its files there.")


def lines_of(file: BulkFile) -> Iterator[list[bytes]]:
    """The lines of a file, some megabytes at a time; an error that names it where it is damaged."""
    with reading(file.path):
        opened = gzip.open if file.path.suffix == ".gz" else open
        with opened(file.path, "rb") as stream:
            rest, block = b"", stream.read(BLOCK).removeprefix(BOM_UTF8)
            while block:
                *whole, rest = (rest + block).split(b"\n")
                yield whole
                block = stream.read(BLOCK)
            if rest:
                yield [rest]
