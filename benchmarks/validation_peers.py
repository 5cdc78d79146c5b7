"""Compares the SOFA of the first 24 hours in intensive care with clifpy 2.1.0 and weavehr 0.0.1 on the MIMIC-IV demo, by cause.

    python benchmarks/validation_peers.py SHARED

clifpy reads the demo's CLIF edition, weavehr the demo itself; opensepsis is asked for the same edition each time. Both are installed into
temporary environments (weavehr needs a python3.13 on the path). The section of docs/validation.md between its markers is written; only
counts, never a patient's row.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

import opensepsis
from opensepsis.data.timeline.timeline import read_timeline

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"
BEGIN, END = "<!-- other libraries -->", "<!-- /other libraries -->"
CLIFPY = ("clifpy==2.1.0", "polars==1.44.2", "duckdb==1.5.6")
WEAVEHR = ("weavehr==0.0.1",)
ORGANS = ("respiration", "coagulation", "liver", "circulation", "brain", "kidney")
OF_CLIFPY = dict(zip(ORGANS, ("resp", "coag", "liver", "cv_97", "cns", "renal"), strict=True))
OF_WEAVEHR = dict(
    zip(ORGANS, ("respiratory", "coagulation", "liver", "cardiovascular", "cns", "renal"), strict=True)
)
ASK_CLIFPY = """
import logging, sys
import polars as pl
logging.disable(logging.CRITICAL)
from clifpy.utils.sofa_polars import compute_sofa_polars
found = compute_sofa_polars(
    sys.argv[1], pl.read_parquet(sys.argv[2]), id_name="stay", timezone="UTC", fill_na_scores_with_zero=False
)
found.write_parquet(sys.argv[3])
"""
ASK_WEAVEHR = """
import sys
from pathlib import Path
from weavehr import ConceptStep, ExtractionStep, WeavEHRProject
here = Path(sys.argv[1])
with WeavEHRProject(here / "project") as project:
    ExtractionStep.load(project, here / "extraction.yml").run()
    ConceptStep.load(project, here / "concept.yml").run()
"""
EXTRACTION = """name: Extraction
version: 1.0.0
config:
  data:
    - name: mimic-iv-demo
      version: "2.2"
      path: {demo}
"""
CONCEPT = """name: Concept
version: 1.0.0
config:
  extraction_step: Extraction
  mapping_configs:
    - name: mimic-iv-demo
      version: "2.2"
"""
SUPPORTED = ("IMV", "NIPPV", "CPAP")
DOSES = (
    "norepinephrine_mcg_kg_min",
    "epinephrine_mcg_kg_min",
    "dopamine_mcg_kg_min",
    "dobutamine_mcg_kg_min",
)


@dataclass(frozen=True)
class Cause:
    """Why points differ: the words, and the test of a stay (its row of both sides) that tells it."""

    words: str
    holds: Callable[[dict], bool]


def environment(folder: Path, packages: tuple[str, ...], python: str) -> str:
    """The Python of a temporary environment with these packages."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    made = str(folder / "bin" / "python")
    subprocess.run([made, "-m", "pip", "install", "--quiet", *packages], check=True)
    return made


def first_day(labels) -> pl.DataFrame:
    """Our SOFA 24 hours after each admission, of stays that last so long."""
    stays = labels.stays.select("patient", "stay", "admitted", "discharged")
    long = stays.filter(pl.col("discharged") - pl.col("admitted") >= pl.duration(hours=24))
    hours = labels.scores["sofa"].select("stay", "time", *ORGANS)
    at = pl.col("admitted") + pl.duration(hours=24)
    return long.join(hours, on="stay").filter(pl.col("time") == at)


def by_clifpy(data: Path, stays: pl.DataFrame, work: Path) -> pl.DataFrame:
    """clifpy's SOFA of the same 24 hours, with the values it rests on, beside ours."""
    cohort = stays.select(
        "stay",
        pl.col("stay").str.replace(r"-icu-\d+$", "").alias("hospitalization_id"),
        start_dttm="admitted",
        end_dttm="time",
    )
    cohort.write_parquet(work / "cohort.parquet")
    python = environment(work / "clifpy", CLIFPY, sys.executable)
    where = [str(data), str(work / "cohort.parquet"), str(work / "found.parquet")]
    subprocess.run([python, "-W", "ignore", "-c", ASK_CLIFPY, *where], check=True)
    found = pl.read_parquet(work / "found.parquet").rename(
        {f"sofa_{theirs}": f"{ours}_peer" for ours, theirs in OF_CLIFPY.items()}
    )
    return stays.join(found, on="stay", how="left")


def by_weavehr(demo: Path, stays: pl.DataFrame, work: Path) -> pl.DataFrame:
    """The worst of weavehr's SOFA in the same 24 hours, with the worst values in them, beside ours."""
    python = environment(work / "weavehr", WEAVEHR, shutil.which("python3.13") or "python3.13")
    (work / "extraction.yml").write_text(EXTRACTION.format(demo=demo.resolve()), encoding="utf-8")
    (work / "concept.yml").write_text(CONCEPT, encoding="utf-8")
    subprocess.run([python, "-c", ASK_WEAVEHR, str(work)], check=True, capture_output=True)
    concepts = work / "project" / "datasets" / "concept" / "data"

    def worst(concept: str, name: str, lowest: bool = False) -> pl.DataFrame:
        events = pl.read_parquet(concepts / concept / "*" / "*.parquet").select(
            pl.col("subject_id").cast(pl.String).alias("patient"),
            pl.col("time").dt.cast_time_unit("us").dt.replace_time_zone("UTC").alias("at"),
            "numeric_value",
        )
        near = stays.select("stay", "patient", "admitted", "time").join(events, on="patient")
        near = near.filter((pl.col("at") > pl.col("admitted")) & (pl.col("at") <= pl.col("time")))
        value = pl.col("numeric_value")
        return near.group_by("stay").agg((value.min() if lowest else value.max()).alias(name))

    both = stays
    for ours, theirs in OF_WEAVEHR.items():
        both = both.join(worst(f"sofa_{theirs}", f"{ours}_peer"), on="stay", how="left")
    verbal = pl.read_parquet(concepts / "gcs_verbal" / "*" / "*.parquet")
    under_tube = verbal.filter(pl.col("text_value").str.contains("ETT"))["subject_id"].cast(pl.String)
    rate = worst("norepinephrine_rate", "rates").join(both.select("stay"), on="stay", how="right")
    both = both.with_columns(tube=pl.col("patient").is_in(under_tube.to_list())).join(
        rate, on="stay", how="left"
    )
    values = {"creatinine": False, "total_bilirubin": False, "platelet_count": True}
    for concept, lowest in values.items():
        both = both.join(worst(concept, concept, lowest), on="stay", how="left")
    return both.rename({"total_bilirubin": "bilirubin_total"})


def by_our_table(both: pl.DataFrame) -> pl.DataFrame:
    """What our table gives for the peer's own worst values of three organs."""
    asked = both.select(creatinine="creatinine", bilirubin="bilirubin_total", platelets="platelet_count")
    found = opensepsis.scores.sofa(asked.cast(pl.Float64)).select("kidney", "liver", "coagulation")
    return pl.concat([both, found.rename(lambda name: f"{name}_by_table")], how="horizontal")


def with_rejected_gases(both: pl.DataFrame, results: Path) -> pl.DataFrame:
    """Whether a PaO₂ in the window was rejected here, because the same number is charted as venous."""
    gases = read_timeline(results / "timeline").rejected.filter(pl.col("concept").cast(pl.String) == "pao2")
    near = both.select("stay", "patient", "admitted", "time").join(
        gases.select(pl.col("patient").cast(pl.String), at="time"), on="patient"
    )
    near = near.filter(pl.col("at").is_between("admitted", "time"))
    return both.with_columns(venous=pl.col("stay").is_in(near["stay"].to_list()))


def _running(row: dict) -> bool:
    return any((row[dose] or 0) > 0 for dose in DOSES)


def _known_only(side: str, organ: str) -> Callable[[dict], bool]:
    other = f"{organ}_peer" if side == "here" else organ
    return lambda row: row[other] is None


def _by_result(organ: str) -> Cause:
    """The points are those of the values that the peer reports: it took others into the window."""
    words = "a laboratory value is placed at its result there, at its collection here"
    return Cause(words, lambda row: row[f"{organ}_by_table"] == row[f"{organ}_peer"])


CLIFPY_CAUSES = {
    "respiration": [
        Cause(
            "PaO₂/FiO₂ below 200 without support has no points there, 2 here",
            lambda row: (
                row["respiration_peer"] is None
                and (row["p_f"] or 999) < 200
                and row["device_category"] not in SUPPORTED
            ),
        ),
        Cause(
            "an arterial gas whose number is charted as venous at that moment is rejected here",
            lambda row: row["venous"] and (row["respiration"] or 0) <= (row["respiration_peer"] or 0),
        ),
        Cause("no PaO₂ is paired with an FiO₂ there", _known_only("here", "respiration")),
        Cause(
            "PaO₂ and FiO₂ are paired, and support is taken, at other moments (FiO₂ is filled forward there)",
            lambda row: row["respiration"] is not None,
        ),
    ],
    "circulation": [
        Cause(
            "a vasopressor counts from 60 minutes on here, from its first rate on there",
            lambda row: _running(row) and (row["circulation"] or 0) < (row["circulation_peer"] or 0),
        ),
    ],
    "brain": [
        Cause(
            "GCS of a sedated or intubated patient: not known here; the edition has 15 for most of them",
            _known_only("there", "brain"),
        ),
        Cause(
            "of a sedated, ventilated patient the GCS before sedation counts here, the lowest there",
            lambda row: row["device_category"] == "IMV" and row["brain"] < row["brain_peer"],
        ),
    ],
    "kidney": [
        Cause(
            "urine output counts here; there creatinine alone",
            lambda row: row["kidney"] is not None and (row["kidney"] > (row["kidney_by_table"] or 0)),
        ),
        _by_result("kidney"),
    ],
    "liver": [_by_result("liver")],
    "coagulation": [_by_result("coagulation")],
}
WEAVEHR_CAUSES = {
    "respiration": [
        Cause(
            "PaO₂ of any specimen and FiO₂, each carried for 24 h, are divided there; not known here",
            _known_only("there", "respiration"),
        ),
        Cause("known only here", _known_only("here", "respiration")),
        Cause(
            "support: ventilation has no end there",
            lambda row: min(row["respiration"], 2) == min(row["respiration_peer"], 2),
        ),
        Cause(
            "PaO₂ of any specimen and FiO₂ are each carried for 24 h there, paired in time here",
            lambda row: True,
        ),
    ],
    "circulation": [
        Cause(
            "rates are read from `originalrate` there, which the demo does not have: no infusion counts",
            lambda row: not row["rates"] and row["circulation"] >= 2,
        ),
    ],
    "brain": [
        Cause("GCS of a sedated or intubated patient is not known here", _known_only("there", "brain")),
        Cause(
            "a verbal score under a tube (`No Response-ETT`) counts as 1 there, and is not known here",
            lambda row: bool(row["tube"]),
        ),
    ],
    "kidney": [
        Cause(
            "urine output: charting covers 24 hours here, not there",
            lambda row: row["kidney"] is not None and row["kidney"] > (row["kidney_peer"] or 0),
        ),
        Cause(
            "urine output: charting covers 24 hours there, not here",
            lambda row: (row["kidney_peer"] or 0) > (row["kidney_by_table"] or 0),
        ),
    ],
    "liver": [],
    "coagulation": [],
}


def compared(both: pl.DataFrame, causes: dict[str, list[Cause]]) -> Iterator[str]:
    """A table of agreement by organ, and one of the differences by cause."""
    rows = both.to_dicts()
    yield "| row | stays known to both | same points | only here | only there | higher here | lower here |"
    yield "|" + " --- |" * 7
    differ: list[tuple[str, str, int]] = []
    for organ in ORGANS:
        pairs = [(row[organ], row[f"{organ}_peer"], row) for row in rows]
        known = [(a, b) for a, b, _ in pairs if a is not None and b is not None]
        same = sum(a == b for a, b in known)
        only = [
            sum(a is not None and b is None for a, b, _ in pairs),
            sum(a is None and b is not None for a, b, _ in pairs),
        ]
        high, low = sum(a > b for a, b in known), sum(a < b for a, b in known)
        share = f"{same} ({same / len(known):.1%})" if known else "–"
        yield f"| {organ} | {len(known)} | {share} | {only[0]} | {only[1]} | {high} | {low} |"
        for a, b, row in pairs:
            if a != b:
                why = next((c.words for c in causes[organ] if c.holds(row)), "not attributed")
                differ.append((organ, why, 1))
    yield ""
    yield "| row | cause of the difference | stays |"
    yield "| --- | --- | --- |"
    counted = pl.DataFrame(differ, schema=["organ", "cause", "stays"], orient="row")
    for organ, cause, stays in (
        counted.group_by("organ", "cause", maintain_order=True).agg(pl.len()).iter_rows()
    ):
        yield f"| {organ} | {cause} | {stays} |"


def both_compared(shared: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Our stays beside clifpy's, and beside weavehr's."""
    clif, demo = shared / "data" / "mimic-iv-demo-clif", shared / "data" / "mimic-iv-demo"
    with TemporaryDirectory() as folder:
        work = Path(folder)
        ours = first_day(opensepsis.label("clif", clif, work / "clif", stay_kind="icu", definitions="sofa"))
        with_clifpy = with_rejected_gases(by_our_table(by_clifpy(clif, ours, work)), work / "clif")
        original = first_day(opensepsis.label("mimic-iv", demo, stay_kind="icu", definitions="sofa"))
        return with_clifpy, by_our_table(by_weavehr(demo, original, work))


def section(with_clifpy: pl.DataFrame, with_weavehr: pl.DataFrame) -> list[str]:
    """The section of the page."""
    return [
        "## Against other libraries",
        "",
        "Written by `python benchmarks/validation_peers.py ../shared`: SOFA of the first 24 hours in intensive care, of the stays that",
        "last so long. Each side counts the worst of the window. A difference has the first cause whose test the stay meets: the tests",
        "look at the values and doses that the other library itself reports, and at what the table here gives for them.",
        "",
        f"### clifpy 2.1.0, on the CLIF edition of the MIMIC-IV demo ({with_clifpy.height} stays)",
        "",
        *compared(with_clifpy, CLIFPY_CAUSES),
        "",
        f"### weavehr 0.0.1, on the MIMIC-IV demo ({with_weavehr.height} stays)",
        "",
        "weavehr reads the original tables, not CLIF. It scores each moment from values carried for 24 hours; here the worst of its",
        "moments in the window is taken.",
        "",
        *compared(with_weavehr, WEAVEHR_CAUSES),
        "",
    ]


def write(lines: list[str]) -> None:
    """Puts the section between its markers."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"{END}{after}", encoding="utf-8")


def main() -> None:
    shared = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared")
    if not (shared / "data" / "mimic-iv-demo-clif").is_dir():
        raise SystemExit(f"{shared} holds no data/mimic-iv-demo-clif; nothing was compared.")
    write(section(*both_compared(shared)))
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
