"""Patients and their stays, from Patient and Encounter resources in all their versions."""

from dataclasses import dataclass, field

import polars as pl

from opensepsis.data.decode.facts import Described, Merged
from opensepsis.data.decode.fhir.context import MessageContext
from opensepsis.data.decode.fhir.patients import says_death
from opensepsis.data.decode.fhir.reference import read_reference
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.intake.death import DEAD_AT_NO_TIME, NOT_TOLD_WHETHER_DEAD
from opensepsis.data.schema import ID, MOMENT, ROW, TABLE
from opensepsis.data.sources.fhir.rows import local_name
from opensepsis.data.sources.fhir.visits import Span, spans_of
from opensepsis.data.timeline.observed import settle_observation

_SPANS = {
    "patient": pl.String, "stay": pl.String, "visit": pl.String, "kind": pl.String, "admitted": pl.Int64, "discharged": pl.Int64,
    "discharged_to": pl.String, "from_places": pl.Boolean, "encounter": pl.String, "stated": pl.Int64, "told": pl.Boolean,
    TABLE: pl.String, ROW: pl.UInt32, "site": pl.String, "ward": pl.String, "housed": pl.Boolean,
}  # fmt: skip
_PEOPLE = {
    "patient": pl.String,
    "born": pl.Int64,
    "sex": pl.String,
    "died": pl.Int64,
    "day": pl.Int64,
    "dead": pl.Boolean,
    "unsure": pl.Boolean,
    "stated": pl.Int64,
}
_DAY = 24 * 3_600_000_000


@dataclass
class People:
    """What was read of patients and visits so far."""

    spans: dict[str, list] = field(default_factory=lambda: {name: [] for name in _SPANS})
    people: dict[str, list] = field(default_factory=lambda: {name: [] for name in _PEOPLE})
    same: dict[str, str] = field(default_factory=dict)
    born_in: set[str] = field(
        default_factory=set
    )  # patients of whose birth only the year or the month is told

    def patient(self, read: DecodeResult, resource: dict, scene: MessageContext) -> None:
        """A Patient: birth, sex and death, and the records that it replaces."""
        for fact in read.facts:
            if isinstance(fact, Described):
                day = _day_of_death(resource, scene)
                if 0 < len(str(resource.get("birthDate") or "")) < len("2026-01-01"):
                    self.born_in.add(local_name(fact.patient))
                values = (
                    local_name(fact.patient),
                    fact.born,
                    fact.sex,
                    None if day is not None else fact.died,
                    day,
                    fact.dead,
                    says_death(resource) and fact.died is None and fact.dead is None,
                    fact.stated,
                )
                _add(self.people, values)
            elif isinstance(fact, Merged):
                self.same[local_name(fact.old)] = local_name(fact.survivor)

    def visit(self, resource: dict, scene: MessageContext, into: DecodeResult, table: str, row: int) -> None:
        """An Encounter: its stays; a version without any ends what earlier versions told."""
        encounter, stated = scene.origin(resource), scene.stated(resource)
        spans, site = spans_of(resource, scene, into), _site(resource)
        for span in spans or [Span("", "", "", "", None, None)]:
            values = (
                local_name(span.patient), span.stay, span.visit, span.kind, span.start, span.end, span.to or None, span.from_places,
                encounter, stated, bool(spans), table, row, site, span.ward or None, span.housed,
            )  # fmt: skip
            _add(self.spans, values)

    def survivors(self) -> dict[str, str]:
        """Every patient whose record was replaced, with the record that goes on."""
        found = {}
        for old in self.same:
            name, seen = old, set()
            while name in self.same and name not in seen:
                seen.add(name)
                name = self.same[name]
            found[old] = name
        return found

    def groups(self) -> pl.DataFrame | None:
        """stay, site (the organization of an Encounter) and ward (the place of a time in intensive care); None where none is told."""
        spans = (
            pl.DataFrame(self.spans, schema=_SPANS)
            .filter("told")
            .unique("stay", keep="last", maintain_order=True)
        )
        sites = spans.drop_nulls("site").group_by("visit").agg(of_visit=pl.col("site").first())
        told = spans.join(sites, on="visit", how="left", maintain_order="left")
        found = told.select("stay", site=pl.coalesce("site", "of_visit"), ward="ward")
        return None if found["site"].is_null().all() and found["ward"].is_null().all() else found

    def stays(self, zone: str) -> pl.DataFrame:
        """The stays of the last version of each Encounter, with who the patient is."""
        spans = pl.DataFrame(self.spans, schema=_SPANS).with_row_index("_place")
        spans = spans.filter(pl.col("stated") == pl.col("stated").max().over("encounter"), "told")
        spans = spans.unique("stay", keep="last", maintain_order=True)
        in_icu = pl.struct("patient", "visit").is_in(_of_its_own(spans).implode())
        twice = ((pl.col("kind") == "icu") & in_icu) | pl.col("_place").is_in(_told_apart(spans).implode())
        spans = spans.filter(~(pl.col("from_places") & twice))
        people = (
            pl.DataFrame(self.people, schema=_PEOPLE)
            .sort("stated", maintain_order=True)
            .unique("patient", keep="last")
        )
        survivors = self.survivors()
        if survivors:
            spans = spans.with_columns(pl.col("patient").replace(survivors))
            people = _joined(people, survivors)
        stays = spans.join(people.drop("stated"), on="patient", how="left", maintain_order="left")
        stays = _with_deaths_at_no_time(_with_days_of_death(_as_visits(stays), zone))
        moments = [
            pl.col(n).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").cast(MOMENT)
            for n in ("admitted", "discharged", "born", "died")
        ]
        return stays.with_columns(*moments, pl.lit("Encounter").alias(ID))


def _as_visits(stays: pl.DataFrame) -> pl.DataFrame:
    """Visits for observation that are whole stays as such; one of which an admission is a part ends with it."""
    # of an Encounter that is the whole of several, the times in its parts are not told
    wholes = stays.filter(pl.col("stay") != pl.col("visit"), pl.col("kind") == "hospital")["visit"]
    times = [pl.col(name).cast(pl.Datetime("us")) for name in ("admitted", "discharged")]
    told = stays.with_columns(*times, open_end=pl.col("stay").is_in(wholes.implode()))
    return settle_observation(told).with_columns(pl.col("admitted", "discharged").cast(pl.Int64))


def _site(resource: dict) -> str | None:
    """The organization that a visit is of, as it is displayed, else by its id."""
    said = read_reference(resource.get("serviceProvider"))
    return said.display or said.name or None


def _add(columns: dict[str, list], values: tuple) -> None:
    for column, value in zip(columns.values(), values, strict=True):
        column.append(value)


def _of_its_own(spans: pl.DataFrame) -> pl.Series:
    """The visits of which an Encounter of its own tells the time in intensive care."""
    own = spans.filter(pl.col("kind") == "icu", ~pl.col("from_places"))
    return own.select(pl.struct("patient", "visit").alias("visits"))["visits"]


def _told_apart(spans: pl.DataFrame) -> pl.Series:
    """The times at the door, by places, at which an Encounter of its own tells a visit of the kind."""
    door = spans.filter(pl.col("kind") != "icu")
    own = door.filter(~pl.col("from_places")).select("patient", "kind", came="admitted", left="discharged")
    pairs = door.filter("from_places").join(own, on=["patient", "kind"])
    over = (pl.col("came") < pl.col("discharged")) & (pl.col("left") > pl.col("admitted"))
    return pairs.filter(over)["_place"]


def _joined(people: pl.DataFrame, survivors: dict[str, str]) -> pl.DataFrame:
    """One line for each person; what the record that goes on does not say, the replaced one may."""
    named = people.with_columns(
        _own=~pl.col("patient").is_in(list(survivors)), patient=pl.col("patient").replace(survivors)
    )
    ordered = named.sort("_own", maintain_order=True)
    columns = [
        pl.col(name).drop_nulls().last()
        for name in ("born", "sex", "died", "day", "dead", "unsure", "stated")
    ]
    return ordered.group_by("patient", maintain_order=True).agg(columns)


def _day_of_death(resource: dict, scene: MessageContext) -> int | None:
    """The start of the day of a death of which only the day is told."""
    text = resource.get("deceasedDateTime")
    whole_day = isinstance(text, str) and len(text) == len("2026-01-01")
    return scene.day_or_moment(text) if whole_day else None


def _with_deaths_at_no_time(stays: pl.DataFrame) -> pl.DataFrame:
    """Of who is dead at a time that is not told, where they went from their last stay, if nothing else is told: it may have been there.

    So of whom what was said of death cannot be read.
    """
    last = pl.col("discharged").fill_null(pl.col("admitted")) >= pl.col("admitted").max().over("patient")
    nothing = last & pl.col("died").is_null() & pl.col("discharged_to").is_null()
    dead, unsure = (pl.col(name).fill_null(False) & nothing for name in ("dead", "unsure"))
    place = pl.when(dead).then(pl.lit(DEAD_AT_NO_TIME)).when(unsure).then(pl.lit(NOT_TOLD_WHETHER_DEAD))
    return stays.with_columns(discharged_to=place.otherwise("discharged_to")).drop("dead", "unsure")


def _with_days_of_death(stays: pl.DataFrame, zone: str) -> pl.DataFrame:
    """A death of which only the day is told: at the discharge of a stay that lasts into that day, for who left alive did not die before.

    Without such a stay at the end of the day, so that nothing charted on it comes after the death.
    """
    day, left = pl.col("day"), pl.col("discharged")
    within = (left >= day) & (pl.col("admitted") < day + _DAY)
    in_hospital, elsewhere = (
        pl.when(within & (of_hospital == (pl.col("kind") == "hospital"))).then(left).max().over("patient")
        for of_hospital in (True, False)  # a unit may close a stay hours later
    )
    died = pl.coalesce("died", in_hospital, elsewhere, day + _DAY - 1)
    return stays.with_columns(died=pl.when(pl.col("died").is_not_null() | day.is_not_null()).then(died))
