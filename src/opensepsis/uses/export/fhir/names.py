"""Identifiers of the resources, what they refer to, and how definitions are coded."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

import polars as pl

from opensepsis.uses.export.json_lines import quoted

OWN = "urn:opensepsis"
DEFINITION, ROW = f"{OWN}:definition", f"{OWN}:row"
HL7 = "http://terminology.hl7.org/CodeSystem"
UCUM = "http://unitsofmeasure.org"
_RESOURCE_ID = r"^[A-Za-z0-9\-.]{1,64}$"  # hl7.org/fhir/R4/datatypes.html#id
_READABLE, _DIGEST = 30, 16  # of an identifier's at most 64 letters


@dataclass(frozen=True)
class Source:
    """Where the data of a run came from: only what was FHIR has resources to refer to."""

    kind: str

    @property
    def is_fhir(self) -> bool:
        return self.kind == "fhir"

    def patient(self) -> pl.Expr:
        """The patient as a Reference in JSON: the resource itself, else the identifier that the source has."""
        return self._reference("patient", pl.col("patient"), "Patient")

    def stay(self) -> pl.Expr:
        """The stay as a Reference in JSON; a part of an encounter is the encounter."""
        whole = pl.col("stay").str.split("/").list.first() if self.is_fhir else pl.col("stay")
        return self._reference("stay", whole, "Encounter")

    def event(self, origin: str) -> pl.Expr:
        """The event of the source that an episode rests on, as a Reference in JSON."""
        found = pl.col(origin).str.extract(r"([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})$")
        logical = self._logical("event", pl.col(origin))
        if not self.is_fhir:
            return logical
        literal = pl.concat_str(pl.lit('{"reference":'), quoted(found), pl.lit("}"))
        return pl.when(found.is_not_null()).then(literal).otherwise(logical)

    def _reference(self, what: str, name: pl.Expr, resource: str) -> pl.Expr:
        logical = self._logical(what, name, resource)
        if not self.is_fhir:
            return logical
        literal = pl.concat_str(pl.lit('{"reference":'), quoted(f"{resource}/" + name), pl.lit("}"))
        return pl.when(name.str.contains(_RESOURCE_ID)).then(literal).otherwise(logical)

    def _logical(self, what: str, name: pl.Expr, resource: str = "") -> pl.Expr:
        kind = f'"type":"{resource}",' if resource else ""
        start = f'{{{kind}"identifier":{{"system":"{OWN}:{self.kind}:{what}","value":'
        return pl.concat_str(pl.lit(start), quoted(name), pl.lit("}}"))


def keys(definition: str, stays: pl.Series) -> pl.DataFrame:
    """stay and key: how the identifiers of what is told of a definition and a stay begin, the same at every export.

    >>> keys("sepsis3:orders", pl.Series("stay", ["30012"])).row(0)
    ('30012', 'sepsis3-orders-034e2bbb71228232')
    """
    readable = re.sub("[^A-Za-z0-9]", "-", definition)[:_READABLE].strip("-")
    digests = [sha256(f"{definition}|{stay}".encode()).hexdigest()[:_DIGEST] for stay in stays]
    return pl.DataFrame({"stay": stays, "key": [f"{readable}-{digest}" for digest in digests]})


def coded(system: str, code: str, text: str | None = None, version: str | None = None) -> dict:
    """A CodeableConcept of one code."""
    coding = {"system": system, **({"version": version} if version else {}), "code": code}
    return {"coding": [{**coding, "display": text} if text else coding], **({"text": text} if text else {})}


def named(about: dict, terminology: bool = False) -> dict:
    """A definition of a run as a CodeableConcept; with what a terminology calls it, where one does."""
    found = coded(DEFINITION, about["name"], about["title"], str(about["definition_version"]))
    listed = [row for row in _listed() if row["kind"] == "code" and row["definition"] == about["name"]]
    if terminology and listed:
        found["coding"] = [
            {name: listed[0][name] for name in ("system", "code", "display")},
            *found["coding"],
        ]
    return found


def risk_of(definition: str) -> dict[str, str] | None:
    """The risk that the paper of a phenotype states: display, percent, source."""
    return next((r for r in _listed() if r["kind"] == "risk" and r["definition"] == definition), None)


@cache
def _listed() -> tuple[dict[str, str], ...]:
    text = (files("opensepsis.uses.export.fhir") / "codes.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
