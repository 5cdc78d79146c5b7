"""What labelling any shard of a timeline needs to know: plain texts and numbers, so that it can be sent to another machine."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from typing import Any

import polars as pl

from opensepsis.data.timeline.stays import mostly_ahead, outcomes_told
from opensepsis.data.timeline.timeline import Facts, Timeline
from opensepsis.docgen.versions import version_of
from opensepsis.rules import clock_concepts, marks_of, own_concepts
from opensepsis.uses.label.selection import Selection, select


@dataclass(frozen=True)
class Job:
    """The job of every shard. What is true of all shards together stands here, so that none needs another."""

    timeline: str  # its folder, or the address of one in an object store
    data: str  # the digest of its patients
    opensepsis: str
    definitions: dict[str, str]  # with their versions
    stay_kind: str
    as_known: bool
    daily: str | None
    zone: str | None  # whose days count
    longest_stay: float | None  # in years: stays are checked again; None: they were checked just now
    shifted_dates: bool
    outcomes: bool  # whether any stay tells a death or where its patient went
    never_charted: tuple[str, ...]  # of what clocks and the course read

    @cached_property
    def key(self) -> str:
        """The same for jobs that give the same tables, wherever the timeline lies."""
        told = {name: value for name, value in asdict(self).items() if name != "timeline"}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def question(self) -> dict:
        """What was asked, of whatever data: results are brought up to date only where it is the same."""
        asked = (self.stay_kind, self.as_known, self.daily, self.zone)
        return question_of(self.selection, *asked) | {"opensepsis": self.opensepsis}

    @property
    def of_all(self) -> dict[str, Any]:
        """What one patient's data can change for all."""
        told = (self.longest_stay, self.shifted_dates, self.outcomes, list(self.never_charted))
        return dict(zip(("longest_stay", "shifted_dates", "outcomes", "never_charted"), told, strict=True))

    @property
    def account(self) -> dict[str, Any]:
        """What the account of a run says of its job, so that a later one can bring it up to date."""
        return {"key": self.key, "question": self.question, "data": self.data, "of_all": self.of_all}

    @property
    def selection(self) -> Selection:
        """The definitions."""
        return _selected(tuple(self.definitions))


@lru_cache(4)  # what a selection reads is worked out once for all shards
def _selected(names: tuple[str, ...]) -> Selection:
    return select(list(names))


@cache  # it is looked up among all packages that are installed
def this_version() -> str:
    """The version of opensepsis."""
    return version("opensepsis")


def question_of(
    selection: Selection, stay_kind: str, as_known: bool, daily: str | None, zone: str | None
) -> dict[str, Any]:
    """What is asked of data: the definitions with their versions, of which stays, and how."""
    defined = [*selection.scores, *selection.phenotypes, *selection.clocks]
    defined += [selection.course] if selection.course else []
    return {
        "opensepsis": this_version(),
        "definitions": {definition.name: version_of(definition.name) for definition in defined},
        "stay_kind": stay_kind,
        "as_known": as_known,
        "daily": daily,
        "zone": zone,
    }


def job_of(
    timeline: Timeline,
    selection: Selection,
    stay_kind: str = "hospital",
    as_known: bool = False,
    daily: str | None = None,
    zone: str | None = None,
    longest_stay: float | None = None,
) -> Job:
    """The job of the shards of a timeline."""
    facts = timeline.facts
    return Job(
        **question_of(selection, stay_kind, as_known, daily, zone),
        timeline=timeline.address or str(timeline.path.resolve()),
        data=facts.digest or _digest_of_files(timeline),
        longest_stay=longest_stay,
        shifted_dates=mostly_ahead(timeline.stays) if facts.shifted_dates is None else facts.shifted_dates,
        outcomes=outcomes_told(timeline.stays) if facts.outcomes is None else facts.outcomes,
        never_charted=tuple(sorted(_asked_whether_charted(selection) - _charted(timeline, selection, facts))),
    )


def _asked_whether_charted(selection: Selection) -> set[str]:
    """The concepts of which clocks and course ask whether the source gives them at all."""
    asked = {name for clock in selection.clocks for name in clock_concepts(clock)}
    marks = marks_of(selection.course) if selection.course else ()
    return asked | {concept.name for mark in marks for concept in own_concepts(mark)}


def _charted(timeline: Timeline, selection: Selection, facts: Facts) -> set[str]:
    if facts.charted is not None:
        return set(facts.charted)
    asked = _asked_whether_charted(selection)
    if not asked:
        return set()
    there = timeline.events().select(pl.col("concept").cast(pl.String).unique()).collect()
    return asked & set(there["concept"])


def _digest_of_files(timeline: Timeline) -> str:
    """Of a timeline without digests of patients: its account, which tells the size of every shard."""
    return hashlib.sha256((timeline.path / "timeline.json").read_bytes()).hexdigest()[:32]
