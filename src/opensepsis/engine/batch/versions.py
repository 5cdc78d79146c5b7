"""Which versions of what was charted still stand: a later one of the same origin replaces or takes back those before it. Polars."""

import polars as pl

from opensepsis.rules import Concept, Kind


def standing_rows(frame: pl.DataFrame, concept: Concept) -> pl.DataFrame:
    """Rows said once and not replaced by a later-known version with the same origin."""
    frame = _said_once(frame, concept)
    version = ["place", "origin"]
    has_origin = pl.col("origin").is_not_null()
    if concept.kind not in (Kind.EVENT, Kind.INTERVAL):
        replaced = has_origin & (pl.col("known") < pl.col("known").max().over(version))
        retraction = pl.col("value").is_null() & pl.col("text").is_null()
        return frame.filter(~replaced & ~retraction)
    empty = pl.col("value").is_null() & pl.col("text").is_null()
    blank_known = pl.when(empty).then(pl.col("known")).max().over(version)
    same_text = pl.col("known").max().over([*version, "text"])
    replaced = has_origin & ((pl.col("known") < same_text) | (pl.col("known") < blank_known).fill_null(False))
    retracts = has_origin & empty & (pl.col("known") > pl.col("known").min().over(version))
    if concept.kind is Kind.INTERVAL:
        retracts = retracts & (pl.col("end") == pl.col("time")).fill_null(False)
    return frame.filter(~replaced & ~retracts)


def _said_once(frame: pl.DataFrame, concept: Concept) -> pl.DataFrame:
    """Without the rows that say what the version before them said; without an origin, what any row before them did."""
    said = ["end", "value", "text"]
    same = ["pid", "time", "place", *said, "origin"]
    others = [c for c in frame.columns if c not in same]  # known and, for events, first_known
    once = frame.group_by(same).agg(pl.col(others).min()).select(frame.columns)
    if once.height == frame.height:
        return once
    named = frame.filter(pl.col("origin").is_not_null()).unique().with_row_index("row")
    before = named.select("place", "origin", "known", *said)
    pairs = named.join(before, on=["place", "origin"], suffix="_before")
    pairs = pairs.filter(pl.col("known_before") < pl.col("known"), _of_one_thing(concept))
    latest = pairs.filter(pl.col("known_before") == pl.col("known_before").max().over("row"))
    same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(f"{c}_before")) for c in said)
    blank = (
        pl.col("value").is_null() & pl.col("text").is_null()
    ).first()  # news, unless nothing else was said with the last
    again = latest.group_by("row").agg(again=(blank & same.all()) | (~blank & same.any())).filter("again")
    news = named.filter(~pl.col("row").is_in(again["row"].implode())).select(frame.columns)
    return pl.concat([once.filter(pl.col("origin").is_null()), news])


def _of_one_thing(concept: Concept) -> pl.Expr:
    """Whether two versions can replace one another: the text of what was done names it, so another text is another thing."""
    if concept.kind not in (Kind.EVENT, Kind.INTERVAL):
        return pl.lit(True)
    blank = pl.col("value").is_null() & pl.col("text").is_null()
    blank_before = pl.col("value_before").is_null() & pl.col("text_before").is_null()
    return blank | blank_before | pl.col("text").eq_missing(pl.col("text_before"))
