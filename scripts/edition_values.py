"""Values of an edition beside the original's: how many are equal, and why the others are not."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

NUMBERS = [c.name for c in CONCEPTS.values() if c.kind in (Kind.MEASURE, Kind.AMOUNT)]
PLACE = ["patient", "concept", "minute"]
TUBE = "No Response-ETT"
IRRIGATION = (227488, 227489)
FAHRENHEIT = (223761, 678)
RELATIVE = 1e-6  # what 32 bits keep of a number
GASES = ("pao2", "paco2")

# why a value that the edition holds is not the original's, the first that holds
HELD = {
    "other item": "the original has it at that minute, in an item that our list for MIMIC-IV does not read",
    "worked out": "the edition calculated it from parts, one of which the original lacks",
    "irrigation": "the original's urine is net of bladder irrigation at that minute",
    "not arterial": "a blood gas that is venous, mixed or unspecified in the original and arterial in the edition",
    "cut digits": "the edition truncates the original's number instead of rounding it",
    "tube word": "the original states that a tube prevents speech; the edition has a number",
    "list of drugs": "a fluid from the original's administration record (eMAR), from which our source for MIMIC-IV reads no fluids",
    "drug amount": "a fluid whose volume or time the edition distributes differently, or the ordered instead of the infused volume",
    "other minute": "the original has the value within an hour: minutes were cut or moved",
    "said again": "the edition repeats the value more often than the original",
    "other": "no cause found",
}
# why a value of the original is not among those of the edition, the first that holds
LACKED = {
    "rejected": "the edition has it and its source rejects it, with a reason",
    "table or item lost": "the edition has no value of this item of the original",
    "no admission": "the original's row is outside any admission, and the edition keeps only rows within one",
    "said once": "the edition keeps another value of that minute, or the same one once",
    "irrigation": "urine that the original nets with irrigation",
    "tube word": "a verbal score of a patient with a tube somewhere near it",
    "other": "no cause found",
}


class Raw:
    """The rows of the original's tables, as they are."""

    def __init__(self, data: Path) -> None:
        demo, ed = data / "mimic-iv-demo", data / "mimic-iv-demo-ed"
        self._con = duckdb.connect()
        parts = [
            f"select subject_id, hadm_id, itemid, charttime, {number}, value from read_csv('{demo}/{table}.csv.gz', all_varchar = true)"
            for table, number in (
                ("icu/chartevents", "valuenum"),
                ("hosp/labevents", "valuenum"),
                ("icu/outputevents", "value"),
            )
        ]
        for file in sorted(ed.rglob("vitalsign.csv*")) + sorted(ed.rglob("triage.csv*")):
            time = "charttime" if "vitalsign" in file.name else "null"
            for column in ("temperature", "heartrate", "resprate", "o2sat", "sbp", "dbp"):
                parts.append(
                    f"select subject_id, null, '{column}', {time}, {column}, null from read_csv('{file}', all_varchar = true)"
                )
        rows = self._con.execute(
            "select subject_id, hadm_id, itemid, date_trunc('minute', try_cast(charttime as timestamp)), try_cast(valuenum as double),"
            f" value from ({' union all '.join(parts)}) where charttime is not null"
        ).fetchall()
        texts = dict.fromkeys(("patient", "hadm", "item"), pl.String)
        schema = texts | {"minute": pl.Datetime("us"), "number": pl.Float64, "said": pl.String}
        found = pl.DataFrame(rows, schema=schema, orient="row")
        self.rows = found.with_columns(pl.col("minute").dt.replace_time_zone("UTC"))
        self.began = self._beginnings(demo)
        self.listed = self._administered(demo)

    def _administered(self, demo: Path) -> pl.DataFrame:
        """patient, minute and millilitres of what the list of administered drugs has."""
        told = self._con.execute(
            "select emar.subject_id, date_trunc('minute', charttime::timestamp), try_cast(dose_given as double)"
            f" from read_csv('{demo}/hosp/emar.csv.gz', all_varchar = true) emar"
            f" join read_csv('{demo}/hosp/emar_detail.csv.gz', all_varchar = true) using (emar_id) where lower(dose_given_unit) = 'ml'"
        ).fetchall()
        names = {"patient": pl.String, "minute": pl.Datetime("us"), "value": pl.Float64}
        rows = pl.DataFrame(told, schema=names, orient="row").drop_nulls()
        return rows.with_columns(pl.col("minute").dt.replace_time_zone("UTC")).unique()

    def _beginnings(self, demo: Path) -> pl.DataFrame:
        """patient, minute at which an input ended, its amount, and the minute at which it began."""
        told = self._con.execute(
            "select subject_id, date_trunc('minute', endtime::timestamp), amount::double, date_trunc('minute', starttime::timestamp)"
            f" from read_csv('{demo}/icu/inputevents.csv.gz', all_varchar = true) where amount is not null"
        ).fetchall()
        names = {
            "patient": pl.String,
            "minute": pl.Datetime("us"),
            "amount": pl.Float64,
            "began": pl.Datetime("us"),
        }
        rows = pl.DataFrame(told, schema=names, orient="row")
        return rows.with_columns(pl.col("minute", "began").dt.replace_time_zone("UTC")).unique()

    def where(self, *items: int) -> pl.DataFrame:
        """patient and minute at which one of the items was charted."""
        return (
            self.rows.filter(pl.col("item").is_in([str(i) for i in items]))
            .select("patient", "minute")
            .unique()
        )


@dataclass
class Compared:
    """The counts of one edition; `lacking` are the original's values that it has not, with their cause."""

    title: str
    source: str
    by_concept: pl.DataFrame
    held: dict[str, int]
    lacked: dict[str, int]
    lacking: pl.DataFrame
    labels: object = field(default=None)

    @property
    def share(self) -> float:
        return float(self.by_concept["equal"].sum()) / max(1, int(self.by_concept["edition"].sum()))


def numbers(events: pl.DataFrame) -> pl.DataFrame:
    rows = events.filter(pl.col("concept").is_in(NUMBERS), pl.col("value").is_not_null())
    told = rows.select("patient", "concept", "value", "origin", minute=pl.col("time").dt.truncate("1m"))
    return told.sort(told.columns).with_row_index(
        "row"
    )  # which of two equal values is paired may not rest on their order


def compared(found, original, raw: Raw) -> Compared:
    here = numbers(found.events)
    there = numbers(
        _with_totals(original.events) if (here["concept"] == "gcs_total").any() else original.events
    )
    pairs = equal_pairs(here, there)
    pairs = pl.concat([pairs, equal_boluses(here, there, pairs, raw)])
    alone, lacking = (
        here.filter(~pl.col("row").is_in(pairs["row"].implode())),
        there.filter(~pl.col("row").is_in(pairs["row_right"].implode())),
    )
    held = causes_of_held(alone, here, there, raw)
    lacked = causes_of_lacked(lacking, here, there, found.rejected, raw)
    counts = [
        here.group_by("concept").agg(edition=pl.len()),
        there.group_by("concept").agg(original=pl.len()),
        here.join(pairs, on="row", how="semi").group_by("concept").agg(equal=pl.len()),
    ]
    by = (
        counts[1]
        .join(counts[0], on="concept", how="full", coalesce=True)
        .join(counts[2], on="concept", how="left")
        .fill_null(0)
    )
    told_held, told_lacked = (dict(rows.group_by("cause").len().iter_rows()) for rows in (held, lacked))
    return Compared(
        found.edition.title,
        found.edition.source,
        by.sort("original", "concept", descending=[True, False]),
        told_held,
        told_lacked,
        lacked,
    )


def _with_totals(events: pl.DataFrame) -> pl.DataFrame:
    """The original's events with the sum of the coma scale's parts, for editions that hold it."""
    parts = ("gcs_eye", "gcs_verbal", "gcs_motor")
    charted = events.filter(pl.col("concept").is_in(parts), pl.col("value").is_not_null())
    whole = charted.group_by("patient", "time").agg(
        pl.col("concept").n_unique().alias("parts"), pl.col("value").sum()
    )
    totals = whole.filter(pl.col("parts") == len(parts)).select(
        "patient", "time", "value", concept=pl.lit("gcs_total"), origin=pl.lit("chartevents/total/")
    )
    return pl.concat([events, totals], how="diagonal")


def equal_boluses(here: pl.DataFrame, there: pl.DataFrame, pairs: pl.DataFrame, raw: "Raw") -> pl.DataFrame:
    """Pairs of fluids that the edition holds at the minute in which they began: the original counts them when they had run in."""
    alone = here.filter(pl.col("concept") == "crystalloid", ~pl.col("row").is_in(pairs["row"].implode()))
    fluids = there.filter(
        pl.col("concept") == "crystalloid", ~pl.col("row").is_in(pairs["row_right"].implode())
    )
    ended = fluids.join(raw.began, on=["patient", "minute"])
    same = (pl.col("value") - pl.col("amount")).abs() <= RELATIVE * pl.col("value").abs()
    moved = ended.filter(same).unique(["row", "began"]).with_columns(minute="began").select(fluids.columns)
    return equal_pairs(alone, moved)


def equal_pairs(here: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """row and row_right of values that are equal to the digits that the edition prints, each used once."""
    both = here.join(there.select("row", *PLACE, original="value"), on=PLACE, suffix="_right")
    printed = _digits(here)
    both = both.join(printed, on="row")
    printed = pl.col("digits")
    away = (pl.col("value") - pl.col("original")).abs()
    half = 0.5 * pl.lit(10.0).pow(-printed.cast(pl.Float64))
    close = (away <= half * (1 + 1e-9)) & ((printed > 0) | (away < 1e-9)) | (
        away <= RELATIVE * pl.col("value").abs()
    )
    close_enough = both.with_columns(away=away).filter(close).sort("away", "row", "row_right")
    used_here, used_there, pairs = set(), set(), []
    for one, other in close_enough.select("row", "row_right").iter_rows():
        if one not in used_here and other not in used_there:
            used_here.add(one)
            used_there.add(other)
            pairs.append((one, other))
    return pl.DataFrame(pairs, schema={"row": pl.UInt32, "row_right": pl.UInt32}, orient="row")


def _digits(rows: pl.DataFrame) -> pl.DataFrame:
    """row and digits: how many an edition prints behind the point; of a whole number one where it prints one at most of the concept."""
    text = pl.col("value").cast(pl.String)
    own = text.str.extract(r"\.([0-9]+)$", 1).str.len_chars().fill_null(0)
    own = pl.when(text.str.ends_with(".0")).then(0).otherwise(own).cast(pl.Int64)
    told = rows.select("row", "concept", own=own).with_columns(most=pl.col("own").max().over("concept"))
    one_at_most = (pl.col("own") == 0) & (pl.col("most") == 1)
    return told.select("row", digits=pl.when(one_at_most).then(1).otherwise("own"))


def _cut(alone: pl.DataFrame, here: pl.DataFrame, there: pl.DataFrame) -> pl.Series:
    """Whether the original's number of that minute begins with the edition's digits."""
    digits = _digits(here).join(alone.select("row"), on="row", how="semi")
    both = alone.join(digits, on="row").join(there.select(*PLACE, original="value"), on=PLACE)
    scale = pl.lit(10.0).pow(pl.max_horizontal("digits", 1))
    same = ((pl.col("original") * scale + 1e-6).floor() - pl.col("value") * scale).abs() < 1e-6
    apart = (pl.col("original") - pl.col("value")) * scale > 0.4  # less is the same number, rounded
    return alone["row"].is_in(both.filter(same & apart)["row"].unique().implode())


def _first(rows: pl.DataFrame, causes: dict[str, pl.Series]) -> pl.DataFrame:
    cause = pl.lit("other")
    for name, holds in reversed(list(causes.items())):
        cause = pl.when(pl.lit(holds)).then(pl.lit(name)).otherwise(cause)
    return rows.with_columns(cause=cause)


def _there(rows: pl.DataFrame, table: pl.DataFrame, on: list[str]) -> pl.Series:
    marked = table.select(on).unique().with_columns(_yes=True)
    return rows.join(marked, on=on, how="left", maintain_order="left")["_yes"].fill_null(False)


def causes_of_held(alone: pl.DataFrame, here: pl.DataFrame, there: pl.DataFrame, raw: Raw) -> pl.DataFrame:
    celsius = raw.rows.with_columns(
        number=pl.when(pl.col("number") > 50).then((pl.col("number") - 32) / 1.8).otherwise("number")
    )
    hundredth = pl.concat([raw.rows, celsius, raw.rows.with_columns(pl.col("number") / 100)]).with_columns(
        n=pl.col("number").round(1)
    )
    rounded = alone.with_columns(n=pl.col("value").round(1))
    sums = there.filter(pl.col("concept").is_in(["gcs_eye", "gcs_verbal", "gcs_motor"])).select(
        "patient", "minute"
    )
    near = _within(alone, there, 60)
    tube = raw.rows.filter(pl.col("said") == TUBE).select("patient", "minute")
    is_verbal, is_urine, is_fluid = (
        alone["concept"] == name for name in ("gcs_verbal", "urine_output", "crystalloid")
    )
    again = _there(alone, here.group_by(*PLACE, "value").len().filter(pl.col("len") > 1), [*PLACE, "value"])
    return _first(
        alone,
        {
            "irrigation": is_urine & _there(alone, raw.where(*IRRIGATION), ["patient", "minute"]),
            "not arterial": alone["concept"].is_in(GASES)
            & _there(rounded, raw.rows.with_columns(n=pl.col("number").round(1)), ["patient", "minute", "n"]),
            "cut digits": _cut(alone, here, there),
            "tube word": is_verbal & _there(alone, tube, ["patient", "minute"]),
            "worked out": (alone["concept"] == "gcs_total") & _there(alone, sums, ["patient", "minute"]),
            "list of drugs": is_fluid & _there(alone, raw.listed, ["patient", "minute", "value"]),
            "drug amount": is_fluid,
            "said again": again,
            "other item": _there(rounded, hundredth, ["patient", "minute", "n"]),
            "other minute": near,
        },
    )


def _within(alone: pl.DataFrame, there: pl.DataFrame, minutes: int) -> pl.Series:
    """Whether the original has the same value of the concept within so many minutes."""
    both = alone.join(
        there.select("patient", "concept", "value", other="minute"), on=["patient", "concept", "value"]
    )
    near = both.filter((pl.col("minute") - pl.col("other")).abs() <= pl.duration(minutes=minutes))[
        "row"
    ].unique()
    return alone["row"].is_in(near.implode())


def causes_of_lacked(
    lacking: pl.DataFrame, here: pl.DataFrame, there: pl.DataFrame, rejected: pl.DataFrame, raw: Raw
) -> pl.DataFrame:
    item = pl.col("origin").str.extract(r"^([a-z_]+/[^/]*)", 1)
    whole = there.with_columns(item=item).group_by("item").agg(every=pl.len())
    gone = lacking.with_columns(item=item).group_by("item").agg(missing=pl.len()).join(whole, on="item")
    lost = gone.filter(pl.col("missing") >= 0.98 * pl.col("every"))
    marked = lacking.with_columns(item=item)
    aside = rejected.select("patient", "concept", minute=pl.col("time").dt.truncate("1m"))
    nowhere = raw.rows.filter(pl.col("hadm").is_null()).select("patient", "minute")
    tube = raw.rows.filter(pl.col("said") == TUBE).select("patient").unique()
    return _first(
        lacking,
        {
            "rejected": _there(lacking, aside, PLACE),
            "table or item lost": _there(marked, lost, ["item"]),
            "no admission": _there(lacking, nowhere, ["patient", "minute"]),
            "irrigation": (lacking["concept"] == "urine_output")
            & _there(lacking, raw.where(*IRRIGATION), ["patient", "minute"]),
            "said once": _there(lacking, here, PLACE),
            "tube word": (lacking["concept"] == "gcs_verbal") & _there(lacking, tube, ["patient"]),
        },
    )


def page(parts: list[Compared]) -> str:
    lines = [
        "# One patient, five editions",
        "",
        "The open demo of MIMIC-IV, 100 patients, is published in five forms. Each is read by its own source, set to the original's names",
        "and clock, and compared with the original: a value is *equal* if it has the same minute and agrees with it to the digits",
        "that the edition prints (32-bit numbers: to a millionth). A fluid that an edition records at its start",
        "is compared by its start in the original too, where it counts at its end. Written by `scripts/editions.py`.",
        "",
        "| | " + " | ".join(part.title for part in parts) + " |",
        "| --- |" + " ---: |" * len(parts),
        "| values held | " + " | ".join(f"{part.by_concept['edition'].sum():,}" for part in parts) + " |",
        "| equal to the original's | " + " | ".join(f"{part.share:.2%}" for part in parts) + " |",
    ]
    lines += _table("Why a value of an edition differs from the original", parts, HELD, "held")
    lines += _table("Why a value of the original is missing from an edition", parts, LACKED, "lacked")
    lines += [
        "",
        "## Values by concept: equal / held",
        "",
        "| concept | MIMIC-IV | " + " | ".join(part.title for part in parts) + " |",
    ]
    lines.append("| --- | ---: |" + " ---: |" * len(parts))
    counts = {
        part.title: {row["concept"]: row for row in part.by_concept.iter_rows(named=True)} for part in parts
    }
    for concept in parts[0].by_concept.filter(pl.col("original") > 0)["concept"]:
        cells = [counts[part.title].get(concept, {"equal": 0, "edition": 0}) for part in parts]
        told = " | ".join(
            f"{cell['equal']:,} / {cell['edition']:,}" if cell["edition"] else "–" for cell in cells
        )
        lines.append(
            f"| {CONCEPTS[concept].label} | {counts[parts[0].title][concept]['original']:,} | {told} |"
        )
    return "\n".join(lines) + "\n"


def _table(title: str, parts: list[Compared], causes: dict[str, str], what: str) -> list[str]:
    lines = [
        "",
        f"## {title}",
        "",
        "| cause | " + " | ".join(part.title for part in parts) + " |",
        "| --- |" + " ---: |" * len(parts),
    ]
    for cause, words in causes.items():
        cells = " | ".join(f"{getattr(part, what).get(cause, 0):,}" for part in parts)
        lines.append(f"| *{cause}*: {words} | {cells} |")
    return lines
