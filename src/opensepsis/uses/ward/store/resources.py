"""What earlier messages said of drugs, places, visits and specimens, by the name under which others refer to them."""

from typing import cast

from opensepsis.uses.ward.model.facts import Resource, unpacked
from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import clean


def kept(database: Database, name: str) -> Resource | None:
    """The last that was said of a resource; None when nothing was."""
    rows = database.rows(
        "SELECT fact FROM entry WHERE patient = ? ORDER BY number DESC LIMIT 1", (clean(name),)
    )
    return cast(Resource, unpacked(rows[0][0])) if rows else None
