"""Small made-up tables of eICU, a row for each dict; what is not said is empty."""

import gzip
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from opensepsis.data.sources.eicu import open_eicu
from opensepsis.data.sources.eicu.form import EICU
from opensepsis.data.timeline.timeline import Timeline
from opensepsis.data.timeline.writer import write_timeline

STAY = "patientunitstayid"
ENTERED = datetime(2015, 1, 1, 13, 14)  # of unit stay 1: in hospital at 11:14, two hours before
_OF_STAYS = (
    "patienthealthsystemstayid uniquepid hospitalid wardid gender age hospitaladmittime24 hospitaladmitoffset "
    "hospitaldischargeyear hospitaldischargeoffset hospitaldischargestatus hospitaldischargelocation unittype unitstaytype "
    "unitdischargeoffset unitdischargestatus unitdischargelocation admissionheight admissionweight dischargeweight"
)
_COLUMNS = {
    "vitalperiodic": "vitalperiodicid observationoffset temperature sao2 heartrate respiration systemicsystolic systemicdiastolic "
    "systemicmean",
    "vitalaperiodic": "vitalaperiodicid observationoffset noninvasivesystolic noninvasivediastolic noninvasivemean",
    "lab": "labid labresultoffset labtypeid labname labresult labresulttext labmeasurenamesystem labmeasurenameinterface "
    "labresultrevisedoffset",
    "nursecharting": "nursingchartid nursingchartoffset nursingchartentryoffset nursingchartcelltypecat nursingchartcelltypevallabel "
    "nursingchartcelltypevalname nursingchartvalue",
    "respiratorycharting": "respchartid respchartoffset respchartentryoffset respcharttypecat respchartvaluelabel respchartvalue",
    "respiratorycare": "respcareid respcarestatusoffset airwaytype ventstartoffset ventendoffset priorventstartoffset priorventendoffset",
    "intakeoutput": "intakeoutputid intakeoutputoffset intaketotal outputtotal nettotal intakeoutputentryoffset cellpath celllabel "
    "cellvaluenumeric cellvaluetext",
    "infusiondrug": "infusiondrugid infusionoffset drugname drugrate infusionrate drugamount volumeoffluid patientweight",
    "medication": "medicationid drugorderoffset drugstartoffset drugordercancelled drugname drughiclseqno routeadmin",
    "microlab": "microlabid culturetakenoffset culturesite organism antibiotic sensitivitylevel",
    "treatment": "treatmentid treatmentoffset treatmentstring activeupondischarge",
    "diagnosis": "diagnosisid diagnosisoffset diagnosisstring icd9code diagnosispriority",
    "pasthistory": "pasthistoryid pasthistoryoffset pasthistoryenteredoffset pasthistorypath pasthistoryvalue",
    "careplangeneral": "cplgeneralid cplitemoffset cplgroup cplitemvalue",
    "physicalexam": "physicalexamid physicalexamoffset physicalexampath physicalexamvalue",
}  # fmt: skip


def stay(number: int = 1, **said) -> dict:
    """One unit stay of ten hours; the stay in hospital lasts from two hours before it to a day after its begin."""
    usual = {
        STAY: number, "patienthealthsystemstayid": 100 + number, "uniquepid": "002-1", "hospitalid": 59, "wardid": 91, "gender": "Male",
        "age": "60", "hospitaladmittime24": "11:14:00", "hospitaladmitoffset": -120, "hospitaldischargeyear": 2015,
        "hospitaldischargeoffset": 1440, "hospitaldischargestatus": "Alive", "hospitaldischargelocation": "Home",
        "unittype": "MICU", "unitstaytype": "admit", "unitdischargeoffset": 600, "unitdischargestatus": "Alive",
        "unitdischargelocation": "Floor", "admissionweight": 80, "admissionheight": 170,
    }  # fmt: skip
    return usual | said


def write(folder: Path, stays: list[dict] | None = None, **tables: list[dict]) -> Path:
    """The folder of an eICU release with these rows; ids are given where none is said."""
    folder.mkdir(exist_ok=True)
    _write(folder / "patient.csv.gz", [STAY, *_OF_STAYS.split()], stays or [stay()])
    for name, rows in tables.items():
        columns = [STAY, *_COLUMNS[name].split()]
        numbered = [{STAY: 1, columns[1]: number} | row for number, row in enumerate(rows, 1)]
        _write(folder / f"{name}.csv.gz", columns, numbered)
    return folder


def _write(file: Path, columns: list[str], rows: list[dict]) -> None:
    lines = [",".join(columns)]
    for row in rows:
        assert row.keys() <= set(columns), row.keys() - set(columns)
        lines.append(
            ",".join(f'"{row[c]}"' if isinstance(row.get(c), str) else str(row.get(c, "")) for c in columns)
        )
    file.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))


def read(place: object, out: Path) -> Timeline:
    """The timeline of the tables."""
    return write_timeline(open_eicu(place), out / "timeline")


def events(timeline: Timeline, concept: str) -> pl.DataFrame:
    """The events of a concept in order of time; times in minutes since the entry of unit stay 1."""
    rows = timeline.events().filter(pl.col("concept") == concept).collect()
    since = [
        ((pl.col(n).dt.replace_time_zone(None) - ENTERED) / timedelta(minutes=1)).alias(n)
        for n in ("time", "end", "known")
    ]
    return rows.with_columns(since).sort("time", "known", "value")


def values(timeline: Timeline, concept: str) -> list[tuple[float, float]]:
    """Minute and value of each event of a concept."""
    return events(timeline, concept).select("time", "value").rows()


assert set(_COLUMNS) | {"patient"} == set(EICU.tables)
