"""Made-up hospitals in the form of the challenge of 2019: some patients fall ill slowly, and the last hours before are labelled."""

from pathlib import Path

import numpy as np
import polars as pl

from opensepsis.uses.predict.learners import LABEL, Member

_SIGNS = {"HR": (85, 12, 30), "O2Sat": (97, 2, -4), "Temp": (37, 0.4, 1.3), "SBP": (120, 14, -25), "MAP": (82, 10, -18),
          "DBP": (62, 8, -8), "Resp": (17, 3, 8)}  # fmt: skip
_LABORATORY = {
    "Creatinine": (1.0, 0.3, 1.0),
    "Lactate": (1.4, 0.4, 2.0),
    "WBC": (9, 3, 6),
    "Platelets": (220, 60, -80),
    "BUN": (18, 6, 12),
}


def write_hospital(folder: Path, name: str, patients: int = 160, seed: int = 1) -> Path:
    """A Parquet file of hourly rows with SepsisLabel; about a fifth of the patients have it."""
    drawn = np.random.default_rng(seed)
    parts = []
    for number in range(patients):
        hours = int(drawn.integers(16, 50))
        hour = np.arange(1, hours + 1)
        onset = drawn.integers(12, hours) if drawn.random() < 0.25 else None
        ill = (
            np.zeros(hours)
            if onset is None
            else np.clip((hour - onset + 14) / 14, 0, 1) * drawn.uniform(0.5, 1.2)
        )
        if onset is not None:
            hours = min(hours, int(onset) + 3)
            hour, ill = hour[:hours], ill[:hours]
        columns: dict = {"patient_id": [f"{name}{number:04d}"] * hours, "ICULOS": hour}
        person = drawn.normal()
        for sign, (middle, spread, worse) in _SIGNS.items():
            value = middle + spread * 0.7 * (person + drawn.normal(0, 1, hours)) + worse * ill
            columns[sign] = np.where(drawn.random(hours) < 0.15, np.nan, value.round(1))
        for test, (middle, spread, worse) in _LABORATORY.items():
            value = np.maximum(middle + spread * drawn.normal(0, 1, hours) + worse * ill, middle / 4)
            columns[test] = np.where(drawn.random(hours) < 0.85, np.nan, value.round(2))
        columns |= {"Age": [float(drawn.integers(20, 90))] * hours, "Gender": [int(drawn.integers(0, 2))] * hours,
                    "HospAdmTime": [-float(drawn.integers(0, 30))] * hours}  # fmt: skip
        label = np.zeros(hours, int) if onset is None else (hour > onset - 6).astype(int)
        parts.append(pl.DataFrame(columns | {"SepsisLabel": label}))
    file = folder / f"{name}.parquet"
    frame = pl.concat(parts).with_columns(pl.col(*_SIGNS, *_LABORATORY).fill_nan(None).cast(pl.Float32))
    frame = frame.with_columns(pl.col("O2Sat").clip(None, 100))
    frame.write_parquet(file)
    return file


QUICK = (Member("quick", LABEL, ("physiology", "treatment", "time"), 8, 30, 200),)
