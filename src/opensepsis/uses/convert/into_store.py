"""`convert` to and from an object store: made whole on this machine, then sent."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.io.object_store import Folder, ObjectFolder, as_folder, here
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.in_store import check_place, send_timeline
from opensepsis.data.timeline.timeline import Timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import MissingError


def convert_into_store(
    source: str,
    path: str | Path,
    out: Folder,
    timezone: str | None = None,
    site: Path | None = None,
    ed: object = None,
    limits: RejectionLimits | None = None,
    progress: Callable[[int], None] | None = None,
) -> Timeline:
    """Converts a hospital's data, a folder here or in a store, into a timeline in a store, or here.

    This machine needs room for both: files are copied, the timeline is made whole and then sent, `timeline.json` last. What lay there of an
    earlier timeline is removed before. MissingError: there are no data. OutputError: the store cannot be reached, or holds something else.
    """
    check_place(out)
    given = as_folder(path)
    names = list(given.names()) if isinstance(given, ObjectFolder) else []
    if isinstance(given, ObjectFolder) and not names:
        raise MissingError(f"There is nothing at {given}.")
    with here(given, names) as data, TemporaryDirectory(prefix="opensepsis-") as made:
        place = data if names else path  # a path, or the address of a database
        opened = open_source(source, place, timezone, site, ed)
        to = Path(made) / "timeline" if isinstance(out, ObjectFolder) else out
        timeline = write_timeline(opened, to, limits=limits, progress=progress)
        if isinstance(out, ObjectFolder):
            send_timeline(to, out)
    return timeline
