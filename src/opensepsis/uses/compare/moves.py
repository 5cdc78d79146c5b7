"""Which stays two definitions judge differently, and the first rule that differs. Polars."""

import polars as pl

MOVES = {
    "first": pl.String,
    "other": pl.String,
    "move": pl.String,
    "rule": pl.String,
    "detail": pl.String,
    "stays": pl.Int64,
    "share": pl.Float64,
}
HIGHER, LOWER, SAME = "higher", "lower", "same"


def phenotype_moves(first: str, other: str, episodes: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """stay, move, rule, detail of every stay that both were judged for.

    A stay of one of them alone: the other's first rule that is not met, and by which measurement the one has it. A stay of both: by
    onset type, then by onset. `episodes`: those of the run; `rules`: its table of that name.
    """
    one, two = (_judged(name, episodes, rules) for name in (first, other))
    both = one.join(two, on="stay", suffix="_other")
    has, has_other = pl.col("met"), pl.col("met_other")
    parted = pl.col("onset_type").ne_missing(pl.col("onset_type_other")) & pl.col("onset_type").is_not_null()
    parted &= pl.col("onset_type_other").is_not_null()
    later = pl.col("onset_other") > pl.col("onset")
    hours = (pl.col("onset_other") - pl.col("onset")).dt.total_hours().abs()
    move = (
        pl.when(has & ~has_other)
        .then(pl.lit(f"only {first}"))
        .when(has_other & ~has)
        .then(pl.lit(f"only {other}"))
        .when(~has & ~has_other)
        .then(pl.lit("neither"))
        .when(parted)
        .then(pl.lit("both, another onset type"))
        .when(pl.col("onset") != pl.col("onset_other"))
        .then(pl.lit("both, another onset"))
        .otherwise(pl.lit("both"))
    )
    rule = (
        pl.when(has & ~has_other)
        .then("rule_other")
        .when(has_other & ~has)
        .then("rule")
        .when(has & parted)
        .then(pl.concat_str("onset_type", "onset_type_other", separator=" → "))
        .when(has & has_other & (pl.col("onset") != pl.col("onset_other")))
        .then(pl.when(later).then(pl.lit(f"{other} later")).otherwise(pl.lit(f"{other} earlier")))
    )
    detail = (
        pl.when(has & ~has_other)
        .then("rule")
        .when(has_other & ~has)
        .then("rule_other")
        .when(has & has_other & (pl.col("onset") != pl.col("onset_other")))
        .then(pl.when(hours < 24).then(pl.lit("by less than 24 h")).otherwise(pl.lit("by 24 h or more")))
    )
    return both.select("stay", move=move, rule=rule, detail=detail)


def _judged(name: str, episodes: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """stay, met, rule of each stay a phenotype was judged for, with onset and onset_type of its first episode."""
    mine = episodes.filter(pl.col("definition") == name, pl.col("withdrawn").is_null())
    first = mine.sort("onset").unique("stay", keep="first").select("stay", "onset", "onset_type")
    return (
        rules.filter(pl.col("definition") == name)
        .select("stay", "met", "rule")
        .join(first, on="stay", how="left")
    )


def score_moves(first: pl.DataFrame, other: pl.DataFrame, rows: list[str], others: list[str]) -> pl.DataFrame:
    """stay, move, rule, detail of every stay with hours at which both totals are known.

    A stay moves when its highest total does. The rule is the first row that points that way at the hour that gives the higher of the
    two, and the detail its points in both. `rows` and `others`: the rows of both scores in their order; rows of one name are one.
    """
    keys = ["stay", "time"]
    one = first.drop_nulls("total").select(*keys, "total", *rows)
    two = other.drop_nulls("total").select(*keys, "total", *others)
    renamed = two.rename({name: f"{name} other" for name in ("total", *others)})
    hours = one.join(renamed, on=keys)
    top = hours.group_by("stay").agg(pl.col("total").max().alias("a"), pl.col("total other").max().alias("b"))
    move = (
        pl.when(pl.col("b") > pl.col("a"))
        .then(pl.lit(HIGHER))
        .when(pl.col("b") < pl.col("a"))
        .then(pl.lit(LOWER))
        .otherwise(pl.lit(SAME))
    )
    hours = hours.join(top.with_columns(move=move), on="stay")
    rising = pl.col("move") == HIGHER
    telling = (
        pl.when(rising).then(pl.col("total other") == pl.col("b")).otherwise(pl.col("total") == pl.col("a"))
    )
    at = hours.filter(telling).sort(keys).unique("stay", keep="first", maintain_order=True)
    every = [*rows, *(name for name in others if name not in rows)]
    before = {name: pl.col(name) if name in rows else pl.lit(None, pl.Int8) for name in every}
    after = {name: pl.col(f"{name} other") if name in others else pl.lit(None, pl.Int8) for name in every}
    gained = {name: after[name].fill_null(0).cast(pl.Int16) - before[name].fill_null(0) for name in every}
    differs = {
        name: pl.when(rising).then(g > 0).otherwise(g < 0) & (pl.col("move") != SAME)
        for name, g in gained.items()
    }

    def points(name: str) -> pl.Expr:
        said = [part.cast(pl.String).fill_null("not known") for part in (before[name], after[name])]
        return pl.concat_str(*said, separator=" → ")

    rule = pl.coalesce(*(pl.when(differs[name]).then(pl.lit(name)) for name in every))
    detail = pl.coalesce(*(pl.when(differs[name]).then(points(name)) for name in every))
    return at.select("stay", "move", rule=rule, detail=detail)


def counted(first: str, other: str, moves: pl.DataFrame) -> pl.DataFrame:
    """How many stays moved for which reason, the most first, and their share of all that were judged."""
    groups = moves.group_by("move", "rule", "detail").agg(stays=pl.len().cast(pl.Int64))
    order = moves.group_by("move").agg(of_move=pl.len())
    groups = groups.join(order, on="move").sort(
        ["of_move", "move", "stays", "rule", "detail"],
        descending=[True, False, True, False, False],
        nulls_last=True,
    )
    named = groups.with_columns(
        first=pl.lit(first), other=pl.lit(other), share=pl.col("stays") / max(moves.height, 1)
    )
    return named.select(pl.col(name).cast(kind) for name, kind in MOVES.items())
