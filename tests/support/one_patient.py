"""One patient, typed in hours, through `label`."""

from datetime import UTC, datetime, timedelta

import polars as pl

from opensepsis import label

START = datetime(2026, 3, 2, tzinfo=UTC)
UNITS = {
    "platelets": "10*3/uL",
    "creatinine": "mg/dL",
    "inr": "1",
    "lactate": "mmol/L",
    "gcs_total": "{score}",
    "norepinephrine": "ug/kg/min",
}
INFECTION = [("culture", 10, 10, "", "blood", "c"), ("antibiotic", 11.5, 11.5, "", "cefepime|IV", "a")]


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def found(folder, rows, definition, age=60, only=None, **options):
    """The episodes of one definition; `rows`: concept, time, known, value, text, origin, and the end of what ran."""
    folder.mkdir(exist_ok=True)
    events = [
        {
            "patient": "p",
            "concept": concept,
            "time": at(time).isoformat(),
            "end": at(*end).isoformat() if end else "",
            "known": at(known).isoformat(),
            "value": value,
            "unit": UNITS.get(concept, ""),
            "text": text,
            "origin": origin,
        }
        for concept, time, known, value, text, origin, *end in rows
    ]
    pl.DataFrame(events, schema=dict.fromkeys(events[0], pl.String), strict=False).write_csv(
        folder / "events.csv"
    )
    stay = {"patient": "p", "stay": "s", "admitted": at(0).isoformat(), "discharged": at(48).isoformat()}
    pl.DataFrame([stay | {"age": age}]).write_csv(folder / "stays.csv")
    labels = label(
        "csv", folder, folder.with_name(f"{folder.name}-out"), definitions=only or definition, **options
    )
    return labels, [
        {name: hour_of(value) for name, value in row.items() if isinstance(value, datetime)}
        for row in labels.episodes.filter(definition=definition).iter_rows(named=True)
    ]


def hour_of(moment: datetime) -> float:
    return (moment - START) / timedelta(hours=1)
