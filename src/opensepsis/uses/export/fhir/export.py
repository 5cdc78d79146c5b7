"""`opensepsis export --to fhir`: Condition, Observation, RiskAssessment, Provenance and Device of FHIR R4, as NDJSON.

Fields: hl7.org/fhir/R4, condition, observation, riskassessment, provenance, device.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import read_result, read_run, source_of
from opensepsis.definitions import PHENOTYPES, SCORES
from opensepsis.errors import DefinitionError, nearest
from opensepsis.rules import OrganFailure, Phenotype, Score, scores_of
from opensepsis.uses.export.fhir import phenotypes, scores
from opensepsis.uses.export.fhir.names import DEFINITION, HL7, Source, coded, keys
from opensepsis.uses.export.json_lines import MORE, Filled, append, quoted
from opensepsis.uses.export.meds import MARKER
from opensepsis.uses.export.written import Written

DEVICE = "opensepsis"
STAYS_AT_ONCE = 1000


def export_fhir(results: Path | str, out: Path | str, definition: str | None = None) -> Written:
    """Results as resources of FHIR R4, a file of NDJSON for each kind in `out`.

    Observation: each score, one for every span of hours over which its points stay the same (`effectivePeriod`; rows that are not known
    say so), and for each phenotype whether a stay meets it. Condition: each episode, unconfirmed, or refuted where a correction withdrew
    it. RiskAssessment: the bands of scores that have some, and the risk that the paper of a phenotype states. Provenance: for each stay
    and definition what was made, by which version (Device), and from which events of the source. Patients and stays of the source
    `fhir` are referred to as resources, others by identifier. `definition` writes one phenotype with its scores, or one score.
    DefinitionError: the run does not hold it. MissingError: no results there.

    >>> import opensepsis, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> labels = opensepsis.label("csv", "examples/hospital", f"{folder}/results", definitions="sofa,sepsis3")
    >>> export_fhir(f"{folder}/results", f"{folder}/fhir").rows["Condition"] == labels.episodes.height
    True
    """
    results, out = as_path(results), as_path(out)
    run = read_run(results)
    asked = _asked(run, definition)
    stays = read_result(results / "stays.parquet")
    source = Source(source_of(results, run))
    members = stays.select("stay", subject=source.patient(), encounter=source.stay())
    with whole_folder(out, MARKER, [results]) as folder:
        writing = _Writing(folder, run, members)
        spans = {}
        for about in (one for one in asked if one["kind"] == "score"):
            hours = read_result(results / "scores" / f"{about['name'].replace(':', '-')}.parquet")
            parts = [
                hours.join(some.select("stay"), on="stay", how="semi")
                for some in stays.iter_slices(STAYS_AT_ONCE)
            ]
            spans[about["name"]] = pl.concat(
                [writing.score(SCORES[about["name"]], about, part) for part in parts]
            )
        for about in (one for one in asked if one["kind"] == "phenotype"):
            mine = read_result(results / "episodes.parquet").filter(pl.col("definition") == about["name"])
            writing.phenotype(PHENOTYPES[about["name"]], about, stays, mine, spans, source)
        writing.device()
        account = {"form": "fhir", "fhir": "4.0.1", "opensepsis": run.get("opensepsis"), "rows": writing.rows}
        (folder / MARKER).write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")
    return Written(out, dict(writing.rows))


def _asked(run: dict, definition: str | None) -> list[dict]:
    """The scores and phenotypes of the run that are written; of a phenotype its scores too, where the run holds them."""
    held = {one["name"]: one for one in run["definitions"] if one["kind"] in ("score", "phenotype")}
    if definition is None:
        return list(held.values())
    if definition not in held:
        raise DefinitionError(
            f"The run holds no score or phenotype '{definition}'. {nearest(definition, held)}"
        )
    named = SCORES.get(definition) or PHENOTYPES[definition]
    wanted = {definition, *(score.name for score in scores_of(named))}
    return [one for one in held.values() if one["name"] in wanted]


class _Writing:
    """The files of an export; `rows` counts the resources of each kind."""

    def __init__(self, folder: Path, run: dict, members: pl.DataFrame) -> None:
        self._folder, self._run, self._members = folder, run, members
        self.rows: Counter[str] = Counter()
        self._recorded = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def score(self, score: Score, about: dict, hours: pl.DataFrame) -> pl.DataFrame:
        """Writes a score and its bands; gives its spans: stay, start, end, id."""
        found = scores.observations(score, hours, self._members)
        self._add("Observation", found, scores.observation(score, about))
        targets = [_targets(found, "Observation")]
        if score.bands:
            banded = scores.assessments(score, hours, self._members)
            self._add("RiskAssessment", banded, scores.assessment(about))
            targets.append(_targets(banded, "RiskAssessment"))
        self._provenance(about, pl.concat(targets), None)
        return found.select("stay", "start", "end", "id")

    def phenotype(
        self,
        phenotype: Phenotype,
        about: dict,
        stays: pl.DataFrame,
        episodes: pl.DataFrame,
        spans: dict[str, pl.DataFrame],
        source: Source,
    ) -> None:
        """Writes a phenotype: its answer of every stay, its episodes and their stated risk."""
        name = about["name"]
        answers = phenotypes.findings(
            name, stays.select("stay", "admitted", "discharged", name), self._members
        )
        self._add("Observation", answers, phenotypes.finding(about))
        scored = spans.get(phenotype.score.name) if isinstance(phenotype, OrganFailure) else None
        found = phenotypes.conditions(name, episodes, self._members, scored)
        self._add("Condition", found, phenotypes.condition(about))
        targets = [_targets(answers, "Observation"), _targets(found, "Condition")]
        if (risk := phenotypes.stated_risk(about)) is not None:
            standing = found.filter(pl.col("withdrawn").is_null())
            self._add("RiskAssessment", standing, risk)
            targets.append(_targets(standing.with_columns(id=pl.col("id") + "-risk"), "RiskAssessment"))
        self._provenance(about, pl.concat(targets), phenotypes.origins(episodes, source))

    def device(self) -> None:
        """Writes what made it all: this software, in its version."""
        version = [{"value": str(self._run.get("opensepsis"))}]
        name = [{"name": DEVICE, "type": "model-name"}]
        told = {"resourceType": "Device", "id": DEVICE, "deviceName": name, "version": version}
        self._add("Device", pl.DataFrame({"one": [1]}), {**told, "type": {"text": "Software"}})

    def _provenance(self, about: dict, targets: pl.DataFrame, entities: pl.DataFrame | None) -> None:
        """One for each stay of which something was written."""
        each = targets.group_by("stay", maintain_order=True).agg(pl.col("target").str.join(","))
        each = each.join(keys(f"{about['name']} provenance", each["stay"]), on="stay")
        if entities is not None:
            each = each.join(entities, on="stay", how="left")
        else:
            each = each.with_columns(entity=pl.lit(""))
        listed = pl.concat_str(pl.lit("["), "target", pl.lit("]"))
        each = each.with_columns(json_id=quoted("key"), target=listed, entity=pl.col("entity").fill_null(""))
        template = {
            "resourceType": "Provenance",
            "id": Filled("json_id"),
            "target": Filled("target"),
            "recorded": self._recorded,
            "policy": [f"{DEFINITION}:{about['name']}:{about['definition_version']}"],
            "activity": {
                "text": f"{about['title']}. {about['source']}. Version {about['definition_version']}."
            },
            "agent": [
                {
                    "type": coded(f"{HL7}/provenance-participant-type", "assembler"),
                    "who": {"reference": f"Device/{DEVICE}"},
                }
            ],
            MORE: Filled("entity"),
        }
        self._add("Provenance", each, template)

    def _add(self, kind: str, frame: pl.DataFrame, template) -> None:
        self.rows[kind] += append(self._folder / f"{kind}.ndjson", frame, template)


def _targets(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """stay and target: a Reference to each of these resources, in JSON."""
    reference = pl.concat_str(pl.lit('{"reference":'), quoted(f"{kind}/" + pl.col("id")), pl.lit("}"))
    return frame.select("stay", target=reference)
