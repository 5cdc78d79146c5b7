"""The course of many cases. Polars twin of `live/findings.py`.

Hits are rows of finding (its number), sid, time, known, origin, text, value; times whole microseconds.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

import polars as pl

from opensepsis.engine.batch.finding_evidence import answer, back
from opensepsis.engine.batch.finding_rows import StayFindings, in_span
from opensepsis.engine.semantics.finding_codes import counts
from opensepsis.engine.semantics.finding_reasons import EVIDENCE, NOT_KNOWN, YES, silence, uncoded
from opensepsis.rules import Criterion, Kind, LaterStay, Sign, Span, untold

FOUND = {
    "sid": pl.UInt32,
    "finding": pl.Int32,
    "state": pl.String,
    "time": pl.Int64,
    "known": pl.Int64,
    "value": pl.Float64,
    "text": pl.String,
    "reason": pl.String,
    "evidence": pl.List(pl.String),
}


def courses_of(cases: StayFindings) -> pl.DataFrame:
    """What is found of every stay: sid, the number of the finding, and the columns of a found; absent ones left out."""
    signs: dict[tuple[str, Span], list[tuple[int, Sign]]] = defaultdict(list)
    without = cache(lambda concept: cases.stays["sid"].filter(~_coded(cases, concept)))
    for number, finding in enumerate(cases.course.findings):
        for place, mark in enumerate(finding.marks):
            if concept := untold(mark, cases.silent):
                cases.not_known(number, place, silence(concept.label), _asked(mark, cases))
            elif isinstance(mark, Sign):
                signs[mark.concept.name, mark.span].append((number, mark))
                if mark.each_stay:
                    cases.not_known(number, place, uncoded(mark.concept.label), without(mark.concept.name))
            else:
                answer(number, place, mark, cases)
    for (_, span), group in signs.items():
        _signs(group, span, cases)
    return _judged(cases)


def _asked(mark: Criterion, cases: StayFindings) -> pl.Series:
    """The stays that a mark is asked of: all, but of a return to hospital those with a later stay."""
    if isinstance(mark, LaterStay):
        return back(mark, cases)["sid"].unique()
    return cases.stays["sid"]


def _coded(cases: StayFindings, concept: str) -> pl.Series:
    """Whether anything was coded in the hospital stay of each stay."""
    there = cases.stays.select("sid", "pid", "hospital_from", "hospital_to").join(
        cases.patients.standing[concept].select("pid", "time").unique(), on="pid"
    )
    there = there.filter(pl.col("time").is_between(pl.col("hospital_from"), pl.col("hospital_to")))
    return cases.stays["sid"].is_in(there["sid"].unique().implode())


def _signs(group: list[tuple[int, Sign]], span: Span, cases: StayFindings) -> None:
    """All findings that read one concept in one span: one join with the stays."""
    concept = group[0][1].concept
    rows = cases.patients.standing[concept.name]
    if concept.kind is Kind.INTERVAL:
        rows = rows.filter(pl.col("value").fill_null(1.0) > 0)
    rows = rows.join(_meant(rows["text"], group), on="text", nulls_equal=True)
    rows = in_span(rows, concept.name, concept.kind, span, cases)
    for (finding,), mine in rows.partition_by("finding", as_dict=True).items():
        cases.found(finding, mine.drop("finding", "pid"))


def _meant(texts: pl.Series, group: list[tuple[int, Sign]]) -> pl.DataFrame:
    """Which findings each text counts for."""
    pairs = [
        (text, finding)
        for text in texts.unique().to_list()
        for finding in dict.fromkeys(f for f, mark in group if counts(mark.reading, text))
    ]
    return pl.DataFrame(pairs, schema={"text": pl.String, "finding": pl.Int32}, orient="row")


def _judged(cases: StayFindings) -> pl.DataFrame:
    """One row for each finding of a stay that is there or not known, by stay and finding."""
    hits = pl.concat(cases.hits)
    order = ["time", pl.coalesce("known", "time"), "origin", pl.col("text").fill_null("")]
    hits = hits.sort(order)
    there = hits.group_by("sid", "finding", maintain_order=True).agg(
        pl.lit(YES).alias("state"),
        pl.col("time").first(),
        pl.col("known").min(),
        pl.col("value").max(),
        pl.col("text").first(),
        pl.lit(None, pl.String).alias("reason"),
        pl.col("origin").unique(maintain_order=True).head(EVIDENCE).alias("evidence"),
    )
    whys = pl.concat(cases.whys).join(there.select("sid", "finding"), on=["sid", "finding"], how="anti")
    first = whys.sort("mark").unique(["sid", "finding"], keep="first", maintain_order=True)
    blank = {c: pl.lit(None, t).alias(c) for c, t in FOUND.items() if c in ("time", "known", "value", "text")}
    unknown = first.select(
        "sid", "finding", "reason", *blank.values(),
        state=pl.lit(NOT_KNOWN), evidence=pl.lit([], pl.List(pl.String)),
    )  # fmt: skip
    return _ordered([there, unknown])


def _ordered(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    parts = [frame.select(pl.col(c).cast(t) for c, t in FOUND.items()) for frame in frames]
    return pl.concat(parts).sort("sid", "finding")
