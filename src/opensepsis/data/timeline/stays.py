"""Checks of stays: each belongs to one patient, appears once, and has times that can be."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import polars as pl

from opensepsis.data.intake.age import YEAR_DAYS
from opensepsis.data.intake.rejections import Rejections
from opensepsis.data.intake.timestamps import OUTSIDE_THE_YEARS, outside_the_years
from opensepsis.data.schema import (
    ID,
    KINDS_OF_STAY,
    MOMENT,
    REASON,
    REJECTED_STAYS,
    ROW,
    STAYS,
    TABLE,
    in_shape,
)
from opensepsis.errors import FormatError, StayError

_OLDEST = 130.0
_GROWN = 18
_YEAR = YEAR_DAYS * 24 * 3600
_DAYS_OF_BIRTH = 2 / YEAR_DAYS
_OF_A_DAY = timedelta(hours=38)  # a death that names only its day: until the day has ended in every zone
_CLOCKS_DIFFER = timedelta(days=1)
_ONE_PERSON = timedelta(
    days=550
)  # ages in whole years leave the birth open by a year, shifted dates by some more


def shaped_stays(stays: pl.DataFrame, where: str = "stays") -> pl.DataFrame:
    """The stays in their schema, with table, row, kind of identifier and reason; an error if one is there twice.

    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> shaped_stays(pl.DataFrame({"patient": "a", "stay": ["1", "2"], "admitted": at}))["kind"].to_list()
    ['hospital', 'hospital']
    """
    missing = [name for name in ("patient", "stay", "admitted") if name not in stays.columns]
    if missing:
        raise FormatError(
            f"{where}: stays need the columns patient, stay and admitted; missing: {', '.join(missing)}."
        )
    try:
        shaped = in_shape(stays, REJECTED_STAYS).with_columns(pl.col("kind").fill_null("hospital"))
    except pl.exceptions.PolarsError:
        wrong = [c for c, t in STAYS.items() if c in stays.columns and stays.schema[c] != t]
        raise FormatError(
            f"{where}: wrong type in the columns {', '.join(wrong)}. See the timeline's schema."
        ) from None
    numbered = shaped.with_row_index("_row", 1).with_columns(
        pl.coalesce(ROW, "_row").alias(ROW) if ROW not in stays.columns else pl.col(ROW),
        pl.col(TABLE).fill_null(where),
        pl.col(ID).fill_null("stay"),
    )
    _check_twice(numbered, where)
    return numbered.drop("_row")


def split_stays(
    stays: pl.DataFrame,
    longest_years: float = 5,
    shifted_dates: bool | None = None,
    now: datetime | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The stays that can be, and those that cannot with their reason; `stays` as `shaped_stays` gives them.

    Where most stays begin in the future, dates were shifted to protect patients, and the future is not asked for;
    `shifted_dates` tells it where these are not all stays.
    """
    now = now or datetime.now(UTC)
    shifted_dates = mostly_ahead(stays, now) if shifted_dates is None else shifted_dates
    conditions = _conditions(longest_years, None if shifted_dates else now + _CLOCKS_DIFFER)
    found = pl.coalesce(
        REASON, *(pl.when(wrong.fill_null(False)).then(pl.lit(reason)) for reason, wrong in conditions)
    )
    judged = stays.with_columns(found.alias(REASON))
    kept = judged.filter(pl.col(REASON).is_null()).select(list(STAYS))
    return kept, judged.filter(pl.col(REASON).is_not_null())


def mostly_ahead(stays: pl.DataFrame, now: datetime | None = None) -> bool:
    """Whether most stays begin in the future."""
    now = now or datetime.now(UTC)
    ahead = stays.select((pl.col("admitted") > now + _CLOCKS_DIFFER).sum()).item()
    return 2 * ahead > stays.height


def _conditions(longest_years: float, latest: datetime | None) -> list[tuple[str, pl.Expr]]:
    admitted, discharged, died = pl.col("admitted"), pl.col("discharged"), pl.col("died")
    day_only = died.dt.truncate("1d") == died
    tolerance = pl.when(day_only).then(pl.lit(_OF_A_DAY)).otherwise(pl.lit(timedelta(0)))
    longest = timedelta(days=longest_years * YEAR_DAYS)
    future = [] if latest is None else [
        ("begins in the future", admitted > latest), ("ends in the future", discharged > latest),
    ]  # fmt: skip
    return [
        ("no patient", pl.col("patient").is_null()),
        ("no stay", pl.col("stay").is_null()),
        ("no time of admission", admitted.is_null()),
        ("unknown kind of stay", ~pl.col("kind").is_in(KINDS_OF_STAY)),
        ("ends before it starts", discharged < admitted),
        *(
            (f"{name!r} {OUTSIDE_THE_YEARS}", outside_the_years(name))
            for name in ("admitted", "discharged", "died")
        ),
        (f"longer than {longest_years:g} years", discharged - admitted > pl.lit(longest)),
        ("died before admission", died + tolerance < admitted),
        *future,
    ]


def rows_in_words(rows: Iterable[int]) -> str:
    """Row numbers, the first five of them.

    >>> rows_in_words(range(1, 8))
    'rows 1, 2, 3, 4, 5 and 2 more'
    """
    rows = list(rows)
    more = f" and {len(rows) - 5:,} more" if len(rows) > 5 else ""
    return f"row{'s' * (len(rows) > 1)} {', '.join(map(str, rows[:5]))}{more}"


def _check_twice(stays: pl.DataFrame, where: str) -> None:
    twice = stays.filter(pl.col("stay").is_not_null() & pl.col("stay").is_duplicated())
    if not twice.height:
        return
    count = twice["stay"].n_unique()
    many = "the same stay occurs" if count == 1 else "stays occur"
    rows = (
        rows_in_words(twice[ROW].drop_nulls()) if twice[ROW].null_count() < twice.height else "in a database"
    )
    where = twice[TABLE][0] or where
    raise StayError(
        f"{where}: {many} twice ({count:,} stay{'s' * (count > 1)}, {twice.height:,} "
        f"{rows.replace('row ', 'row: ').replace('rows ', 'rows: ')}). "
        "Give each stay one row and its own name."
    )


def patients_of_several_births(stays: pl.DataFrame) -> int:
    """How many patients have stays whose births or ages cannot be one person's; each stay keeps its own."""
    return stays.filter(persons(stays) > 0)["patient"].n_unique()


def persons(stays: pl.DataFrame) -> pl.Series:
    """0 for the stays of each patient's oldest person, 1 and on for stays whose birth or age can be no person's before.

    Those that tell neither are one more, where a patient has several.

    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> ages = pl.DataFrame({"patient": "a", "admitted": at, "born": None, "age": [60.0, 61.2, 5.0, None]})
    >>> persons(ages).to_list()
    [0, 0, 1, 2]
    """
    by_age = pl.col("admitted") - pl.duration(seconds=pl.col("age") * _YEAR)
    birth = stays.select("patient", birth=pl.coalesce(pl.col("born").cast(MOMENT), by_age)).with_row_index(
        "n"
    )
    birth = birth.sort("patient", "birth", nulls_last=True, maintain_order=True)
    another = pl.col("birth") - pl.col("birth").shift() > pl.lit(_ONE_PERSON)
    number = another.fill_null(False).cast(pl.UInt32).cum_sum().over("patient")
    birth = birth.with_columns(person=number)
    several = pl.col("person").max().over("patient")
    unknown = pl.col("birth").is_null() & (several > 0)
    return birth.with_columns(person=pl.when(unknown).then(several + 1).otherwise("person")).sort("n")[
        "person"
    ]


def children_of_whole_years(stays: pl.DataFrame) -> int:
    """How many stays of children tell an age in whole years and no birth, before ages are filled.

    >>> told = {"age": [4.0, 4.5, 0.0, 60.0, None], "born": [None] * 5}
    >>> children_of_whole_years(pl.DataFrame(told))
    2
    """
    whole = pl.col("born").is_null() & (pl.col("age") < _GROWN) & (pl.col("age") == pl.col("age").floor())
    return stays.select(whole.sum()).item()


def fill_ages(stays: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The stays with the age at admission, from `born` if need be, and how many ages were impossible."""
    from_birth = (pl.col("admitted") - pl.col("born")).dt.total_seconds(fractional=True) / _YEAR
    # a birth names its day only, so that of a newborn may seem to lie after the admission
    from_birth = pl.when(from_birth.is_between(-_DAYS_OF_BIRTH, 0)).then(0.0).otherwise(from_birth)
    stays = stays.with_columns(pl.coalesce("age", from_birth).alias("age"))
    impossible = ~pl.col("age").is_between(0, _OLDEST)
    count = stays.select(impossible.sum()).item()
    wrong_birth = impossible.fill_null(False) | ~from_birth.is_between(0, _OLDEST).fill_null(True)
    return stays.with_columns(
        pl.when(~impossible).then("age").alias("age"),
        pl.when(~wrong_birth).then("born").otherwise(pl.lit(None, MOMENT)).alias("born"),
    ), count


def close_open_stays(stays: pl.DataFrame, last_seen: pl.DataFrame) -> pl.DataFrame:
    """The stays with an end: an open one ends at death, the next stay of its kind or the last event.

    `last_seen` has patient and last_seen, the time of the patient's last event.
    """
    following = pl.col("admitted").shift(-1).over("patient", "kind", order_by="admitted")
    last = pl.max_horizontal("last_seen", "admitted")
    end = pl.max_horizontal(pl.min_horizontal(pl.coalesce("died", last), following), "admitted")
    return (
        stays.join(last_seen, on="patient", how="left", maintain_order="left")
        .with_columns(pl.coalesce("discharged", end).alias("discharged"))
        .drop("last_seen")
    )


def longer_than(stays: pl.DataFrame, longest_years: float) -> pl.Series:
    """True for the stays that last longer than so many years."""
    longest = timedelta(days=longest_years * YEAR_DAYS)
    return stays.select(
        (pl.col("discharged") - pl.col("admitted") > pl.lit(longest)).fill_null(False)
    ).to_series()


def outcomes_told(stays: pl.DataFrame) -> bool:
    """Whether any stay tells a death or where its patient went."""
    told = pl.col("died").is_not_null() | pl.col("discharged_to").is_not_null()
    return bool(stays.select(told.any()).item())


def note_stays(rejections: Rejections, aside: pl.DataFrame) -> None:
    """Puts rejected stays into the report, by table and reason."""
    groups = aside.group_by(TABLE, ID, REASON, maintain_order=True).agg(pl.len(), pl.col(ROW).alias("rows"))
    for table, kind, reason, count, rows in groups.iter_rows():
        rejections.note("stay", table, kind, reason, count, rows)
