"""Writes src/opensepsis/definitions/versions.csv.

    python scripts/definition_versions.py           the definitions that have changed; nothing is written
    python scripts/definition_versions.py --bump    a new version for each of them: its numbers can change
    python scripts/definition_versions.py --keep    the same versions: only names in the code have changed, no number can

Say in CHANGELOG.md, under *Numbers change*, what a bump changes.
"""

import re
import sys
from pathlib import Path

from opensepsis.definitions import DEFINITIONS
from opensepsis.docgen.versions import COLUMNS, digest, versions

FILE = Path(__file__).parents[1] / "src" / "opensepsis" / "definitions" / "versions.csv"


def next_version(name: str) -> str:
    if name not in versions():
        year = re.search(r"\b(?:19|20)\d\d\b", DEFINITIONS[name].paper.cite)
        return f"{year[0] if year else 'undated'}.1"
    edition, _, number = versions()[name][0].rpartition(".")
    return f"{edition}.{int(number) + 1}"


def main() -> int:
    changed = [name for name, d in DEFINITIONS.items() if versions().get(name, ("", ""))[1] != digest(d)]
    gone = sorted(versions().keys() - DEFINITIONS.keys())
    print(f"changed: {', '.join(changed) or 'none'}; gone: {', '.join(gone) or 'none'}")
    if not {"--bump", "--keep"} & set(sys.argv):
        return 1 if changed or gone else 0
    lines = [",".join(COLUMNS)]
    for name, definition in DEFINITIONS.items():
        bumped = name in changed and ("--bump" in sys.argv or name not in versions())
        version = next_version(name) if bumped else versions()[name][0]
        lines.append(f"{name},{version},{digest(definition)}")
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
