"""What prodrome 0.1.0 makes of hospital B after learning from A, by its own pipeline; run with the Python that has it.

    PYTHON_OF_PRODROME benchmarks/prodrome_side.py DATA WORK

Writes WORK/prodrome.parquet (patient, hour, risk) and WORK/prodrome-seconds.json (processor seconds, one thread).
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from prodrome.core.channels import ID_COLUMNS, RAW_COLUMNS
from prodrome.core.config import ComponentSpec, Config
from prodrome.core.types import CorpusManifest
from prodrome.data.parse import build_cohort
from prodrome.pipeline import Pipeline


def prepare(data: Path, folder: Path) -> None:
    """The tables in the form that it reads."""
    tables = []
    for site in "AB":
        table = pd.read_parquet(data / f"training_set{site}.parquet").sort_values(
            ["patient_id", "ICULOS"], kind="stable"
        )
        table["site"], table["hour"] = site, table.groupby("patient_id").cumcount().astype("int32")
        table = table[[*ID_COLUMNS, *RAW_COLUMNS]].reset_index(drop=True)
        table.to_parquet(folder / f"site{site}.parquet", index=False)
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    cohort = build_cohort(whole)
    (folder / "cohort.json").write_text(cohort.model_dump_json(), encoding="utf-8")
    manifest = CorpusManifest(
        source="physionet/challenge-2019", version="1.0.0", n_patients=whole["patient_id"].nunique(), n_rows=len(whole),
        n_septic_patients=sum(cohort.is_septic), patients_per_site={site: int((whole["site"] == site).sum()) for site in "AB"},
        corpus_sha256="four fifths of the patients", columns=[*ID_COLUMNS, *RAW_COLUMNS],
    )  # fmt: skip
    (folder / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")


def main() -> None:
    data, work = Path(sys.argv[1]), Path(sys.argv[2])
    folder = work / "prodrome"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "manifest.json").is_file():
        prepare(data, folder)
    config = Config(
        name="default", features=ComponentSpec(name="causal"), model=ComponentSpec(name="lgbm", params={"n_jobs": 1}),
        base_dir=folder, data={"prepared": "."},
    )  # fmt: skip
    pipeline = Pipeline(config)
    begun = time.process_time()
    pipeline.fit()
    trained = time.process_time() - begun
    policy = pipeline.calibrate()
    begun = time.process_time()
    matrix = pipeline.build_features(["B"])
    risk, _ = pipeline.predict(matrix)
    scored = time.process_time() - begun
    frame = pipeline.frame_for(["B"])
    pd.DataFrame(
        {"patient": frame["patient_id"], "hour": frame["ICULOS"].astype(int), "risk": np.asarray(risk)}
    ).to_parquet(work / "prodrome.parquet", index=False)
    told = {"train": trained, "score": scored, "hours": len(frame), "threshold": float(policy.threshold)}
    (work / "prodrome-seconds.json").write_text(json.dumps(told))
    print(told)


if __name__ == "__main__":
    main()
