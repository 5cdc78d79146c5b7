"""How the tables of a source are parted by patient: which tables there are, and which column of each names the patient."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from opensepsis.data.sources.relational.form import Form, Table, tables
from opensepsis.errors import SourceError

CSV = Form(
    "csv",
    tables(Table("stays", {}), Table("events", {})),
    "stays and events, as Parquet or tables",
    "Write both as Parquet.",
    "The source csv has two tables, stays and events.",
)


@dataclass(frozen=True)
class Parted:
    """The tables of a form, the column of the patient (`columns`: where a table calls it otherwise), and the table that tells the
    patient where others name only a stay.

    `surveyed`: what the rows of all patients say together is found first, and each part is told it; `counts` tells what the
    parts counted together as the source tells it of a whole hospital.
    """

    form: Form
    patient: str
    stays: str = ""
    stay: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    surveyed: bool = False
    counts: Callable[[dict], dict] | None = None
    ending: str = ""  # of the name of a table's folder in a part

    def patient_of(self, table: str) -> str:
        """The name of the patient's column in a table, in small letters."""
        return self.columns.get(table, self.patient).lower()


def parted(source: str, site: Path | None = None) -> Parted:
    """How the tables of a source are parted; SourceError for one that is not tables of patients."""
    if source == "mimic-iv":
        from opensepsis.data.sources.mimic_iv.form import MIMIC_IV

        return Parted(MIMIC_IV, "subject_id")
    if source == "omop":
        from opensepsis.data.sources.omop.form import OMOP

        return Parted(OMOP, "person_id")
    if source == "clif":
        from opensepsis.data.sources.clif.form import CLIF

        return Parted(CLIF, "patient_id", "hospitalization", "hospitalization_id")
    if source == "csv":
        return _csv(site)
    raise SourceError(
        f"--on is for the sources clif, csv, mimic-iv and omop, not for {source}. Convert it without --on."
    )


def _csv(site: Path | None) -> Parted:
    from opensepsis.data.site import LocalWords, read_site_file
    from opensepsis.data.sources.csv_folder import counts_of_parts
    from opensepsis.data.sources.local import parts

    words = read_site_file(site) if site else LocalWords()
    layouts = {"stays": words.stays, "events": words.events[0]}
    columns = {name: layout.columns.get("patient", "patient") for name, layout in layouts.items()}
    if len(words.events) > 1 or any(layout.files for layout in layouts.values()):
        raise SourceError(
            "--on reads the tables stays and events, and site.toml names other files. Convert without --on."
        )
    if any(len(parts(column)) > 1 for column in columns.values()):
        raise SourceError("--on needs one column that names the patient. Convert without --on.")
    return Parted(CSV, "patient", columns=columns, surveyed=True, counts=counts_of_parts, ending=".parquet")
