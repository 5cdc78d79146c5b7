"""Patients whose time zero lies between the hours, and their folder of csv."""

from pathlib import Path

STAY = "2026-01-06T00:00Z,2026-01-08T00:00Z,60"
NORMAL = {"respiratory_rate": 16, "heart_rate": 80, "temperature": 37.0}
SEVEN = {"respiratory_rate": 25, "heart_rate": 131, "temperature": 38.5}  # NEWS2 3 + 3 + 1
SIX = {"respiratory_rate": 25, "heart_rate": 111, "temperature": 38.5}  # NEWS2 3 + 2 + 1
SIRS = {"heart_rate": 100, "respiratory_rate": 24}  # two of SEP-1's: above 90, above 20
# patient: (time, what was measured or done), typed as what happened to the patient
PATIENTS = {
    "peak": [("10:00", "culture"), ("14:00", "antibiotic"), ("10:12", SEVEN), ("10:48", NORMAL)],
    "rising": [("10:00", "culture"), ("13:00", "antibiotic"), ("10:00", SIX), ("11:30", SEVEN)],
    "late": [("10:03", "culture"), ("11:58", "antibiotic"), ("10:03", {"platelets": 90})],
    "already": [("10:03", "culture"), ("11:10", "antibiotic"), ("09:20", {"platelets": 90})],
    "bundle": [("10:03", "culture"), ("13:59", "antibiotic"), ("10:03", SIRS | {"lactate": 5.0})],
    "before": [("10:03", "culture"), ("12:00", "antibiotic"), ("04:10", SIRS | {"lactate": 5.0})],
    "apart": [("10:03", "culture"), ("12:00", "antibiotic"), ("04:02", SIRS | {"lactate": 5.0})],
}


def written(folder: Path, patients: dict, known: str = "") -> Path:
    """The patients as a folder of csv; what is measured is known on that day at `known`, else at once."""
    rows = []
    for name, happened in patients.items():
        for time, what in happened:
            if isinstance(what, dict):
                filed = f"2026-01-06T{known}Z" if known else ""
                rows += [f"{name},{c},2026-01-06T{time}Z,{filed},{value}," for c, value in what.items()]
            else:
                text = {"culture": "blood", "antibiotic": "ceftriaxone|iv"}[what]
                rows.append(f"{name},{what},2026-01-06T{time}Z,,,{text}")
    head = "patient,stay,kind,admitted,discharged,age"
    stays = [f"{name},{name},hospital,{STAY}" for name in patients]
    (folder / "stays.csv").write_text("\n".join([head, *stays]) + "\n")
    (folder / "events.csv").write_text("\n".join(["patient,concept,time,known,value,text", *rows]) + "\n")
    return folder
