"""The example hospital with all definitions and variants, labelled once for all workers."""

from pathlib import Path

import opensepsis
from tests.support.shared import made_once

HOSPITAL = Path(__file__).parents[3] / "examples" / "hospital"


def labelled(tmp_path_factory, kind: str = "hospital") -> Path:
    """The results for stays of a kind, with the scores of each day; nobody changes them."""

    def make(folder: Path) -> None:
        opensepsis.label("csv", HOSPITAL, folder, stay_kind=kind, variants=True, daily="24h")

    return made_once(tmp_path_factory, f"example-{kind}", make)
