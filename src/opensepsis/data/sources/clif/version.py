"""Which version of CLIF a hospital's tables are, told by their tables, columns and words."""

from opensepsis.data.sources.clif.hospital import Hospital
from opensepsis.data.sources.clif.words import RAW, folded, spellings

# version -> what only it and later ones have: a table, or a column of a table; the latest first
_SIGNS = {
    "3.0": (
        ("mcs", ""), ("renal_replacement_therapy", ""), ("labs", "loinc_version"), ("vitals", "measured_dttm"),
        ("hospitalization", "fips_version"), ("medication_admin_continuous", "volume_infusion_rate"),
        ("output", "output_value"), ("adt", "room_id"),
    ),
    "2.2": (("input", ""), ("output", ""), ("ecmo_mcs", "control_parameter_category"), ("ecmo_mcs", "ecmo_configuration_category")),
}  # fmt: skip
_WORDED = (
    ("respiratory_support", "device_category"),
    ("hospitalization", "discharge_category"),
    ("code_status", "code_status_category"),
)
OLDEST = "2.1"


def version_of(hospital: Hospital) -> tuple[str, list[str]]:
    """The version, and what told it.

    Words in small letters with underscores are those of 3.0, but tools write them in tables of 2.1 too: they are told, and decide nothing.
    """
    for version, signs in _SIGNS.items():
        told = [
            f"{table}.{column}".rstrip(".") for table, column in signs if _is_there(hospital, table, column)
        ]
        if told:
            return version, told
    return OLDEST, []


def spelled_as(hospital: Hospital) -> str:
    """Whether the categories are written as in 3.0 (`nasal_cannula`) or as before (`Nasal Cannula`)."""
    found = []
    for table, column in _WORDED:
        if hospital.tables.has(table):
            found += [raw == folded(raw) for raw in spellings(hospital.tables, table, column)[RAW]]
    return "small letters and underscores" if found and all(found) else "capitals and blanks"


def _is_there(hospital: Hospital, table: str, column: str) -> bool:
    if not hospital.tables.has(table):
        return False
    return not column or column in hospital.tables.columns(table)
