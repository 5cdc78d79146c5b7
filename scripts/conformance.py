"""The page of what the ward reads of HL7 v2 and FHIR, printed from the lists beside its tests."""

import csv
from pathlib import Path

LISTS = Path(__file__).resolve().parents[1] / "tests" / "uses" / "ward" / "conformance"
TREATMENTS = ("read", "shown", "ignored", "refused")
TITLES = {"hl7": "HL7 v2", "fhir": "FHIR R4"}
HEAD = """# Conformance of the ward

What of a message the ward reads. **read**: it becomes facts. **shown**: it is shown on the patient's page or counted on the page of
feeds with a reason, and not scored. **ignored**: it has no effect. **refused**: the message is not used and lies with the dead
letters. Each row names the test that holds it.
"""


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one list, `hl7` or `fhir`."""
    path = LISTS / f"{name}.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []


def page() -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for name, title in TITLES.items():
        listed = rows(name)
        if listed:
            columns = list(listed[0])
            parts += [
                f"## {title}",
                "",
                f"| {' | '.join(columns)} |",
                f"| {' | '.join('---' for _ in columns)} |",
            ]
            parts += [f"| {' | '.join(_cell(c, row[c]) for c in columns)} |" for row in listed]
            parts.append("")
    return "\n".join(parts)


def _cell(column: str, text: str) -> str:
    if column == "test":
        path, _, test = text.partition("::")
        return f"[`{test}`](../../{path})"
    return text.replace("|", "\\|")
